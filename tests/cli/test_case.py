"""`triage case N`: a story to read, and what a team member does with a case."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Terminal
from tests.scenarios.office import Office
from triage.core.cases.case import Status


@pytest.fixture
def answered(office: Office) -> Office:
    """#1001 is pending: asked, receipted, answered by the team."""
    question = office.partner_writes("Transfers fail", "POST /v1/transfers returns 500")
    office.team_replies("Re: Transfers fail", answers=question)
    return office


def test_the_story_has_all_chapters(answered: Office, terminal: Terminal) -> None:
    printed = terminal.ok("case", "1001")
    for text in (
        "#1001  Transfers fail",
        "waits for    partner until 26 Nov 09:00",
        "reply window ends in 3 days",
        "participants ops@acme.example",
        "the team replied; the reply window opens",
        "team-reply  api@wise.example",
        "facts: endpoint POST /v1/transfers",
        "receipt to ops@acme.example: delivered",
    ):
        assert text in printed
    assert max(map(len, printed.splitlines())) <= 80


def test_the_story_of_a_page_says_who_was_paged_by_which_rule(office: Office, terminal: Terminal) -> None:
    office.partner_writes("URGENT payouts fail")
    printed = " ".join(terminal.ok("case", "1001").split())
    assert "rule: emergency by subject" in printed
    assert "trigger to ana by mail: delivered" in printed
    assert "PAGING, nobody has it yet; next step in" in printed


def test_the_json_has_the_parts_of_the_story(answered: Office, terminal: Terminal) -> None:
    [case] = terminal.lines("case", "1001")
    assert [entry["event"] for entry in case["timeline"]] == ["partner-wrote", "team-replied"]
    assert [message["outcome"] for message in case["messages"]] == ["case", "own", "team-reply"]
    receipt = case["deliveries"][0]
    assert (receipt["purpose"], receipt["state"], len(receipt["attempts"])) == ("receipt", "delivered", 1)
    assert (case["participants"], case["pages"]) == (["ops@acme.example"], [])


def test_verbose_shows_the_rules_that_nearly_held(office: Office, terminal: Terminal) -> None:
    office.partner_writes("Transfers fail")
    nearly = 'nearly: rule "emergency by subject", but not subject.new contains "urgent" or "critical"'
    assert nearly in " ".join(terminal.ok("case", "1001", "--verbose").split())
    assert "nearly" not in terminal.ok("case", "1001")
    [case] = terminal.lines("case", "1001")
    near = {one["rule"]: one["failed"] for one in case["timeline"][0]["near_misses"]}
    assert near["emergency by subject"] == 'subject.new contains "urgent" or "critical"'


def test_a_case_that_does_not_exist_is_exit_1(terminal: Terminal) -> None:
    result = terminal.run("case", "4711")
    assert (result.exit_code, result.stderr) == (1, "triage: there is no case #4711\n")


@pytest.mark.parametrize("number", ["1001", "#1001"])
def test_the_number_may_have_its_mark(answered: Office, terminal: Terminal, number: str) -> None:
    terminal.ok("case", number)


def test_a_severity_set_by_hand_is_recorded_with_who_and_why(answered: Office, terminal: Terminal) -> None:
    assert terminal.ok("case", "1001", "severity", "2", "--as", "bo", "--why", "a workaround").startswith("#1001: the team set it\n")
    entry = answered.journal(1001)[-1]
    assert (entry.event, entry.actor, entry.detail, answered.case(1001).severity) == ("severity-set", "bo", "a workaround", 2)


def test_severity_1_by_hand_pages(answered: Office, terminal: Terminal) -> None:
    answered.outgoing()
    terminal.ok("case", "1001", "severity", "1")
    answered.settle()
    assert answered.notices() == ["page ana"]


def test_close_sends_the_notice_through_the_running_daemon(answered: Office, terminal: Terminal) -> None:
    answered.outgoing()
    assert "the team closed the case" in terminal.ok("case", "1001", "close")
    answered.settle()
    assert answered.notices() == ["closed"]


def test_actions_work_without_the_daemon(answered: Office, terminal: Terminal) -> None:
    answered.outgoing()
    answered.stop()
    terminal.ok("case", "1001", "close")
    answered.start()
    assert answered.notices() == ["closed"]


