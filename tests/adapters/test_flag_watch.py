"""Looking at flags again and again costs what has changed, where the server can tell (CONDSTORE)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers.scripted_imap import ScriptedImap, Wire
from triage.adapters.imap.mailbox import ImapMailbox

ABLE = b"* CAPABILITY IMAP4rev1 CONDSTORE\r\n{tag} OK done\r\n"
LOGIN = b"{tag} OK [CAPABILITY IMAP4rev1 CONDSTORE] welcome\r\n"


class Flags:
    """Answers UID FETCH from `answers`, one after the other, and keeps what was asked."""

    def __init__(self, *answers: bytes) -> None:
        self.answers = list(answers)
        self.asked: list[bytes] = []

    def __call__(self, wire: Wire, tag: bytes, line: bytes) -> None:
        self.asked.append(line.partition(b" ")[2])
        wire.send(self.answers.pop(0) + tag + b" OK done\r\n")


def one(uid: int, flags: bytes, modseq: bytes = b"") -> bytes:
    return b"* 1 FETCH (UID %d FLAGS (%s)%s)\r\n" % (uid, flags, b" MODSEQ (" + modseq + b")" if modseq else b"")


@pytest.fixture
def able() -> Iterator[tuple[Flags, ImapMailbox]]:
    flags = Flags(one(10, b"triage-sev3", b"41"), one(10, b"triage-sev1", b"57"), b"", one(10, b"triage-sev1", b"57"))
    with ScriptedImap({"CAPABILITY": ABLE, "LOGIN": LOGIN, "UID FETCH": flags}) as imap:
        mailbox = ImapMailbox(imap.server())
        yield flags, mailbox
        mailbox.close()


def test_with_condstore_only_what_has_changed_is_asked_for(able: tuple[Flags, ImapMailbox]) -> None:
    flags, mailbox = able
    assert mailbox.flags("INBOX", 7, [10], whole=False) == {10: frozenset({"triage-sev3"})}
    assert mailbox.flags("INBOX", 7, [10], whole=False) == {10: frozenset({"triage-sev1"})}
    assert mailbox.flags("INBOX", 7, [10], whole=False) == {}
    assert mailbox.flags("INBOX", 7, [10], whole=True) == {10: frozenset({"triage-sev1"})}
    told = [line.partition(b"(")[2] for line in flags.asked]
    assert told == [b"FLAGS MODSEQ)", b"FLAGS MODSEQ) (CHANGEDSINCE 41)", b"FLAGS MODSEQ) (CHANGEDSINCE 57)", b"FLAGS MODSEQ)"]


def test_without_it_all_are_looked_at() -> None:
    flags = Flags(one(10, b"triage-sev3"), one(10, b"triage-sev3"))
    with ScriptedImap({"UID FETCH": flags}) as imap:
        mailbox = ImapMailbox(imap.server())
        for _ in range(2):
            assert mailbox.flags("INBOX", 7, [10], whole=False) == {10: frozenset({"triage-sev3"})}
        mailbox.close()
    assert all(line.endswith(b"(FLAGS)") for line in flags.asked)
