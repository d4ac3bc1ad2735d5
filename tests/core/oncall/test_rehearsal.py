"""A page played through: the same table as at night, in a made-up world."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from triage.core.oncall.page import PageEventKind
from triage.core.oncall.people import ContactMethod, Medium, Person
from triage.core.oncall.policy import EscalationPolicy, Level, OnCall
from triage.core.oncall.rehearsal import Reaction, World, rehearse

AT = datetime(2027, 3, 28, 0, 59, tzinfo=UTC)


def person(name: str) -> Person:
    contacts = (ContactMethod("push", "ntfy", medium=Medium.PUSH), ContactMethod("mail", "email", medium=Medium.MAIL))
    return Person(name, name, contacts)


POLICY = EscalationPolicy("emergency", (Level(timedelta(), ("ana",)), Level(timedelta(minutes=5), ("bo",))))
ONCALL = OnCall({"ana": person("ana"), "bo": person("bo")}, {}, {"emergency": POLICY})


def told(world: World, minutes: float = 60) -> list[tuple[int, str, str, str]]:
    """(seconds, who, contact, text)."""
    lines = rehearse(ONCALL, POLICY, AT, world, AT + timedelta(minutes=minutes))
    return [(int((line.at - AT).total_seconds()), line.who, line.contact, line.text) for line in lines]


def test_nobody_answers_and_everybody_is_reached_in_the_order_of_the_policy() -> None:
    reached = [(seconds, who) for seconds, who, contact, text in told(World(), 21) if contact == "mail" and text == "accepted"]
    assert reached == [(0, "ana"), (300, "bo"), (1200, "ana"), (1200, "bo")]


def test_it_goes_on_for_as_long_as_one_looks() -> None:
    assert told(World(), 600)[-1][0] > 9 * 3600


def test_an_acknowledge_ends_it() -> None:
    lines = told(World(reactions={"ana": Reaction(PageEventKind.ACKNOWLEDGED, timedelta(minutes=2))}))
    assert lines[-1] == (120, "ana", "", "acknowledged")


def test_what_fails_for_good_ends_the_level_when_it_was_the_last_contact() -> None:
    lines = told(World(answers={"ntfy": 401, "email": 400}), 1)
    assert lines[0] == (0, "", "", "the first level is paged")
    assert [line[1] for line in lines if line[3].endswith("failed for good")][:4] == ["ana", "ana", "bo", "bo"]


def test_nothing_is_sent_that_the_guard_refuses() -> None:
    world = World(answers={"ntfy": 503}, reactions={"ana": Reaction(PageEventKind.ACKNOWLEDGED, timedelta(seconds=1))})
    assert told(world)[-1][3] == "acknowledged"


def test_a_program_that_is_down_is_late_and_then_hurries() -> None:
    lines = told(World(down_for=timedelta(minutes=40)), 90)
    assert {seconds for seconds, _, contact, _ in lines if contact and seconds < 2400} == set()
    assert {who for seconds, who, contact, text in lines if seconds == 2400 and text == "accepted"} == {"ana", "bo"}


def test_a_level_on_which_nothing_is_accepted_for_a_minute_is_over() -> None:
    lines = told(World(answers={"ntfy": 503, "email": 429}, reactions={}), 4)
    assert next(seconds for seconds, who, _, _ in lines if who == "bo") == 43, "the next attempt would have come after 60 s"
