"""Search: every state of a small world, by the program's own transition functions; and what a property found wrong, with the way there.

A world says how it begins, what may happen next in a state, and which states are the same one. The worlds are finite: times count from
now, and counters that only ever grow are left out.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

S = TypeVar("S")

TOO_MANY = 150_000
"""A world that has more states than that was meant to be smaller."""


@dataclass(frozen=True, slots=True)
class Move(Generic[S]):
    """What may happen in a state. `seen`: what it made the outside notice."""

    name: str
    after: S
    seen: Hashable = None


@dataclass(frozen=True, slots=True)
class Edge:
    source: int
    name: str
    target: int
    seen: Hashable


@dataclass(frozen=True, slots=True)
class Wrong:
    """A property does not hold, and the shortest story that shows it."""

    claim: str
    story: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.claim}\n    " + "\n    ".join(self.story)


@dataclass(slots=True)
class Graph(Generic[S]):
    states: list[S] = field(default_factory=list)
    edges: list[list[Edge]] = field(default_factory=list)
    """By state: what leads out of it."""
    came_by: list[Edge | None] = field(default_factory=list)
    """By state: the first way that was found to it, which is a shortest."""

    @property
    def transitions(self) -> int:
        return sum(len(out) for out in self.edges)

    def story(self, state: int) -> tuple[str, ...]:
        names: list[str] = []
        while (edge := self.came_by[state]) is not None:
            names.append(edge.name)
            state = edge.source
        return tuple(reversed(names))

    def wrong(self, claim: str, state: int, *then: str) -> Wrong:
        return Wrong(claim, (*self.story(state), *then))

    def all_edges(self) -> Iterator[Edge]:
        for out in self.edges:
            yield from out


def explore(start: S, moves: Callable[[S], Iterable[Move[S]]], shape: Callable[[S], Hashable]) -> Graph[S]:
    """Breadth first, until nothing new is found. Raises ValueError for a world that is not small."""
    graph: Graph[S] = Graph([start], [[]], [None])
    known = {shape(start): 0}
    waiting = deque([0])
    while waiting:
        source = waiting.popleft()
        for move in moves(graph.states[source]):
            key = shape(move.after)
            target = known.get(key)
            edge = Edge(source, move.name, len(graph.states) if target is None else target, move.seen)
            graph.edges[source].append(edge)
            if target is None:
                known[key] = edge.target
                graph.states.append(move.after)
                graph.edges.append([])
                graph.came_by.append(edge)
                waiting.append(edge.target)
        if len(graph.states) > TOO_MANY:
            raise ValueError(f"more than {TOO_MANY} states: the world is not small")
    return graph


def walk(graph: Graph[S], state: int, choose: Callable[[Sequence[Edge]], Edge | None]) -> Iterator[Edge]:
    """The way that `choose` takes from a state, up to and including the first step that leads to a state it has been in."""
    been = {state}
    while (edge := choose(graph.edges[state])) is not None:
        yield edge
        state = edge.target
        if state in been:
            return
        been.add(state)
