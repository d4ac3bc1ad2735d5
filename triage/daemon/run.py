"""The real service around `Daemon`: signals, systemd, and when to give up at the start. Called by `triage run`.

SIGTERM and SIGINT stop in order, a second one at once (every commit is on the disk: the next start carries on); SIGHUP reads the rules
again. Gives up only when the mailbox needs a person before it was ever looked at; later there may be open pages, and they go on.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import time
from contextlib import closing
from functools import partial
from queue import Empty, SimpleQueue
from types import FrameType

from triage.adapters import logs
from triage.adapters.clock import SystemClock, SystemEntropy
from triage.core.failures import TriageError
from triage.core.settings import Config
from triage.daemon.mailbox import NOT_YET
from triage.daemon.notify import notify
from triage.daemon.service import Daemon
from triage.daemon.status_line import StatusLine
from triage.store import folders
from triage.store.database import open_store

LOOK_EVERY_S = 0.5
RELOADED, STATE_CHANGED = 0, -1
"""Told like signals, and no numbers of any."""
TURNS_S = 0.001
"""How long a thread that computes keeps the others waiting. Python's 5 ms are waited for at every step of a page on its way: a byte that
has come, a byte that was sent."""


def run(config: Config) -> int:
    """Until it is told to stop; 0 then. Raises TriageError for what a person must mend before the service can do its work."""
    logs.configure(config.log)
    told: SimpleQueue[int] = SimpleQueue()  # the one queue that may be written to from a signal's handler
    sys.setswitchinterval(TURNS_S)
    daemon = Daemon(config, SystemClock(), SystemEntropy())
    daemon.mailbox.on_state = partial(told.put, STATE_CHANGED)
    # What is built now stays for good: the garbage collector need not walk through it again and again, 60 ms each time.
    gc.collect()
    gc.freeze()
    _on_signals(told)
    daemon.start()
    refusal = None
    try:
        with closing(StatusLine(daemon)) as status:
            refusal = _watch(daemon, told, status)
    finally:
        notify("STOPPING=1", "STATUS=stopping")
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _leave)
        daemon.stop()
    if refusal is not None:
        raise refusal
    return 0


def _on_signals(told: SimpleQueue[int]) -> None:
    def note(number: int, _frame: FrameType | None) -> None:
        told.put(number)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, note)


def _leave(number: int, _frame: FrameType | None) -> None:
    os._exit(128 + number)


def _watch(daemon: Daemon, told: SimpleQueue[int], status: StatusLine) -> TriageError | None:
    """Until a signal says stop, or the first look at the mailbox cannot succeed (returned)."""
    ready = False
    while True:
        status.tell()
        # A host that boots without its network is a service that runs; a wrong password at the first start is one that never did.
        if not ready and daemon.mailbox.state != NOT_YET and daemon.refusal is None:
            notify("READY=1")
            ready = True
        if not ready:
            status.ask_for_time()
        if daemon.refusal is not None and _never_looked(daemon.config):
            return daemon.refusal
        try:
            number = told.get(timeout=LOOK_EVERY_S)
        except Empty:
            continue
        if number == signal.SIGHUP:
            _reload(daemon, told, ready=ready)
        elif number not in {RELOADED, STATE_CHANGED}:
            return None
        elif number == RELOADED and ready:
            notify("READY=1")
            status.tell(again=True)


def _reload(daemon: Daemon, told: SimpleQueue[int], *, ready: bool) -> None:
    """As `Type=notify-reload` wants it (systemd 253), which does no harm to `Type=notify`. A start that is not over says READY itself."""
    if ready:
        notify("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}", "STATUS=reading the rules again")
    daemon.reload_rules(lambda: told.put(RELOADED))


def _never_looked(config: Config) -> bool:
    with open_store(config.instance.state_dir) as store:
        return all(folder.position is None for folder in folders.watched(store))
