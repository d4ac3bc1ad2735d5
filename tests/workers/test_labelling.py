"""Labels follow their case: what is asked of the mailbox thread, when, and what a flag that was seen means."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.workers.test_page_cover import make_desk
from triage.core.cases.case import Case, Status
from triage.core.cases.events import Event, EventKind
from triage.core.cases.journal import Cause
from triage.core.outcomes import Outcome
from triage.core.seams import FetchedMessage, Position
from triage.core.settings import Keywords, Labels
from triage.store import folders, journal, labels, ledger, pages
from triage.store.folders import Role
from triage.store.ledger import SeenHeader
from triage.workers import casework
from triage.workers.desk import Desk
from triage.workers.labelling import AGAIN_AFTER, Labelling, Relabel
from triage.workers.notice_drafts import Occasion

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SET = frozenset({"triage-sev3", "triage-open"})


class World:
    """A store with a watched folder; what is asked of the mailbox thread is kept in `asked`."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.asked: list[Relabel] = []
        self.labelling = Labelling(desk, self.asked.append)
        folders.watch(desk.store, {"INBOX": Role.INTAKE})
        with desk.store.write():
            folders.move(desk.store, "INBOX", None, Position(7, 0))

    def case(self, number: int, messages: int = 1) -> list[int]:
        """A new case of so many messages; their ledger rows."""
        seed = Case(number, Status.NEW, 3, "acme", "ops@acme.example", "x", NOW)
        with self.desk.store.write():
            casework.open_case(self.desk, seed, Event(EventKind.PARTNER_WROTE, NOW), NOW, Cause(), Occasion())
            return [self.message(number, 100 * number + index) for index in range(messages)]

    def message(self, number: int, uid: int) -> int:
        added = ledger.add(self.desk.store, FetchedMessage("INBOX", 7, uid, NOW, b"Subject: x\r\n\r\n"), "h", NOW)
        assert added is not None
        ledger.decide(self.desk.store, added, Outcome.FOLLOW_UP, "", number, NOW)
        return added

    def renumbered(self, uid: int) -> None:
        """The folder has another UIDVALIDITY, and its one message is known by its header."""
        seen = SeenHeader("INBOX", 8, uid, NOW, 14, "h", "", "ops@acme.example", "x")
        with self.desk.store.write():
            folders.move(self.desk.store, "INBOX", Position(7, 0), Position(8, 0))
            ledger.add_settled(self.desk.store, seen, Outcome.DUPLICATE, "known", NOW)

    def happens(self, number: int, kind: EventKind, severity: int | None = None) -> None:
        with self.desk.store.write():
            casework.apply_to(self.desk, number, Event(kind, NOW, actor="ana", severity=severity), NOW)

    def run(self, now: datetime = NOW, *, succeeds: bool = True) -> list[tuple[tuple[str, str], list[int]]]:
        """Steps until there is nothing to do; every batch is answered. What was asked, as labels and UIDs."""
        done = []
        while self.labelling.step(now):
            batches, self.asked[:] = list(self.asked), []
            for batch in batches:
                done.append((batch.labels.keywords, sorted(batch.messages)))
                self.labelling.done(batch, succeeds, now)
        return done

    def seen(self, ledger_id: int, *flags: str) -> None:
        self.labelling.seen({ledger_id: frozenset(flags)}, NOW)

    def severity(self, number: int) -> int:
        return int(self.desk.store.connection.execute("SELECT severity FROM cases WHERE number = ?", (number,)).fetchone()[0])


@pytest.fixture
def world() -> World:
    return World(make_desk())


def test_all_messages_of_a_case_are_labelled_once_and_again_when_it_changes(world: World) -> None:
    world.case(1001, messages=3)
    assert world.run() == [(("triage-sev3", "triage-open"), [100100, 100101, 100102])]
    assert world.run() == []
    world.happens(1001, EventKind.SEVERITY_SET, severity=2)
    assert world.run() == [(("triage-sev2", "triage-open"), [100100, 100101, 100102])]
    world.happens(1001, EventKind.CLOSED_BY_TEAM)
    assert world.run() == [(("triage-sev2", "triage-closed"), [100100, 100101, 100102])]


def test_only_what_does_not_carry_its_labels_yet_is_asked_for(world: World) -> None:
    world.case(1001)
    world.run()
    with world.desk.store.write():
        world.message(1001, 7)
    assert world.run() == [(("triage-sev3", "triage-open"), [7])]


def test_what_changes_no_label_asks_for_nothing(world: World) -> None:
    world.case(1001)
    world.run()
    world.happens(1001, EventKind.NOTED)
    world.happens(1001, EventKind.OPENED_BY_TEAM)
    assert world.run() == []


def test_cases_with_the_same_labels_share_one_command(world: World) -> None:
    world.case(1001)
    world.case(1002)
    assert world.run() == [(("triage-sev3", "triage-open"), [100100, 100200])]


