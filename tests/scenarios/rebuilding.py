"""Rebuilding: what a test needs to lose a store and to make it again from an office's mailbox."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from tests.scenarios.office import ADDRESS, PARTNER, Office
from triage.adapters.clock import SystemEntropy
from triage.adapters.imap.mailbox import ImapMailbox
from triage.adapters.keys import load_keys
from triage.adapters.parsing import InlineParser
from triage.adapters.rulefiles import RuleFiles, load_rules
from triage.core.cases.by_hand import HandEntry, from_line, is_by_hand, to_line
from triage.core.cases.comparing import Difference, differences
from triage.daemon.wiring import contact_kinds
from triage.store import journal
from triage.store.backup import open_store_file
from triage.store.database import Store, open_store
from triage.store.folders import Role
from triage.store.fresh import fresh_store
from triage.workers.desk import Desk
from triage.workers.rebuild import Plan, Rebuilt, rebuild
from triage.workers.rebuilt_cases import sketches

WATCHED = {"INBOX": Role.INTAKE, "Sent": Role.SENT}


def rules_of(office: Office) -> RuleFiles:
    return load_rules(office.config.instance.rules_dir, office.clock.now(), contact_kinds())


def rebuild_into(office: Office, target: Path, *, by_hand: tuple[HandEntry, ...] = (), **changes: object) -> Rebuilt:
    """The mailbox as it is now becomes a new store in `target`."""
    config = office.config
    mailbox, entropy = ImapMailbox(config.imap.server), SystemEntropy()
    plan = replace(Plan(WATCHED, by_hand=by_hand), **changes)  # type: ignore[arg-type]
    keys = load_keys(config.instance.state_dir, entropy)
    try:
        with fresh_store(target) as store:
            rules = rules_of(office)
            desk = Desk(config, store, lambda: rules, entropy, keys)
            return rebuild(desk, mailbox, InlineParser(config.limits), plan, office.clock.now())
    finally:
        mailbox.close()


def compared(office: Office, target: Path) -> list[Difference]:
    """What differs between the office's own store and the rebuilt one."""
    with open_store(office.config.instance.state_dir) as lost, open_store_file(target) as rebuilt:
        return differences(sketches(lost), sketches(rebuilt))


def large(office: Office, subject: str, text: str, *, answers: str = "") -> bytes:
    """A partner's mail with an attachment of 1.2 MB."""
    message = message_from_bytes(office.mail(PARTNER, ADDRESS, subject, text, answers=answers), policy=policy.SMTP)
    assert isinstance(message, EmailMessage)
    message.add_attachment(b"\x89PNG" + bytes(900_000), maintype="image", subtype="png", filename="screen.png")
    return message.as_bytes()


def understood(store: Store) -> list[tuple[object, ...]]:
    """What the partner's mails were taken for: text, facts, attachments, hash, size; and how much of each is kept."""
    rows = store.connection.execute(
        "SELECT message_id, new_text, facts, attachments, identity, size, length(bytes) FROM ledger JOIN raw_messages ON ledger_id = id"
        " WHERE outcome IN ('case', 'follow-up') ORDER BY id"
    )
    return [tuple(row) for row in rows]


def export(office: Office) -> tuple[HandEntry, ...]:
    with office.store() as store:
        return tuple(from_line(to_line(entry)) for entry in journal.each(store) if is_by_hand(entry))
