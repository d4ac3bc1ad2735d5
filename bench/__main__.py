"""`python -m bench [--quick]`: the goals of performance, measured beside the limits of this machine in the same run.

Builds a deterministic mailbox on a private Dovecot, measures what the machine can do, a plain loop, and then `triage run`. Prints the
goals as a table and writes everything that was measured to bench/results/. Absolute figures belong to this machine in this hour; ratios
can be compared.
"""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from bench import goals, intake, limits, rulework, sizes
from bench.intake import Backlog
from bench.place import Place, open_place
from bench.relay import relay
from bench.sinks import smtp_sink
from tests.servers.by_hand import end_whole, need_dovecot
from tests.servers.dovecot import dovecot_version

RESULTS = Path(__file__).parent / "results"
PARTS = ("limits", "intake", "pages", "sizes", "calm", "rules")
Found = dict[str, list[float]]


class Run:
    """One run of the benchmark; what fails is told and leaves its goals unmeasured, and the next part goes on."""

    def __init__(self, place: Place, *, quick: bool, parts: Sequence[str]) -> None:
        self._place = place
        self._quick = quick
        self._parts = parts
        self._rounds = 1 if quick else 3
        self._small, self._some, self._large = (300, 300, 600) if quick else (1000, 3000, 10_000)
        self._few = 5 if quick else 10
        self.found: Found = {}
        self.failed: list[str] = []

    def go(self) -> None:
        every: tuple[Callable[[], None], ...] = (self._limits, self._intake, self._pages, self._sizes, self._calm, self._rules)
        for name, part in zip(PARTS, every, strict=True):
            if self._parts and name not in self._parts:
                continue
            begun = time.perf_counter()
            try:
                part()
            except (AssertionError, OSError, RuntimeError, TimeoutError, subprocess.SubprocessError) as error:
                self.failed.append(f"{name}: {error}")
            print(f"  {name}: {time.perf_counter() - begun:.0f} s", flush=True)

    def _note(self, name: str, *values: float) -> None:
        self.found.setdefault(name, []).extend(values)

    def _limits(self) -> None:
        place, count = self._place, self._small
        for _ in range(self._rounds):
            self._note("raw fetch of headers", limits.raw_fetch(place, count))
            self._note("header parse", limits.header_parse(place, count))
            self._note("yardstick A", limits.yardstick_a(place, count))
            self._note("yardstick B", limits.yardstick_b(place, count))
            self._note("SQLite commits", limits.commits(place.directory))
            with smtp_sink() as smtp:
                self._note("SMTP, one connection", limits.submissions(smtp.port))
                with relay(place.dovecot.imap_port, intake.ROUND_TRIP_S) as line:
                    self._note("plain loop by 1, 20 ms", limits.plain_loop(place, count, smtp.port, 1, line.port))
            self._note("search for urgent subjects", limits.search(place, self._large))
            self._note("notification by IDLE", *limits.notification(place, self._few))
            self._note("notification by NOOP", *limits.noop_notification(place, self._few))

    def _intake(self) -> None:
        """Each round has the plain loop and the daemon take turns, so that what else the machine does falls on both. What is only compared
        with the daemon itself has a smaller backlog, and one without hindrance beside it."""
        place = self._place
        for _ in range(self._rounds):
            with smtp_sink() as smtp:
                self._note("plain loop by 50", limits.plain_loop(place, self._large, smtp.port, 50))
            self._keep("intake", intake.backlog(place, self._large))
            self._note("intake of 1,000", intake.backlog(place, self._small).rate)
            fewer = intake.backlog(place, self._some)
            self._note("intake of fewer", fewer.rate)
            self._note("all urgent on a page, of fewer", fewer.urgent_s)
            slow_line = intake.backlog(place, self._some, slow_line=True)
            self._note("intake, 20 ms round trip", slow_line.rate)
            self._note("bytes fetched", slow_line.fetched_bytes)
            slow_smtp = intake.backlog(place, self._some, slow_smtp=True)
            self._note("intake, SMTP 0.5 s a mail", slow_smtp.rate)
            self._note("first page, SMTP 0.5 s a mail", slow_smtp.first_page_s)
            self._note("all urgent on a page, SMTP 0.5 s a mail", slow_smtp.urgent_s)

    def _keep(self, name: str, run: Backlog) -> None:
        self._note(name, run.rate)
        self._note("CPU of all processes", run.cpu_ms / 1000)
        self._note("CPU of the engine's process", run.engine_cpu_ms / 1000)
        self._note("memory during a backlog", run.pss)
        self._note("first page of a backlog's urgent mails", run.first_page_s)
        self._note("all of a backlog's urgent mails on a page", run.urgent_s)
        self._note("loop lag during a backlog, p99", run.lag_p99_s)

    def _pages(self) -> None:
        place = self._place
        for _ in range(self._rounds):
            self._note("page, idle mailbox", *intake.idle_pages(place, 2 * self._few))
            self._note("page, fast_poll", *intake.idle_pages(place, 2 * self._few, imap='fast_poll = "100ms"'))
            self._note("page during a backlog", *intake.backlog(place, self._large, deliveries=True).page_delays_s)

    def _sizes(self) -> None:
        counts = (1000, 20_000) if self._quick else (1000, 10_000, 100_000, 1_000_000)
        for count in counts:
            for size in sizes.measure(self._place, count, self._rounds):
                self._note(f"sweep, {count:,} cases", size.sweep_cpu_s)
                self._note(f"start, {count:,} cases", size.start_s)
                self._note(f"memory, {count:,} cases", size.pss)
        few, some, most = counts[0], counts[0] if self._quick else counts[1], counts[-1]
        self.found["sweep, fewest cases"] = self.found[f"sweep, {few:,} cases"]
        self.found["sweep, most cases"] = self.found[f"sweep, {most:,} cases"]
        self.found["start, most cases"] = self.found[f"start, {most:,} cases"]
        self.found["memory, fewer cases"] = self.found[f"memory, {some:,} cases"]
        self.found["memory, most cases"] = self.found[f"memory, {most:,} cases"]

    def _calm(self) -> None:
        for _ in range(self._rounds):
            share, pss = intake.idle_cost(self._place, 10 if self._quick else 30)
            self._note("idle CPU", share)
            self._note("memory, idle", pss)

    def _rules(self) -> None:
        self._note("200 rules", *(rulework.seconds_a_message(200) for _ in range(self._rounds)))


