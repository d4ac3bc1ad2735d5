"""Facts add up over a case: each counts once, and what any message brought is not missing any more."""

from __future__ import annotations

from itertools import permutations

from triage.core.cases.case_facts import Telling, add_up
from triage.core.mail.facts import extract
from triage.core.mail.message import Attachment, FactKind, Missing
from triage.core.mail.missing import missing

TRACE = "7f3a9c2e-0b1d-4e5f-8a6b-9c0d1e2f3a4b"


def telling(message: int, text: str, subject: str = "", *names: str) -> Telling:
    attachments = tuple(Attachment(name, "application/octet-stream", 10) for name in names)
    facts = extract(text)
    return Telling(message, facts, missing(facts, subject, text, attachments), attachments)


COMPLAINT = telling(1, "POST /v1/transfers fails in production with 500 since 2026-11-22 10:00 UTC.")
ANSWER = telling(2, f"x-trace-id: {TRACE}, profile id 12345. Our customers cannot send any money.")


def test_a_fact_counts_once_with_the_message_that_said_it_first() -> None:
    known = add_up([COMPLAINT, telling(5, "POST /v1/transfers fails again in production with 500.")])
    [endpoint] = [one for one in known.facts if one.fact.kind is FactKind.ENDPOINT]
    assert (endpoint.fact.value, endpoint.message) == ("POST /v1/transfers", 1)


def test_what_an_answer_brings_is_not_missing_any_more() -> None:
    assert Missing.TRACE_ID in add_up([COMPLAINT]).missing
    assert add_up([COMPLAINT, ANSWER]).missing == (Missing.REQUEST_AND_RESPONSE,)


def test_an_answer_that_describes_no_failure_completes_the_case_all_the_same() -> None:
    log = telling(3, "Please find the log attached.", "", "failing.har")
    assert log.missing == ()
    assert add_up([COMPLAINT, ANSWER, log]).missing == ()


def test_a_later_bare_complaint_does_not_make_the_case_incomplete_again() -> None:
    log = telling(3, "Please find the log attached.", "", "failing.har")
    assert add_up([COMPLAINT, ANSWER, log, telling(4, "It still fails.")]).missing == ()


def test_what_the_subject_of_one_message_says_is_not_missing() -> None:
    first = telling(1, "The API fails, see the subject.", "sandbox: 500 on POST /v1/transfers")
    assert not {Missing.ENDPOINT, Missing.ENVIRONMENT} & set(add_up([first, telling(2, "It still fails.")]).missing)


def test_a_case_of_questions_misses_nothing() -> None:
    assert add_up([telling(1, "Which error codes can POST /v1/transfers return?")]).missing == ()


def test_what_is_missing_does_not_depend_on_the_order_of_the_messages() -> None:
    every = [COMPLAINT, ANSWER, telling(4, "It still fails in sandbox, too.")]
    assert len({add_up(order).missing for order in permutations(every)}) == 1
