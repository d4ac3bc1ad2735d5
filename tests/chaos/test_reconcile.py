"""The reconciler sees a broken promise where there is one: one repeat that is explained, and one that is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from chaos.letters import Letter, Part, Story, next_letter, story_of
from chaos.nemesis import KILL, Done
from chaos.reconcile import Findings, explained, table
from chaos.sinks import Sent

T0 = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
FIRST = Sent(T0, "<a@wise.example>", 1001, "receipt")
AGAIN = Sent(T0 + timedelta(seconds=30), "<a@wise.example>", 1001, "receipt")


def killed(after_s: float) -> list[Done]:
    at = T0 + timedelta(seconds=after_s)
    return [Done(KILL, at, at)]


def test_a_repeat_is_explained_by_a_kill_right_after_the_first() -> None:
    assert explained(FIRST, AGAIN, killed(0.1))


def test_a_kill_long_after_the_first_explains_nothing() -> None:
    assert not explained(FIRST, AGAIN, killed(15.0))


def test_a_kill_before_the_first_explains_nothing() -> None:
    assert not explained(FIRST, AGAIN, killed(-5.0))


def test_a_broken_promise_is_named_and_marked() -> None:
    findings = Findings()
    findings.must_be_none("mails without an outcome", [])
    assert not findings.broken
    findings.must_be_none("cases closed wrongly", ["case 1001"])
    assert findings.broken == ["cases closed wrongly: 1, such as case 1001"]
    assert [line.split()[-1] for line in table(findings).splitlines()] == ["0", "BROKEN"]


def test_every_story_is_told_by_some_shop_and_ends() -> None:
    told = set()
    for shop in range(20):
        told.add(story_of(shop))
        letter: Letter | None = Letter(shop, Part.QUESTION)
        for _ in range(4):
            following = next_letter(letter, 20.0) if letter is not None else None
            letter = following[0] if following else None
        assert letter is None
    assert told == set(Story)
