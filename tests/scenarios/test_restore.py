"""Stories of a backup that is put back: the daemon finds in the mailbox what the backup does not know, and says nothing twice."""

from __future__ import annotations

from pathlib import Path

from tests.scenarios.at_night import answers, page_mails
from tests.scenarios.office import Office
from triage.core.cases.case import Status
from triage.demo.smtp_sink import Treatment, accept_all
from triage.store.backup import Label, back_up
from triage.store.restore import restore


def _backup(office: Office) -> Path:
    state_dir = office.config.instance.state_dir
    return back_up(state_dir, state_dir.parent / "copies", Label(office.clock.now(), "office", "0"))[0]


def _put_back(office: Office, backup: Path) -> None:
    restore(office.config.instance.state_dir, backup, office.clock.now())


def test_a_case_the_partner_has_answered_since_is_not_closed(office: Office) -> None:
    question = office.partner_writes("Transfers fail")
    reply = office.team_replies("Re: Transfers fail", answers=question)
    backup = _backup(office)
    office.wait(hours=70)
    office.partner_writes("Re: Transfers fail", answers=reply)
    office.outgoing()
    office.stop()
    office.leap(hours=6)
    _put_back(office, backup)
    office.start()
    assert office.case(1001).status is Status.OPEN
    assert office.notices() == []


def test_a_notice_that_was_sent_after_the_backup_is_not_sent_again(office: Office) -> None:
    office.smtp.treat = lambda _recipient: Treatment.DEFER
    office.partner_writes("Transfers fail")
    assert office.notices() == []
    backup = _backup(office)
    office.smtp.treat = accept_all
    office.wait(minutes=30)
    assert office.notices() == ["receipt"]
    office.stop()
    _put_back(office, backup)
    office.start()
    office.wait(minutes=30)
    assert office.notices() == []


def test_what_came_since_is_fetched_again(office: Office) -> None:
    backup = _backup(office)
    office.partner_writes("Transfers fail")
    assert office.notices() == ["receipt"]
    office.stop()
    _put_back(office, backup)
    office.start()
    assert office.case_numbers() == [1001]
    office.outgoing()  # its receipt may go out a second time: the backup cannot know of it


def test_an_answer_to_a_page_that_the_backup_does_not_know_is_no_partners_mail(office: Office) -> None:
    """Found by the simulation, seed 1: it opened a case of its own, which paged everybody."""
    backup = _backup(office)
    office.partner_writes("URGENT payouts fail")
    (page,) = page_mails(office)
    office.stop()
    _put_back(office, backup)
    answers(office, page, "ack")
    office.start()
    assert office.case_numbers() == [1001]
    told = {mail.notice: mail for mail in office.outgoing()}
    assert told["page-answer"].to == page.to
    assert "is not known any more" in told["page-answer"].text
