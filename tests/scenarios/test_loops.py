"""Loops: whoever answers whatever we write, we write to them at most the budget, then nothing, and operators hear of it once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.scenarios.correspondents import (
    Machine,
    TwoOffices,
    Wire,
    answer,
    bounce,
    moved,
    polite_vacation,
    rude_in_thread,
    rude_vacation,
    stripped,
    ticket_system,
    ticket_system_by_address,
)
from tests.scenarios.office import ADDRESS, PARTNER, TEAM, Mail, Office, open_office
from triage.core.cases.case import Status

THEIRS = "help@acme.example"


@pytest.fixture
def offices(tmp_path: Path) -> Iterator[Callable[..., TwoOffices]]:
    """Two instances of triage, each the other's partner."""
    with open_office(tmp_path / "ours") as ours, open_office(tmp_path / "theirs") as theirs:
        moved(theirs, THEIRS)

        def wired(alter: Callable[[bytes], bytes] = bytes) -> TwoOffices:
            ours.start()
            theirs.start()
            return TwoOffices(ours, theirs, alter)

        yield wired
        ours.check()
        theirs.check()


def test_two_instances_that_write_to_each_other_need_one_receipt(offices: Callable[..., TwoOffices]) -> None:
    pair = offices()
    pair.ours.arrives(pair.theirs.mail(THEIRS, ADDRESS, "Transfers fail"))
    pair.run()
    pair.wait(days=4)
    assert [mail.notice for mail in pair.ours_sent] == ["receipt"]
    assert pair.theirs_sent == []


def test_two_instances_behind_a_gateway_that_drops_every_field_stop_at_the_budget(offices: Callable[..., TwoOffices]) -> None:
    pair = offices(stripped)
    pair.ours.arrives(pair.theirs.mail(THEIRS, ADDRESS, "Transfers fail"))
    pair.run()
    budget = pair.ours.config.limits.notices_per_address
    written = [(mail.notice, mail.to[0]) for mail in pair.ours_sent + pair.theirs_sent]
    assert written.count(("receipt", THEIRS)) <= budget
    assert written.count(("receipt", ADDRESS)) <= budget
    assert [notice for notice, _ in written].count("warning") == 1, "whoever is over the budget first tells its operators, once"
    before = len(written)
    pair.wait(days=4)
    assert len(pair.ours_sent + pair.theirs_sent) == before


def test_a_polite_vacation_responder_gets_one_receipt(office: Office) -> None:
    wire = Wire(office, {PARTNER: polite_vacation})
    office.partner_writes("Transfers fail")
    wire.run()
    assert wire.kinds() == ["receipt"]
    assert office.outcomes() == ["case", "own", "automatic"]


@pytest.mark.parametrize("machine", [rude_vacation, ticket_system])
def test_a_machine_that_looks_like_a_person_gets_the_budget_and_then_silence(office: Office, machine: Machine) -> None:
    wire = Wire(office, {PARTNER: machine})
    office.partner_writes("Transfers fail")
    wire.run()
    assert wire.kinds().count("receipt") == office.config.limits.notices_per_address
    assert [mail.to for mail in wire.carried if mail.notice == "warning"] == [(TEAM,)]
    before = len(wire.carried)
    wire.wait(days=4)
    assert len(wire.carried) == before


def test_an_address_for_every_answer_is_stopped_by_the_budget_of_the_domain(tmp_path: Path) -> None:
    with open_office(tmp_path) as office:
        office.config = replace(office.config, limits=replace(office.config.limits, notices_per_domain=15))
        office.start()
        wire = Wire(office, domains={"desk.example": ticket_system_by_address})
        office.partner_writes("Transfers fail", sender="ops@desk.example")
        wire.run()
        assert wire.kinds().count("receipt") == 15
        [warning] = [mail for mail in wire.carried if mail.notice == "warning"]
        assert "anybody at desk.example" in warning.text
        assert "notices_per_domain" in warning.text
        office.check()


def test_the_budget_slides_and_a_loop_over_midnight_is_told_once(office: Office) -> None:
    office.wait(hours=14)  # 23:00
    for number in range(20):
        office.wait(minutes=6)
        office.partner_writes(f"Message {number}")
    told = office.notices()
    assert (told.count("receipt"), told.count("warning")) == (office.config.limits.notices_per_address, 1)
    office.wait(hours=24)
    office.partner_writes("The next day")
    assert office.notices() == ["receipt"]


