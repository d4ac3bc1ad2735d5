"""`python -m bench.soak [--minutes 120]`: the real daemon under months of busy mail, with restarts; exits 1 when anything grows.

Mail comes as fast as the daemon keeps up; reply windows last seconds, so that cases close and open again. The daemon is ended four times
or more, every other time by kill -9, and the mail server is restarted in the middle of a life. In each life memory, file descriptors,
the store's log and the loop's lag are looked at every second, and must be at the end where they were after a warm-up.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import click

from bench.intake import DECIDED, Pings
from bench.place import Place, Ports, open_place
from bench.service import Service
from bench.sinks import PageSink, smtp_sink
from bench.slopes import Drift, Verdict, drift
from bench.traffic import Traffic
from tests.servers.by_hand import end_whole, need_dovecot
from tests.servers.ports import free_port

MEGABYTE = 1024 * 1024
BUSY_MONTH = 2_000
"""Mails."""
LIFE_MINUTES, LEAST_LIVES = 20.0, 4
SHORTEST_MINUTES = 3.0
"""In lives that are shorter than 45 s the start alone looks like growth."""
WARM_UP = 0.4
_MORE = """
[cases]
reply_window = "45s"
remind_after = "20s"

[limits]
notices_per_address = 10000
notices_per_domain = 10000
notices_per_case = 10000
"""


@dataclass
class Life:
    """What was seen of one process and its children, once a second."""

    mails: int = 0
    memory: list[float] = field(default_factory=list)
    descriptors: list[float] = field(default_factory=list)
    log: list[float] = field(default_factory=list)
    lag: list[float] = field(default_factory=list)

    def look(self, service: Service, home: Path) -> None:
        self.memory.append(service.pss() / MEGABYTE)
        self.descriptors.append(float(service.descriptors()))
        log = home / "state" / "triage.sqlite3-wal"
        self.log.append(log.stat().st_size / MEGABYTE if log.exists() else 0.0)

    def verdicts(self) -> Iterator[Verdict]:
        yield Verdict("memory", "MB", drift(self.memory, warm_up=WARM_UP), 6.0, 180.0)
        yield Verdict("file descriptors", "", drift(self.descriptors, warm_up=WARM_UP), 2.0)
        yield Verdict("store's log", "MB", drift(self.log, warm_up=WARM_UP), 8.0, 48.0)
        lag = drift(self.lag, warm_up=WARM_UP)
        yield Verdict("loop lag", "ms", lag, max(10.0, lag.begin))


class Soak:
    def __init__(self, place: Place, minutes: float) -> None:
        self._place = place
        self._lives = max(LEAST_LIVES, round(minutes / LIFE_MINUTES))
        self._life_s = minutes * 60 / self._lives
        self.faults: list[str] = []
        self.mails = 0

    def run(self) -> None:
        user, web = self._place.mailbox(0), free_port()
        with smtp_sink() as smtp, PageSink() as pages:
            home = self._place.configure("soak", user, Ports(smtp.port, web, self._place.dovecot.imap_port), pages.url)
            with (home / "config.toml").open("a") as config:
                config.write(_MORE)
            traffic = Traffic(self._place, user)
            lives = [self._live(number, home, web, traffic) for number in range(self._lives)]
            traffic.end()
            levels = [drift(life.memory, warm_up=WARM_UP).end for life in lives]
            self._tell("all", Verdict("memory of each life", "MB", Drift(levels[0], levels[-1], max(levels)), 15.0))
            self._reckon(home, traffic)

    def _live(self, number: int, home: Path, web: int, traffic: Traffic) -> Life:
        life, before = Life(), traffic.delivered
        with Service(home) as service:
            traffic.watch(service)
            pings = Pings(web)
            ends_at, half = time.monotonic() + self._life_s, self._life_s / 2
            while (left := ends_at - time.monotonic()) > 0:
                if not service.runs:
                    raise click.ClickException(f"life {number + 1}: the daemon ended by itself")
                if number % 2 and left < half:
                    half = 0.0
                    self._place.dovecot.restart()
                life.look(service, home)
                time.sleep(1.0)
            life.lag = [lag * 1000 for lag in pings.end()]
            if number % 2:
                service.kill()
        life.mails = traffic.delivered - before
        for verdict in life.verdicts():
            self._tell(f"{number + 1} ({life.mails:,})", verdict)
        return life

    def _reckon(self, home: Path, traffic: Traffic) -> None:
        """Nothing of all that was delivered may be missing."""
        with Service(home) as service:
            try:
                service.wait_until(DECIDED, traffic.delivered, 300)
            except TimeoutError as late:
                self.faults.append(f"not decided: {late}")
            failed = service.ask("SELECT count(*) FROM outbox WHERE state = 'failed'")
            closed = service.ask("SELECT count(*) FROM case_journal WHERE event = 'window-ended'")
            reopened = service.ask("SELECT count(*) FROM case_journal WHERE reason = 'the partner answered a closed case'")
            cases = service.ask("SELECT count(*) FROM cases")
        if failed:
            self.faults.append(f"{failed} deliveries failed")
        self.mails = traffic.delivered + traffic.replies
        told = f"{traffic.delivered:,} mails of partners, {traffic.replies:,} replies: {self.mails / BUSY_MONTH:.1f} busy months"
        print(f"\n{told}; {cases:,} cases, {closed:,} closed by the clock, {reopened:,} opened again")

    def _tell(self, life: str, verdict: Verdict) -> None:
        seen = verdict.drift
        line = f"| {life} | {verdict.name} | {seen.begin:.1f} | {seen.end:.1f} | {seen.most:.1f} | {verdict.limit:.0f}"
        print(f"{' '.join((line, verdict.unit)).rstrip()} | {'yes' if verdict.is_flat else '**no**'} |", flush=True)
        if not verdict.is_flat:
            self.faults.append(f"life {life}: {verdict.name} grew by {seen.growth:.1f} {verdict.unit}, up to {seen.most:.1f}")


@click.command()
@click.option("--minutes", type=click.FloatRange(SHORTEST_MINUTES), default=120.0, show_default=True, help="How long mail comes.")
def main(minutes: float) -> None:
    """Busy months at speed on a private Dovecot, with restarts: nothing may grow."""
    need_dovecot()
    end_whole()
    print(f"| life (mails) | | after the warm-up | at the end | at most | may grow by | flat |\n{'| --- ' * 7}|", flush=True)
    with open_place() as place:
        soak = Soak(place, minutes)
        soak.run()
    for fault in soak.faults:
        print(fault)
    print("something grew" if soak.faults else "all of it is flat, and nothing is missing")
    raise SystemExit(bool(soak.faults))


if __name__ == "__main__":
    main()
