"""What is no command, who may not command, and about which case: the floors of commands by mail, through the whole daemon."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.scenarios.commanding import ANA, PROVEN, a_case, answer, commands
from tests.scenarios.office import ADDRESS, PARTNER, TEAM, Office
from triage.core.cases.case import Status


class TestWhatIsNoCommand:
    def test_an_ordinary_comment_is_a_comment(self, office: Office) -> None:
        a_case(office)
        commands(office, "I think this is the bank.\nclose")
        assert office.case(1001).status is Status.NEW
        assert office.outcomes()[-1] == "team-comment"

    def test_a_quoted_command_is_not_run(self, office: Office) -> None:
        a_case(office)
        commands(office, "> close\n> sev 1\n")
        assert office.case(1001).status is Status.NEW

    def test_a_quoted_command_below_a_comment_is_not_run(self, office: Office) -> None:
        a_case(office)
        commands(office, "I disagree.\n\nOn Mon, 23 Nov 2026 at 09:00, Bo <bo@wise.example> wrote:\n> close\n")
        assert office.case(1001).status is Status.NEW

    def test_a_forwarded_mail_whose_text_is_a_command_is_not_run(self, office: Office) -> None:
        a_case(office)
        commands(
            office, "---------- Forwarded message ---------\nFrom: Ops <ops@acme.example>\n\nclose\n", subject="Fwd: [#1001] Transfers fail"
        )
        assert office.case(1001).status is Status.NEW

    def test_a_command_in_the_subject_is_not_run(self, office: Office) -> None:
        a_case(office)
        commands(office, "as discussed", subject="close [#1001]")
        assert office.case(1001).status is Status.NEW

    def test_an_automatic_mail_of_the_team_commands_nothing(self, office: Office) -> None:
        a_case(office)
        commands(office, "close", Auto_Submitted="auto-replied")
        assert office.case(1001).status is Status.NEW
        assert office.outcomes()[-1] == "automatic"

    def test_our_own_answer_commands_nothing(self, office: Office) -> None:
        a_case(office)
        commands(office, "sev 2")
        own = answer(office)
        office.arrives(own.raw)
        assert office.outcomes()[-1] == "own"


HTML = """<html><body><div dir="auto"><br></div><div dir="auto">Sev&nbsp;2</div><div dir="auto">assign bo</div><br>
<div>-- <br>Ana Silva<br>close</div>
<div class="gmail_quote">On Mon, 23 Nov 2026, 09:00 Ops &lt;ops@acme.example&gt; wrote:<br>
<blockquote>close<br>sev 1</blockquote></div></body></html>"""


def test_a_telephones_html_with_signature_and_quote(office: Office) -> None:
    question = a_case(office)
    raw = office.mail(ANA, ADDRESS, "Re: Transfers fail", "x", answers=question, Authentication_Results=PROVEN)
    head = raw.partition(b"\r\n\r\n")[0].replace(b"text/plain", b"text/html")
    office.arrives(head + b"\r\n\r\n" + HTML.replace("\n", "\r\n").encode())
    case = office.case(1001)
    assert (case.severity, case.assigned_to, case.status) == (2, "bo", Status.NEW)
    answer(office)


class TestWho:
    def test_a_forged_team_address_does_nothing_and_gets_no_answer(self, office: Office) -> None:
        a_case(office)
        for _ in range(3):
            office.arrives(office.mail(ANA, ADDRESS, "[#1001]", "close"))
        assert office.case(1001).status is Status.NEW
        [warning] = office.outgoing()
        assert warning.to == (TEAM,)
        assert "commands in a mail that proves nothing" in warning.subject
        assert any("unproven" in entry.detail for entry in office.journal(1001))

    def test_a_forged_command_without_a_case_opens_none(self, office: Office) -> None:
        office.arrives(office.mail(ANA, ADDRESS, "hello", "help"))
        assert office.case_numbers() == []
        assert [mail.to for mail in office.outgoing()] == [(TEAM,)]

    def test_a_forged_command_with_an_urgent_subject_still_pages(self, office: Office) -> None:
        office.arrives(office.mail(ANA, ADDRESS, "URGENT all is down", "help"))
        assert "page ana" in office.notices()

    def test_a_look_alike_domain_does_nothing(self, office: Office) -> None:
        a_case(office)
        passed = "mx.wise.example; dmarc=pass header.from=w1se.example"
        office.arrives(office.mail("ana@w1se.example", ADDRESS, "[#1001]", "close", Authentication_Results=passed))
        assert office.case(1001).status is Status.NEW
        office.outgoing()

    def test_a_partners_command_is_a_partners_mail(self, office: Office) -> None:
        a_case(office)
        office.partner_writes("Re: [#1001] Transfers fail", "close")
        office.partner_writes("Re: [#1001] Transfers fail", "sev 1")
        case = office.case(1001)
        assert (case.status, case.severity) == (Status.NEW, 3)

    def test_two_authors_command_nothing(self, office: Office) -> None:
        a_case(office)
        office.arrives(office.mail("ana@wise.example, eve@evil.example", ADDRESS, "[#1001]", "close", Authentication_Results=PROVEN))
        assert office.case(1001).status is Status.NEW
        office.outgoing()

    @pytest.mark.parametrize("field", ["To", "Cc", "Bcc", "Resent-To", "Resent-Cc"])
    def test_with_a_partner_in_any_field_nothing_is_run_and_the_writer_is_told(self, office: Office, field: str) -> None:
        a_case(office)
        raw = office.mail(ANA, ADDRESS, "Re: [#1001] Transfers fail", "close\nsev 1", Authentication_Results=PROVEN)
        if field == "To":
            raw = raw.replace(b"To: " + ADDRESS.encode(), b"To: " + f"{ADDRESS}, {PARTNER}".encode(), 1)
        else:
            raw = f"{field}: {PARTNER}\r\n".encode() + raw
        office.arrives(raw)
        case = office.case(1001)
        assert (case.severity, case.status) == (3, Status.PENDING if field in {"To", "Cc"} else Status.NEW)
        mail = answer(office)
        assert mail.notice == "command-refused"
        assert PARTNER in mail.text

    @pytest.mark.parametrize(
        "field",
        [
            f"Apparently-To: {PARTNER}",
            f"Cc: Partners: {PARTNER};",
            f"Cc: <{PARTNER}, bo@wise.example",
            f"Cc: bo@wise.example; {PARTNER}",
            f"Cc: bo@wise.example\r\nCc: {PARTNER}",
            f'Cc: "{PARTNER}" <partners@wise.example>',
            "Cc: Bo <bo@wise.example>, =?utf-8?q?ops=40acme=2Eexample?=",
            "Cc: Bo <bo@wise.example>, ops＠acme.example",
            f"Cc: {', '.join(f'm{n}@wise.example' for n in range(1200))}, {PARTNER}",
            "\r\n".join(f"X-Filler-{n}: x" for n in range(400)) + f"\r\nBcc: {PARTNER}",
        ],
        ids=lambda field: field[:40],
    )
    def test_however_the_partner_is_written_nothing_is_run_and_the_writer_is_told(self, office: Office, field: str) -> None:
        a_case(office)
        raw = office.mail(ANA, ADDRESS, "[#1001] Transfers fail", "sev 1", Authentication_Results=PROVEN)
        office.arrives(field.encode() + b"\r\n" + raw)
        assert office.case(1001).severity == 3
        assert answer(office).notice == "command-refused"

    def test_a_mail_that_does_not_say_to_whom_it_went_commands_nothing(self, office: Office) -> None:
        a_case(office)
        raw = office.mail(ANA, ADDRESS, "[#1001] Transfers fail", "sev 1", Authentication_Results=PROVEN)
        office.arrives(raw.replace(b"To: " + ADDRESS.encode(), b"To: undisclosed-recipients:;", 1))
        assert office.case(1001).severity == 3
        assert "does not say to whom it went" in answer(office).text

    def test_colleagues_in_copy_are_nobody_outside(self, office: Office) -> None:
        a_case(office)
        commands(office, "sev 2", Cc="\"'bo@wise.example'\" <bo@wise.example>, =?utf-8?q?Silva=2C_Cem?= <cem@wise.example>")
        assert office.case(1001).severity == 2
        assert answer(office).notice == "command"

    def test_a_reply_to_a_partner_that_begins_like_a_note_is_a_reply(self, office: Office) -> None:
        question = a_case(office)
        office.team_replies("Re: Transfers fail", answers=question, text="Note that the sandbox is down today.")
        assert office.case(1001).status is Status.PENDING

    def test_the_shared_mailboxs_own_account_commands_through_sent_and_the_team_is_answered(self, office: Office) -> None:
        a_case(office)
        raw = office.mail(ADDRESS, ADDRESS, "[#1001]", "note called them")
        office.arrives(raw, "Sent")
        office.arrives(raw)
        assert [entry.event for entry in office.journal(1001)].count("noted") == 1
        [mail] = office.outgoing()
        assert office.outcomes()[-2:] == ["command", "duplicate"]
        assert (mail.to, mail.notice) == ((TEAM,), "command")

    def test_a_copy_in_sent_runs_nothing_a_second_time(self, office: Office) -> None:
        a_case(office)
        raw = office.mail(ANA, ADDRESS, "[#1001]", "note once")
        office.arrives(b"Authentication-Results: " + PROVEN.encode() + b"\r\n" + raw)
        office.arrives(raw, "Sent")
        assert [entry.event for entry in office.journal(1001)].count("noted") == 1
        answer(office)

    def test_a_mail_in_sent_to_a_colleague_alone_commands_nothing(self, office: Office) -> None:
        question = a_case(office)
        office.arrives(office.mail(ADDRESS, "bo@wise.example", "Re: Transfers fail", "close", answers=question), "Sent")
        assert office.case(1001).status is Status.NEW

    def test_whoever_may_not_be_answered_is_answered_through_the_team(self, office: Office) -> None:
        a_case(office)
        commands(office, "sev 2", List_Id="<team.wise.example>")
        assert office.case(1001).severity == 2
        [mail] = office.outgoing()
        assert mail.to == (TEAM,)


class TestWhichCase:
    def test_the_thread_names_the_case(self, office: Office) -> None:
        question = a_case(office)
        commands(office, "sev 2", subject="Re: Transfers fail", answers=question)
        assert office.case(1001).severity == 2
        answer(office)

    def test_no_case_is_told(self, office: Office) -> None:
        commands(office, "close", subject="hello")
        assert "it names no case" in answer(office).text

    def test_an_unknown_case_is_told(self, office: Office) -> None:
        commands(office, "close", subject="[#4711]")
        assert "there is no case #4711" in answer(office).text

    def test_the_number_of_a_case_that_this_one_goes_on_with_names_this_one(self, office: Office) -> None:
        question = a_case(office)
        commands(office, "close")
        office.leap(days=31)
        again = office.partner_writes("Re: Transfers fail", "again", answers=question)
        office.outgoing()
        commands(office, "sev 2", answers=again)
        assert (office.case(1002).follows, office.case(1002).severity, office.case(1001).severity) == (1001, 2, 3)
        assert "#1001 lives on as #1002." in answer(office).text

    def test_two_cases_are_refused(self, office: Office) -> None:
        question = a_case(office)
        office.partner_writes("Something else")
        office.outgoing()
        commands(office, "close", subject="[#1002]", answers=question)
        assert {office.case(number).status for number in (1001, 1002)} == {Status.NEW}
        assert answer(office).notice == "command-refused"

    def test_a_merged_case_leads_to_the_one_that_is_left(self, office: Office) -> None:
        office.partner_writes("Transfers fail")
        office.partner_writes("The same again")
        office.outgoing()
        commands(office, "merge #1001", subject="[#1002]")
        office.outgoing()
        commands(office, "sev 2", subject="[#1002]")
        assert office.case(1001).severity == 2
        assert "#1002 lives on as #1001." in answer(office).text

    def test_a_closed_case_stays_closed(self, office: Office) -> None:
        a_case(office)
        commands(office, "close")
        office.outgoing()
        commands(office, "sev 1\ntag late")
        case = office.case(1001)
        assert (case.status, case.severity, case.tags) == (Status.CLOSED, 1, ("late",))
        assert office.page_states(1001) == []
        answer(office)

    def test_a_page_mail_may_be_answered_with_commands(self, office: Office) -> None:
        office.partner_writes("URGENT: transfers fail")
        page, _ = office.outgoing()
        commands(office, "ack\nsev 2\nnote a single customer", subject=f"Re: {page.subject}", answers=page.message_id)
        assert office.case(1001).severity == 2
        assert office.page_states(1001) == ["resolved"]
        assert "command" in office.notices()


class TestOldAndForged:
    def test_the_same_mail_again_is_a_duplicate(self, office: Office) -> None:
        a_case(office)
        raw = office.mail(ANA, ADDRESS, "[#1001]", "note once", Authentication_Results=PROVEN)
        office.arrives(raw)
        answer(office)
        office.arrives(raw)
        assert [entry.event for entry in office.journal(1001)].count("noted") == 1

    def test_an_old_mail_under_another_id_is_refused(self, office: Office) -> None:
        a_case(office)
        raw = office.mail(ANA, ADDRESS, "[#1001]", "close", Authentication_Results=PROVEN)
        office.wait(hours=30)
        office.arrives(raw.replace(b"Message-ID: <", b"Message-ID: <again."))
        assert office.case(1001).status is Status.NEW
        assert "send the commands again" in answer(office).text

    def test_a_second_subject_above_the_signed_one_is_refused(self, office: Office) -> None:
        a_case(office)
        raw = office.mail(ANA, ADDRESS, "[#1009]", "close", Authentication_Results=PROVEN)
        office.arrives(b"Subject: [#1001]\r\n" + raw)
        assert office.case(1001).status is Status.NEW
        assert "Subject twice" in answer(office).text

    def test_a_second_subject_far_above_the_signed_one_is_refused(self, office: Office) -> None:
        a_case(office)
        raw = office.mail(ANA, ADDRESS, "[#1009]", "close", Authentication_Results=PROVEN)
        filler = "".join(f"X-Filler-{n}: x\r\n" for n in range(400))
        office.arrives(f"Subject: [#1001]\r\n{filler}".encode() + raw)
        assert office.case(1001).status is Status.NEW
        assert "Nothing was done" in answer(office).text

    def test_close_does_not_close_over_a_mail_that_came_after_it(self, office: Office) -> None:
        a_case(office)
        raw = office.mail(ANA, ADDRESS, "[#1001]", "close", Authentication_Results=PROVEN)
        sent_at = office.clock.now()
        office.clock.push(timedelta(minutes=1))
        office.partner_writes("Re: [#1001] Transfers fail", "it is worse now")
        office.arrives(raw, at=sent_at)
        assert office.case(1001).status is Status.NEW
        assert "the partner has written since" in answer(office).text

    def test_a_note_cannot_write_headers(self, office: Office) -> None:
        a_case(office)
        commands(office, "note x\r\nBcc: eve@evil.example\r\n\r\nSubject: mine")
        commands(office, "show")
        for mail in office.outgoing():
            assert mail.to == ("ana@wise.example",)
            assert mail.message["Bcc"] is None
            assert mail.subject == "Re: [#1001] Transfers fail"

    def test_letters_of_another_alphabet_are_no_command(self, office: Office) -> None:
        a_case(office)
        commands(office, "сlose")
        assert office.case(1001).status is Status.NEW
        assert "did you mean “close”?" in answer(office).text
