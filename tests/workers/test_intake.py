"""Intake where the parser misbehaves, a mail cannot be decided, or the disk is full; and what comes first."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.workers.test_page_cover import make_desk
from triage.adapters.parsing import InlineParser
from triage.core.failures import TemporaryFailure
from triage.core.seams import FetchedMessage, Parsed, UnfetchableMessage
from triage.store import cases, folders, ledger, quarantine
from triage.store.folders import Role
from triage.workers.intake import A_COMMIT, TOGETHER_WITHIN, Intake
from triage.workers.sync import Arrivals

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class Refusing:
    """A parser that can make nothing of any mail, and quotes it."""

    def __init__(self) -> None:
        self._asked: list[int] = []

    def submit(self, ticket: int, raw: bytes, urgent: bool = False, /) -> None:
        self._asked.append(ticket)

    def finished(self) -> list[Parsed]:
        done = [Parsed(ticket, None, "cannot read '\udca0'") for ticket in self._asked]
        self._asked.clear()
        return done

    def close(self) -> None:
        pass


def test_an_error_that_quotes_half_a_surrogate_is_still_a_quarantine() -> None:
    desk = make_desk()
    intake = Intake(desk, Refusing())
    intake.receive(Arrivals("INBOX", (FetchedMessage("INBOX", 1, 1, NOW, b"From: a@b.example\r\n\r\n"),)), NOW)
    intake.step(NOW)
    [one] = quarantine.everything(desk.store)
    assert one.error == "cannot read '\\udca0'"
    assert intake.backlog == 0


def refused(subject: bytes, folder: str = "INBOX") -> Arrivals:
    header = b"From: a@b.example\r\nTo: c@d.example\r\nSubject: " + subject + b"\r\nMessage-ID: <1@b.example>"
    return Arrivals(folder, (UnfetchableMessage(folder, 1, 1, "NO Internal error occurred", NOW, header),))


@pytest.mark.parametrize("restarted", [False, True])
def test_an_urgent_mail_of_which_the_server_gives_the_header_only_is_judged_by_that(restarted: bool) -> None:
    """Somebody must be paged, and the team told where to look, however often it is told of."""
    desk = make_desk()
    desk = replace(desk, config=replace(desk.config, instance=replace(desk.config.instance, team_address="team@wise.example")))
    intake = Intake(desk, InlineParser())
    for _ in range(2):
        intake.receive(refused(b"URGENT: payouts fail"), NOW)
    if restarted:
        intake = Intake(desk, InlineParser())
        intake.resume()
    intake.step(NOW)
    [row] = ledger.of_case(desk.store, 1001)
    assert row.defects == ["the body was not read: NO Internal error occurred"]
    assert [stored.case.severity for stored in cases.find(desk.store)] == [1]
    warnings = desk.store.connection.execute("SELECT key, case_number FROM outbox WHERE key LIKE '%unread%'").fetchall()
    assert [(one["key"].partition("unread")[2], one["case_number"]) for one in warnings] == [(f"/{row.id}", row.case_number)]


@pytest.mark.parametrize(("subject", "folder"), [(b"payouts fail", "INBOX"), (b"Re: URGENT: payouts fail", "Sent")])
def test_any_other_of_which_it_gives_no_more_is_set_aside_to_be_fetched_again(subject: bytes, folder: str) -> None:
    desk = make_desk()
    folders.watch(desk.store, {"INBOX": Role.INTAKE, "Sent": Role.SENT})
    intake = Intake(desk, InlineParser())
    intake.receive(refused(subject, folder), NOW)
    intake.step(NOW)
    [one] = quarantine.everything(desk.store)
    assert (one.row.folder, one.row.author, one.row.subject) == (folder, "a@b.example", subject.decode())
    assert cases.find(desk.store) == []


def mails(*subjects: str) -> tuple[FetchedMessage, ...]:
    text = "From: a@b.example\r\nMessage-ID: <{}@b.example>\r\nSubject: {}\r\n\r\nHi\r\n"
    return tuple(FetchedMessage("INBOX", 1, uid, NOW, text.format(uid, subject).encode()) for uid, subject in enumerate(subjects, 1))


def test_a_mail_that_cannot_be_decided_undoes_nothing_of_those_committed_with_it() -> None:
    desk = make_desk()
    desk.store.connection.execute(
        "CREATE TRIGGER refuses BEFORE INSERT ON cases WHEN new.subject = 'bad' BEGIN SELECT RAISE(ABORT, 'refused'); END"
    )
    intake = Intake(desk, InlineParser())
    intake.receive(Arrivals("INBOX", mails("first", "bad", "last")), NOW)
    intake.step(NOW)
    assert {stored.case.subject for stored in cases.find(desk.store)} == {"first", "last"}
    [one] = quarantine.everything(desk.store)
    assert one.error == "IntegrityError while deciding: refused"


def test_what_a_full_disk_leaves_undecided_is_decided_in_its_order_when_there_is_room() -> None:
    desk = make_desk()
    intake = Intake(desk, InlineParser())
    intake.receive(Arrivals("INBOX", mails(*(f"mail {index}" for index in range(30)))), NOW)
    pages = desk.store.connection.execute("PRAGMA page_count").fetchone()[0]
    desk.store.connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(TemporaryFailure, match="disk is full"):
        intake.step(NOW)
    assert intake.backlog == 30
    assert list(cases.find(desk.store)) == []
    desk.store.connection.execute("PRAGMA max_page_count = 1000000")
    while intake.step(NOW):
        pass
    in_order = sorted((stored.case.number, stored.case.subject) for stored in cases.find(desk.store))
    assert [subject for _, subject in in_order] == [f"mail {index}" for index in range(30)]


def test_urgent_mails_are_decided_before_the_others_and_the_oldest_of_them_first() -> None:
    desk = make_desk()
    heard: list[int] = []
    intake = Intake(desk, InlineParser(), lambda ledger_id, _: heard.append(ledger_id))
    intake.receive(Arrivals("INBOX", mails("slow", "urgent one", "urgent two")[:1]), NOW)
    intake.receive(Arrivals("INBOX", mails("slow", "urgent one", "urgent two")[1:], urgent=True), NOW)
    intake.step(NOW)
    assert heard == [2, 3], "their pages are due before anything else is decided"
    intake.step(NOW)
    assert heard == [2, 3, 1]


class OneByOne(InlineParser):
    """A parser that has finished one more mail whenever it is asked."""

    def finished(self) -> list[Parsed]:
        return [self._done.pop(0)] if self._done else []


def test_beside_a_backlog_what_is_parsed_one_by_one_is_committed_together() -> None:
    intake = Intake(make_desk(), OneByOne())
    intake.receive(Arrivals("INBOX", mails(*(f"question {number}" for number in range(100)))), NOW)
    assert intake.step(NOW), "the first waits for nobody"
    waiting = sum(1 for _ in iter(lambda: intake.step(NOW), True))
    assert waiting == A_COMMIT - 2, "the next ones for each other: one is parsed at each look"
    assert intake.backlog == 100 - 1 - A_COMMIT


def test_nobody_waits_longer_than_a_moment_to_be_committed_with_others() -> None:
    intake = Intake(make_desk(), OneByOne())
    intake.receive(Arrivals("INBOX", mails(*(f"question {number}" for number in range(100)))), NOW)
    intake.step(NOW)
    assert not intake.step(NOW)
    assert intake.step(NOW + TOGETHER_WITHIN)


def test_a_long_step_ends_when_something_urgent_comes() -> None:
    intake = Intake(make_desk(), InlineParser())
    intake.receive(Arrivals("INBOX", mails(*(f"question {number}" for number in range(2 * A_COMMIT)))), NOW)
    rings = iter([False, False, True, True])
    intake.step(NOW, lambda: next(rings))
    assert intake.backlog == 2 * A_COMMIT - 3, "what was decided is committed, and nothing else is begun"


def urgent_from(*domains: str) -> Arrivals:
    text = "From: a@{0}\r\nMessage-ID: <{1}@{0}>\r\nSubject: URGENT {1}\r\n\r\nHi\r\n"
    raws = (text.format(domain, uid).encode() for uid, domain in enumerate(domains, 1))
    messages = tuple(FetchedMessage("INBOX", 1, uid, NOW, raw) for uid, raw in enumerate(raws, 1))
    return Arrivals("INBOX", messages, urgent=True, whose=dict(enumerate(domains, 1)))


@pytest.mark.parametrize("restarted", [False, True])
def test_many_urgent_mails_of_one_domain_do_not_hold_back_that_of_another(restarted: bool) -> None:
    desk = make_desk()
    intake = Intake(desk, InlineParser())
    intake.receive(urgent_from(*["loud.example"] * 200, "harbour.example"), NOW)
    if restarted:
        intake = Intake(desk, InlineParser())
        intake.resume()
    intake.step(NOW)
    assert "a@harbour.example" in {stored.case.requester for stored in cases.find(desk.store)}
    assert intake.backlog > 150


class Slow:
    """A parser that finishes nothing until it is asked to."""

    def __init__(self) -> None:
        self.given: list[int] = []

    def submit(self, ticket: int, raw: bytes, urgent: bool = False, /) -> None:
        self.given.append(len(raw))

    def finished(self) -> list[Parsed]:
        return []

    def close(self) -> None:
        pass


def test_the_parser_holds_a_bounded_number_of_bytes_whatever_waits() -> None:
    parser = Slow()
    intake = Intake(make_desk(), parser)
    large = tuple(FetchedMessage("INBOX", 1, uid, NOW, b"From: a@b.example\r\n\r\n" + b"x" * 500_000) for uid in range(1, 20))
    intake.receive(Arrivals("INBOX", large), NOW)
    intake.step(NOW)
    assert len(parser.given) == 3
    late = replace(urgent_from("harbour.example").messages[0], uid=99)
    intake.receive(Arrivals("INBOX", (late,), urgent=True), NOW)
    intake.step(NOW)
    assert len(parser.given) == 4


def test_of_one_sender_the_parser_has_a_few_urgent_mails_so_that_another_finds_room() -> None:
    parser = Slow()
    intake = Intake(make_desk(), parser)
    intake.receive(urgent_from(*["loud.example"] * 200), NOW)
    assert len(parser.given) == A_COMMIT
    late = replace(urgent_from("harbour.example").messages[0], uid=999)
    intake.receive(Arrivals("INBOX", (late,), urgent=True), NOW)
    assert len(parser.given) == A_COMMIT + 1


class Stuck(InlineParser):
    """A parser that does not get on with the first mail until it is let go."""

    held = True

    def finished(self) -> list[Parsed]:
        done = super().finished()
        self._done = [parsed for parsed in done if self.held and parsed.ticket == 1]
        return [parsed for parsed in done if parsed not in self._done]


def test_an_urgent_mail_that_takes_long_to_parse_holds_back_only_those_of_its_sender() -> None:
    heard: list[int] = []
    parser = Stuck()
    intake = Intake(make_desk(), parser, lambda ledger_id, _: heard.append(ledger_id))
    intake.receive(urgent_from("loud.example", "loud.example", "harbour.example"), NOW)
    intake.step(NOW)
    assert heard == [3]
    parser.held = False
    intake.step(NOW)
    assert heard == [3, 1, 2]


def test_large_mails_are_decided_one_at_a_time_so_that_pages_get_their_turn() -> None:
    intake = Intake(make_desk(), InlineParser())
    large = tuple(FetchedMessage("INBOX", 1, uid, NOW, b"From: a@b.example\r\n\r\n" + b"x" * 200_000) for uid in range(1, 5))
    intake.receive(Arrivals("INBOX", large), NOW)
    intake.step(NOW)
    assert intake.backlog == 3
