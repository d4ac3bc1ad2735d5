"""Numbered migrations of the store. Applied by `database.open_store` under the daemon's lock; never edited once released.

CHECKs and partial unique indexes hold the invariants that must survive every bug above: one outcome per message, one open page per
case, a page that is not resolved always has a next instant, one outbox row per key.
"""

from __future__ import annotations

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

migrations = Migrations("triage")


def _count(name: str, label: str, value: str = "1") -> str:
    return (
        f"INSERT INTO counters (name, label, value) VALUES ('{name}', {label}, {value})"
        " ON CONFLICT (name, label) DO UPDATE SET value = value + excluded.value"
    )


_NEW_CASE, _OLD_CASE = (f"{which}.status || '/' || {which}.severity" for which in ("new", "old"))
_COUNTED = (
    ("new_mail", "INSERT ON ledger WHEN new.outcome IS NOT NULL", _count("mails", "new.outcome")),
    ("mail", "UPDATE OF outcome ON ledger WHEN new.outcome IS NOT NULL", _count("mails", "new.outcome")),
    ("new_case", "INSERT ON cases", _count("cases", _NEW_CASE)),
    ("gone_case", "DELETE ON cases", _count("cases", _OLD_CASE, "-1")),
    (
        "case",
        "UPDATE OF status, severity ON cases WHEN new.status != old.status OR new.severity != old.severity",
        f"{_count('cases', _OLD_CASE, '-1')}; {_count('cases', _NEW_CASE)}",
    ),
    ("page", "INSERT ON pages WHEN coalesce(json_extract(new.value, '$.test'), 0) = 0", _count("pages", "''")),
    (
        "delivery",
        "UPDATE OF settled_at ON outbox WHEN new.settled_at IS NOT NULL AND old.settled_at IS NULL",
        _count("deliveries", "new.channel || '/' || new.state"),
    ),
)
"""What is counted in `counters`, by triggers, so that nothing that changes a row can forget it. See store/counters.py."""

