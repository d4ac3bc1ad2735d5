"""What the clock tells the team about the rota: gaps a day and an hour ahead, and what a hand-off hands over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from tests.scenarios.office import ONCALL, Office, open_office

TWO_PEOPLE = ONCALL.replace(
    'people = ["ana"]\n[rota.second]', 'people = ["ana", "bo"]\nhand_off = "daily 11:00"\nzone = "UTC"\n[rota.second]'
)
GAP_TOMORROW = (
    ONCALL
    + """
[[away]]
person = "bo"
from = 2026-11-24T12:00:00
until = 2026-11-24T18:00:00
"""
)
"""The second rota has nobody else."""


@contextmanager
def office_on(directory: Path, oncall: str) -> Iterator[Office]:
    with open_office(directory) as office:
        (office.config.instance.rules_dir / "oncall.toml").write_text(oncall)
        office.start()
        yield office
        office.check()


def subjects(office: Office) -> list[str]:
    return [mail.subject for mail in office.outgoing()]


def test_a_gap_is_told_a_day_and_an_hour_ahead(tmp_path: Path) -> None:
    with office_on(tmp_path, GAP_TOMORROW) as office:
        office.wait(hours=2)
        assert subjects(office) == []
        office.wait(hours=2)
        (mail,) = office.outgoing()
        assert mail.subject == "[triage] in less than 24 hours nobody is on call in second"
        assert "nobody from 2026-11-24 12:00 to 2026-11-24 18:00 UTC" in " ".join(mail.text.split())
        office.wait(hours=21)
        assert subjects(office) == []
        office.wait(hours=2)
        assert subjects(office) == ["[triage] in less than 1 hour nobody is on call in second"]
        office.wait(hours=3)
        assert subjects(office) == []


def test_a_gap_noticed_late_is_told_once_by_its_nearest_stage(tmp_path: Path) -> None:
    with office_on(tmp_path, GAP_TOMORROW) as office:
        office.leap(hours=26, minutes=30)
        assert subjects(office) == ["[triage] in less than 1 hour nobody is on call in second"]


def test_a_restart_repeats_no_warning(tmp_path: Path) -> None:
    with office_on(tmp_path, GAP_TOMORROW) as office:
        office.leap(hours=4)
        assert len(subjects(office)) == 1
        office.stop()
        office.start()
        office.wait(minutes=2)
        assert subjects(office) == []


def test_a_hand_off_tells_the_open_cases_at_severity_1_and_who_has_them(tmp_path: Path) -> None:
    with office_on(tmp_path, TWO_PEOPLE) as office:
        before = on_call(office)
        question = office.partner_writes("URGENT payouts fail")
        office.partner_writes("a question", sender="ops@other.example")
        office.team_replies("Re: URGENT payouts fail", answers=question)
        office.outgoing()
        office.wait(minutes=119)
        assert subjects(office) == []
        office.wait(minutes=2)
        (mail,) = office.outgoing()
        after = on_call(office)
        assert {before, after} == {"ana", "bo"}
        assert mail.subject == f"[triage] hand-off in primary: {before} to {after}, 1 case at Severity 1"
        text = " ".join(mail.text.split())
        assert f"{after} is on call since 2026-11-23 11:00 +0000 (UTC), after {before}." in text
        assert "#1001 acme.example: URGENT payouts fail (pending, 2 h old, acknowledged by api@wise.example)" in text
        assert "#1002" not in text


def test_a_hand_off_with_nothing_to_hand_over_is_silent(tmp_path: Path) -> None:
    with office_on(tmp_path, TWO_PEOPLE) as office:
        office.wait(hours=50)
        assert subjects(office) == []


def test_a_hand_off_during_a_downtime_is_told_afterwards(tmp_path: Path) -> None:
    with office_on(tmp_path, TWO_PEOPLE) as office:
        question = office.partner_writes("URGENT payouts fail")
        office.team_replies("Re: URGENT payouts fail", answers=question)
        office.outgoing()
        office.wait(minutes=1)
        office.stop()
        office.clock.push(timedelta(hours=3))
        office.start()
        assert [subject for subject in subjects(office) if "hand-off" in subject] != []


def on_call(office: Office) -> str:
    assert office.daemon is not None
    person = office.daemon.desk.rules().oncall.on_call("primary", office.clock.now())
    assert person is not None
    return person.name
