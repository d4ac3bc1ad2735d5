"""Mail that is no partner's request: automatic mail, delivery reports, our own notices, the team's copies and comments."""

from __future__ import annotations

from datetime import timedelta

from tests.scenarios.office import ADDRESS, PARTNER, TEAM, Office
from triage.core.cases.case import Status
from triage.core.outcomes import Outcome
from triage.store import ledger

PASSED = "mx.wise.example; dmarc=pass header.from=wise.example; dkim=pass header.d=wise.example"

REPORT = """From: MAILER-DAEMON@mx.wise.example
To: {address}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
Message-ID: <{name}@mx.wise.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.wise.example

Final-Recipient: rfc822; {recipient}
Action: {action}
Status: {status}

--b
Content-Type: text/rfc822-headers

From: {address}
To: {recipient}
Message-ID: {original}
Subject: Re: Transfers fail

--b--
"""


def report(office: Office, original: str, action: str = "failed", status: str = "5.1.1") -> bytes:
    text = REPORT.format(
        address=ADDRESS, recipient=PARTNER, action=action, status=status, original=original, name=f"r{len(office.outcomes())}"
    )
    return text.replace("\n", "\r\n").encode()


def pending_case(office: Office) -> tuple[str, str]:
    question = office.partner_writes("Transfers fail")
    reply = office.team_replies("Re: Transfers fail", answers=question)
    assert office.notices() == ["receipt"]
    return question, reply


def test_an_out_of_office_is_recorded_and_does_not_stop_the_window(office: Office) -> None:
    _, reply = pending_case(office)
    ends = office.case(1001).reply_window_ends_at
    office.partner_writes("Automatic reply: Transfers fail", "I am away", answers=reply, Auto_Submitted="auto-replied")
    assert office.outcomes()[-1] == "automatic"
    assert office.case(1001).reply_window_ends_at == ends
    assert office.case(1001).status is Status.PENDING


def test_the_closed_notice_and_an_out_of_office_make_no_loop(office: Office) -> None:
    pending_case(office)
    office.wait(hours=73)
    assert office.notices() == ["reminder", "closed"]
    office.partner_writes("Automatic reply: [#1001] Transfers fail", "I am away", Auto_Submitted="auto-replied")
    assert office.case(1001).status is Status.CLOSED
    assert office.notices() == []


def test_our_own_notices_come_back_through_sent_and_change_nothing(office: Office) -> None:
    office.partner_writes("Transfers fail")
    assert office.notices() == ["receipt"]
    assert [message.folder if hasattr(message, "folder") else "" for message in office.imap.messages("Sent")] == [""]
    assert office.outcomes() == ["case", "own"]
    assert office.case(1001).status is Status.NEW


def test_the_copy_of_a_notice_has_its_text_and_its_bytes_without_being_read(office: Office) -> None:
    office.partner_writes("Transfers fail")
    [receipt] = office.outgoing()
    with office.store() as store:
        copy = ledger.row(store, 2)
        kept = ledger.raw(store, copy.id)
    assert (copy.outcome, copy.case_number, copy.message_id) == (Outcome.OWN, 1001, receipt.message_id)
    assert kept.split() == receipt.raw.split()
    assert copy.new_text.split() == receipt.text.split()


def test_what_lies_in_sent_under_our_id_and_is_not_kept_any_more_is_read(office: Office) -> None:
    office.partner_writes("Transfers fail")
    [receipt] = office.outgoing()
    with office.store() as store, store.write():
        store.connection.execute("UPDATE outbox SET mail = NULL")
    office.arrives(receipt.raw + b"\r\nfiled by a server that adds a line", "Sent")
    with office.store() as store:
        copy = ledger.row(store, 3)
        assert b"adds a line" in ledger.raw(store, copy.id)
    assert (copy.outcome, copy.case_number) == (Outcome.OWN, 1001)


def test_our_own_notice_in_the_intake_folder_is_never_answered(office: Office) -> None:
    office.partner_writes("Transfers fail")
    [receipt] = office.outgoing()
    office.arrives(receipt.raw + b"\r\nforwarded by a rule somewhere")
    assert office.outcomes()[-1] == "own"
    assert office.case_numbers() == [1001]


def test_a_failed_delivery_report_stops_the_window_and_tells_the_team(office: Office) -> None:
    _, reply = pending_case(office)
    office.arrives(report(office, reply))
    case = office.case(1001)
    assert (case.status, case.reply_window_ends_at) == (Status.OPEN, None)
    [warning] = office.outgoing()
    assert (warning.to, warning.notice) == ((TEAM,), "warning")
    assert "5.1.1" in warning.text


def test_a_report_that_is_quicker_than_the_copy_in_sent_stops_the_window_too(office: Office) -> None:
    """Found by the simulation: a server that refuses a recipient at once reports it before the mail client has filed its copy."""
    question = office.partner_writes("Transfers fail")
    assert office.notices() == ["receipt"]
    office.arrives(report(office, "<reply-to-a-dead-address@wise.example>"))
    reply = office.mail(ADDRESS, PARTNER, "Re: Transfers fail", "We look into it.", answers=question)
    lines = [line for line in reply.split(b"\r\n") if not line.lower().startswith(b"message-id:")]
    office.arrives(b"\r\n".join([b"Message-ID: <reply-to-a-dead-address@wise.example>", *lines]), "Sent")
    case = office.case(1001)
    assert (case.status, case.reply_window_ends_at) == (Status.OPEN, None)
    [warning] = office.outgoing()
    assert (warning.to, warning.notice) == ((TEAM,), "warning")


