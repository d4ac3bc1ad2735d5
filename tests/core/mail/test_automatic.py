"""Who or what wrote a mail, and whether it may be answered: two answers that never lean on each other."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.core.mail.automatic import is_no_reply, judge
from triage.core.mail.message import Automatic, MayAnswer, Origin
from triage.core.mail.reports import read_report
from triage.core.mail.structure import Headers, Part

PERSON = "From: Ana <ana@acme.com>\nTo: api@wise.com\nSubject: Transfers fail with 500\n"


def headers(text: str) -> Headers:
    fields = tuple((name.strip().lower(), value.strip()) for name, _, value in (line.partition(":") for line in text.splitlines() if line))
    return Headers(fields, fields)


def judged(
    extra: str = "", text: str = "Hello, transfers fail.", parts: tuple[Part, ...] = (), base: str = PERSON
) -> tuple[Automatic, MayAnswer]:
    names = {line.partition(":")[0].lower() for line in extra.splitlines()}
    kept = "\n".join(line for line in base.splitlines() if line.partition(":")[0].lower() not in names)
    return verdicts(headers(f"{extra}\n{kept}"), parts, text)


def verdicts(given: Headers, parts: tuple[Part, ...], text: str) -> tuple[Automatic, MayAnswer]:
    return judge(given, parts, text, read_report(given, parts, text))


def test_a_person_is_a_person_and_may_be_answered() -> None:
    assert judged() == (Automatic(), MayAnswer())


PEOPLE = {
    "says so itself": "Auto-Submitted: no",
    "says so with a comment": "Auto-Submitted: No (a person)",
    "was forwarded by a program": "Auto-Submitted: auto-forwarded",
    "wrote through Outlook": "X-Mailer: Microsoft Outlook 16.0\nX-MS-Has-Attach: yes\nX-MS-TNEF-Correlator:",
    "wrote through Exchange": "X-MS-Exchange-CrossTenant-AuthAs: Internal\nThread-Index: AdX",
    "was redirected by a rule": "X-MS-Exchange-Inbox-Rules-Loop: a@b\nX-MS-Exchange-Generated-Message-Source: Rules Agent\nSubject: FW: x",
    "has an ordinary precedence": "Precedence: first-class",
    "has an empty header": "X-Autoreply:\nPrecedence:\nAuto-Submitted:",
    "denies it": "X-Autoreply: no\nX-Auto-Response-Suppress: None\nX-FC-MachineGenerated: false",
    "mentions it in the subject": "Subject: Automatic reply API returns 500",
    "asks about an absence": "Subject: Out of office hours support",
    "answers an automatic reply": "Subject: Re: Automatic reply: transfers\nIn-Reply-To: <a@b>",
    "forwards an automatic reply": "Subject: Fwd: Automatic reply: transfers",
    "forwards a delivery report": "Subject: FW: Undeliverable: your statement\nIn-Reply-To: <a@b>",
    "asks about a failed delivery": "Subject: Delivery failed for webhook 42",
    "writes about autoresponse": "Subject: Auto-response header missing in webhook",
    "writes from a tool": "X-Mailer: PHPMailer 6.0\nX-Priority: 1\nImportance: high",
    "wants a receipt": "Disposition-Notification-To: ana@acme.com\nReturn-Receipt-To: ana@acme.com",
    "has spam headers": "X-Spam-Status: No, score=-2\nX-Virus-Scanned: clamav\nX-Report-Abuse: abuse@esp.example",
    "is in a campaign tool": "Feedback-ID: 1:2:3:mailgun\nX-SG-EID: abc\nX-Mailgun-Sid: abc",
    "starts with away": "Subject: away team API keys",
    "asks about a receipt": "Subject: Ticket received?",
    "starts with vacation": "Subject: Vacation rental payouts fail",
    "starts with absence": "Subject: Absence of x-trace-id in responses",
    "starts with auto": "Subject: Auto: conversion rates wrong",
    "says thanks under a subject that receipts have": "Subject: Thank you for your email",
    "starts with holiday": "Subject: On holiday payouts: which calendar applies?",
}


@pytest.mark.parametrize("extra", PEOPLE.values(), ids=PEOPLE.keys())
def test_a_person_who(extra: str) -> None:
    assert judged(extra) == (Automatic(), MayAnswer())


NOT_ANSWERED = {
    "through Mailman": "List-Id: <api.acme.com>\nList-Post: <mailto:api@acme.com>\nPrecedence: list\nX-BeenThere: api@acme.com",
    "through an old Mailman": "Precedence: bulk\nList-Id: <dev.acme.com>\nList-Post: <mailto:d@a>\nX-Mailman-Version: 2\nX-Loop: d@a",
    "through Google Groups": (
        "Precedence: list\nMailing-list: list api@acme.com; contact api+owners@acme.com\nList-ID: <api.acme.com>\n"
        "X-Google-Group-Id: 1\nList-Unsubscribe: <x>"
    ),
    "through Majordomo": "Sender: owner-dev@acme.com\nPrecedence: bulk",
    "through ezmlm": "Mailing-List: contact dev-help@acme.com; run by ezmlm\nPrecedence: bulk\nDelivered-To: mailing list dev@acme.com",
    "through a kernel list": "Precedence: bulk\nList-ID: <linux-kernel.vger.kernel.org>\nX-Mailing-List: linux-kernel@vger.kernel.org",
    "through a group alias": "List-Id: <support.acme.com>",
    "behind a gateway that adds an unsubscribe link": "List-Unsubscribe: <https://gateway.example/u>",
    "under a title that absent people use, too": "Subject: Away: server errors",
    "behind a forwarder that calls everything bulk": "Precedence: bulk\nX-Mailer: Microsoft Outlook 16.0\nIn-Reply-To: <a@b>",
    "from a desk whose answers may be unsubscribed from": (
        "Subject: Re: transfers\nIn-Reply-To: <a@b>\nList-Unsubscribe: <https://x>\nList-Unsubscribe-Post: List-Unsubscribe=One-Click"
    ),
    "through a list with one-click unsubscription": (
        "List-Id: <api.acme.com>\nList-Post: <mailto:api@acme.com>\n"
        "List-Unsubscribe: <x>\nList-Unsubscribe-Post: List-Unsubscribe=One-Click"
    ),
    "behind a forwarder that drops the return path": "Return-Path: <>",
    "with answers suppressed": "X-Auto-Response-Suppress: All",
    "with out-of-office suppressed": "X-Auto-Response-Suppress: DR, OOF, AutoReply",
    "through a loop-guarded forward": "X-Loop: ana@home.example",
    "from a no-reply address": "From: Ana <no-reply@acme.com>",
    "from a postmaster": "From: Paul <postmaster@acme.com>",
    "from a ticket system that names the person": "Precedence: bulk\nX-RT-Loop-Prevention: acme\nRT-Originator: ana@acme.com",
    "from nobody": "From: undisclosed",
}


@pytest.mark.parametrize("extra", NOT_ANSWERED.values(), ids=NOT_ANSWERED.keys())
def test_a_persons_mail_that_must_not_be_answered(extra: str) -> None:
    automatic, may_answer = judged(extra)
    assert automatic == Automatic()
    assert not may_answer.allowed
    assert may_answer.reason


REPLIES = {
    "RFC 3834": "Auto-Submitted: auto-replied",
    "RFC 3834 in capitals with parameters": 'Auto-Submitted:  AUTO-REPLIED ; owner-email="ana@acme.com"',
    "Zimbra": "Auto-Submitted: auto-replied (zimbra; vacation)",
    "a nonstandard yes": "Auto-Submitted: yes",
    "a second header": "Auto-Submitted: no\nAuto-Submitted: auto-replied",
    "Gmail": "Auto-Submitted: auto-replied\nPrecedence: bulk\nX-Autoreply: yes\nSubject: Out of office Re: x",
    "Microsoft 365 from postmaster": "Return-Path: <>\nFrom: postmaster@acme.com\nSubject: Automatic reply: x",
    "cPanel": "X-Autorespond: x\nPrecedence: auto_reply\nX-Precedence: auto_reply",
    "only the second precedence": "Precedence: first-class\nPrecedence: auto_reply",
    "Domino": "Subject: AUTO: Ana Silva is out of the office (returning 03/05/2026)",
    "FirstClass": "X-Autoreply: yes\nX-FC-MachineGenerated: true",
    "Plesk": "X-Autoreply: yes\nAuto-Submitted: auto-replied",
    "Amazon": "X-Amazon-Auto-Reply: true",
    "vacation(1)": "X-Mailer: vacation 1.2.7.0",
    "MailEnable": "X-Mailer: Autoresponder",
    "an unknown responder": "X-AutoReply-From: ana@acme.com",
    "X-POST-MessageClass": "X-POST-MessageClass: 9; Autoresponder",
    "Delivered-To": "Delivered-To: Autoresponder",
    "a misspelt precedence": "Preference: auto_reply",
    "autoreply@": "From: autoreply@acme.com",
}


@pytest.mark.parametrize("extra", REPLIES.values(), ids=REPLIES.keys())
def test_automatic_answers(extra: str) -> None:
    automatic, may_answer = judged(extra)
    assert automatic.is_automatic
    assert automatic.origin in {Origin.AUTO_REPLIED, Origin.AUTO_GENERATED}
    assert automatic.evidence
    assert not may_answer.allowed


GENERATED = {
    "RFC 3834": "Auto-Submitted: auto-generated",
    "Sieve notify": 'Auto-Submitted: auto-notified; owner-email="a@b"',
    "bulk": "Precedence: bulk",
    "junk": "Precedence: junk",
    "only the second precedence is bulk": "Precedence: normal\nPrecedence: bulk",
    "Jira": "Auto-Submitted: auto-generated\nPrecedence: bulk\nX-JIRA-FingerPrint: abc",
    "Jenkins": "X-Jenkins-Job: build\nX-Jenkins-Result: FAILURE",
    "cron": "X-Cron-Env: <SHELL=/bin/sh>\nSubject: Cron <root@host> backup",
    "OTRS": "X-OTRS-Loop: yes",
    "X-Autogenerated": "X-Autogenerated: Forward",
    "a daemon": "From: MAILER-DAEMON@acme.com\nSubject: hello",
    "no-reply with a null return path": "Return-Path: <>\nFrom: noreply@acme.com",
}


@pytest.mark.parametrize("extra", GENERATED.values(), ids=GENERATED.keys())
def test_generated_mail(extra: str) -> None:
    automatic, may_answer = judged(extra)
    assert (automatic.is_automatic, automatic.origin) == (True, Origin.AUTO_GENERATED)
    assert not may_answer.allowed


def test_a_newsletter_is_a_lists_mail() -> None:
    automatic, _ = judged("Precedence: bulk\nList-ID: 12mc list <12.list-id.mcsv.net>\nList-Unsubscribe: <https://x>")
    assert automatic.origin is Origin.LIST


def test_a_campaign_with_one_click_unsubscription_is_a_lists_mail() -> None:
    automatic, _ = judged("List-Unsubscribe: <https://x>\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\nFeedback-ID: 1:2:3:mc")
    assert automatic == Automatic(True, Origin.LIST, ("List-Unsubscribe-Post: List-Unsubscribe=One-Click",))


@pytest.mark.parametrize(
    "extra",
    [
        "Subject: Automatic reply: x\nAuto-Submitted: auto-generated\nX-Auto-Response-Suppress: All",
        "Subject: [Automatyczna odpowiedź] x\nPrecedence: junk",
        "Return-Path: <>\nFrom: postmaster@acme.com\nSubject: Automatic reply: x",
    ],
)
def test_an_absence_note_is_an_answer_even_when_its_header_calls_it_generated(extra: str) -> None:
    automatic, _ = judged(extra, text="I am out of the office.")
    assert automatic.origin is Origin.AUTO_REPLIED


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("We received your request - transfers", "Thanks! This is an automated message to confirm that we have your request."),
        ("[ACME-4711] Ticket created", "Hello, a ticket has been created for your request."),
        ("Eingangsbestätigung Ihrer Anfrage", "Diese Nachricht wurde automatisch erstellt."),
    ],
)
def test_a_ticket_systems_receipt_without_headers_is_told_by_subject_and_text(subject: str, text: str) -> None:
    automatic, may_answer = judged(f"Subject: {subject}", text=text)
    assert automatic.origin is Origin.AUTO_REPLIED
    assert not may_answer.allowed


@pytest.mark.parametrize("subject", ["Re: We received your request", "Fwd: We received your request", "Transfers fail"])
def test_a_persons_mail_about_a_receipt_is_a_persons(subject: str) -> None:
    assert judged(f"Subject: {subject}", text="We only got: this is an automated message.")[0] == Automatic()


def test_a_machines_mail_through_a_list_is_a_machines() -> None:
    assert judged("List-Id: <dev.acme.com>\nList-Post: <mailto:x@y>\nAuto-Submitted: auto-generated")[0].is_automatic


TITLES = [
    "Automatic reply: Transfers fail",
    "Automatic reply",
    "Auto Reply: x",
    "Autoreply: x",
    "[Auto-Reply] x",
    "Out of Office AutoReply: x",
    "Out of Office: x",
    "OOO: x",
    "Automatische Antwort: x",
    "Abwesenheitsnotiz: x",
    "Abwesenheitsnotiz",
    "Réponse automatique : x",
    "Message d’absence",
    "Respuesta automática: x",
    "Resposta automática: x",
    "Risposta automatica: x",
    "Automatisch antwoord: x",
    "Autosvar: x",
    "Automatiskt svar: x",
    "Automatisk svar: x",
    "Automaattinen vastaus: x",
    "Odpowiedź automatyczna: x",
    "Automatická odpověď: x",
    "Automatikus válasz: x",
    "Răspuns automat: x",
    "Автоматический ответ: x",
    "Автоответ: x",
    "Αυτόματη απάντηση: x",
    "Otomatik Yanıt: x",
    "תשובה אוטומטית: x",
    "رد تلقائي: x",
    "自动回复: x",
    "自動回覆：x",
    "自動返信: x",
    "자동 회신: x",
    "Trả lời tự động: x",
    "ตอบกลับอัตโนมัติ: x",
]


@pytest.mark.parametrize("subject", TITLES)
def test_the_title_of_an_absence_note_is_the_last_resort(subject: str) -> None:
    automatic, may_answer = judged(f"Subject: {subject}")
    assert automatic.origin is Origin.AUTO_REPLIED
    assert not may_answer.allowed


@pytest.mark.parametrize("subject", TITLES)
def test_a_mail_that_says_it_is_a_persons_is_believed(subject: str) -> None:
    assert not judged(f"Auto-Submitted: no\nSubject: {subject}")[0].is_automatic


@pytest.mark.parametrize(
    "hint", ["Return-Path: <>", "X-Auto-Response-Suppress: All", "In-Reply-To: <a@b>", "From: noreply@acme.com", "X-Loop: a@b"]
)
def test_a_plain_absence_title_counts_with_a_hint(hint: str) -> None:
    automatic, _ = judged(f"{hint}\nSubject: Out of office until Monday", text="I will be back on Monday.")
    assert automatic.origin is Origin.AUTO_REPLIED


@pytest.mark.parametrize("hint", ["X-Auto-Response-Suppress: All", "In-Reply-To: <a@b>", "X-Loop: a@b"])
@pytest.mark.parametrize("subject", ["Vacation rental payouts fail", "On holiday payouts fail", "Out of office hours, who answers?"])
def test_a_weak_hint_does_not_turn_a_request_into_an_absence_note(hint: str, subject: str) -> None:
    assert not judged(f"{hint}\nSubject: {subject}")[0].is_automatic


def test_an_absence_note_under_the_subject_it_answers_needs_a_null_return_path() -> None:
    words = "Thank you for your mail. I am out of the office and will be back on Monday."
    assert judged("Return-Path: <>\nSubject: Re: transfers", text=words)[0].origin is Origin.AUTO_REPLIED
    assert not judged("Subject: Re: transfers\nIn-Reply-To: <a@b>", text=words)[0].is_automatic
    assert not judged("Return-Path: <>", text="Our payouts fail while Ana is on vacation.")[0].is_automatic


def test_a_machines_own_words_count_with_a_hint_only() -> None:
    words = "This is an automated response. We received your request."
    assert judged(text=words) == (Automatic(), MayAnswer())
    assert judged("From: no-reply@acme.com", text=words)[0].origin is Origin.AUTO_GENERATED


def test_a_delivery_report_comes_first() -> None:
    """Most Postfix reports say "auto-replied" too."""
    extra = (
        "From: MAILER-DAEMON@mx.acme.com (Mail Delivery System)\nAuto-Submitted: auto-replied\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=x\nSubject: Undelivered Mail Returned to Sender"
    )
    parts = (
        Part(
            "message/delivery-status",
            text="Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.1.1\n",
        ),
    )
    automatic, may_answer = judged(extra, parts=parts)
    assert automatic.origin is Origin.DELIVERY_STATUS
    assert "Auto-Submitted: auto-replied" in automatic.evidence
    assert not may_answer.allowed


@pytest.mark.parametrize(
    ("extra", "parts", "text", "origin"),
    [
        ("Content-Type: multipart/report; report-type=disposition-notification", (), "", Origin.DISPOSITION),
        ("Content-Type: multipart/mixed", (Part("message/disposition-notification"),), "", Origin.DISPOSITION),
        ("Subject: Read: Transfers", (), "Your message was read on Monday.", Origin.DISPOSITION),
        ("Content-Type: multipart/report; report-type=feedback-report", (), "", Origin.FEEDBACK),
        ("Content-Type: multipart/mixed", (Part("message/feedback-report"),), "", Origin.FEEDBACK),
        ("Subject: Report Domain: wise.com Submitter: google.com Report-ID: 1", (), "", Origin.FEEDBACK),
        ("Subject: x", (Part("application/zip", filename="google.com!wise.com!1700000000!1700086399.zip"),), "", Origin.FEEDBACK),
        ("Content-Type: multipart/report; report-type=tlsrpt", (), "", Origin.FEEDBACK),
        ("Subject: Accepted: call", (Part("text/calendar", parameters=(("method", "REPLY"),)),), "", Origin.AUTO_REPLIED),
        ("Subject: Zugesagt: call", (Part("text/calendar", text="BEGIN:VCALENDAR\nMETHOD:REPLY\n"),), "", Origin.AUTO_REPLIED),
    ],
)
def test_reports_that_are_no_cases(extra: str, parts: tuple[Part, ...], text: str, origin: Origin) -> None:
    automatic, may_answer = judged(extra, text, parts)
    assert automatic.origin is origin
    assert not may_answer.allowed


@pytest.mark.parametrize("method", ["REQUEST", "COUNTER", "CANCEL"])
def test_an_invitation_is_a_persons(method: str) -> None:
    assert judged(parts=(Part("text/calendar", parameters=(("method", method),)),)) == (Automatic(), MayAnswer())


@pytest.mark.parametrize("value", ["DR", "RN, NRN", "None", ""])
def test_suppressed_receipts_do_not_forbid_an_answer(value: str) -> None:
    assert judged(f"X-Auto-Response-Suppress: {value}") == (Automatic(), MayAnswer())


@pytest.mark.parametrize(
    "address", ["noreply@x", "No-Reply@x", "do_not_reply@x", "acme-noreply@x", "no.reply+7@x", "ne-pas-repondre@x", "nao-responda@x"]
)
def test_no_reply_addresses_in_any_spelling(address: str) -> None:
    assert is_no_reply(address)


@pytest.mark.parametrize("address", ["ana@x", "norman.reply@x", "reply@x", "info@x"])
def test_other_addresses_are_not(address: str) -> None:
    assert not is_no_reply(address)


NAMES = st.sampled_from(
    ["from", "subject", "auto-submitted", "precedence", "x-loop", "list-id", "return-path", "content-type", "x-failed-recipients", "sender"]
)


@given(st.lists(st.tuples(NAMES, st.text(max_size=60)), max_size=8), st.text(max_size=300), st.text(max_size=300))
def test_any_headers_get_both_verdicts(fields: list[tuple[str, str]], text: str, status: str) -> None:
    automatic, may_answer = verdicts(Headers(tuple(fields), tuple(fields)), (Part("message/delivery-status", text=status),), text)
    assert automatic.is_automatic == (automatic.origin is not Origin.HUMAN)
    assert not (automatic.is_automatic and may_answer.allowed)


@pytest.mark.parametrize(
    "fields",
    [
        [("precedence", "bulk")] * 2000,
        [("x-failed-recipients", "a@b.c," * 10_000)] * 10,
        [("from", "((" * 30_000)],
        [("sender", "<" * 60_000)] * 20,
        [("subject", "\ufdfa" * 60_000)],
        [("subject", "report domain: " * 5000)],
    ],
    ids=["precedence", "recipients", "comments", "brackets", "expanding letters", "report domain"],
)
def test_header_bombs_take_bounded_time(fields: list[tuple[str, str]]) -> None:
    start = time.process_time()
    verdicts(Headers(tuple(fields), tuple(fields)), (), "\ufdfa" * 250_000)
    assert time.process_time() - start < 2
