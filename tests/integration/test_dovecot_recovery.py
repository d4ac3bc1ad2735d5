"""Recovery on a real Dovecot: a lost store is made again from the mailbox, keywords included; what nobody judged is taken in."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path

import pytest

from tests.integration.test_dovecot_daemon import USERS, DovecotOffice
from tests.scenarios.office import ADDRESS, PARTNER
from tests.scenarios.rebuilding import compared, rebuild_into
from tests.scenarios.team import by_hand
from tests.servers.dovecot import Dovecot, require_dovecot
from triage.adapters.imap.mailbox import ImapMailbox
from triage.core.cases.case import Status
from triage.core.cases.events import EventKind
from triage.demo.smtp_sink import SmtpSink
from triage.store.restore import restore
from triage.workers import reconcile

pytestmark = pytest.mark.dovecot


@pytest.fixture
def office(tmp_path: Path) -> Iterator[DovecotOffice]:
    require_dovecot()
    with Dovecot(USERS) as dovecot, SmtpSink() as smtp:
        running = DovecotOffice(dovecot, smtp, tmp_path)
        running.start()
        yield running
        running.stop()


def arrives(office: DovecotOffice, subject: str, *, answers: str = "", sender: str = PARTNER) -> str:
    raw = office.mail(sender, ADDRESS, subject, answers=answers)
    office.dovecot.deliver(raw)
    office.settle()
    return _id(raw)


def test_a_lost_store_is_made_again_from_the_mailbox(office: DovecotOffice, tmp_path: Path) -> None:
    question = arrives(office, "Transfers fail")
    by_hand(office, 1001, EventKind.SEVERITY_SET, severity=2)
    office.eventually(lambda: "triage-sev2" in office.keywords()[0])
    arrives(office, "URGENT: payouts are down", sender="dev@beta.example")
    reply = office.mail(ADDRESS, PARTNER, "Re: Transfers fail", "We look", answers=question)
    office.dovecot.append(reply, "Sent")
    office.settle()
    arrives(office, "Sandbox question", sender="x@gamma.example")
    office.outgoing()
    target = tmp_path / "rebuilt.sqlite3"
    found = rebuild_into(office, target)
    assert compared(office, target) == []
    assert [(case.number, case.severity) for case in found.look_at] == [(1002, 1)]
    office.stop()
    restore(office.config.instance.state_dir, target, office.clock.now())
    office.start()
    arrives(office, "Re: Transfers fail", answers=_id(reply))
    assert office.case(1001).status is Status.OPEN
    assert office.notices() == []


def test_what_nobody_has_judged_is_found_and_taken_in(office: DovecotOffice) -> None:
    arrives(office, "Transfers fail")
    assert office.notices() == ["receipt"]
    with office.store() as store, store.write():
        store.connection.execute("UPDATE folders SET uid = 1000 WHERE name = 'INBOX'")
    arrives(office, "Sandbox question", sender="x@gamma.example")
    assert office.case_numbers() == [1001]
    mailbox = ImapMailbox(office.config.imap.server)
    with office.store() as store:
        found = reconcile.look(store, mailbox, office.clock.now())
        assert found.missing == 1
        with store.write():
            reconcile.repair(store, found)
    office.eventually(lambda: office.case_numbers() == [1001, 1002])
    office.settle()
    with office.store() as store:
        assert reconcile.look(store, mailbox, office.clock.now()).agrees
    mailbox.close()
    assert office.notices() == ["receipt"]


def _id(raw: bytes) -> str:
    return str(message_from_bytes(raw)["Message-ID"])
