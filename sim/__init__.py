"""The simulation: the whole program on one thread, under a clock of its own, in a world that one seed makes up.

The daemon is the real one (triage/daemon/service.py); only what lies beyond its seams is simulated. See docs/simulation.md.
"""
