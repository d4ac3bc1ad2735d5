"""What is not kept any more: bytes of old mail, texts of old messages, cases that were closed long ago. In small slices.

The row of a message stays for ever with what recognises it (folder, UID, hashes), so that no mail is ever handled twice. The case with the
highest number stays too: a number is given once. Called by `workers/retention`, inside its write transactions.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from triage.store.database import Store
from triage.store.times import to_text

GONE = "not kept any more"
"""The reason of a message's row whose texts are gone."""
EMPTY_TEXTS = f"""message_id = '', author = '', subject = '', new_text = '', facts = '[]', missing = '[]', attachments = '[]',
    defects = '[]', label = '', reason = '{GONE}'"""


def old_bytes(store: Store, before: datetime, above: int, limit: int) -> list[int]:
    """Ids of decided messages that arrived before then and still have their bytes, up to the first that is younger."""
    rows = store.connection.execute(
        "SELECT ledger_id, received_at, outcome FROM raw_messages JOIN ledger ON ledger.id = ledger_id WHERE ledger_id > ?"
        " ORDER BY ledger_id LIMIT ?",
        (above, limit),
    ).fetchall()
    return [row["ledger_id"] for row in rows if row["received_at"] < to_text(before) and row["outcome"] is not None]


def drop_bytes(store: Store, ledger_ids: Sequence[int]) -> None:
    store.connection.executemany("DELETE FROM raw_messages WHERE ledger_id = ?", [(one,) for one in ledger_ids])


def old_mails(store: Store, before: datetime, above: int, span: int) -> list[int]:
    """Among the next `span` deliveries those that were settled before then and still have the mail that was sent."""
    rows = store.connection.execute(
        "SELECT id FROM outbox WHERE id > ? AND id <= ? AND mail IS NOT NULL AND settled_at < ?", (above, above + span, to_text(before))
    )
    return [row["id"] for row in rows]


def drop_mails(store: Store, outbox_ids: Sequence[int]) -> None:
    store.connection.executemany("UPDATE outbox SET mail = NULL WHERE id = ?", [(one,) for one in outbox_ids])


def old_loose_messages(store: Store, before: datetime, above: int, span: int) -> list[int]:
    """Among the next `span` messages those of no case, decided, from before then, whose texts are still there."""
    rows = store.connection.execute(
        "SELECT id FROM ledger WHERE id > ? AND id <= ? AND case_number IS NULL AND outcome IS NOT NULL AND outcome != 'quarantined'"
        " AND received_at < ? AND reason != ?",
        (above, above + span, to_text(before), GONE),
    )
    return [row["id"] for row in rows]


def drop_texts(store: Store, ledger_ids: Sequence[int]) -> None:
    store.connection.executemany(f"UPDATE ledger SET {EMPTY_TEXTS} WHERE id = ?", [(one,) for one in ledger_ids])
    drop_bytes(store, ledger_ids)


def highest_message(store: Store) -> int:
    return int(store.connection.execute("SELECT max(id) AS id FROM ledger").fetchone()["id"] or 0)


def case_numbers(store: Store) -> tuple[int, int]:
    """The lowest and the highest number there is; (0, -1) when there is no case."""
    row = store.connection.execute("SELECT (SELECT min(number) FROM cases) AS low, (SELECT max(number) FROM cases) AS high").fetchone()
    return (0, -1) if row["low"] is None else (row["low"], row["high"])


def old_cases(store: Store, before: datetime, above: int, span: int) -> list[int]:
    """Among the next `span` numbers those of closed cases that nothing has changed since then; those that were merged go with the case they
    live on as."""
    # The plus keeps SQLite from the index by status, which it would read to its end.
    rows = store.connection.execute(
        "SELECT number FROM cases WHERE number > ? AND number <= ? AND +status = 'closed' AND updated_at < ? AND +merged_into IS NULL"
        " ORDER BY number",
        (above, above + span, to_text(before)),
    )
    return [row["number"] for row in rows]


def drop_old_case(store: Store, number: int, before: datetime) -> int:
    """Drops a case and those that were merged into it; how many. 0 when one of them is young, has something on its way, or is on a page
    with a case that stays."""
    group = _with_merged(store, number)
    if not _may_go(store, group, before):
        return 0
    for one in group:
        _drop_case(store, one)
    return len(group)


def _with_merged(store: Store, number: int) -> tuple[int, ...]:
    rows = store.connection.execute(
        "WITH RECURSIVE held (number) AS (SELECT ? UNION SELECT cases.number FROM held JOIN cases"
        " ON cases.merged_into = held.number WHERE +cases.status = 'closed')"
        " SELECT number FROM held ORDER BY number",
        (number,),
    )
    return tuple(row["number"] for row in rows)


def _may_go(store: Store, numbers: Sequence[int], before: datetime) -> bool:
    """Nothing of them is young, on its way, or on a page with cases that stay."""
    marks = ", ".join("?" * len(numbers))
    row = store.connection.execute(
        f"""SELECT 1 FROM cases WHERE number IN ({marks}) AND (updated_at >= ? OR number = (SELECT max(number) FROM cases))
        UNION ALL SELECT 1 FROM outbox WHERE case_number IN ({marks}) AND settled_at IS NULL
        UNION ALL SELECT 1 FROM page_cases AS mine JOIN pages ON pages.id = mine.page_id WHERE mine.case_number IN ({marks})
            AND pages.state != 'resolved'
        UNION ALL SELECT 1 FROM page_cases AS mine JOIN page_cases AS other ON other.page_id = mine.page_id
            JOIN cases ON cases.number = other.case_number
            WHERE mine.case_number IN ({marks}) AND other.case_number NOT IN ({marks})
            AND (cases.status != 'closed' OR cases.updated_at >= ?) LIMIT 1""",
        (*numbers, to_text(before), *numbers, *numbers, *numbers, *numbers, to_text(before)),
    ).fetchone()
    return row is None


def _drop_case(store: Store, number: int) -> None:
    """Every row of a case, and the pages it was on; of its messages what recognises them stays."""
    execute = store.connection.execute
    for page in execute("SELECT page_id FROM page_cases WHERE case_number = ?", (number,)).fetchall():
        _drop_page(store, page["page_id"])
    _drop_outbox(store, "case_number", number)
    for table in ("thread_ids", "thread_subjects", "participants", "case_journal", "labels_due"):
        execute(f"DELETE FROM {table} WHERE case_number = ?", (number,))
    execute("DELETE FROM raw_messages WHERE ledger_id IN (SELECT id FROM ledger WHERE case_number = ?)", (number,))
    execute(f"UPDATE ledger SET {EMPTY_TEXTS}, case_number = NULL WHERE case_number = ?", (number,))
    execute("DELETE FROM cases WHERE number = ?", (number,))


def _drop_page(store: Store, page_id: int) -> None:
    _drop_outbox(store, "page_id", page_id)
    for table in ("page_journal", "page_tokens", "provider_events", "page_cases"):
        store.connection.execute(f"DELETE FROM {table} WHERE page_id = ?", (page_id,))
    store.connection.execute("DELETE FROM pages WHERE id = ?", (page_id,))


def _drop_outbox(store: Store, column: str, value: int) -> None:
    for table in ("attempts", "notices_sent"):
        store.connection.execute(
            f"DELETE FROM {table} WHERE outbox_id IN (SELECT id FROM outbox WHERE {column} = ? AND settled_at IS NOT NULL)", (value,)
        )
    store.connection.execute(f"DELETE FROM outbox WHERE {column} = ? AND settled_at IS NOT NULL", (value,))
