from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios.office import Office, open_office


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """A running office; afterwards nothing may have gone out unasked, and every promise that can be checked holds."""
    with open_office(tmp_path) as running:
        running.start()
        yield running
        running.check()
