"""How fast a cold backlog is worked off, and what that costs: the real `triage run` on a real Dovecot.

Counted is from the daemon's first connection to the mailbox to the last outcome in the store, all commits durable. Receipts are rendered
and stored; sending goes on beside it, and after it.
"""

from __future__ import annotations

import http.client
import threading
import time
from contextlib import nullcontext
from dataclasses import dataclass

from bench.limits import percentile
from bench.mails import urgent_mail
from bench.place import Place, Ports
from bench.relay import relay
from bench.service import Service
from bench.sinks import PageSink, smtp_sink
from tests.servers.ports import free_port

DECIDED = "SELECT count(*) FROM ledger WHERE folder = 'INBOX' AND outcome IS NOT NULL"
CONNECTED = "SELECT count(*) FROM folders"
NOTHING_WAITS = "SELECT NOT EXISTS (SELECT 1 FROM outbox WHERE channel = 'page' AND next_attempt_at IS NOT NULL)"
LATE = "ledger.subject LIKE 'URGENT: all payouts fail mark-late-%'"
PAGED = f"SELECT count(DISTINCT ledger.id) FROM ledger JOIN page_cases ON page_cases.case_number = ledger.case_number WHERE {LATE}"
MILLISECONDS = "SELECT cast((julianday({}) - 2440587.5) * 86400000 AS INTEGER)"
COVERED = (
    f"{MILLISECONDS.format('min(added_at)')} FROM ledger JOIN page_cases"
    " ON page_cases.case_number = ledger.case_number WHERE ledger.subject LIKE"
)
URGENT = f"""
    FROM (
        SELECT decided_at, (SELECT min(added_at) FROM page_cases WHERE page_cases.case_number = ledger.case_number) AS added_at
        FROM ledger WHERE folder = 'INBOX' AND outcome IN ('case', 'follow-up') AND NOT {LATE}
        AND (ledger.subject LIKE '%urgent%' OR ledger.subject LIKE '%critical%')
    )
"""
"""Of each mail of the backlog that says so, but automatic ones: when it was decided, and when its case was first on a page."""
ON_NO_PAGE = f"SELECT count(*) {URGENT} WHERE added_at IS NULL"
ALL_ON_A_PAGE = f"{MILLISECONDS.format('max(max(decided_at, added_at))')} {URGENT}"
ROUND_TRIP_S = 0.02
SLOW_S = 0.5
PING_EVERY_S = 0.05
DELIVER_EVERY_S = 0.4
IDLE_AFTER_S = 1.0
"""The page is acknowledged, its notice sent and filed, and Dovecot waits anew before it tells of the next mail."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """One run. `urgent_s`: from the connection until every urgent mail of the backlog was on a page that exists, in the store."""

    rate: float
    cpu_ms: float
    engine_cpu_ms: float
    pss: int
    first_page_s: float
    urgent_s: float
    lag_p99_s: float
    fetched_bytes: float
    page_delays_s: list[float]


def backlog(place: Place, count: int, *, slow_line: bool = False, slow_smtp: bool = False, deliveries: bool = False) -> Backlog:
    """`deliveries`: urgent mails are delivered all the while, each to have a page of its own; else the backlog's own make a storm."""
    user, web_port = place.mailbox(count), free_port()
    slow = relay(place.dovecot.imap_port, ROUND_TRIP_S) if slow_line else nullcontext()
    with smtp_sink(SLOW_S if slow_smtp else 0.0) as smtp, PageSink() as pages, slow as line:
        ports = Ports(smtp.port, web_port, line.port if line else place.dovecot.imap_port)
        home = place.configure(f"backlog-{user}", user, ports, pages.url, storm=not deliveries)
        with Service(home, ready=False) as service:
            begun = service.wait_until(CONNECTED, 1, 120)
            pings = Pings(web_port)
            postman = Postman(place, user) if deliveries else None
            done_at = service.wait_until(DECIDED, count, 30 + count / 10)
            cpu, engine = service.cpu_s(), service.cpu_of_engine_s()
            lags = pings.end()
            marks = postman.end() if postman else {}
            delays = _delays(service, pages, marks)
            urgent_at = all_urgent_at(service)
            fetched = line.ask() if line else 0
            if not pages.pages:
                raise RuntimeError(f"not one page came of the urgent mails\n{service.log()}")
    return Backlog(
        rate=count / (done_at - begun),
        cpu_ms=cpu * 1000 / count,
        engine_cpu_ms=engine * 1000 / count,
        pss=service.most_pss,
        first_page_s=pages.pages[0][0] - begun,
        urgent_s=urgent_at - begun,
        lag_p99_s=percentile(lags, 99),
        fetched_bytes=fetched / count,
        page_delays_s=delays,
    )


