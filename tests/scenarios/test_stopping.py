"""Stopping: the daemon ends whatever is still waiting to be taken by an engine that has ended already."""

from __future__ import annotations

import threading

from tests.scenarios.office import Office
from triage.daemon.engine import Nudge


def test_a_full_inbox_does_not_hold_up_the_stop(office: Office) -> None:
    """The engine ends between two messages, and the mailbox thread has just filled its inbox."""
    daemon = office.daemon
    assert daemon is not None
    [engine] = [thread for thread in threading.enumerate() if thread.name == "triage-engine"]
    daemon.engine.stop()
    engine.join(25)
    while not daemon.engine.inbox.full():
        daemon.engine.inbox.put_nowait(Nudge())
    stopping = threading.Thread(target=office.stop, daemon=True)
    stopping.start()
    stopping.join(25)
    assert not stopping.is_alive()


def test_what_is_asked_of_an_engine_that_has_ended_is_not_waited_for(office: Office) -> None:
    daemon = office.daemon
    assert daemon is not None
    daemon.engine.stop()
    done: list[bool] = []
    daemon.engine.call(lambda _now: done.append(True), timeout_s=3600)
    assert done == []
