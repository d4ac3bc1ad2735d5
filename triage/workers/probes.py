"""Probes: a mail of the loop probe opens no case and sends no notice; it goes on to the probe contact, and its round trip is written down.

What is not signed, is old, or was seen before gets no answer of any kind. Called by judging (`judge_probe`), and by the dispatcher when the
contact's answer is there (`settled`), inside their write transactions. Never sends.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from triage.core.deliveries import Channel, DeliveryState, Lane, Outgoing, Settlement
from triage.core.failures import TriageError
from triage.core.mail.message import InboundMessage
from triage.core.mail.own_ids import make_message_id
from triage.core.oncall.page import Action, PlannedDelivery
from triage.core.oncall.page_json import delivery_to_json
from triage.core.oncall.people import PROBE, ContactMethod
from triage.core.outcomes import Outcome
from triage.core.probe import (
    ProbeRecord,
    RoundTrip,
    SentProbe,
    is_called_probe,
    read_probe_id,
    record_from_json,
    record_to_json,
    refusal,
    trip_from_json,
    trip_to_json,
)
from triage.store import outbox, service
from triage.store.database import Store
from triage.store.folders import Role
from triage.store.ledger import LedgerRow
from triage.workers.desk import Desk

PURPOSE = "probe"
_RECORD = "probe"
_WORTH = timedelta(minutes=15)
"""Later than this the contact need not hear of it."""
NO_CONTACT = "rules/oncall.toml names no [probe] contact"


@dataclass(frozen=True, slots=True)
class Probed:
    outcome: Outcome
    reason: str


def judge_probe(desk: Desk, row: LedgerRow, role: Role, message: InboundMessage, now: datetime) -> Probed | None:
    """Inside a write transaction; None for every mail that is no genuine probe: that is judged as any other."""
    sent = _genuine(desk, message) if role is Role.INTAKE and is_called_probe(message.message_id) else None
    if sent is None:
        return None
    if why := refusal(sent, now):
        _keep(desk.store, replace(record(desk.store), refused=why))
        return Probed(Outcome.PROBE, why)
    trip = RoundTrip(sent.id, sent.at, row.internaldate, now)
    contact = desk.rules().oncall.probe
    if contact is None:
        _keep(desk.store, record(desk.store).arrived(replace(trip, failed=NO_CONTACT)))
        return Probed(Outcome.PROBE, f"a probe, but {NO_CONTACT}")
    if outbox.add(desk.store, _outgoing(desk, trip, contact, now), now) is None:
        return Probed(Outcome.PROBE, "a probe that was seen before")
    _keep(desk.store, record(desk.store).arrived(trip))
    return Probed(Outcome.PROBE, "a probe, on its way to the probe contact")


def settled(desk: Desk, outgoing: Outgoing, settlement: Settlement, now: datetime) -> None:
    """Inside a write transaction: the contact has answered, or a further attempt is to come."""
    trip = trip_from_json(outgoing.payload["trip"])
    if settlement.state is DeliveryState.DELIVERED:
        _keep(desk.store, record(desk.store).settled(replace(trip, delivered_at=now)))
    elif settlement.state is DeliveryState.FAILED:
        _keep(desk.store, record(desk.store).settled(replace(trip, failed=f"the probe contact did not take it: {settlement.detail}")))


def record(store: Store) -> ProbeRecord:
    """What is known of probes; an empty one before the first."""
    try:
        return record_from_json(json.loads(service.get(store, _RECORD) or "null"))
    except ValueError:
        return ProbeRecord()


def _keep(store: Store, kept: ProbeRecord) -> None:
    service.put(store, _RECORD, json.dumps(record_to_json(kept), ensure_ascii=False))


def _genuine(desk: Desk, message: InboundMessage) -> SentProbe | None:
    try:
        secret = desk.config.probe.secret()
    except TriageError:  # a file that cannot be read; `triage check` says so
        return None
    domains = {address.rpartition("@")[2] for address in desk.config.instance.own_addresses}
    return read_probe_id(message.message_id, secret, domains) if secret else None


def _outgoing(desk: Desk, trip: RoundTrip, contact: ContactMethod, now: datetime) -> Outgoing:
    """The key makes a repeat harmless, and is how a repeat is known."""
    planned = PlannedDelivery(PROBE, contact.name, Action.UPDATE, 1, 0, None, 1, now + _WORTH, contact.medium, contact.privacy)
    message_id = make_message_id(0, PURPOSE, desk.entropy.token(8), desk.config.instance.id_domain, desk.keys[0])
    return Outgoing(
        key=f"probe/{trip.id}",
        channel=Channel.PAGE,
        purpose=PURPOSE,
        lane=Lane.URGENT,
        recipients=(PROBE, contact.name),
        message_id=message_id,
        payload={
            "planned": delivery_to_json(planned),
            "page": {**_shown(desk, trip), "message_id": message_id, "date": now.isoformat()},
            "trip": trip_to_json(trip),
            "test": True,
        },
        not_after=planned.not_after,
    )


def _shown(desk: Desk, trip: RoundTrip) -> Mapping[str, Any]:
    """What the contact gets, in the form of a page: about no case, and nobody has to do anything."""
    seconds = {name: f"{value:.1f}" for name, value in trip.legs if value is not None}
    words = f"{seconds['to_mailbox']} s to the mailbox, {seconds['to_decision']} s to the decision"
    return {
        "action": Action.UPDATE.value,
        "instance": desk.config.instance.name,
        "dedup_key": f"triage-test/{desk.config.instance.name}/probe/{trip.id}",
        "severity": 3,
        "summary": f"TEST: a probe came through: {words}",
        "text": f"TEST: a probe that was sent at {trip.sent_at:%Y-%m-%d %H:%M:%S} UTC came through: {words}.\nNobody has to do anything.",
        "since": trip.sent_at.isoformat(),
        "details": {"probe": trip.id, **seconds},
        "test": True,
        "quiet": True,
    }
