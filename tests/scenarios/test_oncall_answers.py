"""Answers to page mails, as people and their mail programs give them at night."""

from __future__ import annotations

import pytest

from tests.scenarios.at_night import ANA, BO, acknowledge, answers, close, page_mails, page_of, set_severity
from tests.scenarios.office import ADDRESS, PARTNER, TEAM, Mail, Office
from triage.core.oncall.page import PageState

TEAM_PROOF = "mx.wise.example; dkim=pass header.d=wise.example"


@pytest.fixture
def page(office: Office) -> Mail:
    """The page mail that ana got for case #1001."""
    office.partner_writes("URGENT payouts fail")
    (mail,) = page_mails(office)
    assert mail.to == (ANA,)
    return mail


def test_ack_stops_the_page_and_is_confirmed(office: Office, page: Mail) -> None:
    answers(office, page, "ack, on it\n\n> Severity 1 ...")
    told = {mail.notice: mail for mail in office.outgoing()}
    assert page_of(office, 1001).page.acked_by == "ana"
    assert told["page-answer"].to == (ANA,)
    assert "ana, you have case #1001 until 09:30 UTC" in flat(told["page-answer"])
    assert "an engineer is working on your case #1001" in flat(told["taken"])
    assert "team-comment" in office.outcomes()
    office.wait(minutes=29)
    assert office.outgoing() == []


def test_eta_is_for_how_long(office: Office, page: Mail) -> None:
    answers(office, page, "ETA 90")
    stored = page_of(office, 1001).page
    assert stored.acked_until is not None
    assert stored.acked_at is not None
    assert (stored.acked_until - stored.acked_at).total_seconds() == 90 * 60
    office.outgoing()


def test_no_pages_the_next_level_now(office: Office, page: Mail) -> None:
    answers(office, page, "No, I am on a plane.")
    told = office.outgoing()
    assert [mail.to[0] for mail in told if not mail.notice] == [BO]
    assert "you cannot take case #1001. The next level is paged now" in flat(next(mail for mail in told if mail.notice))


def test_escalate_pages_the_next_level_and_a_stale_escalate_does_not(office: Office, page: Mail) -> None:
    answers(office, page, "escalate")
    assert [mail.to[0] for mail in page_mails(office)] == [BO]
    answers(office, page, "escalate")
    (told,) = office.outgoing()
    assert "an earlier level" in flat(told)


def test_an_ack_from_a_stale_level_still_counts(office: Office, page: Mail) -> None:
    office.wait(minutes=6)
    office.outgoing()
    answers(office, page, "ack")
    assert page_of(office, 1001).page.acked_by == "ana"
    office.outgoing()


def test_the_second_ack_hears_who_has_it(office: Office, page: Mail) -> None:
    office.wait(minutes=5)
    (second,) = page_mails(office)
    answers(office, page, "ack")
    answers(office, second, "ack")
    told = [mail for mail in office.outgoing() if mail.notice == "page-answer"]
    assert "Case #1001 was taken by ana at 09:0" in flat(told[-1])
    assert page_of(office, 1001).page.acked_by == "ana"


def test_an_ack_after_the_end_says_so_and_opens_nothing(office: Office, page: Mail) -> None:
    set_severity(office, 1001, 3)
    office.outgoing()
    answers(office, page, "ack")
    (told,) = office.outgoing()
    assert "is over at" in flat(told)
    assert office.page_states(1001) == ["resolved"]


def test_no_from_whoever_has_it_gives_it_back(office: Office, page: Mail) -> None:
    answers(office, page, "ack")
    answers(office, page, "no")
    assert page_of(office, 1001).page.state is PageState.PAGING
    assert any("given case #1001 back" in flat(mail) for mail in office.outgoing())


def test_no_from_whoever_has_it_pages_others_at_once(office: Office, page: Mail) -> None:
    answers(office, page, "ack")
    office.outgoing()
    answers(office, page, "no")
    assert [mail.to[0] for mail in office.outgoing() if mail.notice == ""] == [BO]


def test_other_words_are_a_comment(office: Office, page: Mail) -> None:
    answers(office, page, "What does this partner pay us?")
    (told,) = office.outgoing()
    assert "as a comment; the page is as it was: nobody has it yet" in flat(told)
    assert page_of(office, 1001).page.state is PageState.PAGING
    assert "an internal comment changes nothing for the partner" in office.reasons(1001)


def test_out_of_office_is_cannot_and_the_next_level_is_paged_now(office: Office, page: Mail) -> None:
    answers(office, page, "I am on holiday until Monday.", Auto_Submitted="auto-replied")
    assert [mail.to[0] for mail in office.outgoing()] == [BO]
    assert office.outcomes()[-1] == "automatic"
    assert page_of(office, 1001).page.cannot == ("ana",)


def test_out_of_office_that_names_the_case_in_its_subject_only(office: Office, page: Mail) -> None:
    raw = office.mail(ANA, ADDRESS, f"Automatic reply: {page.subject}", "On holiday", Auto_Submitted="auto-replied")
    office.arrives(raw)
    assert [mail.to[0] for mail in office.outgoing()] == [BO]


def test_a_strangers_out_of_office_changes_nothing(office: Office, page: Mail) -> None:
    answers(office, page, "I am on holiday.", sender="somebody@else.example", Auto_Submitted="auto-replied")
    assert office.outgoing() == []
    assert page_of(office, 1001).page.cannot == ()