def test_a_forged_report_keeps_a_case_open_and_does_nothing_else(office: Office) -> None:
    """Whoever knows the reply's Message-ID has got it: such a person could as well have answered. A real report cannot be told from it."""
    _, reply = pending_case(office)
    before = office.case(1001)
    office.arrives(report(office, reply).replace(b"From: ", b"From: Mallory <mailer-daemon@mallory.example>\r\nX-Was: ", 1))
    after = office.case(1001)
    assert (after.status, after.reply_window_ends_at, after.severity) == (Status.OPEN, None, before.severity)
    [warning] = office.outgoing()
    assert warning.to == (TEAM,)
    assert "mallory" in office.journal(1001)[-1].actor
    office.wait(hours=100)
    assert office.case(1001).status is Status.OPEN
    assert office.notices() == []


def test_a_forged_report_about_a_guessed_mail_does_nothing(office: Office) -> None:
    _, reply = pending_case(office)
    ends = office.case(1001).reply_window_ends_at
    office.arrives(report(office, "<guessed@wise.example>"))
    office.arrives(report(office, reply.replace("<", "<x")))
    assert office.case(1001).reply_window_ends_at == ends
    assert office.notices() == []


def test_forged_reports_without_end_flood_nobody(office: Office) -> None:
    _, reply = pending_case(office)
    for _ in range(14):
        office.clock.push(timedelta(seconds=1))
        office.arrives(report(office, reply))
    assert office.case_numbers() == [1001]
    assert [mail.to[0] for mail in office.outgoing()] == [TEAM] * 11, "ten, and one that says that there are more"


def test_a_delayed_delivery_report_changes_nothing(office: Office) -> None:
    _, reply = pending_case(office)
    office.arrives(report(office, reply, "delayed", "4.4.1"))
    assert office.outcomes()[-1] == "delivery-report"
    assert office.case(1001).status is Status.PENDING


def test_a_team_copy_with_proof_opens_the_window(office: Office) -> None:
    question = office.partner_writes("Transfers fail")
    office.outgoing()
    copy = office.mail("ana@wise.example", PARTNER, "Re: Transfers fail", answers=question, cc=ADDRESS)
    office.arrives(b"Authentication-Results: " + PASSED.encode() + b"\r\n" + copy)
    assert office.case(1001).status is Status.PENDING


def test_a_forged_team_copy_opens_no_window(office: Office) -> None:
    question = office.partner_writes("Transfers fail")
    office.outgoing()
    office.arrives(office.mail("ana@wise.example", PARTNER, "Re: Transfers fail", answers=question, cc=ADDRESS))
    assert office.case(1001).status is Status.NEW
    assert any("unproven" in entry.detail for entry in office.journal(1001))


def test_a_partner_who_answers_an_unproven_team_mail_is_on_the_case(office: Office) -> None:
    """A team whose server proves nothing still wrote it; who answers it must not begin a second case."""
    question = office.partner_writes("Transfers fail")
    office.outgoing()
    copy = office.arrives(office.mail("ana@wise.example", PARTNER, "Re: Transfers fail", answers=question, cc=ADDRESS))
    office.partner_writes("AW: what Ana wrote", "here it is", answers=copy)
    assert office.case_numbers() == [1001]
    assert office.notices() == []


def test_the_same_team_reply_in_both_folders_opens_one_window(office: Office) -> None:
    question = office.partner_writes("Transfers fail")
    office.outgoing()
    copy = office.mail("ana@wise.example", PARTNER, "Re: Transfers fail", answers=question, cc=ADDRESS)
    office.arrives(copy)
    office.arrives(copy, "Sent")
    office.arrives(b"Authentication-Results: " + PASSED.encode() + b"\r\n" + copy)
    assert office.outcomes()[-3:] == ["team-comment", "team-reply", "duplicate"]
    assert office.case(1001).window == 1


def test_an_internal_comment_opens_no_window(office: Office) -> None:
    question = office.partner_writes("Transfers fail")
    office.outgoing()
    office.team_replies("Re: Transfers fail", answers=question, to="bo@wise.example")
    assert office.outcomes()[-1] == "team-comment"
    assert office.case(1001).status is Status.NEW


def test_the_team_writes_first(office: Office) -> None:
    mail = office.team_replies("Your certificate expires", answers="")
    assert office.case(1001).status is Status.PENDING
    office.partner_writes("Re: Your certificate expires", "we renewed it", answers=mail)
    assert office.case_numbers() == [1001]
    assert office.case(1001).status is Status.OPEN


def test_a_list_mail_by_a_person_is_a_case_without_a_receipt(office: Office) -> None:
    office.partner_writes("Transfers fail", List_Id="<partners.acme.example>")
    assert office.case(1001).status is Status.NEW
    assert any("may not be answered" in entry.detail for entry in office.journal(1001))


def test_a_bad_mail_is_set_aside_and_the_next_one_goes_on(office: Office) -> None:
    office.arrives(b"\xff\xfe\x00" * 50)
    office.partner_writes("Transfers fail")
    assert "receipt" in office.notices()
