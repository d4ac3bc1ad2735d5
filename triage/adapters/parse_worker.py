"""The parser process: one mail in, one answer out, until the pipe closes.

A process of its own, so that the worst a mail can do is end it. Started by `parsing.ParserPool`; imports the standard library and
core/mail only, gets no secrets (its environment is empty), and dies with its parent: at the end of the pipe, or, in the middle of a
mail, by its own alarm.
"""

from __future__ import annotations

import pickle
import resource
import signal
import sys
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

from triage.core.mail.parse import parse
from triage.core.settings import Limits

_ALARM_FACTOR = 2
"""The pool kills at the time limit; the alarm ends a worker whose pool is gone."""


def main(fd: int) -> None:
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # Sent to the whole group when the service stops; the pool decides when a worker ends.
        signal.signal(name, signal.SIG_IGN)
    connection = Connection(fd)
    with suppress(EOFError, OSError):  # the pool is gone
        _serve(connection)


def _serve(connection: Connection) -> None:
    limits: Limits = pickle.loads(connection.recv_bytes())  # noqa: S301 - from the parent process
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (limits.parse_memory, hard))
    connection.send_bytes(b"ready")
    while True:
        raw = connection.recv_bytes()
        signal.setitimer(signal.ITIMER_REAL, _ALARM_FACTOR * limits.parse_timeout_s)
        answer = _answer(raw, limits)
        signal.setitimer(signal.ITIMER_REAL, 0)
        connection.send_bytes(answer)


def _answer(raw: bytes, limits: Limits) -> bytes:
    try:
        return pickle.dumps((parse(raw, limits), ""), pickle.HIGHEST_PROTOCOL)
    except BaseException as error:  # noqa: BLE001 - the message boundary: whatever a mail caused ends here, told to the pool
        return pickle.dumps((None, describe(error, limits)))


def describe(error: BaseException, limits: Limits) -> str:
    """One line for the quarantine, without a word of the mail in it: exception texts may quote what they failed on."""
    if isinstance(error, MemoryError):
        return f"needed more than {limits.parse_memory // (1024 * 1024)} MB to parse"
    if isinstance(error, RecursionError):
        return "nested too deeply to parse"
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    place = f" in {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""
    return f"parser error: {type(error).__name__}{place}"


if __name__ == "__main__":
    main(int(sys.argv[1]))
