"""Labels on a real Dovecot, with and without CONDSTORE: they follow the case, and a severity set in a mail client comes back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.integration.test_dovecot_daemon import USERS, DovecotOffice, _id
from tests.scenarios.office import ADDRESS, PARTNER
from tests.servers.dovecot import Dovecot, require_dovecot
from triage.core.cases.case import Status
from triage.core.settings import Keywords, Labels
from triage.demo.smtp_sink import SmtpSink

pytestmark = pytest.mark.dovecot

WITHOUT_CONDSTORE = """
protocol imap {
  imap_capability = IMAP4rev1 LITERAL+ SASL-IR LOGIN-REFERRALS ID ENABLE IDLE NAMESPACE UIDPLUS MOVE SPECIAL-USE
}
"""
Opener = Callable[..., "LabelOffice"]


class LabelOffice(DovecotOffice):
    def labels(self, folder: str = "INBOX") -> list[set[str]]:
        """Of each message, oldest first, every flag but \\Recent."""
        client = self.dovecot.client()
        client.select(folder, readonly=True)
        _, lines = client.fetch("1:*", "(FLAGS)")
        client.logout()
        found = [re.search(rb"FLAGS \((.*?)\)", line) for line in lines if isinstance(line, bytes)]
        return [set(match.group(1).decode().split()) - {"\\Recent"} for match in found if match]

    def colours(self, message: str, flags: str, *, remove: bool = False) -> None:
        """A colleague's mail client sets or removes flags of the n-th message."""
        client = self.dovecot.client()
        client.select("INBOX")
        client.store(message, "-FLAGS" if remove else "+FLAGS", f"({flags})")
        client.logout()

    def all_labelled(self, *labels: str, folder: str = "INBOX") -> bool:
        self.settle()
        found = self.labels(folder)
        return bool(found) and all({flag for flag in one if flag.startswith("triage-")} == set(labels) for one in found)


@pytest.fixture(params=["with CONDSTORE", "without CONDSTORE"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opener]:
    require_dovecot()
    extra = WITHOUT_CONDSTORE if request.param == "without CONDSTORE" else ""
    with Dovecot(USERS, extra=extra) as dovecot, SmtpSink() as smtp:
        office = LabelOffice(dovecot, smtp, tmp_path)

        def start(labels: Labels) -> LabelOffice:
            imap = replace(office.config.imap, poll_every=timedelta(hours=1))
            office.config = replace(office.config, labels=labels, imap=imap)
            office.start()
            return office

        yield start
        office.stop()


def test_labels_follow_the_case_in_every_watched_folder_and_touch_nothing_else(opened: Opener) -> None:
    office = opened(Labels())
    question = office.mail(PARTNER, ADDRESS, "Transfers fail")
    office.dovecot.deliver(question)
    office.eventually(lambda: office.all_labelled("triage-sev3", "triage-open"))
    office.colours("1", "$label4 \\Flagged")
    office.dovecot.append(office.mail(ADDRESS, PARTNER, "Re: Transfers fail", "on it", answers=_id(question)), "Sent")
    office.settle()
    assert office.case(1001).status is Status.PENDING
    office.eventually(lambda: office.all_labelled("triage-sev3", "triage-pending"))
    office.eventually(lambda: office.all_labelled("triage-sev3", "triage-pending", folder="Sent"))
    assert office.labels() == [{"triage-sev3", "triage-pending", "$label4", "\\Flagged"}]
    office.outgoing()


def test_a_severity_set_in_a_mail_client_counts_pages_and_does_not_echo(opened: Opener) -> None:
    office = opened(Labels(follow=True))
    office.dovecot.deliver(office.mail(PARTNER, ADDRESS, "Transfers fail"))
    office.eventually(lambda: office.all_labelled("triage-sev3", "triage-open"))
    office.colours("1", "triage-sev1")  # the old one stays: what is new wins
    office.eventually(lambda: office.case(1001).severity == 1)
    office.eventually(lambda: office.all_labelled("triage-sev1", "triage-open"))
    office.eventually(lambda: office.page_states(1001) == ["paging"])
    office.settle()
    entries = [entry for entry in office.journal(1001) if entry.event == "severity-set"]
    assert [(entry.actor, entry.ledger_id) for entry in entries] == [("mail client", 1)]
    office.colours("1", "triage-sev1", remove=True)
    office.colours("1", "triage-sev2")
    office.eventually(lambda: office.case(1001).severity == 2)
    office.eventually(lambda: office.all_labelled("triage-sev2", "triage-open"))
    office.settle()
    assert len([entry for entry in office.journal(1001) if entry.event == "severity-set"]) == 2
    office.outgoing()


def test_a_change_made_while_the_daemon_was_down_is_seen_at_the_start(opened: Opener) -> None:
    office = opened(Labels(follow=True))
    office.dovecot.deliver(office.mail(PARTNER, ADDRESS, "Transfers fail"))
    office.eventually(lambda: office.all_labelled("triage-sev3", "triage-open"))
    office.stop()
    office.colours("1", "triage-sev2")
    office.start()
    office.eventually(lambda: office.case(1001).severity == 2)
    office.outgoing()


def test_without_follow_nobody_changes_a_case_by_a_keyword(opened: Opener) -> None:
    office = opened(Labels())
    office.dovecot.deliver(office.mail(PARTNER, ADDRESS, "Transfers fail"))
    office.eventually(lambda: office.all_labelled("triage-sev3", "triage-open"))
    office.colours("1", "triage-sev1")
    office.settle()
    office.settle()
    assert office.case(1001).severity == 3
    office.outgoing()


def test_switched_off_no_message_is_touched(opened: Opener) -> None:
    office = opened(Labels(keywords=Keywords.OFF))
    office.dovecot.deliver(office.mail(PARTNER, ADDRESS, "Transfers fail"))
    office.settle()
    office.settle()
    assert office.labels() == [set()]
    office.outgoing()
