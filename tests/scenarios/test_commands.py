"""Commands by mail, through the whole daemon: what a team member's first lines do to a case, and how it is answered."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.scenarios.commanding import a_case, answer, commands, pending
from tests.scenarios.office import PARTNER, Office, open_office
from triage.core.cases.case import Status


class TestEach:
    def test_sev_sets_the_severity_and_says_how_the_case_stands(self, office: Office) -> None:
        a_case(office)
        commands(office, "sev 2")
        assert office.case(1001).severity == 2
        mail = answer(office)
        assert mail.subject == "Re: [#1001] Transfers fail"
        assert "The severity is 2 now; it was 3." in mail.text
        assert "- Severity 2, new: waits for us" in mail.text

    def test_sev_1_pages(self, office: Office) -> None:
        a_case(office)
        commands(office, "severity 1")
        told = {mail.notice or mail.to[0]: mail.text for mail in office.outgoing()}
        assert set(told) == {"ana@pager.example", "command"}
        assert "On-call is paged." in told["command"]
        assert "nobody has it yet" in told["command"]

    def test_close_closes_and_the_partner_is_told(self, office: Office) -> None:
        a_case(office)
        commands(office, "close")
        assert office.case(1001).status is Status.CLOSED
        partners, ours = sorted(office.outgoing(), key=lambda mail: mail.notice)
        assert (partners.notice, partners.to) == ("closed", (PARTNER,))
        assert "The case is closed; the partner is told." in ours.text

    def test_reopen_opens_a_closed_case_and_the_partner_is_told_nothing(self, office: Office) -> None:
        a_case(office)
        commands(office, "close")
        office.outgoing()
        commands(office, "reopen")
        assert office.case(1001).status is Status.OPEN
        assert answer(office).notice == "command"

    def test_hold_holds_from_the_mails_arrival(self, office: Office) -> None:
        pending(office)
        commands(office, "hold 5d")
        held = office.case(1001).hold_until
        assert held is not None
        assert abs(held - office.clock.now() - timedelta(days=5)) <= timedelta(seconds=1)
        assert "On hold: not closed before" in answer(office).text

    def test_hold_until_a_day_and_hold_off(self, office: Office) -> None:
        pending(office)
        commands(office, "hold until 2026-12-01")
        assert str(office.case(1001).hold_until) == "2026-12-01 00:00:00+00:00"
        answer(office)
        commands(office, "hold off")
        assert office.case(1001).hold_until is None
        assert "The hold is over." in answer(office).text

    def test_assign_knows_the_people_on_call_and_the_team(self, office: Office) -> None:
        a_case(office)
        commands(office, "assign Bo")
        assert office.case(1001).assigned_to == "bo"
        commands(office, "assign kim@wise.example")
        assert office.case(1001).assigned_to == "kim@wise.example"
        commands(office, "assign me")
        assert office.case(1001).assigned_to == "ana@wise.example"
        commands(office, "assign nobody")
        assert office.case(1001).assigned_to == ""
        assert office.notices() == ["command"] * 4

    @pytest.mark.parametrize("name", ["nina", "eve@evil.example"])
    def test_assign_refuses_whom_nobody_knows(self, office: Office, name: str) -> None:
        a_case(office)
        commands(office, f"assign {name}")
        assert office.case(1001).assigned_to == ""
        assert answer(office).notice == "command-refused"

    def test_no_auto_close_and_back(self, office: Office) -> None:
        pending(office)
        commands(office, "no-auto-close")
        assert office.case(1001).no_auto_close
        assert "Never closed by the clock" in answer(office).text
        commands(office, "no-auto-close off")
        assert not office.case(1001).no_auto_close
        answer(office)

    def test_a_note_goes_on_to_the_end_of_the_mail(self, office: Office) -> None:
        a_case(office)
        commands(office, "note called them\n\nthey retry at noon\nclose")
        assert office.case(1001).status is Status.NEW
        noted = [entry for entry in office.journal(1001) if entry.event == "noted"][-1]
        assert (noted.detail, noted.actor) == ("called them\n\nthey retry at noon\nclose", "ana@wise.example")
        assert "Your note is in the timeline." in answer(office).text

    def test_tag_and_untag(self, office: Office) -> None:
        a_case(office)
        commands(office, "tag billing")
        assert office.case(1001).tags == ("billing",)
        commands(office, "untag billing\ntag payouts")
        assert office.case(1001).tags == ("payouts",)
        assert office.notices() == ["command", "command"]

    def test_partner_makes_the_case_another_ones(self, tmp_path: Path) -> None:
        with open_office(tmp_path) as office:
            partners = office.config.instance.rules_dir / "partners.toml"
            partners.write_text('[globex]\nname = "Globex"\ndomains = ["globex.example"]\n')
            office.start()
            a_case(office)
            commands(office, "partner Globex")
            assert office.case(1001).partner == "globex"
            answer(office)
            office.partner_writes("Re: [#1001] Transfers fail", sender="cfo@globex.example")
            assert office.case_numbers() == [1001]
            office.check()

    def test_partner_refuses_a_name_that_is_not_in_the_file(self, office: Office) -> None:
        a_case(office)
        commands(office, "partner nobody-inc")
        assert "rules/partners.toml knows no" in answer(office).text
        assert office.case(1001).partner == "acme.example"

    def test_merge_lets_the_case_live_on_and_what_follows_is_about_the_other(self, office: Office) -> None:
        office.partner_writes("Transfers fail")
        office.partner_writes("The same again")
        office.outgoing()
        commands(office, "merge #1001\nsev 2", subject="[#1002]")
        assert office.case(1002).merged_into == 1001
        assert (office.case(1001).severity, office.case(1002).severity) == (2, 3)
        mail = answer(office)
        assert "#1002 lives on as #1001." in mail.text
        assert mail.subject.startswith("Re: [#1001]")

    def test_split_takes_the_message_that_the_mail_answers(self, office: Office) -> None:
        a_case(office)
        other = office.partner_writes("Re: [#1001] Transfers fail", "By the way, another thing")
        commands(office, "split", answers=other)
        assert office.case_numbers() == [1001, 1002]
        assert "a case of its own: #1002" in answer(office).text

    def test_split_takes_a_number_and_show_tells_it(self, office: Office) -> None:
        a_case(office)
        office.partner_writes("Re: [#1001] Transfers fail", "By the way, another thing")
        commands(office, "show")
        line = next(line for line in answer(office).text.splitlines() if "follow-up" in line)
        commands(office, f"split {line.split()[0]}")
        assert office.case_numbers() == [1001, 1002]
        answer(office)

    def test_split_without_a_message_is_refused(self, office: Office) -> None:
        a_case(office)
        commands(office, "split")
        assert "answers no message of this case" in answer(office).text

    def test_ask_asks_the_partner_for_what_is_named(self, office: Office) -> None:
        a_case(office)
        commands(office, "ask trace-id, timestamps")
        partners, ours = sorted(office.outgoing(), key=lambda mail: mail.notice, reverse=True)
        assert (partners.notice, partners.to) == ("missing", (PARTNER,))
        assert "x-trace-id" in partners.text
        assert "The partner is asked for it." in ours.text

    def test_ask_is_refused_on_a_closed_case(self, office: Office) -> None:
        a_case(office)
        commands(office, "close")
        office.outgoing()
        commands(office, "ask trace_id")
        assert answer(office).notice == "command-refused"

    def test_ack_takes_the_page(self, office: Office) -> None:
        office.partner_writes("URGENT: transfers fail")
        assert sorted(office.notices()) == ["page ana", "severity-1"]
        commands(office, "ack 2h", subject="[#1001]")
        assert office.page_states(1001) == ["acked"]
        kinds = [mail.notice for mail in office.outgoing()]
        assert kinds.count("command") == 1

    def test_show_tells_the_story_and_no_secret(self, office: Office) -> None:
        office.partner_writes("Transfers fail", "our key is sk_live_4eC39HqLyjWDarjtT1zdp7dc, POST /v1/transfers fails")
        office.outgoing()
        commands(office, "note they use Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlLXNlY3JldA")
        office.outgoing()
        commands(office, "show")
        text = answer(office).text
        assert "#1001: Transfers fail" in text
        assert "Participants: ops@acme.example" in text
        assert "a note by ana@wise.example" in text
        assert "4eC39" not in text
        assert "c2lnbmF0dXJl" not in text

    def test_help_lists_every_command_and_needs_no_case(self, office: Office) -> None:
        commands(office, "help", subject="commands")
        text = answer(office).text
        assert "no-auto-close off" in text
        assert "merge #1040" in text
        assert office.outcomes() == ["command"]


class TestSeveral:
    def test_all_lines_are_done_in_order(self, office: Office) -> None:
        a_case(office)
        commands(office, "sev 2\nassign bo\nnote looks like billing")
        case = office.case(1001)
        assert (case.severity, case.assigned_to) == (2, "bo")
        assert [entry.event for entry in office.journal(1001)][-4:] == ["team-commented", "severity-set", "assigned", "noted"]
        assert {entry.actor for entry in office.journal(1001)[-4:]} == {"ana@wise.example"}
        answer(office)

    def test_one_that_cannot_be_read_stops_all(self, office: Office) -> None:
        a_case(office)
        commands(office, "sev 2\nclsoe")
        assert office.case(1001).severity == 3
        text = answer(office).text
        assert "Nothing was done" in text
        assert "did you mean “close”?" in text

    def test_one_that_cannot_be_done_undoes_all(self, office: Office) -> None:
        a_case(office)
        commands(office, "sev 1\nclose\nhold 5d")
        case = office.case(1001)
        assert (case.severity, case.status) == (3, Status.NEW)
        assert office.page_states(1001) == []
        assert "a closed case cannot be held" in answer(office).text
        assert office.journal(1001)[-1].detail.startswith("commands refused: ")
