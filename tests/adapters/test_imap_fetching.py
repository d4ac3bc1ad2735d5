"""One bad message costs only itself; a bad server costs no message."""

from __future__ import annotations

import email
import re
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime

import pytest

from tests.servers.scripted_imap import Answer, ScriptedImap, Wire
from triage.adapters.imap.cut import GLANCE_BYTES, HEADER_BYTES
from triage.adapters.imap.mailbox import SEARCH_WINDOW, ImapMailbox
from triage.core.failures import TemporaryFailure
from triage.core.mail.identity import header_hash
from triage.core.seams import FetchedMessage, Position, UnfetchableMessage

RAW = b"Subject: x\r\n\r\ntext\r\n"
DATE = b'INTERNALDATE "01-Jan-2026 01:00:00 +0100"'
AT = datetime(2026, 1, 1, tzinfo=UTC)

Body = Callable[[Wire, int], bytes]


def literal(name: bytes, data: bytes) -> bytes:
    return b"%s {%d}\r\n%s" % (name, len(data), data)


def facts(uid: int, size: int = len(RAW)) -> bytes:
    return b"* 1 FETCH (UID %d RFC822.SIZE %d %s FLAGS (\\Flagged))\r\n" % (uid, size, DATE)


def good(_wire: Wire, uid: int) -> bytes:
    return b"* 1 FETCH (UID %d " % uid + literal(b"BODY[]", RAW) + b")\r\n"


def fetching(bodies: Mapping[int, Body], *, size: int = len(RAW)) -> Answer:
    """UID FETCH, which tells facts about every message and asks `bodies` for the content of some (the others are good)."""

    def answer(wire: Wire, tag: bytes, line: bytes) -> None:
        uids = [int(uid) for uid in line.split()[2].split(b",")]
        if b"RFC822.SIZE" in line:
            wire.send(b"".join(facts(uid, size) for uid in uids))
        else:
            for uid in uids:
                wire.send(bodies.get(uid, good)(wire, uid))
        wire.send(tag + b" OK done\r\n")

    return answer


@pytest.fixture
def serve() -> Iterator[Callable[..., tuple[ScriptedImap, ImapMailbox]]]:
    opened: list[tuple[ScriptedImap, ImapMailbox]] = []

    def start(answers: dict[str, Answer], *, timeout_s: float = 5.0) -> tuple[ScriptedImap, ImapMailbox]:
        imap = ScriptedImap(answers).__enter__()
        opened.append((imap, ImapMailbox(imap.server(timeout_s=timeout_s), max_message=1000)))
        return opened[-1]

    yield start
    for imap, mailbox in opened:
        mailbox.close()
        imap.__exit__(None, None, None)


Serve = Callable[..., tuple[ScriptedImap, ImapMailbox]]


def hang_up(wire: Wire, _uid: int) -> bytes:
    wire.hang_up()
    return b""


def cut_in_the_literal(wire: Wire, uid: int) -> bytes:
    wire.send(good(wire, uid)[:40])
    return hang_up(wire, uid)


BAD_BODIES: dict[str, Body] = {
    "garbage": lambda _wire, _uid: b"zzz\r\n",
    "an open list": lambda _wire, uid: b"* 1 FETCH (UID %d BODY[] (\r\n" % uid,
    "a wrong length": lambda _wire, uid: b"* 1 FETCH (UID %d BODY[] {5}\r\n%s)\r\n" % (uid, RAW),
    "no content": lambda _wire, uid: b"* 1 FETCH (UID %d BODY[] NIL)\r\n" % uid,
    "the connection closed": hang_up,
    "the connection closed in mid-message": cut_in_the_literal,
    "silence": lambda wire, _uid: wire.stall() or b"",
}


@pytest.mark.parametrize("fault", BAD_BODIES)
def test_one_bad_answer_costs_only_that_message(serve: Serve, fault: str) -> None:
    _, mailbox = serve({"UID FETCH": fetching({2: BAD_BODIES[fault]})}, timeout_s=0.3)
    one, two, three = mailbox.fetch("INBOX", (1, 2, 3))
    assert isinstance(one, FetchedMessage)
    assert isinstance(three, FetchedMessage)
    assert (one.uid, one.raw, one.internaldate, one.flags) == (1, RAW, AT, frozenset({"\\Flagged"}))
    assert isinstance(two, UnfetchableMessage)
    assert (two.folder, two.uidvalidity, two.uid, two.internaldate) == ("INBOX", 7, 2, AT)
    assert two.error
    assert "Subject" not in two.error


