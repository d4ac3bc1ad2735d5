"""The worlds that are searched, and which properties are asked of each: one table for `make model`, the test and docs/state-machines.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tests.model import closing, emergency, pages
from tests.model.search import Graph, Wrong

Property = Callable[[Any], Iterator[Wrong]]


@dataclass(frozen=True, slots=True)
class World:
    """`quick`: small enough for every run of the tests."""

    name: str
    build: Callable[[], Graph[Any]]
    properties: Sequence[Property]
    quick: bool = True


WORLDS = (
    World("page", lambda: pages.world(pages.QUICK), pages.PROPERTIES),
    World("emergency", emergency.world, emergency.PROPERTIES),
    World("closing", lambda: closing.world(closing.QUICK), closing.PROPERTIES),
    World("page, with contacts that fail", pages.world, pages.PROPERTIES, quick=False),
    *(
        World(f"closing, {name}", lambda scale=scale: closing.world(scale), closing.PROPERTIES, quick=False)  # type: ignore[misc]
        for name, scale in closing.SCALES.items()
    ),
)
