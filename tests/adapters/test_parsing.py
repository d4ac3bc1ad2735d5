"""The parser pool: real processes, real limits, real deaths."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from triage.adapters.parse_worker import describe
from triage.adapters.parsing import InlineParser, ParserPool
from triage.core.seams import Parsed
from triage.core.settings import Limits

MAIL = b"From: jane@acme.example\r\nSubject: mail %d\r\n\r\nHello\r\n"
LIMITS = Limits(parse_workers=2)
PATIENCE_S = 60.0


@pytest.fixture
def pool():
    pools = []

    def start(limits=LIMITS, **kwargs):
        pools.append(ParserPool(limits, **kwargs))
        return pools[-1]

    yield start
    for each in pools:
        each.close()


def collect(pool: ParserPool, count: int) -> dict[int, Parsed]:
    found: dict[int, Parsed] = {}
    until = time.monotonic() + PATIENCE_S
    while len(found) < count and time.monotonic() < until:
        pool.wait(until - time.monotonic())
        found |= {parsed.ticket: parsed for parsed in pool.finished()}
    assert len(found) == count
    return found


def test_every_mail_comes_back_under_its_ticket(pool):
    parser = pool()
    for ticket in range(50):
        parser.submit(ticket, MAIL % ticket)
    assert {ticket: parsed.message.subject for ticket, parsed in collect(parser, 50).items()} == {n: f"mail {n}" for n in range(50)}


def test_the_pool_says_the_same_as_the_inline_parser(pool):
    parser, inline = pool(), InlineParser()
    for each in (parser, inline):
        each.submit(7, MAIL % 7)
    assert collect(parser, 1)[7] == inline.finished()[0]


def test_an_urgent_mail_overtakes_those_that_are_not_begun(pool):
    parser = pool(Limits(parse_workers=1))
    for ticket in range(3):
        parser.submit(ticket, MAIL % ticket)
    parser.submit(9, MAIL % 9, True)
    assert list(collect(parser, 4)).index(9) <= 1


def test_a_worker_that_was_warmed_up_runs_before_the_first_mail_and_takes_it(pool):
    parser = pool(Limits(parse_workers=1))
    parser.warm()
    until = time.monotonic() + PATIENCE_S
    while not parser.worker_pids() and time.monotonic() < until:
        time.sleep(0.01)
    warm = parser.worker_pids()
    parser.submit(1, MAIL % 1)
    collect(parser, 1)
    assert len(warm) == 1
    assert parser.worker_pids() == warm


def test_no_worker_runs_before_the_first_mail(pool):
    assert pool().worker_pids() == ()


def test_finished_gives_each_result_once(pool):
    parser = pool()
    parser.submit(1, MAIL % 1)
    assert parser.wait(PATIENCE_S)
    assert len(parser.finished()) == 1
    assert parser.finished() == []


def test_wait_gives_up_after_its_time(pool):
    assert pool().wait(0.01) is False


def test_the_caller_is_told_of_results(pool):
    told = []
    parser = pool(on_result=lambda: told.append(True))
    parser.submit(1, MAIL % 1)
    collect(parser, 1)
    assert told == [True]


def test_a_mail_over_the_time_limit_is_given_back_with_the_reason_and_the_others_are_parsed(pool):
    """The worker is stopped as a mail that never ends would stop it: it no longer answers."""
    parser = pool(replace(LIMITS, parse_workers=1, parse_timeout_s=1.0))
    parser.submit(1, MAIL % 1)
    collect(parser, 1)
    os.kill(parser.worker_pids()[0], signal.SIGSTOP)
    for ticket in (2, 3, 4):
        parser.submit(ticket, MAIL % ticket)
    found = collect(parser, 3)
    assert found[2] == Parsed(2, None, "took longer than 1 s to parse")
    assert found[3].message
    assert found[4].message


def kill_with_a_mail(parser: ParserPool, pid: int) -> None:
    """It is stopped first, so that the next mail is with it when it dies."""
    os.kill(pid, signal.SIGSTOP)
    parser.submit(2, MAIL % 2)
    time.sleep(0.2)
    os.kill(pid, signal.SIGKILL)


def test_a_worker_that_is_killed_with_a_mail_costs_none(pool):
    parser = pool(replace(LIMITS, parse_workers=1))
    parser.submit(1, MAIL % 1)
    collect(parser, 1)
    kill_with_a_mail(parser, parser.worker_pids()[0])
    assert collect(parser, 1)[2].message


FRAGILE = """#!{python}
import os, signal, sys
from triage.adapters import parse_worker
parse = parse_worker.parse
def fall(raw, limits):
    if b"deadly" in raw:
        os.kill(os.getpid(), signal.SIGSEGV)
    return parse(raw, limits)
