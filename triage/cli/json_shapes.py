"""What `--json` prints, command by command: the one place from which docs/json.md and `triage schema` are made.

A shape is a mapping from field to `type` or `type: what it is`; `?` after the type means null where there is none, after the field that it
may be left out. A list has one element, the shape of each; the field `*` stands for names that are data. Every line of output that a
test sees is checked against these. json_schema.py reads them.
"""

from __future__ import annotations

from collections.abc import Mapping

from triage.cli.json_case_shapes import CASE, DELIVERY, STORY, Shape

_CHECK: Shape = {
    "check": "text",
    "result": "text: ok, warning, failed; of the doctor also fixed",
    "text": "text",
    "hint": "text",
    "problems": [{"file": "text", "line": "int?", "key": "text", "message": "text"}],
}
_ACTED: Shape = {
    "case": "int: after a split the new one, after a merge the one that is left",
    "done": "bool",
    "reason": "text",
    "status": "status",
    "severity": "severity",
}
_PAGE: Shape = {
    "page": "int",
    "state": "page-state",
    "cases": ["int"],
    "done": ["int: of these cases, those that need nobody any more"],
    "storm": "bool",
    "test": "bool",
    "policy": "text",
    "generation": "int",
    "opened_at": "time",
    "acked_by": "text?",
    "acked_at": "time?",
    "acked_until": "time?",
    "next_at": "time?",
    "resolved_at": "time?",
    "resolved_why": "text",
    "why": "text",
}
_QUARANTINED: Shape = {
    "id": "int",
    "folder": "text",
    "uid": "int",
    "arrived_at": "time",
    "author": "text",
    "subject": "text",
    "message_id": "text",
    "size": "int",
    "error": "text",
    "replays": "int",
}
_BACKUP: Shape = {
    "file": "text",
    "made_at": "time?: null: not made by `triage backup`",
    "instance": "text",
    "program": "text: the version that made it",
    "newest_message_at": "time?",
    "rows": {"*": "int: by table"},
    "files": ["text: what it holds besides the store"],
}
_FROM_TO: Shape = {"from": "int", "to": "int"}

_BACKTEST: tuple[Shape, ...] = (
    {
        "at": "time",
        "from": "text",
        "subject": "text",
        "case": "text",
        "file": "text",
        "night": "bool",
        "rules": ["text"],
        "changes": {"*": {"from": "text", "to": "text"}},
    },
    {
        "mails": "int: the last line adds it up",
        "different": "int",
        "pages": _FROM_TO,
        "pages_at_night": _FROM_TO,
        "rules": {"*": "int"},
    },
)

