"""A part of `make floods`: what it is about holds with fewer mails, too. How long a page takes is measured there; here only its order."""

from __future__ import annotations

import pytest

from floods import mails
from floods.bed import Bed
from floods.reckoning import paged_at, settled, unaccounted
from floods.table import FLOODS, SOMEBODY, Flood, carried_out, decided_after, robot
from tests.servers.dovecot import require_dovecot
from tests.servers.waiting import comes_true
from triage.workers.sync import URGENT_AT_ONCE

pytestmark = pytest.mark.dovecot

LOUD = 200


@pytest.mark.timeout(180)
@pytest.mark.parametrize("make", [mails.one_author, mails.crying_wolf], ids=["questions", "urgent mails"])
def test_an_urgent_mail_behind_many_of_one_author_is_paged_before_them(make: mails.Maker) -> None:
    require_dovecot()
    with Bed() as bed:
        bed.open_mailbox()
        bed.start()
        assert comes_true(lambda: bool(bed.asked("SELECT 1 FROM folders WHERE swept_at IS NOT NULL")), 60)
        bed.stop()
        for raw in (*mails.made(make, LOUD), mails.urgent(SOMEBODY)):
            bed.drop(raw)
        bed.start()
        assert settled(bed, 120), bed.log()
        assert paged_at(bed, SOMEBODY) is not None
        assert decided_after(bed, mails.URGENT_ID.format(SOMEBODY.lower())) > LOUD - 3 * URGENT_AT_ONCE
        assert unaccounted(bed, LOUD + 1) == (0, 0)


@pytest.mark.timeout(240)
def test_bombs_of_every_kind_cost_little_memory_and_each_has_its_outcome() -> None:
    require_dovecot()
    makers = [flood.make for flood in FLOODS if flood.count <= 60 and not flood.late]
    count = 2 * len(makers)
    found = carried_out(Flood("some of each", lambda number: makers[number % len(makers)](number // len(makers)), count, storm=True), count)
    assert found.faults() == []
    assert found.memory > 50 * mails.MB
    assert len(found.parts) > 1, "the parser processes are counted as well"


@pytest.mark.timeout(120)
def test_a_robot_that_answers_everything_is_written_to_as_often_as_the_budget_says_and_people_hear_of_it() -> None:
    require_dovecot()
    found = carried_out(Flood("a robot", mails.mail, 1, answer=robot), 1)
    assert (found.written, found.told, found.unaccounted) == (10, 1, 0)
