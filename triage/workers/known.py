"""What is known of a case, read from the ledger: for pages, `triage case N`, the board. Reads only."""

from __future__ import annotations

from collections.abc import Mapping

from triage.core.cases.case_facts import Known, Telling, add_up
from triage.core.mail.message import Attachment, Fact, FactKind, Missing
from triage.core.outcomes import Outcome
from triage.store import ledger
from triage.store.ledger import LedgerRow
from triage.workers.desk import Desk

_OF_THE_PARTNER = frozenset({Outcome.CASE, Outcome.FOLLOW_UP, None})
"""None: the message that is being judged right now."""


def known_of(desk: Desk, case_number: int) -> Known:
    """The facts that the partner's messages add up to, and what they still lack. What the team wrote tells nothing new."""
    rows = ledger.of_case(desk.store, case_number)
    return add_up(_telling(row) for row in rows if row.outcome in _OF_THE_PARTNER and not desk.is_ours(row.author))


def _telling(row: LedgerRow) -> Telling:
    return Telling(
        message=row.id,
        facts=tuple(_fact(fact) for fact in row.facts),
        missing=tuple(Missing(item) for item in row.missing),
        attachments=tuple(Attachment(str(one["name"]), str(one["type"]), int(str(one["size"]))) for one in row.attachments),
    )


def _fact(value: Mapping[str, object]) -> Fact:
    span = value["span"]
    assert isinstance(span, list)  # noqa: S101 (store/ledger.py writes two numbers)
    return Fact(FactKind(value["kind"]), str(value["value"]), (int(span[0]), int(span[1])), label=str(value["label"]))