def test_closing_twice_is_no_error_and_says_so(answered: Office, terminal: Terminal) -> None:
    terminal.ok("case", "1001", "close")
    assert "the case is closed already" in terminal.ok("case", "1001", "close")


def test_open_stops_a_window_that_should_not_run(answered: Office, terminal: Terminal) -> None:
    terminal.ok("case", "1001", "open")
    assert (answered.case(1001).status, answered.case(1001).reply_window_ends_at) == (Status.OPEN, None)


def test_a_hold_keeps_the_clock_from_closing_until_it_is_taken_off(answered: Office, terminal: Terminal) -> None:
    terminal.ok("case", "1001", "hold", "5d")
    answered.wait(hours=80)
    assert answered.case(1001).status is Status.PENDING
    assert "the hold ended" in terminal.ok("case", "1001", "hold", "off")
    answered.wait(hours=25)
    assert answered.case(1001).status is Status.CLOSED


def test_a_hold_that_is_not_there_can_be_taken_off(answered: Office, terminal: Terminal) -> None:
    assert "the case is not on hold" in terminal.ok("case", "1001", "hold", "off")
    assert [entry.event for entry in answered.journal(1001)] == ["partner-wrote", "team-replied"]


def test_a_closed_case_cannot_be_held(answered: Office, terminal: Terminal) -> None:
    terminal.ok("case", "1001", "close")
    [line] = terminal.lines("case", "1001", "hold", "5d", code=1)
    assert (line["done"], line["reason"]) == (False, "a closed case cannot be held")


@pytest.mark.parametrize("until", ["later", "5", "2020-01-01", "2026-13-01"])
def test_a_hold_without_a_time_to_come_is_a_usage_error(answered: Office, terminal: Terminal, until: str) -> None:
    result = terminal.run("case", "1001", "hold", until)
    assert result.exit_code == 2
    assert f"'{until}'" in result.stderr.splitlines()[0]


def test_a_note_is_in_the_timeline(answered: Office, terminal: Terminal) -> None:
    terminal.ok("case", "1001", "note", "called", "them", "--as", "bo")
    assert (answered.journal(1001)[-1].detail, answered.journal(1001)[-1].actor) == ("called them", "bo")
    assert "called them" in terminal.ok("case", "1001")


def test_assigning_and_taking_away(answered: Office, terminal: Terminal) -> None:
    assert "assigned to ana" in terminal.ok("case", "1001", "assign", "ana")
    terminal.ok("case", "1001", "assign", "nobody")
    assert answered.case(1001).assigned_to == ""


def test_a_case_that_is_not_to_be_closed_by_the_clock_is_not(answered: Office, terminal: Terminal) -> None:
    terminal.ok("case", "1001", "no-auto-close", "on")
    answered.wait(hours=80)
    assert answered.case(1001).status is Status.PENDING
    terminal.ok("case", "1001", "no-auto-close", "off")
    answered.settle()
    assert answered.case(1001).status is Status.CLOSED


def test_an_action_refuses_broken_rules(answered: Office, terminal: Terminal) -> None:
    (answered.config.instance.rules_dir / "10-emergency.toml").write_text("[[rule]]\nnam = 1\n")
    result = terminal.run("case", "1001", "close")
    assert result.exit_code == 2
    assert "10-emergency.toml:" in result.stderr


def test_reading_goes_on_with_broken_rules(answered: Office, terminal: Terminal) -> None:
    (answered.config.instance.rules_dir / "10-emergency.toml").write_text("[[rule]]\nnam = 1\n")
    answered.stop()
    answered.leap(hours=100)
    assert terminal.run("case", "1001").exit_code == 0


def test_strangers_cannot_paint_the_terminal(office: Office, terminal: Terminal) -> None:
    office.partner_writes("\x1b[31m[bold]hello[/bold]\x07", sender='"[red]x" <ops@acme.example>')
    printed = terminal.ok("case", "1001")
    assert "[bold]hello[/bold]" in printed
    assert "\x1b" not in printed


def test_an_incident_is_asked_for_once_and_the_story_says_where_it_stands(answered: Office, terminal: Terminal) -> None:
    answered.stop()
    with terminal.config.open("a") as config:
        config.write('[incidents]\nurl = "https://incidents.example.com/hooks/s3cret"\n')
    assert "#1001: the incident is asked for" in terminal.ok("case", "1001", "incident", "--why", "three partners by now")
    assert "its incident has been asked for already" in terminal.ok("case", "1001", "incident")
    printed = " ".join(terminal.ok("case", "1001").split())
    assert "incident about to be sent" in printed
    assert "an incident was asked for: three partners by now" in printed
    assert "s3cret" not in printed


