"""Delivery reports: what became of which mail for whom, in the standard's form and in everybody else's."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.core.mail.message import DeliveryReport
from triage.core.mail.reports import read_report
from triage.core.mail.structure import Headers, Part

REPORT = (
    "From: MAILER-DAEMON@mx.acme.com\nSubject: Undelivered Mail Returned to Sender\n"
    "Content-Type: multipart/report; report-type=delivery-status"
)
RETURNED = Part("message/rfc822", text="Received: from x\nMessage-ID: <asked@wise.com>\nSubject: hello\n\nMessage-ID: <other@wise.com>\n")


def headers(text: str) -> Headers:
    fields = tuple((name.strip().lower(), value.strip()) for name, _, value in (line.partition(":") for line in text.splitlines() if line))
    return Headers(fields, fields)


def status(*blocks: str, kind: str = "message/delivery-status") -> Part:
    return Part(kind, text="\n\n".join(("Reporting-MTA: dns; mx.acme.com\nArrival-Date: Mon, 2 Mar 2026 10:00:00 +0000", *blocks)) + "\n")


def recipient(address: str, action: str = "failed", code: str = "5.1.1", diagnostic: str = "smtp; 550 5.1.1 User unknown") -> str:
    return f"Final-Recipient: rfc822; {address}\nAction: {action}\nStatus: {code}\nDiagnostic-Code: {diagnostic}"


def report(*parts: Part, header: str = REPORT, text: str = "") -> DeliveryReport | None:
    return read_report(headers(header), parts, text)


def test_a_report_by_the_standard() -> None:
    assert report(status(recipient("Ana@Acme.com")), RETURNED) == DeliveryReport(
        "failed", "5.1.1", ("ana@acme.com",), "<asked@wise.com>", "550 5.1.1 User unknown"
    )


@pytest.mark.parametrize("action", ["failed", "delayed", "delivered", "relayed", "expanded"])
def test_each_action_is_told_apart(action: str) -> None:
    found = report(status(recipient("a@b.example", action.upper())))
    assert found is not None
    assert found.action == action


def test_the_worst_action_wins_and_only_its_recipients_are_named() -> None:
    found = report(
        status(
            recipient("one@b.example", "delivered", "2.0.0"),
            recipient("two@b.example", "delayed", "4.4.1"),
            recipient("three@b.example", "failed", "5.2.2"),
            recipient("four@b.example", "failed", "5.1.1"),
        )
    )
    assert found is not None
    assert (found.action, found.status, found.recipients) == ("failed", "5.2.2", ("three@b.example", "four@b.example"))


def test_a_missing_action_is_told_by_the_status() -> None:
    found = report(status("Final-Recipient: rfc822;a@b.example\nStatus: 4.4.7"))
    assert found is not None
    assert found.action == "delayed"


def test_two_recipients_in_one_block_are_two() -> None:
    found = report(status(recipient("a@b.example") + "\n" + recipient("c@d.example")))
    assert found is not None
    assert found.recipients == ("a@b.example", "c@d.example")


def test_a_folded_message_id_in_a_header_only_part() -> None:
    found = report(status(recipient("a@b.example")), Part("text/rfc822-headers", text="\nTo: x\nMessage-Id:\n <asked@wise.com>\nDate: x\n"))
    assert found is not None
    assert found.original_message_id == "<asked@wise.com>"


@pytest.mark.parametrize(
    "field", ["Original-Message-ID: <asked@wise.com>", "In-Reply-To: <asked@wise.com>", "References: <a@b> <asked@wise.com>"]
)
def test_the_original_is_found_in_the_reports_own_header(field: str) -> None:
    found = report(status(recipient("a@b.example")), header=f"{REPORT}\n{field}")
    assert found is not None
    assert found.original_message_id == "<asked@wise.com>"


def test_an_internationalised_report_counts() -> None:
    found = report(status(recipient("a@b.example"), kind="message/global-delivery-status"))
    assert found is not None
    assert found.action == "failed"


def test_a_report_without_recipients_is_read_by_its_text() -> None:
    found = report(
        Part("message/delivery-status", text="Reporting-MTA: dns; x\n"),
        text="Delivery to the following recipients failed.\n\n  a@b.example\n",
    )
    assert found is not None
    assert found.recipients == ("a@b.example",)


def test_a_status_part_that_a_person_passes_on_is_no_report() -> None:
    header = "From: Ana <ana@acme.com>\nSubject: why did this fail?\nContent-Type: multipart/mixed"
    assert report(status(recipient("a@b.example")), header=header, text="Hello, see attached.") is None


BOUNCES = Path(__file__).parent / "bounce_samples"
PROSE = {
    "qmail": DeliveryReport("failed", "5.1.1", ("ana@acme.com",), "<asked@wise.com>", "Sorry, no mailbox here by that name. (#5.1.1)"),
    "exim": DeliveryReport(
        "failed", "5.2.2", ("ana@acme.com", "bo@acme.com"), "<asked@wise.com>", "host mx [192.0.2.1]: 550 5.2.2 mailbox full"
    ),
    "exim_delayed": DeliveryReport("delayed", "4.0.0", ("ana@acme.com",), "", ""),
    "sendmail": DeliveryReport("failed", "5.1.1", ("ana@acme.com",), "", "(reason: 550 5.1.1 User unknown)"),
    "sendmail_still_trying": DeliveryReport("delayed", "4.0.0", ("ana@acme.com",), "", ""),
    "exchange_5_5": DeliveryReport("failed", "5.1.1", ("ana@acme.com",), "", ""),
    "office_365": DeliveryReport(
        "failed", "5.1.10", ("ana@acme.com",), "", "Remote Server returned '550 5.1.10 RESOLVER.ADR.RecipientNotFound'"
    ),
    "gmail": DeliveryReport("failed", "5.1.1", ("ana@acme.com",), "", ""),
    "gmail_still_trying": DeliveryReport("delayed", "4.0.0", ("ana@acme.com",), "", ""),
    "yahoo": DeliveryReport("failed", "5.1.1", ("ana@acme.com",), "", ""),
    "domino": DeliveryReport("failed", "5.1.1", ("ana@acme.com",), "", ""),
    "groupwise": DeliveryReport("failed", "5.2.2", ("ana@acme.com",), "", ""),
    "a_gateway_under_an_ordinary_address": DeliveryReport("failed", "5.1.1", ("ana@acme.com",), "", "Received >>> 550 5.1.1 unknown user."),
    "mail_ru": DeliveryReport("failed", "5.1.1", ("ana@acme.com",), "", ""),
    "a_delivered_notice": DeliveryReport("delivered", "2.0.0", ("ana@acme.com",), "", ""),
}


@pytest.mark.parametrize(("name", "expected"), PROSE.items(), ids=PROSE.keys())
def test_a_report_in_prose_by(name: str, expected: DeliveryReport) -> None:
    header, _, text = (BOUNCES / f"{name}.txt").read_text("utf-8").partition("\n\n")
    assert report(header=header, text=text) == expected


def test_every_sample_is_tested() -> None:
    assert {path.stem for path in BOUNCES.iterdir()} == PROSE.keys()


def test_sieves_rejection_in_the_coat_of_a_receipt_is_a_failure() -> None:
    header = (
        "From: admin@acme.com\nSubject: Automatically rejected mail\nContent-Type: multipart/report; report-type=disposition-notification"
    )
    part = Part(
        "message/disposition-notification",
        text="Final-Recipient: rfc822; ana@acme.com\nOriginal-Message-ID: <asked@wise.com>\n"
        "Disposition: automatic-action/MDN-sent-automatically; deleted\n",
    )
    found = report(part, header=header, text="Your message to <ana@acme.com> was automatically rejected:\nQuota exceeded\n")
    assert found == DeliveryReport("failed", "5.2.2", ("ana@acme.com",), "<asked@wise.com>", "")


@pytest.mark.parametrize("kind", ["message/disposition-notification", "message/feedback-report"])
def test_other_reports_say_nothing_about_delivery(kind: str) -> None:
    header = f"From: postmaster@acme.com\nSubject: Read: transfers\nContent-Type: multipart/report; report-type={kind[8:]}"
    assert (
        report(
            Part(kind, text="Final-Recipient: rfc822; a@b.example\n"), RETURNED, header=header, text="Your message was not delivered? No."
        )
        is None
    )


PEOPLE = {
    "a question about deliveries": (
        "From: ana@acme.com\nSubject: Delivery failed for webhook 42",
        "Your webhook could not be delivered, says our log: 550",
    ),
    "a forwarded report": (
        "From: ana@acme.com\nSubject: Fwd: Undeliverable: transfers",
        "See below.\n\nYour message to x@y.example couldn't be delivered.",
    ),
    "a forwarded report that ends like one": (
        "From: ana@acme.com\nSubject: Fwd: Delivery Status Notification (Failure)",
        "FYI\n\n---------- Forwarded message ---------\nYour message was not delivered to x@y.example",
    ),
    "a colleague who missed our mail": (
        "From: ana@acme.com\nSubject: Mail delivery problem",
        "Hello,\nyour message could not be delivered to our finance team. Please send it to finance@acme.com instead.",
    ),
    "a colleague who names nobody": (
        "From: ana@acme.com\nSubject: Message not delivered",
        "Your message was not delivered to our finance team, as their address has changed.",
    ),
    "a failure of a webhook in our words": (
        "From: ana@acme.com\nSubject: Delivery failure",
        "All webhooks fail.\nYour message could not be delivered: so says our log for POST /v1/webhooks.",
    ),
    "an answer to a report": (
        "From: ana@acme.com\nSubject: Re: failure notice\nIn-Reply-To: <a@b>",
        "We got this:\n> Hi. This is the qmail-send program at x.",
    ),
    "a quoted report": (
        "From: ana@acme.com\nSubject: Delivery failure of your notices",
        "Hello team,\n\n"
        + "we have been losing your notices since Monday. " * 8
        + "\nOur log says: Your message wasn't delivered to ops@acme.com.",
    ),
    "a postmaster who is a person": (
        "From: Paul <postmaster@acme.com>\nSubject: Re: transfers",
        "The mailbox does not exist any more, please use another one.",
    ),
    "a postmaster with a request": ("From: Paul <postmaster@acme.com>\nSubject: Sandbox access", "Please give us access."),
    "an ordinary failure": ("From: ana@acme.com\nSubject: Transfers failed", "Transfers fail with 550 and user unknown."),
}


@pytest.mark.parametrize(("header", "text"), PEOPLE.values(), ids=PEOPLE.keys())
def test_a_person_writes(header: str, text: str) -> None:
    assert report(header=header, text=text) is None


def test_our_own_address_is_never_the_failed_recipient() -> None:
    found = report(
        header="From: MAILER-DAEMON@x\nTo: api@wise.com\nSubject: failure notice",
        text="api@wise.com: your mail was not delivered to\nana@acme.com",
    )
    assert found is not None
    assert found.recipients == ("ana@acme.com",)


@given(st.text(max_size=400), st.text(max_size=400), st.text(max_size=100))
def test_any_text_is_read(block: str, text: str, subject: str) -> None:
    fields = (("from", "MAILER-DAEMON@x.example"), ("subject", subject), ("content-type", "multipart/report; report-type=delivery-status"))
    found = read_report(Headers(fields, fields), (Part("message/delivery-status", text=block), Part("message/rfc822", text=text)), text)
    assert found is not None
    assert found.action in {"failed", "delayed", "relayed", "expanded", "delivered"}


@pytest.mark.parametrize(
    "filling", ["a@", "Message-ID:" + " " * 50, "550 ", "> " * 30 + "\n", "x" * 64 + "@", "\n\nAction: failed", "To: ", ".5.1.1"]
)
def test_long_reports_take_bounded_time(filling: str) -> None:
    text = filling * (250_000 // len(filling))
    start = time.process_time()
    report(Part("message/delivery-status", text=text), Part("message/rfc822", text=text), text=text)
    assert time.process_time() - start < 2