SHAPES: Mapping[str, tuple[Shape, ...]] = {
    "check": (_CHECK,),
    "doctor": (_CHECK,),
    "cases": (CASE,),
    "case": (STORY,),
    "case ACTION": (_ACTED,),
    "search": (
        {
            "case": "int?: null: it is on no case, and so are the next three",
            "partner": "text?",
            "status": "status?",
            "severity": "severity?",
            "message": "int",
            "at": "time",
            "author": "text",
            "subject": "text",
            "outcome": "outcome",
            "snippet": "text: what was found is in [brackets]",
        },
    ),
    "export": (
        {
            "case": "int",
            "path": "text",
            "messages": "int",
            "raw": "bool",
            "internal": "bool",
            "without_bytes": ["int: messages whose bytes are not kept any more"],
        },
    ),
    "digest": ({"table": "text", "*": "text: the columns of this table"},),
    "clock": (
        {
            "case": "int",
            "promise": "text: first response, next response, resolution",
            "number": "int: which next response",
            "severity": "severity",
            "agreement": "text",
            "term": "text: as agreements.toml has it",
            "term_s": "int",
            "calendar": "text?",
            "since": "time",
            "due_at": "time?: null: the clock stands still",
            "ended_at": "time?",
            "state": "text",
            "late": "bool",
            "used_s": "int",
            "lines": [{"start": "time", "end": "time", "counted_s": "int", "total_s": "int", "why": "text: why nothing was counted"}],
        },
    ),
    "report": (
        {
            "instance": "text",
            "made_at": "time",
            "cut": "any",
            "period": {"*": "any"},
            "volume": {"*": "any: what is in it and in the others is in reports.md; counts by severity are under 1, 2 and 3"},
            "first_responses": {"*": "any"},
            "next_responses": {"*": "any"},
            "resolutions": {"*": "any"},
            "closings": {"*": "any"},
            "emergencies": {"*": "any"},
            "requests": {"*": "any"},
        },
    ),
    "ack": (
        {
            "case": "int?: null with --page",
            "page": "int?: null: nobody was ever paged",
            "done": "bool",
            "reason": "text",
            "state": "page-state?",
            "acked_by": "text?",
            "acked_at": "time?",
            "acked_until": "time?",
            "not_covered": ["int: cases that nobody was told of yet"],
        },
    ),
    "oncall show": ({"rota": "text", "person": "text?: null: a gap", "from": "time", "until": "time"},),
    "oncall explain": ({"at": "time", "person": "text", "contact": "text", "text": "text"},),
    "oncall override list": ({"rota": "text", "number": "int", "person": "text", "from": "time", "until": "time"},),
    "pages": (
        _PAGE,
        {
            "at": "time: with the number of a page, one line for each entry of its receipt follows",
            "what": "text: step, attempt, not sent, waiting, provider",
            "who": "text",
            "text": "text",
        },
    ),
    "drill": (
        {
            "person": "text",
            "contact": "text",
            "accepted_s": "number?: seconds from the start of the drill",
            "acknowledged_s": "number?",
            "result": "text",
        },
        {"pages": ["int: with --no-wait"]},
    ),
    "probe": ({"message_id": "text", "sent_at": "time", "outcome": "text: accepted, temporary, permanent, unknown", "answer": "text"},),
    "quarantine list": (_QUARANTINED,),
    "quarantine show": ({**_QUARANTINED, "kept_bytes": "int", "head": "text: the first 4 KB, not masked"},),
    "quarantine retry": ({"id": "int", "way": "text: judge, or fetch"},),
    "quarantine dismiss": ({"id": "int", "reason": "text: who has dismissed it, and why"},),
    "outbox": (DELIVERY,),
    "incidents": (
        {
            "page": "text",
            "checked_at": "time",
            "fresh": "bool",
            "incidents": [
                {
                    "id": "text",
                    "name": "text",
                    "status": "text",
                    "impact": "text",
                    "started_at": "time?",
                    "link": "text",
                    "maintenance": "bool",
                    "cases": [{"case": "int", "why": "text: the surest sign", "by": "text"}],
                }
            ],
            "over": [{"id": "text", "name": "text", "at": "time", "cases": ["int: those that are still open"]}],
        },
    ),
    "auth status": ({"provider": "text", "grant": "text", "good": "bool", "problem": "text", "ends_at": "time?"},),
    "health": (
        {
            "healthy": "bool",
            "recent": "bool: the last look is not older than three minutes",
            "at": "time?: null: there was none",
            "passed": "bool",
            "findings": [{"check": "text", "weight": "text", "text": "text", "since": "time", "looks": "int", "told": "bool"}],
            "probe": {
                "?": "null before the first",
                "id": "text",
                "sent_at": "time",
                "received_at": "time?",
                "judged_at": "time?",
                "delivered_at": "time?",
                "failed": "text",
                "seconds": {"to_mailbox": "number?", "to_decision": "number?", "to_contact": "number?", "total": "number?"},
            },
            "probe_problem": "text",
        },
    ),
    "reconcile": (
        {
            "at": "time",
            "agrees": "bool",
            "missing": "int",
            "undecided": "int",
            "fixed": "bool",
            "folders": [
                {
                    "folder": "text",
                    "held": "int",
                    "missing": "int",
                    "missing_uids": ["int: the first 20"],
                    "gone": "int",
                    "ahead": "int",
                    "renumbered": "bool",
                }
            ],
        },
    ),
    "rebuild": (
        {
            "file": "text",
            "messages": "int",
            "history": "int: known, from before the first start",
            "left": "int: later than --until, for the daemon",
            "cases": "int",
            "numbers_told": "int: cases whose number one of our notices tells",
            "quarantined": "int",
            "withdrawn": "int: mails and pages that would have gone out",
            "last_sign_of_life": "time?: the lost instance's last mail",
            "unanswered": "int: messages that came after it",
            "done_again": "int: acts of the journal export",
            "not_done_again": [{"case": "int", "event": "text", "actor": "text", "at": "time"}],
            "look_at": [{"number": "int", "severity": "severity", "status": "status"}],
            "compared": "bool: with --compare",
            "differences": [{"number": "int", "what": "text", "lost": "text", "rebuilt": "text"}],
        },
    ),
    "journal export": ({"file": "text", "entries": "int"},),
    "backup": ({**_BACKUP, "size": "int", "deleted": ["text"]},),
    "restore": ({**_BACKUP, "restored": "bool", "old_store": "text?: where it is kept"},),
    "forget": (
        {
            "done": "bool: false without --yes",
            "cases": ["int"],
            "messages": "int",
            "names": ["text"],
            "rows": {"*": "int: by table"},
            "backups": ["text"],
        },
    ),
    "vacuum": ({"before": "int: bytes, as the others", "after": "int", "free": "int", "raw_mail": "int"},),
    "rules test": (
        {
            "test": "text",
            "file": "text",
            "line": "int",
            "passed": "bool",
            "mismatches": [
                {
                    "key": "text",
                    "expected": "text",
                    "found": "text",
                    "why": ["text"],
                    "line": "int",
                    "column": "int",
                    "source": "text",
                }
            ],
        },
    ),
    "rules explain": (
        {
            "rules": [{"result": "text: hit, near, miss, -", "rule": "text", "file": "text", "line": "text", "text": "text"}],
            "verdict": {"*": "text"},
            "stopped_by": "text",
        },
    ),
    "rules backtest": _BACKTEST,
    "rules diff": _BACKTEST,
    "rules status": (
        {
            "successful": "bool",
            "checked_at": "time",
            "hash": "text",
            "loaded_at": "time",
            "rules": "int",
            "tests": "int",
            "problems": "text",
            "reloads": "int",
            "refused": "int",
            "daemon_running": "bool",
        },
    ),
    "notices preview": (
        {
            "notices": [
                {
                    "notice": "text",
                    "file": "text",
                    "language": "text",
                    "headers": {"*": "text"},
                    "text": "text",
                    "problem": "text: why it does not render",
                }
            ]
        },
    ),
    "install": (
        {"unit": "text", "text": "text"},
        {"unit": "text", "path": "text: with --write", "done": "text: what became of the file"},
    ),
    "explain": (
        {
            "file": "text",
            "outcome": "text: case, follow-up, automatic, delivery-report, own, quarantined, ignored",
            "message": {
                "subject": "text",
                "author": {"name": "text", "address": "text"},
                "date": "time?",
                "message_id": "text",
                "in_reply_to": ["text"],
                "references": ["text"],
            },
            "automatic": {"is_automatic": "bool", "origin": "text", "evidence": ["text"]},
            "may_answer": {"allowed": "bool", "reason": "text"},
            "delivery_report": {
                "?": "null for other mails",
                "action": "text",
                "status": "text",
                "recipients": ["text"],
                "original_message_id": "text",
            },
            "follow_up": {"?": "null where it follows none", "of": "text?", "by": "text", "joined": "bool", "reason": "text"},
            "new_text": "text",
            "quoted_text": "text",
            "facts": [{"kind": "text", "value": "text", "span": ["int"]}],
            "missing": ["text"],
            "defects": ["text"],
            "verdict": {"severity": "severity?", "page": "text?", "hits": [{"rule": "text", "file": "text", "line": "int"}]},
            "reason": "text",
        },
    ),
}
"""Command, without `triage` -> the kinds of lines it prints."""