parse_worker.parse = fall
parse_worker.main(int(sys.argv[-1]))
"""


def test_a_mail_on_which_two_workers_died_costs_that_mail_only(pool, monkeypatch, tmp_path):
    fragile = tmp_path / "fragile"
    fragile.write_text(FRAGILE.format(python=sys.executable))
    fragile.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(fragile))
    parser = pool(replace(LIMITS, parse_workers=1))
    parser.submit(1, b"Subject: deadly\r\n\r\n")
    parser.submit(2, MAIL % 2)
    found = collect(parser, 2)
    assert found[1] == Parsed(1, None, "the parser process died on it twice (signal 11)")
    assert found[2].message


def test_a_worker_that_died_between_two_mails_costs_none(pool):
    parser = pool(replace(LIMITS, parse_workers=1))
    parser.submit(1, MAIL % 1)
    collect(parser, 1)
    (pid,) = parser.worker_pids()
    os.kill(pid, signal.SIGKILL)
    while Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
        time.sleep(0.01)
    parser.submit(2, MAIL % 2)
    assert collect(parser, 1)[2].message
    assert parser.worker_pids() != (pid,)


def test_memory_is_limited(pool):
    raw = MAIL % 1 + b"x" * 40_000_000
    parser = pool(replace(LIMITS, parse_workers=1, parse_memory=120 * 1024 * 1024, max_message=100_000_000))
    parser.submit(1, raw)
    assert collect(parser, 1)[1] == Parsed(1, None, "needed more than 120 MB to parse")
    parser.submit(2, MAIL % 2)
    assert collect(parser, 1)[2].message


def test_a_worker_that_cannot_start_for_long_is_a_reason_and_not_a_hang(pool, monkeypatch):
    parser = pool(replace(LIMITS, parse_workers=1), start_patience_s=0.0)
    monkeypatch.setattr(sys, "executable", "/bin/false")
    parser.submit(1, MAIL % 1)
    assert collect(parser, 1)[1] == Parsed(1, None, "the parser process could not be started (exit status 1)")
    monkeypatch.undo()
    parser.submit(2, MAIL % 2)
    assert collect(parser, 1)[2].message


def test_a_mail_waits_while_the_machine_has_no_room_for_a_worker(pool, monkeypatch):
    """No free descriptor, no memory for a process: that is over one day, and the mail is as good as before."""
    parser = pool(replace(LIMITS, parse_workers=1))
    monkeypatch.setattr(sys, "executable", "/bin/false")
    parser.submit(1, MAIL % 1)
    assert not parser.wait(1.0)
    monkeypatch.undo()
    assert collect(parser, 1)[1].message


def test_no_fault_around_a_worker_ends_the_thread_that_feeds_it(pool, monkeypatch):
    """Seen under a clock that made the wait for a process raise: without the thread nothing is ever decided again."""
    parser = pool(replace(LIMITS, parse_workers=1))
    monkeypatch.setattr("triage.adapters.parsing._start", lambda _limits: 1 / 0)
    parser.submit(1, MAIL % 1)
    assert collect(parser, 1)[1] == Parsed(1, None, "ZeroDivisionError around the parser process")
    monkeypatch.undo()
    parser.submit(2, MAIL % 2)
    assert collect(parser, 1)[2].message


def test_workers_get_no_environment_and_ignore_the_groups_signals(pool, monkeypatch):
    monkeypatch.setenv("TRIAGE_SECRET", "hunter2")
    parser = pool(replace(LIMITS, parse_workers=1))
    parser.submit(1, MAIL % 1)
    collect(parser, 1)
    (pid,) = parser.worker_pids()
    assert b"hunter2" not in Path(f"/proc/{pid}/environ").read_bytes()
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(pid, name)
    parser.submit(2, MAIL % 2)
    assert collect(parser, 1)[2].message
    assert parser.worker_pids() == (pid,)


def test_close_ends_every_worker_and_leaves_no_zombie(pool):
    parser = pool()
    for ticket in range(20):
        parser.submit(ticket, MAIL % ticket)
    collect(parser, 20)
    pids = parser.worker_pids()
    assert pids
    parser.close()
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]


def test_close_in_the_middle_of_a_mail_does_not_wait_for_it(pool):
    parser = pool(replace(LIMITS, parse_workers=1))
    parser.submit(1, MAIL % 1)
    collect(parser, 1)
    os.kill(parser.worker_pids()[0], signal.SIGSTOP)
    parser.submit(2, MAIL % 2)
    started = time.monotonic()
    parser.close()
    assert time.monotonic() - started < LIMITS.parse_timeout_s / 2


def test_a_closed_pool_takes_no_mail(pool):
    parser = pool()
    parser.close()
    with pytest.raises(RuntimeError):
        parser.submit(1, MAIL % 1)


LEAVES_WITHOUT_CLOSING = """
import sys
from triage.adapters.parsing import ParserPool
pool = ParserPool()
pool.submit(1, b"Subject: x\\r\\n\\r\\n")
assert pool.wait(60)
print(*pool.worker_pids())
"""


def test_workers_die_with_a_parent_that_never_closed_the_pool():
    done = subprocess.run([sys.executable, "-c", LEAVES_WITHOUT_CLOSING], capture_output=True, text=True, timeout=PATIENCE_S, check=True)
    (pid,) = done.stdout.split()
    until = time.monotonic() + PATIENCE_S
    while Path(f"/proc/{pid}").exists() and time.monotonic() < until:
        time.sleep(0.01)
    assert not Path(f"/proc/{pid}").exists()


def test_a_worker_imports_nothing_of_the_daemon():
    listing = (
        "import sys, triage.adapters.parse_worker as worker;"
        "print(*sorted(name for name in sys.modules if name.startswith('triage.')), 'sqlite3' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", listing], capture_output=True, text=True, timeout=PATIENCE_S, check=True)
    *modules, has_sqlite = done.stdout.split()
    assert has_sqlite == "False"
    allowed = ("triage.core", "triage.core.mail", "triage.core.settings", "triage.adapters", "triage.adapters.parse_worker")
    assert [name for name in modules if name not in allowed and not name.startswith("triage.core.mail.")] == []


def test_an_error_text_holds_no_word_of_the_mail():
    try:
        raise ValueError("Authorization: Bearer abc")
    except ValueError as error:
        assert describe(error, LIMITS).startswith("parser error: ValueError in test_parsing.py:")
