"""Splitting: a message gets a case of its own, and the case it leaves is as if it had not come."""

from __future__ import annotations

import pytest

from tests.scenarios.office import PARTNER, Office
from tests.scenarios.team import merge, split
from tests.scenarios.test_reopen_path import closed_case
from triage.core.cases.case import Status
from triage.core.failures import PermanentFailure
from triage.store import cases, ledger

OTHER = "ops@other.example"


def ledger_id(office: Office, message_id: str) -> int:
    with office.store() as store:
        return next(row.id for number in office.case_numbers() for row in ledger.of_case(store, number) if row.message_id == message_id)


def of_case(office: Office, number: int) -> list[str]:
    with office.store() as store:
        return [row.message_id for row in ledger.of_case(store, number) if not row.message_id.startswith("<triage")]


def participants(office: Office, number: int) -> frozenset[str]:
    with office.store() as store:
        return cases.participants(store, number)


class TestAPartnersMessage:
    def test_it_opens_a_case_without_a_notice_and_both_journals_say_so(self, office: Office) -> None:
        first = office.partner_writes("Transfers fail")
        other = office.partner_writes("Re: Transfers fail", "By the way, webhooks fail", answers=first)
        assert office.notices() == ["receipt"]
        new = split(office, 1001, ledger_id(office, other))
        assert (new.number, new.status, new.requester, new.partner) == (1002, Status.NEW, PARTNER, "acme.example")
        assert other in of_case(office, 1002)
        assert other not in of_case(office, 1001)
        assert office.reasons(1001)[-1] == "a message has got a case of its own"
        assert office.reasons(1002)[0] == "the team split a message off another case"
        assert office.journal(1002)[-1].detail == "split off #1001"
        assert office.notices() == []

    def test_answers_to_it_lead_to_its_own_case_and_others_to_the_old_one(self, office: Office) -> None:
        first = office.partner_writes("Transfers fail")
        other = office.partner_writes("Re: Transfers fail", "By the way, webhooks fail", answers=first)
        office.outgoing()
        split(office, 1001, ledger_id(office, other))
        reply = office.arrives(office.mail("api@wise.example", PARTNER, "Re: Transfers fail", answers=other, References=""), "Sent")
        assert reply in of_case(office, 1002)
        assert (office.case(1001).status, office.case(1002).status) == (Status.NEW, Status.PENDING)
        office.partner_writes("Re: Transfers fail", "more about webhooks", answers=reply)
        assert office.case(1002).status is Status.OPEN
        old = office.partner_writes("Re: Transfers fail", "more about transfers", answers=first)
        assert old in of_case(office, 1001)

    def test_our_own_notice_among_its_ancestors_does_not_call_its_answers_back(self, office: Office) -> None:
        """The partner asks something new by answering a receipt, whose id carries the number of the old case."""
        office.partner_writes("Transfers fail")
        [receipt] = office.outgoing()
        other = office.partner_writes("Re: " + receipt.subject, "Webhooks fail", answers=receipt.message_id)
        split(office, 1001, ledger_id(office, other))
        raw = office.mail("api@wise.example", PARTNER, "Re: " + receipt.subject, answers=other)
        reply = office.arrives(raw.replace(b"References: ", b"References: " + receipt.message_id.encode() + b" "), "Sent")
        assert reply in of_case(office, 1002)
        answer = office.mail(PARTNER, "api@wise.example", "Re: " + receipt.subject, answers=reply)
        ancestors = f"{receipt.message_id} {other} ".encode()
        answered = office.arrives(answer.replace(b"References: ", b"References: " + ancestors))
        assert answered in of_case(office, 1002)
        to_receipt = office.partner_writes("Re: " + receipt.subject, "about transfers", answers=receipt.message_id)
        assert to_receipt in of_case(office, 1001)

    def test_a_case_that_it_reopened_is_closed_again_in_silence(self, office: Office) -> None:
        question = closed_case(office)
        closed_at = office.case(1001).closed_at
        office.wait(days=3)
        other = office.partner_writes("Re: Transfers fail", "Another matter: webhooks", answers=question)
        assert office.notices() == ["reopened"]
        split(office, 1001, ledger_id(office, other))
        assert (office.case(1001).status, office.case(1001).closed_at) == (Status.CLOSED, closed_at)
        assert office.case(1002).status is Status.NEW
        assert office.notices() == []

    def test_a_reply_window_that_it_stopped_goes_on_with_time_left_to_answer(self, office: Office) -> None:
        question = office.partner_writes("Transfers fail")
        office.team_replies("Re: Transfers fail", answers=question)
        office.wait(hours=70)
        other = office.partner_writes("Re: Transfers fail", "Another matter: webhooks", answers=question)
        office.wait(hours=40)
        assert office.notices() == ["receipt", "reminder"]
        split(office, 1001, ledger_id(office, other))
        assert office.case(1001).status is Status.PENDING
        office.wait(minutes=1)
        assert office.notices() == ["reminder"]
        office.wait(hours=23)
        assert office.case(1001).status is Status.PENDING
        office.wait(hours=2)
        assert office.notices() == ["closed"]

    def test_what_somebody_has_decided_since_stands(self, office: Office) -> None:
        question = office.partner_writes("Transfers fail")
        office.team_replies("Re: Transfers fail", answers=question)
        other = office.partner_writes("Re: Transfers fail", "Another matter", answers=question)
        office.team_replies("Re: Transfers fail", answers=question)
        window = office.case(1001).reply_window_ends_at
        office.outgoing()
        split(office, 1001, ledger_id(office, other))
        assert (office.case(1001).status, office.case(1001).reply_window_ends_at) == (Status.PENDING, window)

    def test_an_urgent_word_that_only_it_had_is_severity_1_there_and_new_again_in_the_old_case(self, office: Office) -> None:
        question = office.partner_writes("Transfers fail")
        other = office.partner_writes("URGENT webhooks fail", answers=question)
        office.outgoing()
        assert split(office, 1001, ledger_id(office, other)).number == 1002
        office.outgoing()
        assert office.case(1002).severity == 1
        with office.store() as store:
            assert cases.subjects(store, 1001) == ("Transfers fail",)

    def test_automatic_mail_that_was_a_persons_after_all_becomes_a_case(self, office: Office) -> None:
        question = office.partner_writes("Transfers fail")
        note = office.partner_writes("Re: Transfers fail", "Webhooks fail", answers=question, Auto_Submitted="auto-generated")
        office.outgoing()
        assert split(office, 1001, ledger_id(office, note)).status is Status.NEW
        assert office.case(1001).status is Status.NEW

    def test_the_first_message_may_leave_too(self, office: Office) -> None:
        first = office.partner_writes("Transfers fail")
        office.partner_writes("Re: Transfers fail", "Webhooks", answers=first)
        office.outgoing()
        split(office, 1001, ledger_id(office, first))
        assert of_case(office, 1002) == [first]
        assert office.case(1001).status is Status.NEW

    def test_a_message_that_a_merge_brought_can_be_split_off_again(self, office: Office) -> None:
        office.partner_writes("Transfers fail")
        second = office.partner_writes("Webhooks fail")
        office.outgoing()
        merge(office, 1002, 1001)
        assert split(office, 1002, ledger_id(office, second)).number == 1003
        answer = office.partner_writes("Re: Webhooks fail", answers=second)
        assert answer in of_case(office, 1003)


