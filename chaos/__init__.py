"""Chaos: the real service in front of real servers, with real faults between them, and a reconciler that counts what came of it.

No part of the installed program. `python -m chaos`, or `make chaos`; docs/chaos.md.
"""