def _processor() -> str:
    names = re.findall(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return names[0] if names else platform.machine()


@click.command(help=__doc__)
@click.option("--quick", is_flag=True, help="Small mailboxes, one round: two minutes, to see that it works.")
@click.option("--only", multiple=True, type=click.Choice(PARTS), help="This part; may be repeated.")
def main(quick: bool, only: tuple[str, ...]) -> None:
    need_dovecot()
    end_whole()
    begun = time.perf_counter()
    machine = f"Python {platform.python_version()}, Dovecot {dovecot_version()}, {os.cpu_count()} cores of {_processor()}"
    machine += f", load {os.getloadavg()[0]:.1f} at the start"
    print(machine, flush=True)
    with open_place() as place:
        run = Run(place, quick=quick, parts=only)
        run.go()
    rows = goals.judged(run.found)
    print(f"\n{goals.limits(run.found)}\n\n{goals.table(rows)}\n")
    for failure in run.failed:
        print(f"failed: {failure}")
    at = datetime.now(UTC)
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{at:%Y%m%dT%H%M%SZ}{'-quick' if quick else ''}.json"
    seconds = time.perf_counter() - begun
    result = {"at": at.isoformat(), "machine": machine, "seconds": seconds, "quick": quick, "failed": run.failed, "measured": run.found}
    path.write_text(json.dumps(result | {"goals": [[row.goal, row.measured, row.ratio, row.met] for row in rows]}, indent=1))
    print(f"{path} after {seconds:.0f} s")
    raise SystemExit(1 if run.failed else 0)


if __name__ == "__main__":
    main()
