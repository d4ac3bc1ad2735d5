"""The loop probe: a mail that another host sends, to find out whether a mail still becomes a page, and how long each leg takes.

Its Message-ID carries the instant of sending under a secret that only the sending hosts and triage share; nothing else of the mail is
believed, because anybody can write it. Decides what a genuine probe is and when one is too old to mean anything. Pure; workers/probes acts
on it, the command line makes it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from triage.core.mail.own_ids import make_message_id, read_message_id

KIND = "probe"
SHORTEST_SECRET = 20
STALE_AFTER = timedelta(hours=1)
"""An older one says nothing of now, and may have been kept by somebody."""
AHEAD_AT_MOST = timedelta(minutes=5)
"""How much the sending host's clock may be ahead of ours."""


@dataclass(frozen=True, slots=True)
class SentProbe:
    """`id` is new for each probe. `at` is the sending host's clock."""

    id: str
    at: datetime


def make_probe_id(sent_at: datetime, token: str, domain: str, secret: str) -> str:
    """A Message-ID with angle brackets. `token`: lower-case hex; `domain`: of the address that is probed."""
    millis = int(sent_at.timestamp() * 1000)
    return make_message_id(0, KIND, f"{millis}x{token}", domain, secret.encode())


def is_called_probe(message_id: str) -> bool:
    """Worth asking for the secret; proves nothing."""
    return message_id.strip().strip("<").lower().startswith(f"c0.{KIND}.")


def read_probe_id(message_id: str, secret: str, domains: Collection[str]) -> SentProbe | None:
    """What a genuine probe says; None for what the secret has not signed, for one of the domains."""
    own = read_message_id(message_id, (secret.encode(),), domains)
    if own is None or own.kind != KIND:
        return None
    millis, mark, token = own.nonce.partition("x")
    if not mark or not token or not millis.isdigit() or len(millis) > 14:
        return None
    return SentProbe(own.nonce, datetime.fromtimestamp(int(millis) / 1000, UTC))


def refusal(sent: SentProbe, now: datetime) -> str:
    """Why a genuine probe does not count; "" when it does."""
    if now - sent.at > STALE_AFTER:
        return f"a probe that was sent {_minutes(now - sent.at)} minutes ago: too old to say anything"
    if sent.at - now > AHEAD_AT_MOST:
        return f"a probe from {_minutes(sent.at - now)} minutes ahead: is the clock of its host right?"
    return ""


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds()) // 60


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """One probe on its way. Three clocks: the sending host's, the mail server's (whole seconds), ours; a leg may come out negative."""

    id: str
    sent_at: datetime
    received_at: datetime
    """INTERNALDATE: when the mail server had it."""
    judged_at: datetime
    delivered_at: datetime | None = None
    """When the probe contact took it."""
    failed: str = ""
    """Why it was not taken."""

    @property
    def legs(self) -> tuple[tuple[str, float | None], ...]:
        """Seconds by name; None: not there yet."""
        return (
            ("to_mailbox", (self.received_at - self.sent_at).total_seconds()),
            ("to_decision", (self.judged_at - self.received_at).total_seconds()),
            ("to_contact", (self.delivered_at - self.judged_at).total_seconds() if self.delivered_at else None),
        )

    @property
    def total_s(self) -> float | None:
        return (self.delivered_at - self.sent_at).total_seconds() if self.delivered_at else None


@dataclass(frozen=True, slots=True)
class ProbeRecord:
    """What is remembered: the newest probe, the newest that went the whole way, and why the last one that did not count did not."""

    latest: RoundTrip | None = None
    whole: RoundTrip | None = None
    refused: str = ""

    def arrived(self, trip: RoundTrip) -> ProbeRecord:
        newer = self.latest is None or trip.sent_at >= self.latest.sent_at
        return replace(self, latest=trip if newer else self.latest, refused="")

    def settled(self, trip: RoundTrip) -> ProbeRecord:
        """`trip` was taken by its contact, or was given up."""
        record = replace(self, latest=trip) if self.latest is None or self.latest.id == trip.id else self
        if trip.delivered_at is None or (self.whole is not None and self.whole.sent_at > trip.sent_at):
            return record
        return replace(record, whole=trip)

    @property
    def problem(self) -> str:
        """What is known about why none comes through; "" when nothing is."""
        return self.refused or (self.latest.failed if self.latest is not None else "")


def trip_to_json(trip: RoundTrip) -> dict[str, Any]:
    delivered = trip.delivered_at.isoformat() if trip.delivered_at else None
    times = {"sent_at": trip.sent_at.isoformat(), "received_at": trip.received_at.isoformat(), "judged_at": trip.judged_at.isoformat()}
    return {"id": trip.id, **times, "delivered_at": delivered, "failed": trip.failed}


def trip_from_json(value: Mapping[str, Any]) -> RoundTrip:
    """Raises KeyError, TypeError or ValueError for what no version of this program has written."""
    sent_at, received_at, judged_at = (datetime.fromisoformat(value[name]) for name in ("sent_at", "received_at", "judged_at"))
    delivered = datetime.fromisoformat(value["delivered_at"]) if value["delivered_at"] else None
    return RoundTrip(str(value["id"]), sent_at, received_at, judged_at, delivered, str(value["failed"]))


def record_to_json(record: ProbeRecord) -> dict[str, Any]:
    latest, whole = (trip_to_json(trip) if trip else None for trip in (record.latest, record.whole))
    return {"latest": latest, "whole": whole, "refused": record.refused}


def record_from_json(value: object) -> ProbeRecord:
    """An empty record for what no version of this program has written."""
    try:
        if not isinstance(value, Mapping):
            return ProbeRecord()
        latest, whole = (trip_from_json(value[name]) if value[name] else None for name in ("latest", "whole"))
        return ProbeRecord(latest, whole, str(value["refused"]))
    except (KeyError, TypeError, ValueError):
        return ProbeRecord()
