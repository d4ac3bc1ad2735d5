"""calendar.toml and agreements.toml as operators write them; what is wrong in them is in test_broken_rules.py."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings

from tests.adapters.rulefiles.good_set import BOUNDS, KINDS, NOW, ONCALL, write_good_set
from tests.edits import edits
from triage.adapters.rulefiles import load_rules, public_holidays
from triage.adapters.rulefiles.loading import RuleFiles, build_rules
from triage.adapters.rulefiles.snapshot import Snapshot
from triage.core.cases.agreements import Promise, Term
from triage.core.cases.calendars import Calendar, Hours
from triage.core.cases.partners import Partner
from triage.core.problem_text import format_problems
from triage.core.problems import BrokenFiles

SHIPPED = Path(__file__).parents[3] / "rules"


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    write_good_set(tmp_path)
    return tmp_path


def load(rules: Path, name: str, text: str) -> RuleFiles:
    (rules / name).write_text(text)
    return load_rules(rules, NOW, KINDS, BOUNDS)


def calendar(rules: Path, text: str) -> Calendar:
    return load(rules, "calendar.toml", text).calendars["team"]


# --- calendars -------------------------------------------------------------------------------------------------------


def test_without_a_file_the_team_works_monday_to_friday(rules: Path) -> None:
    assert load_rules(rules, NOW, KINDS, BOUNDS).hours == Calendar()


def test_another_calendar_leaves_the_team_its_usual_hours(rules: Path) -> None:
    found = load(rules, "calendar.toml", '[nights]\nmonday = ["22:00-24:00"]\ntuesday = ["00:00-06:00"]')
    assert (found.hours, found.calendars["nights"].week[:2]) == (Calendar(), ((Hours(1320, 1440),), (Hours(0, 360),)))


def test_hours_are_those_of_monday_to_friday_unless_days_are_named(rules: Path) -> None:
    assert calendar(rules, '[team]\nhours = "08:00-16:00"').week == ((Hours(480, 960),),) * 5 + ((), ())
    assert calendar(rules, '[team]\ndays = ["sunday"]\nhours = "08:00-16:00"').week == ((),) * 6 + ((Hours(480, 960),),)


def test_a_day_with_its_own_hours_differs_from_the_others(rules: Path) -> None:
    week = calendar(rules, '[team]\nhours = ["09:00-12:30", "13:30-18:00"]\nfriday = "09:00-13:00"\nmonday = []').week
    assert week[0] == ()
    assert week[1] == (Hours(540, 750), Hours(810, 1080))
    assert week[4] == (Hours(540, 780),)


def test_hours_day_by_day_leave_the_other_days_closed(rules: Path) -> None:
    assert calendar(rules, '[team]\nmonday = "09:00-13:00"').week == ((Hours(540, 780),),) + ((),) * 6


def test_hours_may_touch(rules: Path) -> None:
    assert calendar(rules, '[team]\nhours = ["12:00-18:00", "09:00-12:00"]').week[0] == (Hours(540, 720), Hours(720, 1080))


def test_holidays_are_dates_and_ranges_with_both_ends(rules: Path) -> None:
    days = calendar(rules, '[team]\nholidays = [2026-12-25, "2026-12-31..2027-01-02", "2027-05-01"]').holidays
    assert sorted(days) == [date(2026, 12, 25), date(2026, 12, 31), date(2027, 1, 1), date(2027, 1, 2), date(2027, 5, 1)]


def test_a_country_brings_its_public_holidays_by_name(rules: Path) -> None:
    pytest.importorskip("holidays")
    days = calendar(rules, '[team]\ncountry = "GB-ENG"').holidays
    assert days[date(2026, 12, 25)] == "Christmas Day"
    assert date(2026, 11, 30) not in days  # Scotland's
    assert min(days).year == NOW.year - public_holidays.YEARS_BEFORE
    assert max(days).year == NOW.year + public_holidays.YEARS_AFTER


def test_several_countries_close_on_the_holidays_of_each(rules: Path) -> None:
    pytest.importorskip("holidays")
    days = calendar(rules, '[team]\ncountry = ["EE", "GB"]').holidays
    assert {date(2027, 2, 24), date(2027, 5, 3)} <= set(days)


@pytest.mark.parametrize("part", ["BE-German", "be-german"])
def test_a_part_of_a_country_is_found_however_it_is_written(rules: Path, part: str) -> None:
    pytest.importorskip("holidays")
    assert date(2026, 12, 25) in calendar(rules, f'[team]\ncountry = "{part}"').holidays


def test_a_zone_that_only_this_machine_knows_is_refused(rules: Path) -> None:
    with pytest.raises(BrokenFiles) as refused:
        calendar(rules, '[team]\nzone = "localtime"')
    assert "must be a time zone of the IANA list" in format_problems(refused.value.problems)


# --- agreements ------------------------------------------------------------------------------------------------------

AGREEMENTS = """
[agreement.gold]
like = "default"
tiers = ["gold"]
first_response = { 1 = "15m" }
resolution = { 1 = "8h", 2 = "none" }

