"""`triage forget`: afterwards nothing in the store's files says who it was, and everything else still adds up."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cli.conftest import Terminal
from tests.scenarios.office import ADDRESS, Office
from triage.core.cases.journal import fold
from triage.core.erasure import Erasure
from triage.store import cases, journal, ledger
from triage.store.database import STORE_NAME

ANA = "ana.lima@acme.example"
JOANA = "joana.lima@acme.example"
SUBJECT = "URGENT: Transfers of Zebra Holding fail"


@pytest.fixture
def told(office: Office) -> Iterator[Office]:
    """Ana's closed case with a page, an answer by her colleague Joana, and a case of Joana's own."""
    question = office.arrives(office.mail(f"Ana Lima <{ANA}>", ADDRESS, SUBJECT, "My phone is 555-0199, POST /v1/transfers fails"))
    reply = office.team_replies(f"Re: {SUBJECT}", answers=question, to=ANA, text="Dear Ana Lima, we look into it.")
    office.partner_writes(f"Re: {SUBJECT}", f"Ask Ana Lima or {ANA.title()}, she knows.", sender=JOANA, answers=reply)
    office.partner_writes("Another question", "Ana Lima sits next to me", sender=JOANA)
    yield office


def close(office: Office, terminal: Terminal) -> None:
    terminal.ok("case", "1001", "close")
    office.settle()


def everything(office: Office) -> bytes:
    """The bytes of the store on the disk, its log included."""
    state = office.config.instance.state_dir
    return b"".join(path.read_bytes() for path in sorted(state.glob(f"{STORE_NAME}*")) if not path.name.endswith("-shm")).lower()


def test_nothing_in_the_files_says_who_it_was(told: Office, terminal: Terminal) -> None:
    close(told, terminal)
    told.stop()
    assert ANA.encode() in everything(told)
    terminal.ok("forget", ANA, "--yes")
    left = everything(told)
    assert b"joana.lima@acme.example" in left
    for word in (ANA.encode(), b"555-0199", b"zebra holding"):
        assert word not in left.replace(b"joana.lima@acme.example", b""), word


def test_cases_and_journals_still_add_up(told: Office, terminal: Terminal) -> None:
    close(told, terminal)
    terminal.ok("forget", ANA, "--yes")
    with told.store() as store:
        for number in (1001, 1002):
            stored = cases.get(store, number)
            assert stored is not None
            assert fold(journal.of_case(store, number)) == stored.case
        assert store.connection.execute("PRAGMA foreign_key_check").fetchall() == []
    shown = terminal.ok("case", "1001")
    assert "a person was forgotten" in shown
    assert "Ana" not in shown.replace("Joana", "")


def test_what_others_wrote_elsewhere_stays(told: Office, terminal: Terminal) -> None:
    close(told, terminal)
    terminal.ok("forget", ANA, "--yes")
    with told.store() as store:
        assert [row.new_text.strip() for row in ledger.of_case(store, 1002)][:1] == ["Ana Lima sits next to me"]


def test_without_yes_nothing_is_changed_and_the_same_is_told(told: Office, terminal: Terminal) -> None:
    close(told, terminal)
    with told.store() as store:
        before = list(store.connection.iterdump())
    would = terminal.lines("forget", ANA)[0]
    with told.store() as store:
        assert list(store.connection.iterdump()) == before
    assert not would["done"]
    done = terminal.lines("forget", ANA, "--yes")[0]
    assert (done["cases"], done["rows"], done["names"]) == (would["cases"], would["rows"], ["Ana Lima"])


def test_it_waits_until_the_cases_are_closed(told: Office, terminal: Terminal) -> None:
    result = terminal.run("forget", ANA, "--yes")
    assert result.exit_code == 2
    assert "not closed" in result.stderr
    assert "#1001" in result.stderr


def test_backups_are_mentioned(told: Office, terminal: Terminal) -> None:
    close(told, terminal)
    made = terminal.lines("backup")[0]["file"]
    assert made in terminal.lines("forget", ANA)[0]["backups"]


def test_stores_that_a_restore_has_put_aside_are_mentioned(told: Office, terminal: Terminal) -> None:
    close(told, terminal)
    made = terminal.lines("backup")[0]["file"]
    told.stop()
    terminal.ok("restore", made)
    told.start()
    (aside,) = told.config.instance.state_dir.glob(f"before-restore-*/{STORE_NAME}")
    assert str(aside) in terminal.lines("forget", ANA)[0]["backups"]
    assert str(aside) in terminal.ok("forget", ANA).replace("\n", "")


def test_a_mail_of_the_past_is_not_handled_again(told: Office, terminal: Terminal) -> None:
    close(told, terminal)
    told.outgoing()
    terminal.ok("forget", ANA, "--yes")
    told.imap.restart_uids("INBOX")
    told.imap.restart_uids("Sent")
    told.settle()
    assert told.notices() == []
    assert told.case_numbers() == [1001, 1002]


def test_an_address_nobody_has_changes_nothing(office: Office, terminal: Terminal) -> None:
    assert "knows nothing" in terminal.ok("forget", "nobody@nowhere.example")


def test_the_shared_mailbox_cannot_be_forgotten(office: Office, terminal: Terminal) -> None:
    assert terminal.run("forget", ADDRESS, "--yes").exit_code == 2


def test_only_the_whole_address_is_replaced() -> None:
    erasure = Erasure("ana@acme.example", "x@y")
    assert erasure.without_address("ANA@acme.example, joana@acme.example, ana@acme.example.org. Ask ana@acme.example.") == (
        "x@y, joana@acme.example, ana@acme.example.org. Ask x@y."
    )


def test_a_short_subject_goes_only_where_it_stands_alone() -> None:
    erasure = Erasure("ana@acme.example", "x@y", ("Hi",))
    assert (erasure.clean("Hi"), erasure.clean("Hi there")) == ("(forgotten)", "Hi there")


def test_the_search_index_forgets_too(told: Office, terminal: Terminal) -> None:
    """Its words are kept apart from the texts: they go from the file as well."""
    close(told, terminal)
    told.stop()
    assert b"zebra" in everything(told)
    terminal.ok("forget", ANA, "--yes")
    assert terminal.run("search", "zebra").exit_code == 1
    assert b"zebra" not in everything(told)
