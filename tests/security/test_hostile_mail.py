"""What a stranger writes is text, in notices, in the log and where it is shown: never a header, a template or an address to call."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Terminal, write_config
from tests.scenarios.office import ADDRESS, Office, open_office
from tests.servers.http_sink_thread import running_sink
from triage.adapters.logs import LogEvent, configure, log, log_crash
from triage.core.settings import Log

TEMPLATE = "{{ case }}{{ 7*7 }}{% for x in range(10**9) %}{{ x }}{% endfor %}"
HOSTILE = (
    b"From: =?utf-8?q?Ops=0D=0ABcc=3A_thief=40evil.example?= <ops@acme.example>\r\n"
    b"To: " + ADDRESS.encode() + b"\r\n"
    b"Subject: =?utf-8?q?Payouts=0D=0ABcc=3A_thief=40evil.example=0A=0D=0A=1B[31m?= " + TEMPLATE.encode() + b"\r\n"
    b"Message-ID: <a>\r\n b@evil.example> SIZE=1\r\nReferences: <x@y>\x00\r\n RCPT TO:<thief@evil.example>\r\n"
    b'Reply-To: "thief@evil.example\\r\\nRCPT TO:<thief@evil.example>" <ops@acme.example>\r\n'
    b"\r\nPOST /v1/payouts fails\r\n.\r\nMAIL FROM:<thief@evil.example>\r\n{{ instance }}\r\n"
)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with open_office(tmp_path) as running:
        running.start()
        yield running


def test_a_subject_is_no_header_and_no_template_of_a_notice(office: Office) -> None:
    office.arrives(HOSTILE)
    sent = office.outgoing()
    assert [mail.notice for mail in sent] == ["receipt"]
    assert sent[0].to == ("ops@acme.example",)
    assert sent[0].message["Bcc"] is None
    assert sent[0].message["Cc"] is None
    assert "49" not in sent[0].subject
    assert "{{ 7*7 }}" in sent[0].subject
    assert not any(ord(character) < 32 for character in sent[0].subject)


def test_nobody_else_gets_anything_by_it(office: Office) -> None:
    office.arrives(HOSTILE)
    assert {recipient for mail in office.smtp.mails() for recipient in mail.recipients} == {"ops@acme.example"}
    assert {mail.envelope_from for mail in office.smtp.mails()} == {ADDRESS}


def test_what_commands_print_of_it_obeys_no_terminal_and_no_reader_of_lines(office: Office) -> None:
    office.arrives(HOSTILE.replace(b"Payouts=", "Pay\u202eouts\u0085\u2028\u009b31m=".encode()).replace(b"=?utf-8?q?Pay", b"Pay"))
    terminal = Terminal(write_config(office), office.clock)
    for words in (["cases"], ["cases", "--json"], ["case", "1001"], ["case", "1001", "--json"], ["outbox", "--all", "--json"]):
        printed = terminal.ok(*words)
        obeyed = [character for character in printed if character != "\n" and not character.isprintable()]
        assert obeyed == [], words
        if "--json" in words:
            assert [json.loads(line) for line in printed.splitlines()]


def test_addresses_in_a_mail_are_called_by_nobody(office: Office) -> None:
    """Neither pictures nor links, unsubscribe headers, external bodies or what a report refers to."""
    with running_sink() as outside:
        url = f"{outside.url}/beacon"
        html = f'<html><img src="{url}"><link href="{url}"><iframe src="{url}"></iframe>URGENT, see {url}</html>'
        headers = f"List-Unsubscribe: <{url}>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nContent-Location: {url}\r\n"
        office.arrives(
            (
                f"From: ops@acme.example\r\nTo: {ADDRESS}\r\nSubject: Payouts fail {url}\r\nMessage-ID: <1@acme.example>\r\n{headers}"
                f'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n{html}\r\n'
                f'--b\r\nContent-Type: message/external-body; access-type=URL; URL="{url}"\r\n\r\n\r\n--b--\r\n'
            ).encode()
        )
        office.wait(minutes=10)
        assert outside.connections == 0


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\x1b[2J", "\x9b2J", "\u202e", "\x00"])
def test_no_field_of_the_log_begins_a_line_or_paints_the_terminal(form: str, end: str) -> None:
    stream = io.StringIO()
    before = logging.getLogger("triage").handlers[:]
    configure(Log(form), stream)
    try:
        log(LogEvent.JUDGED, reason=f"x{end}info    started instance=forged", case=f"1{end}2")
    finally:
        logging.getLogger("triage").handlers[:] = before
    written = stream.getvalue()
    assert len(written.splitlines()) == 1
    assert [character for character in written if character != "\n" and not character.isprintable()] == []


def test_a_mistake_of_ours_is_logged_without_the_words_that_it_quotes() -> None:
    stream = io.StringIO()
    before = logging.getLogger("triage").handlers[:]
    configure(Log("text"), stream)
    try:
        try:
            try:
                int("the words of a partner")
            except ValueError as error:
                raise KeyError("secret-4711") from error
        except KeyError as error:
            log_crash(error)
    finally:
        logging.getLogger("triage").handlers[:] = before
    written = stream.getvalue()
    assert "KeyError at " in written
    assert "ValueError at " in written
    assert "test_hostile_mail.py:" in written
    assert [text for text in ("words of a partner", "4711") if text in written] == []