def test_a_tagged_no_for_one_message_is_that_messages_fault(serve: Serve) -> None:
    def answer(wire: Wire, tag: bytes, line: bytes) -> None:
        if b"RFC822.SIZE" in line:
            wire.send(facts(1) + facts(2) + tag + b" OK done\r\n")
        elif b"2" in line.split()[2]:
            wire.send(tag + b" NO [SERVERBUG] Internal error occurred.\r\n")
        else:
            wire.send(good(wire, 1) + tag + b" OK done\r\n")

    imap, mailbox = serve({"UID FETCH": answer})
    one, two = mailbox.fetch("INBOX", (1, 2))
    assert isinstance(one, FetchedMessage)
    assert isinstance(two, UnfetchableMessage)
    assert "Internal error occurred" in two.error
    assert imap.connections == 1


def test_of_what_cannot_be_fetched_the_header_comes_all_the_same(serve: Serve) -> None:
    """Its subject may be urgent."""

    def answer(wire: Wire, tag: bytes, line: bytes) -> None:
        if b"RFC822.SIZE" in line:
            wire.send(facts(1) + facts(2) + tag + b" OK done\r\n")
        elif b"BODY.PEEK[HEADER]" in line:
            wire.send(b"* 1 FETCH (UID 2 " + literal(b"BODY[HEADER]<0>", RAW[:14]) + b")\r\n" + tag + b" OK done\r\n")
        elif b"2" in line.split()[2]:
            wire.send(tag + b" NO [SERVERBUG] Internal error occurred.\r\n")
        else:
            wire.send(good(wire, 1) + tag + b" OK done\r\n")

    _, mailbox = serve({"UID FETCH": answer})
    one, two = mailbox.fetch("INBOX", (1, 2))
    assert isinstance(one, FetchedMessage)
    assert isinstance(two, UnfetchableMessage)
    assert two.header == RAW[:14]


def test_unreadable_facts_of_one_message_do_not_stop_the_others(serve: Serve) -> None:
    def answer(wire: Wire, tag: bytes, line: bytes) -> None:
        uids = [int(uid) for uid in line.split()[2].split(b",")]
        for uid in uids:
            if b"RFC822.SIZE" in line:
                wire.send(b"zzz\r\n" if uid == 2 else facts(uid))
            else:
                wire.send(good(wire, uid))
        wire.send(tag + b" OK done\r\n")

    _, mailbox = serve({"UID FETCH": answer})
    outcomes = list(mailbox.fetch("INBOX", (1, 2, 3)))
    assert [(outcome.uid, type(outcome)) for outcome in outcomes] == [(1, FetchedMessage), (2, UnfetchableMessage), (3, FetchedMessage)]


def test_a_message_without_server_time_is_set_aside(serve: Serve) -> None:
    """Clocks run on INTERNALDATE only: a guess would close a case too early or too late."""
    undated = facts(1).replace(DATE, b'INTERNALDATE "yesterday"')

    def answer(wire: Wire, tag: bytes, line: bytes) -> None:
        wire.send((undated if b"RFC822.SIZE" in line else good(wire, 1)) + tag + b" OK done\r\n")

    _, mailbox = serve({"UID FETCH": answer})
    (outcome,) = mailbox.fetch("INBOX", (1,))
    assert isinstance(outcome, UnfetchableMessage)
    assert "INTERNALDATE" in outcome.error


def test_throttling_stops_the_fetch_and_blames_no_message(serve: Serve) -> None:
    def answer(wire: Wire, tag: bytes, line: bytes) -> None:
        if b"RFC822.SIZE" in line:
            wire.send(facts(1) + facts(2) + tag + b" OK done\r\n")
        else:
            wire.send(tag + b" NO Request is throttled. Suggested Backoff Time: 5000 milliseconds\r\n")

    imap, mailbox = serve({"UID FETCH": answer})
    with pytest.raises(TemporaryFailure) as caught:
        list(mailbox.fetch("INBOX", (1, 2)))
    assert caught.value.retry_after_s == 5.0
    assert imap.count("UID FETCH") == 2


def test_a_server_that_stays_away_blames_no_message(serve: Serve) -> None:
    def answer(wire: Wire, tag: bytes, line: bytes) -> None:
        if b"RFC822.SIZE" in line:
            wire.send(facts(1) + tag + b" OK done\r\n")
        else:
            imap.answers["LOGIN"] = b"{tag} NO [UNAVAILABLE] shutting down\r\n"
            wire.hang_up()

    imap, mailbox = serve({"UID FETCH": answer})
    with pytest.raises(TemporaryFailure, match="shutting down"):
        list(mailbox.fetch("INBOX", (1,)))


