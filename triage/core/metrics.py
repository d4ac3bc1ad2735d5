"""METRICS: every number that /metrics tells, with its kind, labels and meaning; a closed list, as the log's events are.

Labels name folders, rules, checks and the program's own words: never a partner, an address or a subject. docs/metrics.md is generated from
this table. Pure: `workers/metrics` reads the numbers, `web/metrics` writes them as Prometheus wants them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Life(Enum):
    """How far back a counter or histogram counts."""

    STORE = "the store's"
    PROCESS = "the process's"


@dataclass(frozen=True, slots=True)
class Metric:
    name: str
    kind: Kind
    doc: str
    labels: tuple[str, ...] = ()
    life: Life = Life.STORE
    """Of counters and histograms: what survives a restart comes from the store."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """`counts` has one more than `bounds`: what is above the last. Bounds are included, in seconds."""

    bounds: tuple[float, ...]
    counts: tuple[int, ...]
    total: float

    def cumulative(self) -> Sequence[tuple[float, int]]:
        """(bound, how many are not above it); the last bound is infinite."""
        found, sum_so_far = [], 0
        for bound, count in zip((*self.bounds, float("inf")), self.counts, strict=True):
            sum_so_far += count
            found.append((bound, sum_so_far))
        return found


@dataclass(frozen=True, slots=True)
class Reading:
    """One number of one metric; `labels` in the order of the metric's own."""

    metric: Metric
    value: float | Distribution
    labels: tuple[str, ...] = ()


ACKNOWLEDGE_BOUNDS = (30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1200.0, 1800.0, 3600.0, 7200.0)
"""The default levels of an escalation policy are among them."""
SHORT_BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


def bucket(seconds: float, bounds: Sequence[float]) -> int:
    """The position in `Distribution.counts`."""
    return bisect_left(bounds, seconds)


_G, _C, _H = Kind.GAUGE, Kind.COUNTER, Kind.HISTOGRAM
_ROWS = (
    # --- the process
    Metric("triage_build_info", _G, "1; the version that runs", ("version",)),
    Metric("triage_start_timestamp_seconds", _G, "When this process started"),
    Metric("triage_parse_seconds", _H, "Time to parse a mail, in its worker process", life=Life.PROCESS),
    Metric("triage_loop_lag_seconds", _H, "How late the loop that sends was, once a second", life=Life.PROCESS),
    # --- mail
    Metric("triage_mails_total", _C, "Messages by how they ended; one that is decided again counts again", ("outcome",)),
    Metric("triage_mails_undecided", _G, "Messages that have no outcome yet"),
    Metric("triage_mails_undecided_age_seconds", _G, "Since the oldest of them arrived; 0 when there is none"),
    Metric("triage_mails_quarantined", _G, "Messages that are set aside"),
    Metric("triage_mails_missing", _G, "Messages on the server that the ledger did not know at the last hourly look"),
    Metric("triage_reconcile_timestamp_seconds", _G, "When that look was"),
    Metric("triage_folder_sync_age_seconds", _G, "Since the last complete look at a folder began; absent before the first", ("folder",)),
    # --- cases
    Metric("triage_cases", _G, "Cases by status and severity", ("status", "severity")),
    Metric("triage_case_clocks", _G, "Cases with a reminder, a closing or the end of a hold ahead"),
    Metric("triage_case_clocks_due", _G, "Of these, where that time has come; the mailbox may have to be looked at first"),
    Metric("triage_promises", _G, "Cases on which a promised time runs: response or resolution", ("promise",)),
    Metric("triage_promises_broken", _G, "Of these, where it is over", ("promise",)),
    Metric("triage_promises_told_total", _C, "Warnings of promised times, by the percentage that was over", ("promise", "percent")),
    # --- rules
    Metric("triage_rule_hits_total", _C, "Messages for which a rule held", ("rule",)),
    Metric("triage_rules_last_reload_successful", _G, "1 when the set in force is the one on disk"),
    Metric("triage_rules_last_reload_timestamp_seconds", _G, "When the rule files were last read"),
    Metric("triage_rules_loaded_timestamp_seconds", _G, "When the set in force was loaded"),
    Metric("triage_rules_in_force", _G, "Rules in force"),
    Metric("triage_rules_reloads_total", _C, "Reloads that were taken", life=Life.PROCESS),
    Metric("triage_rules_refused_total", _C, "Reloads that were refused", life=Life.PROCESS),
    Metric("triage_rules_info", _G, "1; the hash of the set in force", ("hash",)),
    # --- pages and deliveries
    Metric("triage_pages_opened_total", _C, "Pages that were opened, drills not counted"),
    Metric("triage_pages_open", _G, "Pages that are not over, by state, drills not counted", ("state",)),
    Metric("triage_acknowledge_seconds", _H, "From the opening of a page to its first acknowledge, drills not counted"),
    Metric("triage_deliveries_total", _C, "What was to go out, by channel and result", ("channel", "result")),
    Metric("triage_deliveries_waiting", _G, "What is on its way or waits for its next try", ("channel",)),
    Metric("triage_deliveries_overdue_seconds", _G, "Since the next try of the oldest of them was due; 0 when none is", ("channel",)),
    # --- care
    Metric("triage_store_bytes", _G, "Size of the store on disk: the file, free room in it, its log", ("part",)),
    Metric("triage_audit_timestamp_seconds", _G, "When the self-audit last looked"),
    Metric("triage_audit_passed", _G, "1 when its last look found no failure"),
    Metric("triage_audit_failing", _G, "1 for each check that fails", ("check",)),
    Metric("triage_probe_timestamp_seconds", _G, "When the last loop probe that came through was sent; absent before the first"),
    Metric("triage_probe_leg_seconds", _G, "How long each leg of it took", ("leg",)),
)
METRICS: Mapping[str, Metric] = {row.name: row for row in _ROWS}
"""By name, in the order of the documents."""