_FIRST = (
    """
    CREATE TABLE folders (
        name TEXT PRIMARY KEY,
        role TEXT NOT NULL CHECK (role IN ('intake', 'sent')),
        uidvalidity INTEGER,
        uid INTEGER NOT NULL DEFAULT 0,
        swept_at TEXT,
        complete_since TEXT,
        history_uidvalidity INTEGER,
        history_uid INTEGER
    ) STRICT
    """,
    """
    CREATE TABLE ledger (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        folder TEXT NOT NULL,
        uidvalidity INTEGER NOT NULL,
        uid INTEGER NOT NULL,
        internaldate TEXT NOT NULL,
        received_at TEXT NOT NULL,
        size INTEGER NOT NULL,
        header_hash TEXT NOT NULL,
        identity TEXT NOT NULL DEFAULT '',
        message_id TEXT NOT NULL DEFAULT '',
        author TEXT NOT NULL DEFAULT '',
        subject TEXT NOT NULL DEFAULT '',
        new_text TEXT NOT NULL DEFAULT '',
        facts TEXT NOT NULL DEFAULT '[]',
        missing TEXT NOT NULL DEFAULT '[]',
        attachments TEXT NOT NULL DEFAULT '[]',
        defects TEXT NOT NULL DEFAULT '[]',
        outcome TEXT CHECK (outcome IN ('case', 'follow-up', 'team-reply', 'team-comment', 'automatic', 'delivery-report', 'own', 'probe',
                                        'duplicate', 'imported', 'ignored', 'quarantined', 'command')),
        reason TEXT NOT NULL DEFAULT '',
        case_number INTEGER,
        label TEXT NOT NULL DEFAULT '',
        returned_id TEXT NOT NULL DEFAULT '',
        decided_at TEXT,
        CHECK ((outcome IS NULL) = (decided_at IS NULL)),
        UNIQUE (folder, uidvalidity, uid)
    ) STRICT
    """,
    "CREATE INDEX ledger_undecided ON ledger (internaldate) WHERE outcome IS NULL",
    "CREATE INDEX ledger_by_case ON ledger (case_number) WHERE case_number IS NOT NULL",
    "CREATE INDEX ledger_by_identity ON ledger (identity) WHERE identity != ''",
    "CREATE INDEX ledger_by_message_id ON ledger (message_id) WHERE message_id != ''",
    "CREATE INDEX ledger_by_header ON ledger (header_hash)",
    "CREATE INDEX ledger_by_returned_id ON ledger (returned_id) WHERE returned_id != ''",
    "CREATE INDEX ledger_unproven ON ledger (decided_at) WHERE outcome IN ('team-comment', 'command')",
    "CREATE INDEX ledger_quarantined ON ledger (id) WHERE outcome = 'quarantined'",
    """
    CREATE TABLE raw_messages (
        ledger_id INTEGER PRIMARY KEY REFERENCES ledger (id) ON DELETE CASCADE,
        bytes BLOB NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE quarantine (
        ledger_id INTEGER PRIMARY KEY REFERENCES ledger (id) ON DELETE CASCADE,
        error TEXT NOT NULL,
        author TEXT NOT NULL DEFAULT '',
        replays INTEGER NOT NULL DEFAULT 0,
        at TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE cases (
        number INTEGER PRIMARY KEY,
        version INTEGER NOT NULL,
        status TEXT NOT NULL CHECK (status IN ('new', 'open', 'pending', 'closed')),
        severity INTEGER NOT NULL CHECK (severity IN (1, 2, 3)),
        partner TEXT NOT NULL,
        requester TEXT NOT NULL,
        subject TEXT NOT NULL,
        opened_at TEXT NOT NULL,
        updated_at TEXT NOT NULL,
        next_deadline_at TEXT,
        promise_at TEXT,
        response_due_at TEXT,
        resolution_due_at TEXT,
        merged_into INTEGER,
        value TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX cases_due ON cases (next_deadline_at) WHERE next_deadline_at IS NOT NULL",
    "CREATE INDEX cases_promised ON cases (promise_at) WHERE promise_at IS NOT NULL",
    "CREATE INDEX cases_response_due ON cases (response_due_at) WHERE response_due_at IS NOT NULL",
    "CREATE INDEX cases_resolution_due ON cases (resolution_due_at) WHERE resolution_due_at IS NOT NULL",
    "CREATE INDEX cases_open ON cases (partner) WHERE status != 'closed'",
    "CREATE INDEX cases_open_by_severity ON cases (severity, updated_at) WHERE status != 'closed'",
    "CREATE INDEX cases_by_severity ON cases (severity, updated_at)",
    "CREATE INDEX cases_by_change ON cases (updated_at)",
    "CREATE INDEX cases_by_status ON cases (status, severity, updated_at)",
    "CREATE INDEX cases_by_partner ON cases (partner, updated_at)",
    "CREATE INDEX cases_continuing ON cases (json_extract(value, '$.follows')) WHERE json_extract(value, '$.follows') IS NOT NULL",
    "CREATE INDEX cases_merged ON cases (merged_into) WHERE merged_into IS NOT NULL",
    """
    CREATE TABLE participants (
        case_number INTEGER NOT NULL REFERENCES cases (number),
        address TEXT NOT NULL,
        PRIMARY KEY (case_number, address)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX participants_by_address ON participants (address)",
    """
    CREATE TABLE thread_ids (
        message_id TEXT NOT NULL,
        case_number INTEGER NOT NULL REFERENCES cases (number),
        PRIMARY KEY (message_id, case_number)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX thread_ids_by_case ON thread_ids (case_number)",
    """
    CREATE TABLE thread_subjects (
        case_number INTEGER NOT NULL REFERENCES cases (number),
        subject TEXT NOT NULL,
        normalised TEXT NOT NULL,
        PRIMARY KEY (case_number, subject)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX thread_subjects_by_normalised ON thread_subjects (normalised)",
    """
    CREATE TABLE case_journal (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        case_number INTEGER NOT NULL REFERENCES cases (number),
        at TEXT NOT NULL,
        recorded_at TEXT NOT NULL,
        event TEXT NOT NULL,
        reason TEXT NOT NULL,
        actor TEXT NOT NULL,
        changes TEXT NOT NULL,
        detail TEXT NOT NULL,
        ledger_id INTEGER REFERENCES ledger (id),
        rules TEXT NOT NULL,
        ruleset TEXT NOT NULL,
        misses TEXT NOT NULL DEFAULT '[]'
    ) STRICT
    """,
    "CREATE INDEX case_journal_by_case ON case_journal (case_number, id)",
    "CREATE INDEX case_journal_by_message ON case_journal (ledger_id) WHERE ledger_id IS NOT NULL",
    "CREATE INDEX case_journal_by_time ON case_journal (recorded_at)",
    """
    CREATE TABLE pages (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        version INTEGER NOT NULL,
        case_number INTEGER REFERENCES cases (number),
        generation INTEGER NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('paging', 'broadcast', 'acked', 'resolved')),
        next_at TEXT,
        opened_at TEXT NOT NULL,
        value TEXT NOT NULL,
        CHECK (state = 'resolved' OR next_at IS NOT NULL)
    ) STRICT
    """,
    "CREATE UNIQUE INDEX one_open_page_per_case ON pages (case_number) WHERE state != 'resolved' AND case_number IS NOT NULL",
    "CREATE INDEX pages_due ON pages (next_at) WHERE next_at IS NOT NULL",
    "CREATE INDEX pages_by_case ON pages (case_number, generation)",
    "CREATE INDEX pages_by_opening ON pages (opened_at)",
    """
    CREATE TABLE outbox (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        key TEXT NOT NULL UNIQUE,
        channel TEXT NOT NULL CHECK (channel IN ('mail', 'page', 'sent-copy', 'move', 'webhook')),
        purpose TEXT NOT NULL,
        lane INTEGER NOT NULL,
        case_number INTEGER,
        page_id INTEGER,
        generation INTEGER NOT NULL DEFAULT 0,
        recipients TEXT NOT NULL DEFAULT '[]',
        message_id TEXT NOT NULL DEFAULT '',
        mail BLOB,
        payload TEXT NOT NULL DEFAULT '{}',
        state TEXT NOT NULL CHECK (state IN ('pending', 'claimed', 'delivered', 'failed', 'withdrawn')),
        attempts INTEGER NOT NULL DEFAULT 0,
        next_attempt_at TEXT,
        not_after TEXT,
        result TEXT NOT NULL DEFAULT '',
        created_at TEXT NOT NULL,
        settled_at TEXT,
        CHECK ((state IN ('pending', 'claimed')) = (next_attempt_at IS NOT NULL)),
        CHECK ((state IN ('pending', 'claimed')) = (settled_at IS NULL))
    ) STRICT
    """,
    "CREATE INDEX outbox_due ON outbox (channel, lane, next_attempt_at) WHERE next_attempt_at IS NOT NULL",
    "CREATE INDEX outbox_next ON outbox (next_attempt_at) WHERE next_attempt_at IS NOT NULL",
    "CREATE INDEX outbox_by_case ON outbox (case_number) WHERE case_number IS NOT NULL",
    "CREATE INDEX outbox_by_page ON outbox (page_id) WHERE page_id IS NOT NULL",
    "CREATE INDEX outbox_by_message_id ON outbox (message_id) WHERE message_id != ''",
    "CREATE INDEX outbox_failed ON outbox (id) WHERE state = 'failed'",
    """
    CREATE TABLE attempts (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        outbox_id INTEGER NOT NULL REFERENCES outbox (id),
        at TEXT NOT NULL,
        outcome TEXT NOT NULL,
        detail TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX attempts_by_outbox ON attempts (outbox_id)",
    """
    CREATE TABLE notices_sent (
        address TEXT NOT NULL,
        domain TEXT NOT NULL,
        at TEXT NOT NULL,
        case_number INTEGER,
        purpose TEXT NOT NULL,
        outbox_id INTEGER NOT NULL REFERENCES outbox (id)
    ) STRICT
    """,
    "CREATE INDEX notices_sent_by_address ON notices_sent (address, at)",
    "CREATE INDEX notices_sent_by_domain ON notices_sent (domain, at)",
    "CREATE INDEX notices_sent_by_case ON notices_sent (case_number, at)",
    "CREATE INDEX notices_sent_by_outbox ON notices_sent (outbox_id)",
    "CREATE TABLE labels_due (case_number INTEGER PRIMARY KEY) STRICT",
    # By triggers, so that nothing that changes a case or moves a message between cases can forget it.
    """
    CREATE TRIGGER labels_due_by_case AFTER UPDATE OF severity, status ON cases
    WHEN new.severity != old.severity OR new.status != old.status
    BEGIN INSERT OR IGNORE INTO labels_due (case_number) VALUES (new.number); END
    """,
    """
    CREATE TRIGGER labels_due_by_message AFTER UPDATE OF case_number ON ledger
    WHEN new.case_number IS NOT NULL AND new.case_number IS NOT old.case_number
    BEGIN INSERT OR IGNORE INTO labels_due (case_number) VALUES (new.case_number); END
    """,
    # What may be searched: not the program's own mail, and each mail once. A column list of triggers and index in one order.
    """
    CREATE VIEW searchable AS SELECT id, author, subject, new_text FROM ledger
    WHERE outcome IS NOT NULL AND outcome NOT IN ('own', 'duplicate', 'probe')
    """,
    """
    CREATE VIRTUAL TABLE message_search USING fts5 (
        author, subject, new_text, content = 'searchable', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2'
    )
    """,
    # By triggers, so that whatever changes a text, decides a message or erases a person cannot forget the index.
    """
    CREATE TRIGGER searched_from_insert AFTER INSERT ON ledger
    WHEN new.outcome IS NOT NULL AND new.outcome NOT IN ('own', 'duplicate', 'probe')
    BEGIN INSERT INTO message_search (rowid, author, subject, new_text) VALUES (new.id, new.author, new.subject, new.new_text); END
    """,
    """
    CREATE TRIGGER searched_anew AFTER UPDATE OF author, subject, new_text, outcome ON ledger
    BEGIN
        INSERT INTO message_search (message_search, rowid, author, subject, new_text)
        SELECT 'delete', old.id, old.author, old.subject, old.new_text
        WHERE old.outcome IS NOT NULL AND old.outcome NOT IN ('own', 'duplicate', 'probe');
        INSERT INTO message_search (rowid, author, subject, new_text)
        SELECT new.id, new.author, new.subject, new.new_text
        WHERE new.outcome IS NOT NULL AND new.outcome NOT IN ('own', 'duplicate', 'probe');
    END
    """,
    """
    CREATE TRIGGER searched_until_delete AFTER DELETE ON ledger
    WHEN old.outcome IS NOT NULL AND old.outcome NOT IN ('own', 'duplicate', 'probe')
    BEGIN
        INSERT INTO message_search (message_search, rowid, author, subject, new_text)
        VALUES ('delete', old.id, old.author, old.subject, old.new_text);
    END
    """,
    """
    CREATE TABLE counters (
        name TEXT NOT NULL,
        label TEXT NOT NULL,
        value REAL NOT NULL,
        PRIMARY KEY (name, label)
    ) STRICT, WITHOUT ROWID
    """,
    *(f"CREATE TRIGGER counted_{name} AFTER {change} BEGIN {counting}; END" for name, change, counting in _COUNTED),
    """
    CREATE TABLE facts_about_service (
        name TEXT PRIMARY KEY,
        value TEXT NOT NULL
    ) STRICT
    """,
)


@migrations()  # type: ignore[untyped-decorator]  # sqlite-utils ships no types for it
def m0001_first(db: Database) -> None:
    for statement in _FIRST:
        db.execute(statement)


_PAGE_COVER = (
    """
    CREATE TABLE page_cases (
        page_id INTEGER NOT NULL REFERENCES pages (id),
        case_number INTEGER NOT NULL REFERENCES cases (number),
        open INTEGER NOT NULL CHECK (open IN (0, 1)),
        added_at TEXT NOT NULL,
        policy TEXT NOT NULL,
        PRIMARY KEY (page_id, case_number)
    ) STRICT, WITHOUT ROWID
    """,
    # A case is never on two pages that still want somebody: one acknowledge is enough, one resolve ends it. The index it replaces
    # would forbid a page for a case that opens again while the page it was on goes on for others.
    "CREATE UNIQUE INDEX one_open_page_covers_a_case ON page_cases (case_number) WHERE open = 1",
    "DROP INDEX one_open_page_per_case",
    "CREATE INDEX page_cases_by_case ON page_cases (case_number, page_id)",
    "CREATE INDEX page_cases_by_time ON page_cases (policy, added_at)",
    """
    INSERT INTO page_cases (page_id, case_number, open, added_at, policy)
    SELECT pages.id, listed.value,
           pages.state != 'resolved' AND listed.value NOT IN (SELECT done.value FROM json_each(pages.value, '$.done') AS done),
           pages.opened_at, json_extract(pages.value, '$.policy.name')
    FROM pages, json_each(pages.value, '$.cases') AS listed
    """,
    """
    CREATE TABLE page_journal (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        page_id INTEGER NOT NULL REFERENCES pages (id),
        at TEXT NOT NULL,
        event TEXT NOT NULL,
        reason TEXT NOT NULL,
        actor TEXT NOT NULL,
        detail TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX page_journal_by_page ON page_journal (page_id, id)",
    """
    CREATE TABLE page_tokens (
        hash TEXT PRIMARY KEY,
        page_id INTEGER NOT NULL REFERENCES pages (id),
        generation INTEGER NOT NULL,
        cycle INTEGER NOT NULL,
        level INTEGER,
        person TEXT NOT NULL,
        seen INTEGER NOT NULL,
        privacy TEXT NOT NULL CHECK (privacy IN ('full', 'subject', 'number')),
        expires_at TEXT
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX page_tokens_by_page ON page_tokens (page_id)",
    "CREATE INDEX page_tokens_spent ON page_tokens (expires_at) WHERE expires_at IS NOT NULL",
    """
    CREATE TABLE provider_events (
        id TEXT PRIMARY KEY,
        page_id INTEGER NOT NULL REFERENCES pages (id),
        kind TEXT NOT NULL,
        actor TEXT NOT NULL,
        occurred_at TEXT NOT NULL,
        received_at TEXT NOT NULL,
        result TEXT NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX provider_events_by_page ON provider_events (page_id, occurred_at)",
    "CREATE INDEX outbox_pages_by_time ON outbox (coalesce(settled_at, next_attempt_at)) WHERE channel = 'page'",
)
"""Which cases a page covers, what happened to it second by second, the links it was sent with, and what providers said about it."""


@migrations()  # type: ignore[untyped-decorator]  # sqlite-utils ships no types for it
def m0002_page_cover(db: Database) -> None:
    for statement in _PAGE_COVER:
        db.execute(statement)