def test_a_server_that_refuses_everything_blames_no_message(serve: Serve) -> None:
    def answer(wire: Wire, tag: bytes, line: bytes) -> None:
        wire.send((facts(1) + tag + b" OK done\r\n") if b"RFC822.SIZE" in line else tag + b" NO [SERVERBUG] disk trouble\r\n")

    _, mailbox = serve({"UID FETCH": answer, "NOOP": b"{tag} NO [UNAVAILABLE] disk trouble\r\n"})
    with pytest.raises(TemporaryFailure, match="checking for news"):
        list(mailbox.fetch("INBOX", (1,)))


@pytest.fixture
def new_york(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("new_york")
def test_server_time_does_not_depend_on_the_zone_of_this_machine(serve: Serve) -> None:
    _, mailbox = serve({"UID FETCH": fetching({})})
    (message,) = mailbox.fetch("INBOX", (1,))
    assert isinstance(message, FetchedMessage)
    assert (message.internaldate, message.internaldate.tzinfo) == (AT, UTC)


def test_bodies_are_asked_for_fifty_at_a_time(serve: Serve) -> None:
    imap, mailbox = serve({"UID FETCH": fetching({})})
    assert len(list(mailbox.fetch("INBOX", range(1, 121)))) == 120
    asked = [line.split()[2].count(",") + 1 for line in imap.commands if "BODY.PEEK[]" in line]
    assert asked == [50, 50, 20]


def test_nothing_is_ever_fetched_without_peek(serve: Serve) -> None:
    imap, mailbox = serve({"UID FETCH": fetching({}, size=5000)})
    list(mailbox.fetch("INBOX", (1, 2)))
    mailbox.headers("INBOX", (1, 2))
    mailbox.bare_headers("INBOX", (1, 2))
    assert imap.count("SELECT") == 0
    assert not [line for line in imap.commands if re.search(r"BODY\[|RFC822 |RFC822\.TEXT", line)]


ODD = {
    "odd": b"(7 NIL)",
    "longer than anybody reads": b"(" + b'("TEXT" "PLAIN" NIL NIL NIL "7BIT" 3 1)' * 2_000 + b' "MIXED" ("BOUNDARY" "b"))',
    "a line without end": b"(" + b" " * 1_100_000 + b")",
}


@pytest.mark.parametrize("structure", ODD.values(), ids=ODD.keys())
def test_a_large_message_with_an_odd_structure_comes_with_the_beginning_of_its_text(serve: Serve, structure: bytes) -> None:
    def answer(wire: Wire, tag: bytes, line: bytes) -> None:
        if b"RFC822.SIZE" in line:
            wire.send(facts(1, size=5000))
        elif b"BODYSTRUCTURE" in line:
            wire.send(b"* 1 FETCH (UID 1 BODYSTRUCTURE " + structure + b" " + literal(b"BODY[HEADER]<0>", b"Subject: x\r\n\r\n") + b")\r\n")
        else:
            header = literal(b"BODY[HEADER]<0>", b"Subject: x\r\n\r\n")
            wire.send(b"* 1 FETCH (UID 1 " + header + b" " + literal(b"BODY[TEXT]<0>", b"beginning") + b")\r\n")
        wire.send(tag + b" OK done\r\n")

    _, mailbox = serve({"UID FETCH": answer})
    (message,) = mailbox.fetch("INBOX", (1,))
    assert isinstance(message, FetchedMessage)
    assert message.cut
    assert email.message_from_bytes(message.raw).get_payload() == "beginning"


def test_of_a_header_without_end_the_beginning_comes_and_what_decides(serve: Serve) -> None:
    header = b"Received: from x by y\r\n" * 50_000

    def answer(wire: Wire, tag: bytes, line: bytes) -> None:
        said = facts(1)[:-3] + b" " + literal(b"BODY[HEADER]<0>", header[:HEADER_BYTES])
        if b"HEADER.FIELDS" in line:
            said = b"* 1 FETCH (UID 1 " + literal(b"BODY[HEADER.FIELDS (SUBJECT)]<0>", b"Subject: urgent\r\n\r\n")
        wire.send(said + b")\r\n" + tag + b" OK done\r\n")

    _, mailbox = serve({"UID FETCH": answer})
    (block,) = mailbox.headers("INBOX", (1,))
    assert len(block.header) < HEADER_BYTES + 100
    assert block.header.endswith(b"\r\nSubject: urgent\r\n")
    assert header_hash(block.header) == header_hash(header)


def test_what_decides_in_long_headers_is_asked_for_of_all_of_them_at_once(serve: Serve) -> None:
    """Else a stranger's two hundred would be as many questions, during which nobody looks for urgent mail."""
    start = (b"Received: from x by y\r\n" * 1_000)[:GLANCE_BYTES]

    def answer(wire: Wire, tag: bytes, line: bytes) -> None:
        field = literal(b"BODY[HEADER.FIELDS (SUBJECT)]<0>", b"Subject: urgent\r\n\r\n")
        said = field if b"HEADER.FIELDS" in line else literal(b"BODY[HEADER]<0>", start)
        wire.send(b"".join(b"* 1 FETCH (UID %d %s)\r\n" % (uid, said) for uid in (1, 2, 3)) + tag + b" OK done\r\n")

    imap, mailbox = serve({"UID FETCH": answer})
    headers = mailbox.bare_headers("INBOX", (1, 2, 3))
    assert [uid for uid, header in headers.items() if header.endswith(b"\r\nSubject: urgent\r\n")] == [1, 2, 3]
    assert imap.count("UID FETCH") == 2


def test_a_bad_header_block_leaves_the_other_headers(serve: Serve) -> None:
    def answer(wire: Wire, tag: bytes, line: bytes) -> None:
        for uid in (int(uid) for uid in line.split()[2].split(b",")):
            good_block = facts(uid)[:-3] + b" " + literal(b"BODY[HEADER]<0>", b"Subject: x\r\n\r\n") + b")\r\n"
            wire.send(b"zzz\r\n" if uid == 2 else good_block)
        wire.send(tag + b" OK done\r\n")

    _, mailbox = serve({"UID FETCH": answer})
    assert [block.uid for block in mailbox.headers("INBOX", (1, 2, 3))] == [1, 3]
    assert list(mailbox.bare_headers("INBOX", (1, 2, 3))) == [1, 3]


def test_the_server_is_asked_for_news_before_it_searches(serve: Serve) -> None:
    imap, mailbox = serve({})
    mailbox.sweep("INBOX", None)
    mailbox.sweep("INBOX", None)
    commands = [line.split(" ")[0] for line in imap.commands]
    assert [name for name in commands if name not in ("CAPABILITY", "LOGIN")] == ["EXAMINE", "NOOP", "UID", "NOOP", "UID"]


def test_a_large_folder_is_searched_in_windows(serve: Serve) -> None:
    """One answer line for all of it would be longer than imaplib accepts."""
    count = 2 * SEARCH_WINDOW + 10
    examined = b"* %d EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT %d] ok\r\n{tag} OK done\r\n" % (count, count + 1)

    def answer(wire: Wire, tag: bytes, line: bytes) -> None:
        low, high = (count if number == b"*" else int(number) for number in line.split()[-1].split(b":"))
        low, high = sorted((low, high))
        wire.send(b"* SEARCH " + b" ".join(b"%d" % uid for uid in range(low, min(high, count) + 1)) + b"\r\n" + tag + b" OK done\r\n")

    imap, mailbox = serve({"EXAMINE": examined, "UID SEARCH": answer})
    assert mailbox.sweep("INBOX", Position(7, 3)).uids == tuple(range(4, count + 1))
    assert imap.count("UID SEARCH") == 4


def test_the_next_sweep_of_a_large_folder_is_one_search(serve: Serve) -> None:
    examined = b"* 200000 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 900001] ok\r\n{tag} OK done\r\n"
    imap, mailbox = serve({"EXAMINE": examined, "UID SEARCH": b"* SEARCH 900000\r\n{tag} OK done\r\n"})
    assert mailbox.sweep("INBOX", Position(7, 900_000)).uids == ()
    assert imap.count("UID SEARCH") == 1


def test_marks_are_left_where_the_server_keeps_none(serve: Serve) -> None:
    selected = b"* 1 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [PERMANENTFLAGS (\\Seen)] ok\r\n{tag} OK [READ-WRITE] done\r\n"
    imap, mailbox = serve({"SELECT": selected})
    assert mailbox.relabel("INBOX", 7, (1,), ("$Triaged",), ("$Old",)) is False
    assert imap.count("UID STORE") == 0


def test_a_mark_that_is_no_keyword_is_refused(serve: Serve) -> None:
    imap, mailbox = serve({})
    with pytest.raises(ValueError, match="not IMAP keywords"):
        mailbox.relabel("INBOX", 7, (1,), (), ("$Triaged) \r\nZ1 LOGOUT",))
    assert imap.connections == 0
