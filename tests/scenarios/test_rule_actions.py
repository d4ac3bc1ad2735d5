"""What rules ask for is carried out, through the whole daemon: copies, chat, folders, fields, tickets, calls, voicemail."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.scenarios.office import ADDRESS, PARTNER, TEAM, Office, open_office
from tests.servers.http_sink import HttpSink
from triage.adapters.chat import tell_chat, webhook_of_rule
from triage.adapters.clock import SystemClock
from triage.adapters.pagers.settings import Wiring
from triage.core.deliveries import Channel
from triage.core.rules.reading import make_rule
from triage.core.rules.ruleset import make_ruleset
from triage.core.seams import SendOutcome, SendResult
from triage.store import outbox

OURS = '{ to = "api@wise.example" }'
NEW = '{ to = "api@wise.example", event = "new" }'
"""Narrow enough that the tests beside the shipped rules still pass."""
PROVEN = "mx.wise.example; dmarc=pass header.from=wise.example"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """Not started yet: the story writes its rules first."""
    with open_office(tmp_path) as closed:
        yield closed
        closed.check()


def with_rule(office: Office, when: str, then: str) -> None:
    (office.config.instance.rules_dir / "60-story.toml").write_text(f'[[rule]]\nname = "story"\nwhen = {when}\nthen = {then}\n')
    office.start()


def with_recording(office: Office, sender: str, subject: str) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"], message["Message-ID"] = sender, ADDRESS, subject, "<voice@phone.example>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content("A message of 12 seconds.")
    message.add_attachment(b"RIFF", maintype="audio", subtype="wav", filename="message.wav")
    return message.as_bytes()


class TestFolder:
    def test_a_mail_is_moved_after_it_was_recorded_and_counts_once(self, office: Office) -> None:
        office.imap.create("Newsletters")
        with_rule(office, '{ subject.contains = "newsletter" }', '{ folder = "Newsletters", ignore = true }')
        office.partner_writes("Our newsletter")
        office.settle()
        assert office.outcomes() == ["ignored"]
        assert office.imap.messages("INBOX") == []
        [moved] = office.imap.messages("Newsletters")
        assert b"Our newsletter" in moved.raw
        office.settle()
        assert office.outcomes() == ["ignored"]

    def test_a_case_of_a_moved_mail_goes_on_as_usual(self, office: Office) -> None:
        office.imap.create("Done")
        with_rule(office, NEW, '{ folder = "Done" }')
        question = office.partner_writes("Payouts fail")
        assert office.notices() == ["receipt"]
        office.partner_writes("Re: Payouts fail", answers=question)
        assert sorted(office.outcomes()) == ["case", "follow-up", "own"]
        assert len(office.imap.messages("INBOX")) == 1

    def test_a_folder_that_is_not_there_is_told_once_a_day_and_loses_nothing(self, office: Office) -> None:
        with_rule(office, OURS, '{ folder = "Nowhere" }')
        office.partner_writes("Payouts fail")
        office.settle()
        office.partner_writes("Webhooks fail")
        office.settle()
        mails = office.outgoing()
        assert [mail.notice for mail in mails if mail.to == (TEAM,)] == ["warning"]
        assert len(office.imap.messages("INBOX")) == 2
        assert any("not moved to Nowhere" in entry.detail for entry in office.journal(1001))
        with office.store() as store:
            assert len(outbox.latest(store, failed=True)) == 2
            with store.write():
                store.connection.execute("UPDATE outbox SET state = 'withdrawn' WHERE state = 'failed'")

    def test_the_sent_folder_that_was_found_by_itself_is_never_a_target(self, office: Office) -> None:
        """There a partner's mail would count as the team's."""
        with_rule(office, OURS, '{ folder = "Sent" }')
        office.partner_writes("Payouts fail")
        assert office.notices() == ["receipt"]
        assert any("is a watched folder" in entry.detail for entry in office.journal(1001))
        assert office.case(1001).team_replied_at is None


class TestCopies:
    def test_a_copy_goes_to_the_team_with_the_mail_as_it_came(self, office: Office) -> None:
        with_rule(office, NEW, '{ forward = "kyc@wise.example" }')
        question = office.partner_writes("KYC documents", "Which documents?")
        office.settle()
        copy = next(mail for mail in office.outgoing() if mail.to == ("kyc@wise.example",))
        assert copy.subject == "Re: [#1001] KYC documents"
        assert copy.message["Auto-Submitted"] == "auto-generated"
        [attached] = copy.message.iter_attachments()
        assert attached.get_content()["Message-ID"] == question
        answer = office.mail("kyc@wise.example", ADDRESS, "Re: [#1001] KYC documents", "I take it", answers=copy.message_id)
        office.arrives(b"Authentication-Results: " + PROVEN.encode() + b"\r\n" + answer)
        assert office.outcomes()[-1] == "team-comment"
        assert office.case(1001).team_replied_at is None

    def test_a_storm_of_copies_is_held_back_and_told_once(self, office: Office) -> None:
        with_rule(office, "{ subject.contains = 'storm' }", '{ forward = "kyc@wise.example", ignore = true }')
        for number in range(103):
            office.imap.deliver(office.mail(PARTNER, ADDRESS, f"storm {number}"), at=office.clock.now())
        office.settle()
        mails = office.outgoing()
        assert sum(mail.to == ("kyc@wise.example",) for mail in mails) == 100
        assert [mail.subject for mail in mails if mail.to == (TEAM,)] == ["[triage] no more copies to kyc@wise.example for now"]


class TestChat:
    def test_a_line_is_queued_without_the_secret_address_and_without_the_text(self, office: Office) -> None:
        with_rule(office, NEW, '{ webhook = "https://127.0.0.1:1/hooks/s3cret" }')
        office.partner_writes("Payouts <!channel> fail", "the body stays here")
        assert office.notices() == ["receipt"]
        with office.store() as store:
            [row] = [row for row in outbox.of_case(store, 1001) if row.delivery.outgoing.channel is Channel.WEBHOOK]
            payload = row.delivery.outgoing.payload
            assert payload["rule"] == "story"
            assert payload["text"].startswith(f"#1001 Severity 3, new: {PARTNER}: Payouts &lt;!channel&gt; fail")
            assert "s3cret" not in str(payload)
            assert "body" not in str(payload)

    def test_the_address_is_the_one_of_the_rule_in_force(self) -> None:
        async def tell() -> tuple[HttpSink, SendResult, SendResult]:
            async with HttpSink() as sink:
                rule = make_rule("story", "", "60-story.toml", 1, (), {"webhook": sink.url}, False, {}, {})
                wiring = Wiring(SystemClock())
                sent = await tell_chat(webhook_of_rule(make_ruleset([rule]), "story"), "hello", "chat/1", wiring)
                return sink, sent, await tell_chat(webhook_of_rule(make_ruleset([]), "story"), "hello", "chat/1", wiring)

        sink, sent, gone = asyncio.run(tell())
        assert (sent.outcome, gone.outcome) == (SendOutcome.ACCEPTED, SendOutcome.PERMANENT)
        [request] = sink.requests
        assert request.json() == {"text": "hello"}
        assert request.headers["webhook-id"] == "chat/1"


class TestTheCase:
    def test_agreement_and_fields_are_kept_and_a_follow_up_adds_to_them(self, office: Office) -> None:
        with_rule(
            office,
            r"{ subject.regex = 'account (?P<account>\d+)' }",
            '{ agreement = "gold", set = { account = "{account}" } }',
        )
        question = office.partner_writes("Payouts of account 12 fail")
        assert office.notices() == ["receipt"]
        assert (office.case(1001).agreement, office.case(1001).fields) == ("gold", {"account": "12"})
        office.partner_writes("Re: now account 13", answers=question)
        assert office.case(1001).fields == {"account": "13"}

    def test_mails_with_the_same_ticket_number_join_and_a_stranger_with_it_does_not(self, office: Office) -> None:
        with_rule(office, r"{ subject.regex = '\[(?P<ref>ACME-\d+)\]' }", '{ set = { partner_ticket = "{ref}" } }')
        office.partner_writes("[ACME-77] Payouts fail")
        office.partner_writes("[acme-77] more of it", sender="bo@acme.example")
        office.partner_writes("[ACME-77] me too", sender="eve@other.example")
        assert office.notices() == ["receipt", "receipt"]
        assert sorted(office.outcomes()) == ["case", "case", "follow-up", "own", "own"]
        assert office.case(1002).requester == "eve@other.example"

    def test_rules_that_nearly_held_are_kept_with_the_decision(self, office: Office) -> None:
        with_rule(office, '{ event = "new", automatic = false, subject.contains = "refund" }', '{ tags = "refund" }')
        office.partner_writes("Payouts fail")
        assert office.notices() == ["receipt"]
        [decided] = [entry for entry in office.journal(1001) if entry.event == "partner-wrote"]
        near = {miss.rule: miss.failed for miss in decided.misses}
        assert "refund" in near["story"]
        assert "thanks only" not in near


class TestMachines:
    def test_a_voicemail_pages_and_is_never_answered(self, office: Office) -> None:
        office.start()
        office.arrives(with_recording(office, "noreply@phone.example", "New voicemail from +44 20 7946 0000"))
        assert office.notices() == ["page ana"]
        assert (office.case(1001).severity, office.outcomes()) == (1, ["case"])

    def test_a_machine_never_pages_by_two_rules_together(self, office: Office) -> None:
        rules = office.config.instance.rules_dir / "61-page.toml"
        rules.write_text('[[rule]]\nname = "page"\nwhen = { severity = 1, subject = "disk full" }\nthen = { page = "emergency" }\n')
        with_rule(office, "{ subject.contains = 'disk' }", "{ severity = 1 }")
        office.partner_writes("disk full", Auto_Submitted="auto-generated")
        assert office.outcomes() == ["automatic"]
        assert office.case_numbers() == []

    def test_on_a_case_a_machine_only_tags(self, office: Office) -> None:
        with_rule(
            office, "{ automatic = true, to = 'api@wise.example' }", '{ severity = 1, page = "emergency", hold = "3d", tags = "machine" }'
        )
        question = office.partner_writes("Payouts fail")
        office.team_replies("Re: Payouts fail", answers=question)
        assert office.notices() == ["receipt"]
        before = office.case(1001)
        office.partner_writes("Out of office: URGENT", answers=question, Auto_Submitted="auto-replied")
        after = office.case(1001)
        assert after.tags == ("machine", "out-of-office")
        assert (after.severity, after.status, after.reply_window_ends_at, after.hold_until) == (
            before.severity,
            before.status,
            before.reply_window_ends_at,
            None,
        )


class TestThanks:
    def closed(self, office: Office) -> str:
        office.start()
        question = office.partner_writes("Payouts fail")
        office.team_replies("Re: Payouts fail", answers=question)
        office.wait(hours=73)
        assert office.notices() == ["receipt", "reminder", "closed"]
        return question

    def test_a_mere_thanks_does_not_reopen(self, office: Office) -> None:
        question = self.closed(office)
        office.partner_writes("Re: Payouts fail", "Thanks!\nAna", answers=question)
        assert office.case(1001).status.value == "closed"

    def test_anything_more_does(self, office: Office) -> None:
        question = self.closed(office)
        office.partner_writes("Re: Payouts fail", "Thanks! It is back, though.", answers=question)
        assert office.case(1001).status.value == "open"
        assert office.notices() == ["reopened"]


class TestCalls:
    def note(self, office: Office, text: str, *, proof: str = PROVEN, to: str = ADDRESS) -> None:
        raw = office.mail("ana@wise.example", to, "Phone: payouts down", text)
        office.arrives(b"Authentication-Results: " + proof.encode() + b"\r\n" + raw)

    def test_an_engineers_note_opens_the_callers_case_which_their_mail_joins(self, office: Office) -> None:
        office.start()
        self.note(office, f"Caller: Olga <{PARTNER}>\nPayouts fail since 10:12 UTC.")
        case = office.case(1001)
        assert (case.requester, case.severity, case.tags) == (PARTNER, 1, ("phone",))
        assert office.notices() == []
        office.partner_writes("As discussed on the phone")
        assert office.outcomes() == ["case", "follow-up"]
        office.partner_writes("Another question")
        assert office.notices() == ["receipt"]
        assert office.case_numbers() == [1001, 1002]

    def test_a_colleague_or_a_late_mail_joins_no_call(self, office: Office) -> None:
        office.start()
        self.note(office, f"Caller: {PARTNER}")
        office.partner_writes("Quotes fail", sender="bo@acme.example")
        office.wait(hours=25)
        office.partner_writes("As discussed yesterday")
        assert office.notices() == ["receipt", "receipt"]
        assert office.case_numbers() == [1001, 1002, 1003]

    def test_an_unproven_note_opens_no_case_of_the_caller(self, office: Office) -> None:
        office.start()
        self.note(office, f"Caller: {PARTNER}", proof="mx.wise.example; dmarc=fail header.from=wise.example")
        assert all(office.case(number).requester != PARTNER for number in office.case_numbers())
        office.outgoing()

    def test_a_note_that_names_nobody_outside_stays_internal(self, office: Office) -> None:
        office.start()
        self.note(office, "Caller: bo@wise.example")
        assert office.outcomes() == ["ignored"]
