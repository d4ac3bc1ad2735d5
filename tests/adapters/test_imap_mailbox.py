"""ImapMailbox against the embedded server: the conformance suite."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import pytest

from tests.adapters.imap_conformance import MailboxConformance
from triage.core.settings import Security, Server
from triage.demo.imap_server import EmbeddedImap


class EmbeddedWorld:
    sent = "Sent"
    keeps_keywords = False  # pymap ignores them, as Microsoft 365 does

    def __init__(self, imap: EmbeddedImap) -> None:
        self._imap = imap
        self.server = Server(imap.host, imap.port, Security.NONE, "api", lambda: "s\u00e9cret", timeout_s=5)

    def put(self, raw: bytes, folder: str, at: datetime) -> None:
        self._imap.deliver(raw, folder, at)

    def flags(self, folder: str) -> list[frozenset[str]]:
        return [message.flags for message in self._imap.messages(folder)]

    def remove_first(self, folder: str) -> None:
        self._imap.remove([self._imap.messages(folder)[0].uid], folder)

    def restart_uids(self, folder: str) -> None:
        self._imap.restart_uids(folder)

    def cut_off(self) -> None:
        self._imap.drop_connections()

    def wrong_password(self) -> Server:
        return replace(self.server, secret=lambda: "wr\u00f6ng")


class TestEmbedded(MailboxConformance):
    @pytest.fixture
    def world(self) -> Iterator[EmbeddedWorld]:
        with EmbeddedImap({"api": "s\u00e9cret"}) as imap:
            yield EmbeddedWorld(imap)
