"""The shape of a case as `--json` prints it, in a list and as a story; read as json_shapes.py says, which is the table of all commands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Shape = Mapping[str, Any]

CASE: Shape = {
    "number": "int",
    "status": "status",
    "severity": "severity",
    "partner": "text: a name of partners.toml, else a domain or an address",
    "requester": "text: the address of the person who opened it",
    "subject": "text",
    "opened_at": "time",
    "language": "text: of notices; empty: the default",
    "partner_wrote_at": "time?",
    "team_replied_at": "time?",
    "assessed": "bool: the team has replied or set a severity",
    "window": "int: how many reply windows there were",
    "reply_window_ends_at": "time?",
    "remind_at": "time?",
    "hold_until": "time?",
    "no_auto_close": "bool",
    "closed_at": "time?",
    "closings": "int",
    "closed_notice_at": "time?",
    "reopenings": "int",
    "assigned_to": "text: empty: nobody",
    "tags": ["text"],
    "follows": "int?: the closed case that this one continues",
    "merged_into": "int?",
    "agreement": "text: the one a rule chose; empty: the partner's own",
    "promises_told": ["text"],
    "fields": {"*": "text: what rules have set"},
    "updated_at": "time",
    "due_at": "time?: when something is due next",
    "due": "text?: what: reminder, reply window ends, hold ends, first response due ...",
    "waits_for": "text: whose turn it is, in words; empty: closed",
}
DELIVERY: Shape = {
    "id": "int",
    "channel": "channel",
    "purpose": "text: receipt, reminder, page trigger ...",
    "case": "int?",
    "page": "int?",
    "recipients": ["text: addresses; of a page the person and the contact"],
    "state": "delivery",
    "result": "text: what the other side said, or why it was not sent",
    "next_attempt_at": "time?",
    "created_at": "time",
    "settled_at": "time?",
    "attempts": [{"at": "time", "outcome": "text: accepted, temporary, permanent, unknown", "detail": "text"}],
}
_FACT: Shape = {"kind": "text", "value": "text", "label": "text", "span": ["int: where it begins and ends in the new text"]}
STORY: Shape = {
    **CASE,
    "participants": ["text"],
    "promises": [{"promise": "text", "number": "int", "due_at": "time?", "state": "text", "late": "bool"}],
    "timeline": [
        {
            "at": "time",
            "recorded_at": "time",
            "event": "text",
            "reason": "text",
            "actor": "text",
            "detail": "text",
            "rules": ["text"],
            "ruleset": "text: the hash of the rules then in force",
            "near_misses": [{"rule": "text", "failed": "text: the first condition that did not hold"}],
            "changes": {"*": "any: a field of the case, as it was afterwards"},
            "message": "int?",
        }
    ],
    "known": {"facts": [{**_FACT, "message": "int: which said it first"}], "missing": ["text"]},
    "messages": [
        {
            "id": "int",
            "folder": "text",
            "uid": "int",
            "arrived_at": "time",
            "outcome": "outcome?",
            "reason": "text",
            "author": "text",
            "subject": "text",
            "message_id": "text",
            "new_text": "text: masked",
            "facts": [_FACT],
            "missing": ["text"],
            "attachments": [{"name": "text", "type": "text", "size": "int"}],
            "defects": ["text"],
        }
    ],
    "deliveries": [DELIVERY],
    "pages": [
        {
            "id": "int",
            "generation": "int",
            "state": "page-state",
            "policy": "text",
            "opened_at": "time",
            "next_at": "time?",
            "acked_by": "text?",
            "acked_at": "time?",
            "acked_until": "time?",
            "resolved_at": "time?",
            "resolved_why": "text",
        }
    ],
}
