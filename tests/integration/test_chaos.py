"""`make chaos ARGS=--short`: a trouble of each kind and a few kills, and afterwards every promise was kept."""

from __future__ import annotations

import random

import pytest

from chaos.disk import why_no_small_disk
from chaos.plan import Trouble, short
from chaos.reconcile import table
from chaos.run import run
from chaos.service import faketime_library
from tests.servers.dovecot import require_dovecot

pytestmark = pytest.mark.dovecot


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_short_run_keeps_every_promise() -> None:
    require_dovecot()
    seed = random.randrange(10**6)
    result = run(short(seed))
    print(f"seed {seed}\n{table(result.findings)}")
    assert not result.findings.broken, f"seed {seed}\n" + "\n".join([*result.findings.broken, result.last_words])
    needs_mount = {Trouble.DISK_FULL, Trouble.READ_ONLY} if why_no_small_disk() else set()
    needs_library = {Trouble.CLOCK} if faketime_library() is None else set()
    assert set(result.diary.recovered_s) == set(Trouble) - needs_mount - needs_library
