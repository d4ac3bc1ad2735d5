"""What every IMAP server must give the program through `ImapMailbox`: run against the embedded server and against Dovecot."""

from __future__ import annotations

import email
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from itertools import pairwise
from typing import Protocol

import pytest

from triage.adapters.imap.errors import UnknownFolder
from triage.adapters.imap.mailbox import ImapMailbox
from triage.core.failures import PermanentFailure, TemporaryFailure
from triage.core.seams import FetchedMessage, Position
from triage.core.settings import Server

AT = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # within the repeated hour of central Europe's DST change


class World(Protocol):
    """A server and the hands that act on it from outside."""

    server: Server
    keeps_keywords: bool
    sent: str

    def put(self, raw: bytes, folder: str, at: datetime) -> None: ...
    def flags(self, folder: str) -> list[frozenset[str]]: ...
    def remove_first(self, folder: str) -> None: ...
    def restart_uids(self, folder: str) -> None: ...
    def cut_off(self) -> None: ...
    def wrong_password(self) -> Server: ...


def mail(number: int, text: str = "text") -> bytes:
    return f"Subject: mail {number}\r\nMessage-ID: <{number}@partner.example>\r\n\r\n{text} {number}\r\n".encode()


class MailboxConformance:
    """Collected in the modules that give a `world` fixture."""

    @pytest.fixture
    def mailbox(self, world: World) -> Iterator[ImapMailbox]:
        mailbox = ImapMailbox(world.server)
        yield mailbox
        mailbox.close()

    def fetched(self, mailbox: ImapMailbox, folder: str = "INBOX") -> list[FetchedMessage]:
        messages = list(mailbox.fetch(folder, mailbox.sweep(folder, None).uids))
        assert all(isinstance(message, FetchedMessage) for message in messages)
        return [message for message in messages if isinstance(message, FetchedMessage)]

    def test_the_sent_folder_is_found(self, world: World, mailbox: ImapMailbox) -> None:
        assert mailbox.sent_folder() == world.sent
        assert set(mailbox.folders()) == {"INBOX", world.sent}

    def test_an_empty_folder_has_nothing(self, mailbox: ImapMailbox) -> None:
        sweep = mailbox.sweep("INBOX", None)
        assert sweep.uids == ()
        assert not sweep.restarted
        assert list(mailbox.fetch("INBOX", ())) == []
        assert mailbox.headers("INBOX", ()) == []

    def test_a_message_comes_with_its_exact_bytes_and_server_time(self, world: World, mailbox: ImapMailbox) -> None:
        world.put(mail(1), "INBOX", AT)
        (message,) = self.fetched(mailbox)
        assert (message.raw, message.internaldate, message.internaldate.tzinfo, message.cut) == (mail(1), AT, UTC, False)
        assert (message.folder, message.uidvalidity) == ("INBOX", mailbox.sweep("INBOX", None).uidvalidity)

    def test_reading_never_marks_as_seen(self, world: World, mailbox: ImapMailbox) -> None:
        world.put(mail(1), "INBOX", AT)
        uids = mailbox.sweep("INBOX", None).uids
        mailbox.headers("INBOX", uids)
        list(mailbox.fetch("INBOX", uids))
        mailbox.holds("INBOX", "<1@partner.example>")
        assert world.flags("INBOX") == [frozenset()]

    def test_what_arrived_a_moment_ago_is_swept(self, world: World, mailbox: ImapMailbox) -> None:
        """SEARCH alone answers from the past; over many deliveries it would miss nearly all of them."""
        seen = Position(mailbox.sweep("INBOX", None).uidvalidity, 0)
        for number in range(20):
            world.put(mail(number), "INBOX", AT)
            sweep = mailbox.sweep("INBOX", seen)
            assert len(sweep.uids) == 1
            seen = Position(sweep.uidvalidity, sweep.uids[-1])

    def test_a_sweep_beyond_the_last_message_is_empty(self, world: World, mailbox: ImapMailbox) -> None:
        """ "n:*" with n above the last UID names the last message: it must not be taken for news."""
        world.put(mail(1), "INBOX", AT)
        first = mailbox.sweep("INBOX", None)
        assert mailbox.sweep("INBOX", Position(first.uidvalidity, first.uids[-1])).uids == ()
        assert mailbox.sweep("INBOX", Position(first.uidvalidity, first.uids[-1] + 1000)).uids == ()

    def test_a_new_uidvalidity_gives_everything_again(self, world: World, mailbox: ImapMailbox) -> None:
        for number in range(3):
            world.put(mail(number), "INBOX", AT)
        before = mailbox.sweep("INBOX", None)
        world.restart_uids("INBOX")
        with suppress(TemporaryFailure):  # a server may say goodbye to who had the old folder open
            mailbox.sweep("INBOX", None)
        after = mailbox.sweep("INBOX", Position(before.uidvalidity, before.uids[-1]))
        assert after.restarted
        assert after.uidvalidity != before.uidvalidity
        assert len(after.uids) == 3
        assert sorted(message.raw for message in self.fetched(mailbox)) == [mail(number) for number in range(3)]

    def test_headers_come_first_and_alone(self, world: World, mailbox: ImapMailbox) -> None:
        for number in range(3):
            world.put(mail(number), "INBOX", AT)
        blocks = mailbox.headers("INBOX", mailbox.sweep("INBOX", None).uids)
        assert [block.header for block in blocks] == [mail(number).partition(b"text")[0] for number in range(3)]
        assert [(block.size, block.internaldate) for block in blocks] == [(len(mail(0)), AT)] * 3
        bare = mailbox.bare_headers("INBOX", [block.uid for block in blocks])
        assert list(bare.items()) == [(block.uid, block.header) for block in blocks]

    def test_many_messages_come_in_order_across_batches(self, world: World, mailbox: ImapMailbox) -> None:
        for number in range(120):
            world.put(mail(number), "INBOX", AT)
        messages = self.fetched(mailbox)
        assert [message.raw for message in messages] == [mail(number) for number in range(120)]
        assert all(one.uid < other.uid for one, other in pairwise(messages))

    def test_a_message_that_vanished_yields_nothing(self, world: World, mailbox: ImapMailbox) -> None:
        for number in range(3):
            world.put(mail(number), "INBOX", AT)
        uids = mailbox.sweep("INBOX", None).uids
        world.remove_first("INBOX")
        assert [message.uid for message in mailbox.fetch("INBOX", uids)] == list(uids[1:])
        assert [block.uid for block in mailbox.headers("INBOX", uids)] == list(uids[1:])

    def test_other_folders_may_be_used_between_two_messages(self, world: World, mailbox: ImapMailbox) -> None:
        for number in range(60):
            world.put(mail(number), "INBOX", AT)
        count = 0
        for message in mailbox.fetch("INBOX", mailbox.sweep("INBOX", None).uids):
            mailbox.sweep(world.sent, None)
            assert isinstance(message, FetchedMessage)
            assert message.raw == mail(count)
            count += 1
        assert count == 60

    def test_an_appended_notice_is_seen_dated_and_found(self, mailbox: ImapMailbox, world: World) -> None:
        assert not mailbox.holds(world.sent, "<1@partner.example>")
        mailbox.append(world.sent, mail(1), AT)
        assert mailbox.holds(world.sent, "<1@partner.example>")
        assert not mailbox.holds(world.sent, "<2@partner.example>")
        (message,) = self.fetched(mailbox, world.sent)
        assert (message.raw, message.internaldate) == (mail(1), AT)
        assert world.flags(world.sent) == [frozenset({"\\Seen"})]

    @pytest.mark.parametrize(
        "claimed",
        ["<x\r\nZ9 DELETE Sent\r\n@evil>", "<x\0@evil>", '<"x" (y) \\@evil>', "<x{5}", "<sn\u00f6@evil>", "", "*", "%", "<x@evil> SEEN"],
    )
    def test_a_message_id_is_never_executed(self, world: World, mailbox: ImapMailbox, claimed: str) -> None:
        mailbox.append(world.sent, mail(1), AT)
        assert not mailbox.holds(world.sent, claimed)
        assert mailbox.holds(world.sent, "<1@partner.example>")

    def test_keywords_are_kept_where_the_server_keeps_them(self, world: World, mailbox: ImapMailbox) -> None:
        world.put(mail(1), "INBOX", AT)
        found = mailbox.sweep("INBOX", None)
        assert mailbox.relabel("INBOX", found.uidvalidity, found.uids, ("$Triaged", "case-1042"), ()) is world.keeps_keywords
        kept = frozenset({"$Triaged", "case-1042"}) if world.keeps_keywords else frozenset()
        assert world.flags("INBOX") == [kept]
        (message,) = self.fetched(mailbox)
        assert message.flags - {"\\Recent"} == kept
        assert world.flags("INBOX") == [kept]

    def test_relabelling_takes_its_own_away_and_leaves_what_people_have_set(self, world: World, mailbox: ImapMailbox) -> None:
        world.put(mail(1), "INBOX", AT)
        found = mailbox.sweep("INBOX", None)
        mailbox.relabel("INBOX", found.uidvalidity, found.uids, ("$Important", "case-1"), ())
        mailbox.relabel("INBOX", found.uidvalidity, found.uids, ("case-2",), ("case-1", "case-3"))
        kept = frozenset({"$Important", "case-2"}) if world.keeps_keywords else frozenset()
        assert world.flags("INBOX") == [kept]
        assert mailbox.flags("INBOX", found.uidvalidity, found.uids, whole=True)[found.uids[0]] - {"\\Recent"} == kept

    def test_a_renumbered_folder_is_neither_relabelled_nor_looked_at(self, world: World, mailbox: ImapMailbox) -> None:
        world.put(mail(1), "INBOX", AT)
        found = mailbox.sweep("INBOX", None)
        assert not mailbox.relabel("INBOX", found.uidvalidity + 1, found.uids, ("case-1",), ())
        assert world.flags("INBOX") == [frozenset()]
        assert mailbox.flags("INBOX", found.uidvalidity + 1, found.uids, whole=True) == {}

    def test_a_moved_message_is_in_the_other_folder_and_only_there(self, world: World, mailbox: ImapMailbox) -> None:
        world.put(mail(1), "INBOX", AT)
        world.put(mail(2), "INBOX", AT)
        found = mailbox.sweep("INBOX", None)
        assert mailbox.move("INBOX", Position(found.uidvalidity, found.uids[0]), world.sent)
        assert mailbox.sweep("INBOX", None).uids == found.uids[1:]
        assert [message.raw for message in self.fetched(mailbox, world.sent)] == [mail(1)]

    def test_a_message_that_is_gone_or_was_renumbered_is_not_moved(self, world: World, mailbox: ImapMailbox) -> None:
        world.put(mail(1), "INBOX", AT)
        found = mailbox.sweep("INBOX", None)
        assert not mailbox.move("INBOX", Position(found.uidvalidity + 1, found.uids[0]), world.sent)
        assert mailbox.move("INBOX", Position(found.uidvalidity, found.uids[0]), world.sent)
        assert not mailbox.move("INBOX", Position(found.uidvalidity, found.uids[0]), world.sent)
        assert len(self.fetched(mailbox, world.sent)) == 1

    def test_moving_to_an_unknown_folder_is_permanent_and_loses_nothing(self, world: World, mailbox: ImapMailbox) -> None:
        world.put(mail(1), "INBOX", AT)
        found = mailbox.sweep("INBOX", None)
        with pytest.raises(UnknownFolder, match="Nowhere") as caught:
            mailbox.move("INBOX", Position(found.uidvalidity, found.uids[0]), "Nowhere")
        assert world.sent in caught.value.hint
        assert mailbox.sweep("INBOX", None).uids == found.uids

    def test_an_unknown_folder_is_permanent_and_the_hint_names_the_known_ones(self, mailbox: ImapMailbox) -> None:
        with pytest.raises(UnknownFolder, match="knows no such folder") as caught:
            mailbox.sweep("Nowhere", None)
        assert "INBOX" in caught.value.hint
        with pytest.raises(UnknownFolder):
            mailbox.append("Nowhere", mail(1), AT)
        assert mailbox.sweep("INBOX", None).uids == ()

    def test_a_cut_connection_is_temporary_and_the_next_call_reconnects(self, world: World, mailbox: ImapMailbox) -> None:
        world.put(mail(1), "INBOX", AT)
        assert mailbox.sweep("INBOX", None).uids
        world.cut_off()
        with pytest.raises(TemporaryFailure):
            mailbox.sweep("INBOX", None)
        assert len(mailbox.sweep("INBOX", None).uids) == 1

    def test_one_restart_is_one_failure_however_many_folders_are_open(self, world: World, mailbox: ImapMailbox) -> None:
        mailbox.sweep("INBOX", None)
        mailbox.sweep(world.sent, None)
        world.cut_off()
        with pytest.raises(TemporaryFailure):
            mailbox.sweep("INBOX", None)
        assert mailbox.sweep(world.sent, None).uids == ()
        assert mailbox.sweep("INBOX", None).uids == ()

    def test_a_wrong_password_is_permanent_and_never_shown(self, world: World) -> None:
        with pytest.raises(PermanentFailure, match="refused the user name or password") as caught:
            ImapMailbox(world.wrong_password()).folders()
        assert "wr\u00f6ng" not in f"{caught.value.message}{caught.value.hint}"

    def test_a_large_message_comes_without_its_attachments(self, world: World) -> None:
        world.put(large(), "INBOX", AT)
        mailbox = ImapMailbox(world.server, max_message=10_000)
        (message,) = self.fetched(mailbox)
        mailbox.close()
        assert message.cut
        assert len(message.raw) < 10_000
        parsed = email.message_from_bytes(message.raw)
        assert parsed["Subject"] == "large"
        leaves = [
            (part.get_content_type(), part.get_filename(), part.get_payload(decode=True).strip())
            for part in parsed.walk()
            if not part.is_multipart()
        ]
        assert leaves == [
            ("text/plain", None, "S\u00e9e attached.".encode()),
            ("text/html", None, b"<p>See attached.</p>"),
            ("application/pdf", "trace log.pdf", b""),
            ("text/plain", "all.log", b""),
        ]
        assert world.flags("INBOX") == [frozenset()]

    def test_a_large_text_is_cut_to_its_beginning(self, world: World) -> None:
        world.put(b"Subject: long\r\nContent-Type: text/plain\r\n\r\n" + b"line of text\r\n" * 60_000, "INBOX", AT)
        mailbox = ImapMailbox(world.server, max_message=10_000)
        (message,) = self.fetched(mailbox)
        mailbox.close()
        assert message.cut
        assert message.raw.startswith(b"Subject: long\r\nContent-Type: text/plain\r\n\r\nline of text\r\n")
        assert 250_000 < len(message.raw) < 300_000

    def test_inspect_tells_what_the_server_can_do(self, world: World, mailbox: ImapMailbox) -> None:
        world.put(mail(1), "INBOX", AT)
        found = mailbox.inspect("INBOX")
        assert "IMAP4REV1" in found.capabilities
        assert (set(found.folders), found.sent, found.idle, found.messages) == ({"INBOX", world.sent}, world.sent, True, 1)
        assert "\\Seen" in found.permanent_flags
        assert found.keywords is world.keeps_keywords


def large() -> bytes:
    """An alternative in two transfer encodings, and two attachments, one of them text."""
    lines = [
        "Subject: large",
        "MIME-Version: 1.0",
        "Content-Type: multipart/mixed;",
        ' boundary="outer=_1"',
        "",
        "preamble",
        "--outer=_1",
        "Content-Type: multipart/alternative; boundary=inner",
        "",
        "--inner",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: quoted-printable",
        "",
        "S=C3=A9e attached.",
        "",
        "--inner",
        "Content-Type: text/html",
        "",
        "<p>See attached.</p>",
        "",
        "--inner--",
        "--outer=_1",
        "Content-Type: application/pdf",
        "Content-Transfer-Encoding: base64",
        "Content-Disposition: attachment;",
        ' filename="trace log.pdf"',
        "",
        *["QUJD" * 18] * 300,
        "--outer=_1",
        "Content-Type: text/plain",
        "Content-Disposition: attachment; filename=all.log",
        "",
        *["attached line"] * 2000,
        "--outer=_1--",
        "",
    ]
    return "\r\n".join(lines).encode()