[agreement.acme]
partners = ["acme", "beta.example"]

[agreement.default]
first_response = { 1 = "30m", 2 = "4h on team" }
resolution = { 1 = "24h", 2 = "16h30m on team" }
"""
PARTNERS = '[acme]\ndomains = ["acme.example"]\ntier = "gold"\n'


def agreement_of(rules: Path, partner: Partner, chosen: str = "") -> str:
    (rules / "partners.toml").write_text(PARTNERS)
    found = load(rules, "agreements.toml", AGREEMENTS).agreements.choose(chosen, partner)
    assert found is not None
    return found.name


def test_a_time_is_elapsed_or_on_a_calendar(rules: Path) -> None:
    (rules / "partners.toml").write_text(PARTNERS)
    default = load(rules, "agreements.toml", AGREEMENTS).agreements.named("default")
    assert default is not None
    assert default.terms[Promise.FIRST_RESPONSE, 1] == Term(timedelta(minutes=30))
    assert default.terms[Promise.RESOLUTION, 2] == Term(timedelta(hours=16, minutes=30), Calendar())
    assert (Promise.NEXT_RESPONSE, 1) not in default.terms


def test_an_agreement_is_like_another_but_for_what_it_says(rules: Path) -> None:
    (rules / "partners.toml").write_text(PARTNERS)
    gold = load(rules, "agreements.toml", AGREEMENTS).agreements.named("gold")
    assert gold is not None
    assert {(promise.value, severity): str(term) for (promise, severity), term in gold.terms.items()} == {
        ("first response", 1): "15m",
        ("first response", 2): "4h on team",
        ("resolution", 1): "8h",
    }


@pytest.mark.parametrize(
    ("partner", "chosen", "agreement"),
    [
        (Partner("x.example"), "", "default"),
        (Partner("x.example"), "gold", "gold"),
        (Partner("x.example"), "gone since the reload", "default"),
        (Partner("x", tier="gold"), "", "gold"),
        (Partner("x", tier="gold"), "acme", "acme"),
        (Partner("x", tier="gold", agreement="default"), "", "default"),
        (Partner("x", tier="gold", agreement="default"), "acme", "acme"),
        (Partner("beta.example"), "", "acme"),
        (Partner("acme", tier="gold"), "", "gold"),
    ],
)
def test_the_rules_choice_then_the_partners_then_the_first_match_then_the_default(
    rules: Path, partner: Partner, chosen: str, agreement: str
) -> None:
    assert agreement_of(rules, partner, chosen) == agreement


def test_without_a_file_nothing_is_promised(rules: Path) -> None:
    (rules / "agreements.toml").unlink()
    assert load_rules(rules, NOW, KINDS, BOUNDS).agreements.choose("gold", Partner("x")) is None


def test_the_shipped_files_are_good_and_promise_a_response_at_every_severity() -> None:
    files = {name: (SHIPPED / name).read_bytes() for name in ("calendar.toml", "agreements.toml")}
    default = build_rules(Snapshot(files, (), ()), NOW, KINDS).agreements.named("default")
    assert default is not None
    assert {key for key in default.terms if key[0] is not Promise.RESOLUTION} == {
        (promise, severity) for promise in (Promise.FIRST_RESPONSE, Promise.NEXT_RESPONSE) for severity in (1, 2, 3)
    }


def test_the_webhook_is_a_secret_that_is_not_shown(rules: Path) -> None:
    text = AGREEMENTS.replace('"acme", ', "") + '[warnings]\nwebhook = "https://chat.example/s3cret"\n'
    warnings = load(rules, "agreements.toml", text).agreements.warnings
    assert warnings.webhook == "https://chat.example/s3cret"
    assert "s3cret" not in repr(warnings)


# --- slips -----------------------------------------------------------------------------------------------------------

CALENDAR_TEXT = """[team]
zone = "Europe/Tallinn"
days = ["monday", "friday"]
hours = ["09:00-12:00", "13:00-24:00"]
friday = "09:00-12:00"
holidays = [2026-12-25, "2026-12-31..2027-01-02"]
"""


@settings(max_examples=150, deadline=None)
@given(calendar=edits(CALENDAR_TEXT), agreements=edits(AGREEMENTS))
def test_edited_files_are_good_or_told(calendar: str, agreements: str) -> None:
    files = {"calendar.toml": calendar.encode(), "agreements.toml": agreements.encode(), "oncall.toml": ONCALL.encode()}
    try:
        build_rules(Snapshot(files, (), ()), NOW, KINDS)
    except BrokenFiles as broken:
        assert format_problems(broken.problems)
