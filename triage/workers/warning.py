"""Warnings: what operators and the team are told by mail, at the team's address; each thing once, by its key.

Composes and queues, inside the caller's transaction. Never decides that there is something to tell: its callers do, all over the workers.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from triage.core.deliveries import Channel, Lane, Outgoing
from triage.core.mail.compose import Draft, compose
from triage.core.mail.own_ids import make_message_id
from triage.core.mail.subjects import with_token
from triage.store import outbox
from triage.workers.desk import Desk


def warn_team(
    desk: Desk,
    key: str,
    subject: str,
    text: str,
    now: datetime,
    *,
    case_number: int | None = None,
    payload: Mapping[str, object] | None = None,
) -> None:
    """Inside a write transaction: one mail to the team's address; the same key is told once. Without an address nobody is told."""
    address = desk.config.instance.team_address
    if not address:
        return
    message_id = make_message_id(case_number or 0, "warning", desk.entropy.token(8), desk.config.instance.id_domain, desk.keys[0])
    raw = compose(
        Draft(
            message_id=message_id,
            date=now,
            from_address=desk.config.instance.address,
            from_name=desk.config.smtp.from_name,
            to=(address,),
            subject=with_token(subject, case_number) if case_number else f"[triage] {subject}",
            text=text,
            auto_submitted="auto-generated",
            extra_headers=(("X-Triage-Notice", "warning"),),
        )
    )
    outgoing = Outgoing(
        key=f"warning/{key}",
        channel=Channel.MAIL,
        purpose="warning",
        lane=Lane.URGENT,
        case_number=case_number,
        recipients=(address,),
        message_id=message_id,
        mail=raw,
        payload=payload or {},
    )
    outbox.add(desk.store, outgoing, now)


def told_since(desk: Desk, beginning: str, since: datetime) -> int:
    """How many warnings whose keys begin like this were written since an instant."""
    return outbox.added_since(desk.store, f"warning/{beginning}", since)
