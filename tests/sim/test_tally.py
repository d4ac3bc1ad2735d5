"""The mails of a run are told by whose they are, each once (docs/simulation.md, "A year")."""

from __future__ import annotations

import pytest

from sim.mischief import ROBOT, STRANGERS
from sim.tally import by_whom
from sim.truth import Kind, Letter

AUTHOR = "ops@partner1.example"


def letter(kind: Kind, author: str = AUTHOR) -> Letter:
    return Letter(1, kind, "<1@partner1.example>", author, b"", None)


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_of_letter_is_somebodys(kind: Kind) -> None:
    assert by_whom([letter(kind)], {}).total() == 1


def test_the_robot_and_strangers_are_no_partners() -> None:
    authors = AUTHOR, ROBOT.people[0].address, STRANGERS[0].people[0].address
    assert by_whom([letter(Kind.PARTNER, author) for author in authors], {}) == {"partners": 1, "robot": 1, "strangers": 1}


def test_all_that_the_team_writes_is_the_teams() -> None:
    kinds = Kind.TEAM_REPLY, Kind.TEAM_COMMENT, Kind.COMMAND, Kind.PAGE_ANSWER
    assert by_whom([letter(kind) for kind in kinds], {}) == {"team": 4}


def test_what_the_program_sent_counts_beside_it_and_nobody_is_told_with_none() -> None:
    assert by_whom([letter(Kind.PARTNER)], {"notices": 2, "to the team and on call": 0}) == {"partners": 1, "notices": 2}
