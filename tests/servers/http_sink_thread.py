"""The scripted HTTP server on a thread of its own, for stories that run the whole daemon."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.servers.http_sink import HttpSink, Reply
from tests.servers.waiting import comes_true
from triage.demo.loop_thread import LoopThread


@contextmanager
def running_sink(*replies: Reply) -> Iterator[HttpSink]:
    thread = LoopThread("http-sink")
    thread.start()
    sink = HttpSink(list(replies) or [Reply()])
    try:
        thread.run(sink.__aenter__())
        yield sink
        thread.run(sink.__aexit__(None, None, None))
    finally:
        thread.stop()


def until(happens: Callable[[], object], what: str, timeout_s: float = 10.0) -> None:
    """Wait for something that takes real time, such as a request to arrive."""
    assert comes_true(lambda: bool(happens()), timeout_s, every_s=0.005), f"{what} did not happen within {timeout_s:g} s"
