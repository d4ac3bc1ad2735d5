"""One long job beside this process."""

from __future__ import annotations

import os

import pytest

from triage.adapters.side_process import SideProcess
from triage.core.failures import PermanentFailure


class Adding:
    def __init__(self) -> None:
        self.total = 0

    def judge(self, item: int) -> None:
        if item < 0:
            os._exit(1)
        self.total += item

    def finish(self, last: int) -> tuple[int, int]:
        return self.total + last, os.getpid()


def test_everything_that_went_in_is_in_the_result_of_another_process() -> None:
    with SideProcess(Adding) as beside:
        for number in range(1000):
            beside.judge(number)
        total, pid = beside.finish(1)
    assert total == sum(range(1000)) + 1
    assert pid != os.getpid()


def test_a_process_that_dies_is_told_and_not_waited_for() -> None:
    with SideProcess(Adding) as beside, pytest.raises(PermanentFailure, match="has ended"):
        for number in (-1, *range(200)):
            beside.judge(number)
        beside.finish(1)