def _delays(service: Service, pages: PageSink, marks: dict[str, float]) -> list[float]:
    """From delivery to the page, which names the mark; a mail that came while another page was waiting for its acknowledge joins that one:
    then until the page covers its case, in the store."""
    service.wait_until(PAGED, len(marks), 60)
    service.wait_until(NOTHING_WAITS, 1, 60)
    offset = time.time() - time.perf_counter()
    delays = []
    for mark, at in marks.items():
        covered = 0 if mark in pages.seen else service.ask(f"{COVERED} '%{mark}'")
        if mark not in pages.seen and not covered:
            raise RuntimeError(f"{mark} is on no page\n{service.log()}")
        delays.append(pages.seen.get(mark, covered / 1000 - offset) - at)
    return delays


def all_urgent_at(service: Service) -> float:
    """When the last of the backlog's urgent mails was decided and on a page (time.perf_counter()), by the store. Asked when all are.

    Raises RuntimeError when one of them is on none, and when there was none."""
    if missed := service.ask(ON_NO_PAGE):
        raise RuntimeError(f"{missed} urgent mails of the backlog are on no page\n{service.log()}")
    if not (at := service.ask(ALL_ON_A_PAGE)):
        raise RuntimeError(f"no mail of the backlog was urgent\n{service.log()}")
    return at / 1000 - (time.time() - time.perf_counter())


class Pings:
    """Asks the daemon's web server for nothing, twenty times a second: how long the loop lets everything on it wait."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._lags: list[float] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        while not self._ended.wait(PING_EVERY_S):
            begun = time.perf_counter()
            try:
                connection.request("GET", "/nothing")
                connection.getresponse().read()
            except OSError:
                connection.close()
                continue
            self._lags.append(time.perf_counter() - begun)
        connection.close()

    def end(self) -> list[float]:
        self._ended.set()
        self._thread.join()
        if not self._lags:
            raise RuntimeError("the daemon's web server has not answered once")
        return self._lags


class Postman:
    """Delivers an urgent mail every now and then until it is ended; remembers when the mail server had taken each."""

    def __init__(self, place: Place, user: str) -> None:
        self._place, self._user = place, user
        self._marks: dict[str, float] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        number = 0
        while not self._ended.wait(DELIVER_EVERY_S):
            mark = f"mark-late-{number}"
            self._place.dovecot.deliver(urgent_mail(number, mark), to=self._user)
            self._marks[mark] = time.perf_counter()
            number += 1

    def end(self) -> dict[str, float]:
        self._ended.set()
        self._thread.join()
        return self._marks


def idle_pages(place: Place, count: int, *, imap: str = "") -> list[float]:
    """Seconds from delivery to page, one after the other, each in a mailbox that is idle again."""
    user = place.mailbox(0)
    delays = []
    with smtp_sink() as smtp, PageSink() as pages:
        ports = Ports(smtp.port, free_port(), place.dovecot.imap_port)
        home = place.configure(f"idle-{user}", user, ports, pages.url, imap=imap)
        with Service(home):
            time.sleep(2.0)  # until IDLE is armed and the first looks are over
            for number in range(count):
                mark = f"mark-quiet-{number}"
                place.dovecot.deliver(urgent_mail(number, mark), to=user)
                begun = time.perf_counter()
                seen = pages.wait_for(mark, 60)
                assert seen is not None, f"{mark} was not paged"
                delays.append(seen - begun)
                time.sleep(IDLE_AFTER_S + number % 10 / 100)  # not in step with anything that is done ten times a second
    return delays


def idle_cost(place: Place, seconds: float) -> tuple[float, int]:
    """CPU seconds a second and bytes of memory, of all processes, while nothing happens."""
    user = place.mailbox(0)
    with smtp_sink() as smtp, PageSink() as pages:
        home = place.configure(f"calm-{user}", user, Ports(smtp.port, free_port(), place.dovecot.imap_port), pages.url)
        with Service(home) as service:
            place.dovecot.deliver(urgent_mail(0, "mark-calm-0"), to=user)
            pages.wait_for("mark-calm-0", 60)
            time.sleep(3.0)
            before, begun = service.cpu_s(), time.perf_counter()
            time.sleep(seconds)
            return (service.cpu_s() - before) / (time.perf_counter() - begun), service.pss()