def test_an_outsider_who_got_a_page_forwarded_acknowledges_nothing(office: Office, page: Mail) -> None:
    answers(office, page, "ack", sender="friend@home.example")
    assert page_of(office, 1001).page.state is PageState.PAGING
    assert any("refused" in entry.detail for entry in office.journal(1001)), "written down"
    assert office.outcomes().count("case") == 2, "and the mail itself is not lost"
    assert sorted(office.notices()) == ["page ana", "severity-1"], "it is an emergency of somebody else; who was disturbed hears of it"
    assert page_of(office, 1002).page.id == page_of(office, 1001).page.id


def test_a_proven_team_member_may_answer_somebody_elses_page(office: Office, page: Mail) -> None:
    answers(office, page, "ack", sender="cleo@wise.example", Authentication_Results=TEAM_PROOF)
    assert page_of(office, 1001).page.acked_by == "cleo@wise.example"
    assert sorted(mail.to[0] for mail in office.outgoing()) == sorted(["cleo@wise.example", ANA, "ops@acme.example"])


def test_an_unproven_team_member_may_not(office: Office, page: Mail) -> None:
    answers(office, page, "ack", sender="cleo@wise.example")
    assert page_of(office, 1001).page.state is PageState.PAGING
    [warning] = office.outgoing()
    assert (warning.to, "proves nothing" in warning.subject) == ((TEAM,), True)


def test_a_mail_with_the_partner_among_its_recipients_is_no_answer_to_the_page(office: Office, page: Mail) -> None:
    raw = office.mail(
        "cleo@wise.example", ADDRESS, f"Re: {page.subject}", "ack", answers=page.message_id, cc="ops@acme.example",
        Authentication_Results=TEAM_PROOF,
    )  # fmt: skip
    office.arrives(raw)
    assert office.outcomes()[-1] == "team-reply"
    assert page_of(office, 1001).page.acked_by == "cleo@wise.example"
    assert sorted(office.notices()) == ["command-refused", "page ana"]


def test_a_page_mail_that_bounces_makes_the_next_contact_ring_now(office: Office, page: Mail) -> None:
    office.arrives(bounce(page))
    assert [mail.to[0] for mail in office.outgoing()] == [BO], "ana has no other contact, so the level is over"
    assert "nobody on the level can be reached; the next level is paged now" in office.reasons(1001)


def test_a_forged_report_about_a_page_calls_more_people_and_silences_nobody(office: Office, page: Mail) -> None:
    office.arrives(bounce(page).replace(b"MAILER-DAEMON@mx.wise.example", b"MAILER-DAEMON@mallory.example", 1))
    assert [mail.to[0] for mail in office.outgoing()] == [BO]
    assert office.page_states(1001) == ["paging"]
    acknowledge(office, 1001, "ana")
    office.outgoing()
    office.arrives(bounce(page).replace(b"MAILER-DAEMON@mx.wise.example", b"MAILER-DAEMON@mallory.example", 1))
    assert (office.page_states(1001), office.outgoing()) == (["acked"], [])


def test_the_bounce_of_a_storms_page_counts_as_well(office: Office) -> None:
    for number in range(3):
        office.imap.deliver(office.mail(f"ops@p{number}.example", ADDRESS, "critical: down"), "INBOX", office.clock.now())
    office.settle()
    storm = page_mails(office)[-1]
    office.arrives(bounce(storm))
    assert [mail.to[0] for mail in office.outgoing()] == [BO]


def test_the_case_is_closed_at_the_second_of_escalation(office: Office, page: Mail) -> None:
    office.wait(minutes=4, seconds=59)
    close(office, 1001)
    office.wait(minutes=1)
    assert BO not in [mail.to[0] for mail in office.outgoing()]
    assert office.page_states(1001) == ["resolved"]


def test_an_acknowledge_in_the_second_of_the_timeout_wins_or_loses_but_never_both(office: Office, page: Mail) -> None:
    office.clock.push(page_of(office, 1001).page.next_at - office.clock.now())  # type: ignore[operator]
    acknowledge(office, 1001, "ana")
    stored = page_of(office, 1001).page
    assert stored.state is PageState.ACKED
    assert stored.acked_by == "ana"
    office.outgoing()
    office.wait(minutes=10)
    assert BO not in [mail.to[0] for mail in page_mails(office)], "nobody is paged after the acknowledge"


def flat(mail: Mail) -> str:
    return " ".join(mail.text.split())


def bounce(page: Mail) -> bytes:
    report = f"""From: MAILER-DAEMON@mx.example
To: {ADDRESS}
Subject: Undelivered Mail Returned to Sender
Message-ID: <bounce-{page.message_id.strip("<>")}>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

It could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; {page.to[0]}
Action: failed
Status: 5.1.1

--b
Content-Type: text/rfc822-headers

Message-ID: {page.message_id}
Subject: {page.subject}

--b--
"""
    return report.replace("\n", "\r\n").encode()


def test_a_reply_that_was_written_before_the_emergency_takes_no_page(office: Office) -> None:
    question = office.partner_writes("Payouts are slow")
    reply = office.mail(ADDRESS, PARTNER, "Re: Payouts are slow", answers=question)
    then = office.clock.now()
    office.partner_writes("URGENT payouts fail", answers=question)
    office.arrives(reply, "Sent", at=then)
    assert page_of(office, 1001).page.state is PageState.PAGING
    office.team_replies("Re: URGENT payouts fail", answers=question)
    assert page_of(office, 1001).page.state is PageState.ACKED
    office.outgoing()