def closed_case(office: Office) -> Mail:
    """A case that the clock has closed; its closing notice."""
    question = office.partner_writes("Transfers fail")
    office.team_replies("Re: Transfers fail", answers=question)
    office.wait(hours=73)
    *_, closed = office.outgoing()
    assert closed.notice == "closed"
    return closed


ABSENCES: dict[str, dict[str, str]] = {
    "by its field": {"Auto_Submitted": "auto-replied"},
    "by its field with a parameter": {"Auto_Submitted": "Auto-Replied; owner-email=x@y.example"},
    "by Exchange's title": {"subject": "Automatic reply: [#1001] Transfers fail"},
    "by Exchange's title in German": {"subject": "Automatische Antwort: [#1001] Transfers fail"},
    "by an old field": {"X_Autoreply": "yes"},
    "by Precedence": {"Precedence": "auto_reply"},
}


@pytest.mark.parametrize("absence", ABSENCES.values(), ids=ABSENCES.keys())
def test_an_absence_note_after_the_closed_notice_never_reopens(office: Office, absence: dict[str, str]) -> None:
    closed = closed_case(office)
    office.arrives(answer(office, closed, "I am out of the office until May.", **absence))
    assert office.case(1001).status is Status.CLOSED
    office.wait(days=5)
    assert office.notices() == []


def test_an_absence_note_that_nothing_tells_from_a_person_reopens_once_and_closes_nothing_again(office: Office) -> None:
    """When unsure, re-open. The case then waits for the team, so the clock never closes it again: there is no loop without people."""
    closed = closed_case(office)
    wire = Wire(office, {PARTNER: rude_in_thread})
    office.arrives(rude_in_thread(office, closed))
    wire.run()
    wire.wait(days=10)
    assert wire.kinds() == ["reopened"]
    assert office.case(1001).status is Status.OPEN


def test_mail_through_a_list_is_never_answered(office: Office) -> None:
    for number in range(15):
        office.partner_writes(f"Digest item {number}", List_Id="<api-users.acme.example>", sender=f"reader{number}@acme.example")
    assert office.notices() == []
    assert len(office.case_numbers()) == 15


def test_a_storm_of_bounces_makes_no_cases_and_no_notices(office: Office) -> None:
    wire = Wire(office, domains={"acme.example": bounce})
    for number in range(12):
        office.partner_writes(f"Request {number}", sender=f"person{number}@acme.example")
    wire.run()
    assert wire.kinds().count("receipt") == 12
    assert wire.kinds().count("warning") == 11, "ten one by one, and one about the storm"
    for number in range(30):  # reports about mails that were never ours
        office.arrives(bounce(office, wire.carried[0], about=f"<other-{number}@elsewhere.example>"))
    wire.run()
    assert len(office.case_numbers()) == 12
    assert wire.kinds().count("receipt") == 12


def test_a_team_address_that_bounces_makes_no_loop_of_warnings(office: Office) -> None:
    """The warning that a notice bounced bounces too, and so would the warning about that."""
    wire = Wire(office, {PARTNER: bounce, TEAM: bounce})
    office.partner_writes("Transfers fail")
    wire.run()
    assert wire.kinds() == ["receipt", "warning"]


def test_a_warning_that_comes_back_stops_no_window_even_when_a_relay_has_changed_its_id(office: Office) -> None:
    question = office.partner_writes("Transfers fail")
    [receipt] = office.outgoing()
    office.arrives(bounce(office, receipt))
    [warning] = office.outgoing()
    office.team_replies("Re: Transfers fail", answers=question)
    office.arrives(bounce(office, warning))
    office.arrives(bounce(office, warning, about="<rewritten-by-a-relay@smtp.example>"))
    assert office.case(1001).status is Status.PENDING


def test_a_team_address_that_answers_everything_makes_no_loop(office: Office) -> None:
    wire = Wire(office, {PARTNER: bounce, TEAM: rude_vacation})
    office.partner_writes("Transfers fail")
    wire.run()
    assert wire.kinds().count("receipt") <= 1 + office.config.limits.notices_per_address
    before = len(wire.carried)
    wire.wait(days=4)
    assert len(wire.carried) == before
