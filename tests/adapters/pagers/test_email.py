"""email: the page as a mail that is the same on every retry and may be answered by an out-of-office."""

from __future__ import annotations

import asyncio
from email import message_from_bytes, policy

import pytest

from tests.adapters.pagers.scene import NOW, PAGE, StandingClock
from triage.adapters.pagers.kinds import build_contact
from triage.adapters.pagers.settings import Wiring
from triage.adapters.smtp import SmtpSubmission
from triage.core.failures import PermanentFailure
from triage.core.seams import SendOutcome, SendResult
from triage.core.settings import Security, Server
from triage.demo.smtp_sink import AcceptedMail, SmtpSink, Treatment


def send(sink: SmtpSink, payload: dict[str, object], to: object = "ana@wise.example", key: str = "k") -> SendResult:
    async def play() -> SendResult:
        submission = SmtpSubmission(Server("127.0.0.1", sink.port, Security.NONE, timeout_s=2))
        wiring = Wiring(StandingClock(), submission, from_address="api@wise.example", from_name="Wise API pages")
        try:
            return await build_contact("email", {"to": to}, wiring).deliver(key, payload)
        finally:
            await submission.close()

    return asyncio.run(play())


def sent(payload: dict[str, object], to: object = "ana@wise.example") -> tuple[AcceptedMail, dict[str, str], str]:
    with SmtpSink() as sink:
        assert send(sink, payload, to).outcome is SendOutcome.ACCEPTED
        mail = sink.mails()[0]
    message = message_from_bytes(mail.raw, policy=policy.default)
    return mail, {name: str(value) for name, value in message.items()}, message.get_content()  # type: ignore[attr-defined]


def test_the_page_arrives_as_a_mail_of_high_importance() -> None:
    mail, headers, text = sent(PAGE)
    assert (mail.envelope_from, mail.recipients) == ("api@wise.example", ("ana@wise.example",))
    assert headers["Subject"] == "[#1042] " + str(PAGE["summary"])
    assert (headers["Importance"], headers["X-Triage-Page"], headers["X-Triage-Case"]) == ("high", "7", "1042")
    assert text.startswith("Severity 1, case 1042")
    assert f"Acknowledge: {PAGE['ack_link']}" in text


def test_an_out_of_office_is_not_suppressed() -> None:
    _, headers, _ = sent(PAGE)
    assert (headers["Auto-Submitted"], "X-Auto-Response-Suppress" in headers) == ("auto-generated", False)


def test_what_the_payload_says_about_the_mail_is_used() -> None:
    more = {
        "message_id": "<p7@wise.example>",
        "mail_subject": "[#1042] page",
        "in_reply_to": "<p6@wise.example>",
        "references": ["<p6@wise.example>"],
    }
    _, headers, _ = sent(PAGE | more | {"reply_to": "api+p7@wise.example", "date": "2026-11-22T01:00:00+00:00"})
    assert (headers["Message-ID"], headers["Subject"], headers["In-Reply-To"]) == ("<p7@wise.example>", "[#1042] page", "<p6@wise.example>")
    assert (headers["Reply-To"], headers["Date"]) == ("api+p7@wise.example", "Sun, 22 Nov 2026 01:00:00 +0000")


def test_without_a_message_id_the_key_gives_one_that_retries_keep() -> None:
    with SmtpSink() as sink:
        for key in ("k", "k", "other"):
            send(sink, PAGE, key=key)
        first, second, other = (mail.raw for mail in sink.mails())
    assert first == second
    assert first != other


def test_several_people_may_share_a_contact() -> None:
    assert sent(PAGE, ["ana@wise.example", "bo@wise.example"])[0].recipients == ("ana@wise.example", "bo@wise.example")


def test_the_acknowledgement_of_a_page_is_of_ordinary_importance() -> None:
    assert "Importance" not in sent(PAGE | {"action": "acknowledge"})[1]


def test_the_server_s_answer_is_the_outcome() -> None:
    with SmtpSink(treat=lambda _: Treatment.REFUSE) as sink:
        assert send(sink, PAGE).outcome is SendOutcome.PERMANENT
    with SmtpSink(treat=lambda _: Treatment.DEFER) as sink:
        assert send(sink, PAGE).outcome is SendOutcome.TEMPORARY


def test_a_payload_that_makes_no_mail_is_permanent_and_says_why() -> None:
    with SmtpSink() as sink:
        result = send(sink, PAGE | {"message_id": "no id"})
        assert (result.outcome, "Message-ID" in result.detail, sink.mails()) == (SendOutcome.PERMANENT, True, [])


@pytest.mark.parametrize("to", ["Ana <ana@wise.example>", ["ana@wise.example", "bo"]])
def test_addresses_are_checked_when_the_contact_is_made(to: object) -> None:
    with SmtpSink() as sink, pytest.raises(PermanentFailure, match="mail address"):
        send(sink, PAGE, to)


def test_there_must_be_a_submission_server() -> None:
    with pytest.raises(PermanentFailure, match="no submission server"):
        build_contact("email", {"to": "ana@wise.example"}, Wiring(StandingClock(NOW)))
