"""Tally: whose mails a run had, each counted once however often it was delivered or sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from sim.mischief import ROBOT, STRANGERS
from sim.truth import Kind, Letter

_BY_KIND: Mapping[Kind, str] = {
    Kind.PARTNER: "partners",
    Kind.TEAM_REPLY: "team",
    Kind.TEAM_COMMENT: "team",
    Kind.COMMAND: "team",
    Kind.PAGE_ANSWER: "team",
    Kind.FORGED_REPLY: "forgers",
    Kind.FORGED_COMMAND: "forgers",
    Kind.AUTOMATIC: "out of office",
    Kind.BOUNCE: "delivery reports",
    Kind.UNREADABLE: "unreadable",
    Kind.OLD: "older than the program",
}
_BY_AUTHOR = {person.address: "strangers" for one in STRANGERS for person in one.people} | {one.address: "robot" for one in ROBOT.people}


def by_whom(letters: Iterable[Letter], sent: Mapping[str, int]) -> Counter[str]:
    """`sent`: the program's own."""
    return Counter(_BY_AUTHOR.get(one.author, _BY_KIND[one.kind]) for one in letters) + Counter(sent)
