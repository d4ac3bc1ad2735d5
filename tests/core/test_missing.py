"""missing: what a mail lacks, and when it is asked for nothing."""

from __future__ import annotations

import pytest

from tests.eval.corpus import Sample, samples
from triage.core.mail.facts import extract
from triage.core.mail.message import Attachment, Missing
from triage.core.mail.missing import describes_failure, missing, missing_of_case

CORPUS = samples()


def lacks(text: str, subject: str = "problem", attachments: tuple[Attachment, ...] = ()) -> tuple[Missing, ...]:
    return missing(extract(text), subject, text, attachments)


def test_a_bare_complaint_lacks_everything() -> None:
    assert lacks("Your API is not working.") == tuple(Missing)


def test_a_complete_report_lacks_nothing() -> None:
    (mail,) = [mail for mail in CORPUS if mail.name == "002-full-report"]
    assert lacks(mail.text, mail.subject) == ()


@pytest.mark.parametrize(
    ("text", "item"),
    [
        ("POST /v1/transfers", Missing.ENDPOINT),
        ("Our customers cannot pay.", Missing.BUSINESS_IMPACT),
        ("x-trace-id: 7f3a9c2e-0b1d-4e5f-8a6b-9c0d1e2f3a4b", Missing.TRACE_ID),
        ("It is production.", Missing.ENVIRONMENT),
        ("It was 2026-11-22 10:05 UTC.", Missing.TIMESTAMPS),
        ("profile id 12345", Missing.IDENTIFIERS),
        ('Request:\n{"a": 1}\nResponse:\n{"error": "x"}', Missing.REQUEST_AND_RESPONSE),
    ],
)
def test_an_item_that_is_there_is_not_asked_for(text: str, item: Missing) -> None:
    assert item not in lacks(f"The API is failing.\n\n{text}")


def test_a_get_request_needs_no_request_body() -> None:
    assert Missing.REQUEST_AND_RESPONSE not in lacks('GET /v1/rates fails. Response:\n{"error": "boom"}')


def test_a_request_without_its_response_is_not_enough() -> None:
    assert Missing.REQUEST_AND_RESPONSE in lacks('It fails. Request:\n{"sourceCurrency": "EUR"}')


def test_an_attached_har_file_counts_as_request_and_response() -> None:
    assert Missing.REQUEST_AND_RESPONSE not in lacks(
        "It fails, see attached.", attachments=(Attachment("call.har", "application/json", 10),)
    )


def test_a_logo_counts_as_nothing() -> None:
    assert Missing.REQUEST_AND_RESPONSE in lacks("It fails.", attachments=(Attachment("logo.png", "image/png", 10),))


def test_what_the_subject_says_is_not_asked_for() -> None:
    assert Missing.ENVIRONMENT not in lacks("It fails.", subject="[sandbox] 500")


def test_the_facts_of_all_messages_of_a_case_count_together() -> None:
    first = extract("POST /v1/transfers fails in production")
    second = extract("x-trace-id: 7f3a9c2e-0b1d-4e5f-8a6b-9c0d1e2f3a4b, profile id 12345")
    assert missing_of_case(first + second) == (Missing.BUSINESS_IMPACT, Missing.REQUEST_AND_RESPONSE, Missing.TIMESTAMPS)


@pytest.mark.parametrize("mail", [mail for mail in CORPUS if mail.missing is not None], ids=lambda mail: mail.name)
def test_the_corpus_says_what_each_mail_lacks(mail: Sample) -> None:
    assert tuple(item.value for item in lacks(mail.text, mail.subject)) == mail.missing


@pytest.mark.parametrize(
    "text",
    [
        "How should we handle a 429?",
        "Which error codes can POST /v1/transfers return?",
        "Thanks, it works again now.",
        "Gibt es eine Liste der Fehlercodes?",
        "Comment simuler un échec de virement ?",
        "¿Cómo podemos simular un error?",
        "Como podemos simular uma falha?",
        "Please update our contact address.",
    ],
)
def test_a_question_or_thanks_describes_no_failure(text: str) -> None:
    assert not describes_failure("Hello", text, extract(text))


@pytest.mark.parametrize(
    "text",
    [
        "The quotes endpoint fails.",
        "We are getting errors on every call.",
        "Die API funktioniert nicht.",
        "L'API ne fonctionne plus, nous avons des erreurs.",
        "La API no funciona.",
        "A API não funciona.",
        "L'API non funziona.",
        "De API werkt niet.",
        "API nie działa.",
    ],
)
def test_a_failure_is_understood_in_eight_languages(text: str) -> None:
    assert describes_failure("Hello", text, extract(text))


def test_the_verdict_on_the_corpus_is_right_for_95_in_100() -> None:
    right = sum(describes_failure(mail.subject, mail.text, extract(mail.text)) == mail.failure for mail in CORPUS)
    assert right / len(CORPUS) >= 0.95
