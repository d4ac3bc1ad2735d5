"""What the ears of the simulation excuse, they excuse once."""

from __future__ import annotations

from pathlib import Path

from sim.run import Simulation, Wanted


def test_a_warning_that_is_refused_at_two_tries_excuses_one_mail(tmp_path: Path) -> None:
    """The first refusal could not be written down, on a full disk, and the program tried again."""
    simulation = Simulation(Wanted(1), tmp_path)
    for _ in range(2):
        simulation.ears.refuse("<1@wise.example>", is_warning=True)
    simulation.close()
    assert simulation.ears.warnings_refused == 1
