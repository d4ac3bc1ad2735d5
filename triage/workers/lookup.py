"""StoreLookup: the store's answers to follow-up matching (core/cases/follow_up.py). Reads only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from triage.core.cases.follow_up import CaseCard
from triage.core.mail.subjects import normalise
from triage.store import cases
from triage.store.database import Store


class StoreLookup:
    def __init__(self, store: Store) -> None:
        self._store = store

    def cases_by_message_ids(self, ids: Sequence[str]) -> Mapping[str, tuple[int, ...]]:
        return cases.by_message_ids(self._store, ids)

    def split_off(self, ids: Sequence[str]) -> bool:
        return bool(cases.by_message_ids(self._store, [cases.split_key(one) for one in ids]))

    def case_card(self, number: int) -> CaseCard | None:
        stored = cases.get_final(self._store, number)
        if stored is None:
            return None
        case = stored.case
        return CaseCard(
            number=case.number,
            partner_key=case.partner,
            participants=cases.participants(self._store, case.number),
            status=case.status,
            last_activity=stored.updated_at,
            closed_at=case.closed_at,
            subject_normalised=normalise(case.subject),
        )

    def cases_by_ticket(self, partner_key: str, reference: str) -> tuple[int, ...]:
        key = cases.ticket_key(partner_key, reference)
        return cases.by_message_ids(self._store, [key]).get(key, ())

    def recent_by_subject(self, partner_key: str, normalised: str) -> tuple[int, ...]:
        """Of every partner: matching looks at the partner of each card."""
        del partner_key
        return cases.by_normalised_subject(self._store, normalised)

    def by_thread_index(self, root: str) -> tuple[int, ...]:
        key = cases.thread_index_key(root)
        return cases.by_message_ids(self._store, [key]).get(key, ())