def test_without_an_address_for_incidents_the_answer_is_no(answered: Office, terminal: Terminal) -> None:
    [answer] = terminal.lines("case", "1001", "incident", code=1)
    assert (answer["done"], answer["reason"]) == (False, "config.toml names no [incidents] url")


def test_a_tag_is_put_on_and_taken_away_with_who_and_why(answered: Office, terminal: Terminal) -> None:
    terminal.ok("case", "1001", "tag", "Payouts", "--as", "bo", "--why", "for the report")
    entry = answered.journal(1001)[-1]
    assert (entry.event, entry.actor, entry.detail) == ("tagged", "bo", "payouts: for the report")
    assert "payouts" in terminal.ok("case", "1001")
    terminal.ok("case", "1001", "untag", "payouts")
    assert answered.case(1001).tags == ()


def test_taking_away_a_tag_that_is_not_there_is_no_error(answered: Office, terminal: Terminal) -> None:
    before = answered.journal(1001)
    assert "does not have this tag" in terminal.ok("case", "1001", "untag", "payouts")
    assert answered.journal(1001) == before


def test_two_words_are_no_tag(answered: Office, terminal: Terminal) -> None:
    result = terminal.run("case", "1001", "tag", "two words")
    assert result.exit_code == 2
    assert "'two words' is no tag" in result.stderr


def test_a_partner_is_chosen_with_who_and_why(answered: Office, terminal: Terminal) -> None:
    (answered.config.instance.rules_dir / "partners.toml").write_text('[acme-group]\ndomains = ["acme-group.example"]\n')
    terminal.ok("case", "1001", "partner", "Acme-Group", "--as", "bo", "--why", "their mail says so")
    entry = answered.journal(1001)[-1]
    assert (entry.actor, entry.detail) == ("bo", "acme-group; it was acme.example: their mail says so")
    assert answered.case(1001).partner == "acme-group"


def test_a_partner_that_nobody_has_named_is_refused_with_the_nearest(answered: Office, terminal: Terminal) -> None:
    (answered.config.instance.rules_dir / "partners.toml").write_text('[acme-group]\ndomains = ["acme-group.example"]\n')
    result = terminal.run("case", "1001", "partner", "acme-groop")
    assert result.exit_code == 2
    assert "acme-group" in result.stderr
    assert answered.case(1001).partner == "acme.example"


def test_the_story_says_what_they_wrote_and_what_is_known(office: Office, terminal: Terminal) -> None:
    lines = "\n".join(f"line {number} of the request" for number in range(1, 9))
    office.partner_writes("Transfers fail", f"POST /v1/transfers returns 500\n{lines}")
    printed = terminal.ok("case", "1001")
    assert "| POST /v1/transfers returns 500\n" in printed
    assert "| line 2 of the request …\n" in printed
    assert "line 3" not in printed
    assert "known        endpoint POST /v1/transfers; http status 500\n" in printed
    assert "line 8 of the request" in terminal.ok("case", "1001", "--verbose")


def test_our_own_notices_are_among_the_messages_only_when_asked_for(answered: Office, terminal: Terminal) -> None:
    assert ", own" not in terminal.ok("case", "1001")
    assert ", own" in terminal.ok("case", "1001", "--verbose")


def test_the_story_has_the_promised_times(office: Office, terminal: Terminal) -> None:
    (office.config.instance.rules_dir / "agreements.toml").write_text('[agreement.default]\nfirst_response = { 3 = "4h" }\n')
    office.partner_writes("Transfers fail")
    printed = " ".join(terminal.ok("case", "1001").split())
    assert "first response due Mon 23 Nov 13:00 UTC:" in printed
    [case] = terminal.lines("case", "1001")
    assert [(one["promise"], one["late"]) for one in case["promises"]] == [("first response", False)]


def test_a_mail_cannot_draw_on_the_terminal(office: Office, terminal: Terminal) -> None:
    office.partner_writes("x", "[red]one[/red] \x1b[2J\ntwo")
    printed = terminal.ok("case", "1001", "--verbose")
    assert "\x1b" not in printed
    assert "[red]one[/red]" in printed
