"""Moving one message on servers that can less, or say less, than they should."""

from __future__ import annotations

import pytest

from tests.servers.scripted_imap import Answer, ScriptedImap
from triage.adapters.imap.mailbox import ImapMailbox
from triage.core.failures import PermanentFailure, TemporaryFailure
from triage.core.seams import Position

HERE = Position(7, 10)
PROOF = b"* OK [COPYUID 9 10 33] done\r\n{tag} OK done\r\n"


def server(capabilities: str, **answers: Answer) -> ScriptedImap:
    names = f"IMAP4rev1 {capabilities}".encode()
    known = {
        "CAPABILITY": b"* CAPABILITY " + names + b"\r\n{tag} OK done\r\n",
        "LOGIN": b"{tag} OK [CAPABILITY " + names + b"] welcome\r\n",
    }
    return ScriptedImap({**known, **{name.replace("_", " "): answer for name, answer in answers.items()}})


def move(imap: ScriptedImap) -> bool:
    mailbox = ImapMailbox(imap.server())
    try:
        return mailbox.move("INBOX", HERE, "Done")
    finally:
        mailbox.close()


def test_without_move_it_is_copied_and_only_that_message_is_expunged() -> None:
    done: Answer = b"{tag} OK done\r\n"
    with server("UIDPLUS", UID_COPY=PROOF, UID_STORE=done, UID_EXPUNGE=done) as imap:
        assert move(imap)
        assert imap.count("UID STORE 10") == 1
        assert imap.count("UID EXPUNGE 10") == 1
        assert imap.count("EXPUNGE") == 0


def test_a_copy_that_is_not_proven_takes_nothing_away() -> None:
    with server("UIDPLUS", UID_COPY=b"{tag} OK done\r\n") as imap:
        with pytest.raises(TemporaryFailure, match="has not"):
            move(imap)
        assert imap.count("UID STORE") == 0


def test_a_server_that_can_neither_is_told_and_nothing_is_touched() -> None:
    with server("") as imap, pytest.raises(PermanentFailure, match="neither MOVE nor UIDPLUS"):
        move(imap)


def test_an_ok_that_moved_nothing_is_not_believed() -> None:
    """The message is still found afterwards."""
    with server("MOVE", UID_MOVE=b"{tag} OK done\r\n") as imap, pytest.raises(TemporaryFailure, match="has not"):
        move(imap)


def test_copyuid_is_believed() -> None:
    with server("MOVE UIDPLUS", UID_MOVE=PROOF) as imap:
        assert move(imap)
