"""A mail server that lies, floods or never ends costs one connection: no memory, no thread, no other exception than ours."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from tests.servers.loopback_tls import CA_FILE, own_context, server_context
from tests.servers.scripted_imap import Answer, ScriptedImap, Wire
from triage.adapters.imap import bounded
from triage.adapters.imap.facade import connect
from triage.adapters.imap.mailbox import ImapMailbox
from triage.core.failures import PermanentFailure, TemporaryFailure, TriageError
from triage.core.seams import Position, UnfetchableMessage
from triage.core.settings import Security, Server

COMMANDS = ("CAPABILITY", "LOGIN", "LIST", "EXAMINE", "NOOP", "UID SEARCH", "UID FETCH")
NONSENSE = {
    "a literal where none belongs": b"* OK {3}\r\nabc\r\n{tag} OK done\r\n",
    "literals in a list": b"* LIST () {1}\r\n/ {5}\r\nINBOX\r\n{tag} OK done\r\n",
    "a literal in the flags": b"* 1 FETCH (UID 10 RFC822.SIZE 5 FLAGS ({3}\r\nabc (x) NIL 5))\r\n{tag} OK done\r\n",
    "an item without a value": b"* 1 FETCH (UID 10 BODY[]\r\n{tag} OK done\r\n",
    "a message without a UID": b"* 1 FETCH (RFC822.SIZE 5)\r\n{tag} OK done\r\n",
    "a list in a list in a list": b"* 1 FETCH (UID 10 BODYSTRUCTURE " + b"(" * 20_000 + b")" * 20_000 + b")\r\n{tag} OK done\r\n",
    "numbers that are none": b"* 1 FETCH (UID x RFC822.SIZE y INTERNALDATE z)\r\n* SEARCH a b\r\n{tag} OK done\r\n",
    "a size below zero": b'* 1 FETCH (UID 10 RFC822.SIZE -5 INTERNALDATE "01-Jan-2026 00:00:00 +0000")\r\n{tag} OK done\r\n',
    "bytes": bytes(range(256)) + b"\r\n{tag} OK done\r\n",
    "a number of many digits": b"* SEARCH " + b"9" * 10_000 + b"\r\n{tag} OK done\r\n",
    "an invitation to go on": b"+ go on\r\n+ go on\r\n{tag} OK done\r\n",
    "the end of another command": b"ZZZZ9 OK done\r\n{tag} OK done\r\n",
    "messages that are gone": b"* 1 EXPUNGE\r\n* 99 EXPUNGE\r\n* VANISHED 1:*\r\n{tag} OK done\r\n",
}


def look(mailbox: ImapMailbox) -> None:
    """What a daemon asks for, all of it."""
    with suppress(TriageError):
        mailbox.sent_folder()
    with suppress(TriageError):
        mailbox.sweep("INBOX", Position(7, 5))
    with suppress(TriageError):
        mailbox.headers("INBOX", [10])
    with suppress(TriageError):
        list(mailbox.fetch("INBOX", [10]))
    mailbox.close()


@pytest.mark.parametrize("nonsense", NONSENSE.values(), ids=NONSENSE.keys())
@pytest.mark.parametrize("command", COMMANDS)
def test_nonsense_anywhere_is_a_failure_of_ours_or_nothing(command: str, nonsense: bytes) -> None:
    with ScriptedImap({command: nonsense}) as imap:
        look(ImapMailbox(imap.server(timeout_s=1.0)))


@pytest.mark.parametrize("size", [100 * 1024 * 1024, 10**13, 10**30])
@pytest.mark.parametrize("command", COMMANDS)
def test_no_room_is_made_for_a_length_that_is_only_claimed(command: str, size: int) -> None:
    with ScriptedImap({command: b"* OK {%d}\r\n" % size}) as imap:
        began = time.monotonic()
        look(ImapMailbox(imap.server()))
        assert time.monotonic() - began < 4  # it is refused, not waited for


@pytest.mark.parametrize("size", [100 * 1024 * 1024, 10**13, 10**30])
def test_not_even_at_the_greeting(size: int) -> None:
    with ScriptedImap(greeting=b"* OK {%d}\r\n" % size) as imap, pytest.raises(TemporaryFailure, match="an answer without end"):
        connect(imap.server())


def test_a_message_that_is_longer_than_its_size_says_is_set_aside() -> None:
    facts = b'* 1 FETCH (UID 10 RFC822.SIZE 100 INTERNALDATE "01-Jan-2026 00:00:00 +0000" FLAGS ())\r\n'

    def lie(wire: Wire, tag: bytes, command: bytes) -> None:
        wire.send(b"* 1 FETCH (UID 10 BODY[] {4000000000}\r\n" if b"BODY" in command else facts + tag + b" OK done\r\n")

    with ScriptedImap({"UID FETCH": lie}) as imap:
        (found,) = ImapMailbox(imap.server()).fetch("INBOX", [10])
    assert isinstance(found, UnfetchableMessage)
    assert "an answer without end" in found.error


def flood(line: bytes) -> Answer:
    def answer(wire: Wire, _tag: bytes, _command: bytes) -> None:
        while True:
            wire.send(line * 1000)

    return answer


@pytest.mark.parametrize(("name", "bound"), [("MOST_LINES", 1000), ("LARGEST_ANSWER", 100_000)])
def test_lines_without_end_are_not_kept(monkeypatch: pytest.MonkeyPatch, name: str, bound: int) -> None:
    monkeypatch.setattr(bounded, name, bound)
    with ScriptedImap({"NOOP": flood(b"* OK hello\r\n")}) as imap:
        connection = connect(imap.server(), largest=1)
        with pytest.raises(TemporaryFailure, match="an answer without end"):
            connection.noop()
        assert not connection.alive


def test_a_line_without_end_is_not_kept() -> None:
    with ScriptedImap({"NOOP": flood(b"x" * 1000)}) as imap, pytest.raises(TemporaryFailure, match="a line of more than"):
        connect(imap.server()).noop()


def test_a_word_now_and_then_does_not_hold_the_thread_for_ever() -> None:
    def drip(wire: Wire, _tag: bytes, _command: bytes) -> None:
        while True:
            wire.send(b"* OK still here\r\n")
            time.sleep(0.02)

    with ScriptedImap({"NOOP": drip}) as imap:
        connection = connect(imap.server(timeout_s=0.1))
        with pytest.raises(TemporaryFailure):
            connection.noop()


def test_a_server_that_says_still_here_for_longer_than_the_timeout_is_waited_for() -> None:
    def search(wire: Wire, tag: bytes, _command: bytes) -> None:
        for _ in range(6):
            wire.send(b"* OK still here\r\n")
            time.sleep(0.1)
        wire.send(b"* SEARCH 10\r\n" + tag + b" OK done\r\n")

    with ScriptedImap({"UID SEARCH": search}) as imap:
        connection = connect(imap.server(timeout_s=0.3))
        connection.select("INBOX")
        assert connection.uids(1) == [10]


@pytest.mark.parametrize("uid", ["0", "4294967296", "99999999999999999999"])
def test_what_cannot_be_a_uid_is_none(uid: str) -> None:
    with ScriptedImap({"UID SEARCH": f"* SEARCH 10 {uid}\r\n{{tag}} OK done\r\n".encode()}) as imap, pytest.raises(TemporaryFailure):
        ImapMailbox(imap.server()).sweep("INBOX", None)


@pytest.mark.parametrize("number", ["0", "4294967296", "99999999999999999999"])
def test_a_folder_whose_number_cannot_be_one_is_not_watched(number: str) -> None:
    said = f"* 1 EXISTS\r\n* OK [UIDVALIDITY {number}] ok\r\n{{tag}} OK done\r\n".encode()
    with ScriptedImap({"EXAMINE": said}) as imap, pytest.raises(PermanentFailure, match="no UIDVALIDITY"):
        ImapMailbox(imap.server()).sweep("INBOX", None)


def test_a_message_that_was_not_asked_for_is_not_taken() -> None:
    said = b"* 1 FETCH (UID 10 BODY[] {1}\r\na)\r\n* 2 FETCH (UID 11 BODY[] {1}\r\nb)\r\n{tag} OK done\r\n"
    with ScriptedImap({"UID FETCH": said}) as imap:
        connection = connect(imap.server())
        connection.select("INBOX")
        assert list(connection.fetch([10], ("BODY.PEEK[]",))) == [10]


def test_messages_that_go_while_they_are_searched_shift_nothing() -> None:
    said = b"* 1 EXPUNGE\r\n* SEARCH 10 12\r\n* 1 EXPUNGE\r\n{tag} OK done\r\n"
    with ScriptedImap({"UID SEARCH": said}) as imap:
        assert ImapMailbox(imap.server()).sweep("INBOX", Position(7, 10)).uids == (12,)


# --- between us and the server ---------------------------------------------------------------------------------------


def starttls(then: Callable[[Wire, bytes], None], **how: bytes) -> ScriptedImap:
    answers: dict[str, Answer] = {
        "CAPABILITY": b"* CAPABILITY IMAP4rev1 STARTTLS IDLE\r\n{tag} OK done\r\n",
        "STARTTLS": lambda wire, tag, _command: then(wire, tag),
    }
    return ScriptedImap(answers, greeting=how.get("greeting", b"* OK ready\r\n"))


def over_starttls(imap: ScriptedImap, ca_file: Path = CA_FILE) -> Server:
    return imap.server(security=Security.STARTTLS, ca_file=ca_file)


def agree(wire: Wire, tag: bytes) -> None:
    wire.send(tag + b" OK go on\r\n")
    wire.start_tls(server_context())


def test_starttls_with_a_certificate_that_is_trusted_works() -> None:
    with starttls(agree) as imap:
        connect(over_starttls(imap)).close()
        assert imap.count("LOGIN") == 1


def test_what_is_said_in_plain_text_after_starttls_is_not_believed() -> None:
    def inject(wire: Wire, tag: bytes) -> None:
        wire.send(tag + b" OK go on\r\n* CAPABILITY IMAP4rev1 LOGINDISABLED\r\n")
        wire.start_tls(server_context())

    with starttls(inject) as imap, pytest.raises(TemporaryFailure, match="not IMAP"):
        connect(over_starttls(imap))
    assert not imap.count("LOGIN")


def test_a_greeting_that_says_signed_in_already_does_not_skip_tls() -> None:
    with starttls(agree, greeting=b"* PREAUTH welcome\r\n") as imap, pytest.raises(TriageError):
        connect(over_starttls(imap))
    assert not imap.count("LOGIN")


@pytest.mark.parametrize("answer", [b"{tag} NO not today\r\n", b"{tag} BAD what\r\n"])
def test_a_refused_starttls_sends_no_password(answer: bytes) -> None:
    with starttls(lambda wire, tag: wire.send(answer.replace(b"{tag}", tag))) as imap, pytest.raises(TriageError):
        connect(over_starttls(imap))
    assert not imap.count("LOGIN")


@pytest.mark.parametrize("fault", ["another name", "expired", "signed by nobody we know"])
@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
def test_a_certificate_that_is_not_the_servers_gets_no_password(tmp_path: Path, fault: str, security: Security) -> None:
    how = {"another name": {"name": "other.example"}, "expired": {"ends_in": timedelta(days=-1)}}.get(fault, {})
    context, authority = own_context(tmp_path, **how)  # type: ignore[arg-type]
    trusted = CA_FILE if fault == "signed by nobody we know" else authority

    def agree_with_it(wire: Wire, tag: bytes) -> None:
        wire.send(tag + b" OK go on\r\n")
        wire.start_tls(context)

    with ScriptedImap(tls=context) if security is Security.TLS else starttls(agree_with_it) as imap:
        with pytest.raises(PermanentFailure, match="a certificate that cannot be accepted"):
            connect(imap.server(security=security, ca_file=trusted))
        assert not imap.count("LOGIN")