class TestATeamReply:
    def wrong_reply(self, office: Office) -> str:
        """A reply to somebody of another partner, sent in the thread of #1001."""
        question = office.partner_writes("Transfers fail")
        reply = office.team_replies("Re: Transfers fail", answers=question, to=f"{PARTNER}, {OTHER}")
        assert office.notices() == ["receipt"]
        assert office.case(1001).status is Status.PENDING
        return reply

    def test_the_window_that_it_opened_is_undone_and_opens_in_its_own_case(self, office: Office) -> None:
        reply = self.wrong_reply(office)
        office.wait(hours=60)
        assert office.notices() == ["reminder"]
        new = split(office, 1001, ledger_id(office, reply))
        old = office.case(1001)
        assert (old.status, old.reply_window_ends_at, old.team_replied_at) == (Status.NEW, None, None)
        assert office.reasons(1001)[-1] == "what the message did that was split off is undone"
        assert (new.status, new.partner) == (Status.PENDING, "acme.example")
        office.wait(hours=71)
        assert office.case(1001).status is Status.NEW
        assert office.notices() == ["reminder"]
        office.wait(hours=2)
        assert office.notices() == ["closed"]

    def test_a_case_that_its_window_closed_waits_for_the_team_again(self, office: Office) -> None:
        reply = self.wrong_reply(office)
        office.wait(hours=73)
        assert office.notices() == ["reminder", "closed"]
        split(office, 1001, ledger_id(office, reply))
        assert (office.case(1001).status, office.case(1001).closed_at) == (Status.NEW, None)

    def test_whom_only_it_named_does_not_stay_a_participant(self, office: Office) -> None:
        reply = self.wrong_reply(office)
        assert OTHER in participants(office, 1001)
        split(office, 1001, ledger_id(office, reply))
        assert OTHER not in participants(office, 1001)
        assert PARTNER in participants(office, 1001)
        assert OTHER in participants(office, 1002)

    def test_an_earlier_replys_window_goes_on(self, office: Office) -> None:
        question = office.partner_writes("Transfers fail")
        office.team_replies("Re: Transfers fail", answers=question)
        ends = office.case(1001).reply_window_ends_at
        office.wait(hours=5)
        wrong = office.team_replies("Re: Transfers fail", answers=question)
        office.outgoing()
        split(office, 1001, ledger_id(office, wrong))
        assert (office.case(1001).status, office.case(1001).reply_window_ends_at) == (Status.PENDING, ends)


@pytest.mark.parametrize("what", ["unknown", "only", "of-another-case", "own"])
def test_what_cannot_leave_is_refused_and_changes_nothing(office: Office, what: str) -> None:
    first = office.partner_writes("Transfers fail")
    office.partner_writes("Another matter", sender=OTHER)
    office.outgoing()
    with office.store() as store:
        own = next(row.id for row in ledger.of_case(store, 1001) if row.outcome is not None and row.outcome.value == "own")
    number, message = {
        "unknown": (1001, 999),
        "only": (1001, ledger_id(office, first)),
        "of-another-case": (1002, ledger_id(office, first)),
        "own": (1001, own),
    }[what]
    before = [office.case(one) for one in office.case_numbers()]
    with pytest.raises(PermanentFailure):
        split(office, number, message)
    assert [office.case(one) for one in office.case_numbers()] == before


def test_a_stranger_who_refers_to_a_case_does_not_draw_its_mail_to_a_case_of_their_own(office: Office) -> None:
    """Found when threads were taken apart: an id that leads to a living case leads there alone."""
    question = office.partner_writes("Transfers fail")
    office.partner_writes("Re: Transfers fail", "let me in", sender="mallory@elsewhere.example", answers=question)
    office.outgoing()
    assert office.case_numbers() == [1001, 1002]
    office.team_replies("Re: Transfers fail", answers=question)
    assert (office.case(1001).status, office.case(1002).status) == (Status.PENDING, Status.NEW)
