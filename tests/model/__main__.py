"""`python -m tests.model` (`make model`): searches every world for states that break a property. Exit status 1 when there is one."""

from __future__ import annotations

import sys
import time

from tests.model.planted import PLANTED, Planted, found
from tests.model.worlds import WORLDS, World


def main() -> None:
    wrong = [name for name in map(_search, WORLDS) if name] + [each.mistake for each in PLANTED if not _is_found(each)]
    sys.exit(f"does not hold: {', '.join(wrong)}" if wrong else 0)


def _search(world: World) -> str:
    began = time.perf_counter()
    graph = world.build()
    print(f"{world.name}: {len(graph.states):,} states, {graph.transitions:,} transitions", flush=True)
    failed = ""
    for claim in world.properties:
        broken = next(claim(graph), None)
        print(f"  {'FAILS' if broken else 'holds'}  {claim.__name__.replace('_', ' ')}", flush=True)
        if broken:
            print(f"    {broken}")
            failed = world.name
    print(f"  {time.perf_counter() - began:.1f} s")
    return failed


def _is_found(planted: Planted) -> bool:
    stories = [each.story for each in found(planted)]
    print(f"planted: {planted.mistake}: {f'found after {min(map(len, stories))} steps' if stories else 'NOT FOUND'}", flush=True)
    return bool(stories)


if __name__ == "__main__":
    main()