def test_a_message_that_goes_to_another_case_takes_its_labels(world: World) -> None:
    [first] = world.case(1001)
    world.case(1002)
    world.happens(1002, EventKind.SEVERITY_SET, severity=2)
    world.run()
    with world.desk.store.write():
        ledger.move(world.desk.store, [first], 1002)
    assert world.run() == [(("triage-sev2", "triage-open"), [100100])]


def test_what_failed_is_asked_for_again_after_a_pause(world: World) -> None:
    world.case(1001)
    assert len(world.run(succeeds=False)) == 1
    assert world.run(NOW + AGAIN_AFTER / 2) == []
    assert world.run(NOW + AGAIN_AFTER) == [(("triage-sev3", "triage-open"), [100100])]


def test_a_clock_that_is_set_back_makes_labels_wait_for_no_longer_than_the_pause(world: World) -> None:
    world.case(1001)
    world.run(succeeds=False)
    assert len(world.run(NOW - timedelta(days=1))) == 1


def test_one_batch_is_out_at_a_time(world: World) -> None:
    world.case(1001)
    assert world.labelling.step(NOW)
    world.case(1002)
    assert not world.labelling.step(NOW)
    assert len(world.asked) == 1


def test_a_case_that_changes_while_its_labels_are_out_is_asked_for_again(world: World) -> None:
    world.case(1001)
    world.labelling.step(NOW)
    world.happens(1001, EventKind.SEVERITY_SET, severity=2)
    [batch] = world.asked
    world.asked.clear()
    world.labelling.done(batch, True, NOW)
    assert world.run() == [(("triage-sev2", "triage-open"), [100100])]


def test_messages_of_a_folder_that_was_renumbered_are_left_alone_until_it_is_read(world: World) -> None:
    world.case(1001)
    with world.desk.store.write():
        folders.move(world.desk.store, "INBOX", Position(7, 0), Position(8, 0))
    assert world.run() == []
    assert labels.due(world.desk.store, 10) == []


def test_messages_of_a_folder_that_was_renumbered_follow_their_case_under_their_new_numbers(world: World) -> None:
    world.case(1001)
    world.run()
    world.renumbered(uid=1)
    world.happens(1001, EventKind.SEVERITY_SET, severity=2)
    assert world.run() == [(("triage-sev2", "triage-open"), [1])]
    [followed] = labels.followed(world.desk.store)
    world.seen(followed.ledger_id, "triage-sev3", "triage-open")
    assert world.severity(1001) == 3


def test_switched_off_nothing_is_asked_for_and_nothing_is_forgotten() -> None:
    desk = make_desk()
    off = World(replace(desk, config=replace(desk.config, labels=Labels(Keywords.OFF))))
    off.case(1001)
    assert off.run() == []
    assert labels.due(off.desk.store, 10) == [1001]


def test_a_severity_that_was_set_in_a_mail_client_is_the_cases(world: World) -> None:
    [first, second] = world.case(1001, messages=2)
    world.run()
    world.seen(second, "triage-sev1", *SET)
    assert world.severity(1001) == 1
    [entry] = [entry for entry in journal.of_case(world.desk.store, 1001) if entry.event == "severity-set"]
    assert (entry.actor, entry.ledger_id) == ("mail client", second)
    assert [stored.page.state.value for stored in pages.of_case(world.desk.store, 1001)] == ["paging"]
    world.seen(first, *SET)  # has not been labelled anew yet: says nothing
    assert world.severity(1001) == 1
    assert world.run() == [(("triage-sev1", "triage-open"), [100100, 100101])]


def test_our_own_change_is_no_echo(world: World) -> None:
    [message] = world.case(1001)
    world.run()
    world.happens(1001, EventKind.SEVERITY_SET, severity=2)
    world.seen(message, *SET)  # looked at before the new label is there
    world.run()
    world.seen(message, "triage-sev2", "triage-open")
    assert world.severity(1001) == 2
    assert len([entry for entry in journal.of_case(world.desk.store, 1001) if entry.event == "severity-set"]) == 1


def test_of_two_messages_that_were_changed_at_once_the_worse_counts(world: World) -> None:
    [first, second] = world.case(1001, messages=2)
    world.run()
    world.labelling.seen({first: SET | {"triage-sev2"}, second: SET | {"triage-sev1"}}, NOW)
    assert world.severity(1001) == 1
    assert len([entry for entry in journal.of_case(world.desk.store, 1001) if entry.event == "severity-set"]) == 1


def test_people_are_followed_only_on_cases_that_are_not_closed(world: World) -> None:
    [first] = world.case(1001)
    [second] = world.case(1002)
    world.run()
    world.happens(1001, EventKind.CLOSED_BY_TEAM)
    world.run()
    assert [one.ledger_id for one in labels.followed(world.desk.store)] == [second]
    assert first != second
