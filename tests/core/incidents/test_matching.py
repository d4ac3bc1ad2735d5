"""Which incident a mail may be about: by sure signs first, and rather none than the wrong one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.core.incidents.pages import incident, page_with, read, sample
from triage.core.incidents.matching import Sign, matches
from triage.core.incidents.values import Incident
from triage.core.mail.message import Fact, FactKind, InboundMessage, Missing


def mail(subject: str, text: str = "", *facts: tuple[FactKind, str], missing: tuple[Missing, ...] = ()) -> InboundMessage:
    found = tuple(Fact(kind, value, (0, 1)) for kind, value in facts)
    return InboundMessage("hash", 1, subject=subject, new_text=text, facts=found, missing=missing)


PAYOUTS = incident("Elevated error rate on payouts", component="Payouts")
REST = incident("Elevated error rate on REST API", component="REST API", link="https://stspg.io/abcd1234efgh")


def matched(message: InboundMessage, *incidents: Incident) -> tuple[str, Sign] | None:
    match = matches(message, page_with(*incidents))
    return (match.incident.name, match.sign) if match else None


@pytest.mark.parametrize(
    ("message", "sign"),
    [
        (mail("Down", "is this https://stspg.io/abcd1234efgh ?"), Sign.LINK),
        (mail("URGENT", "since noon the REST  api answers with errors"), Sign.COMPONENT),
        (mail("urgent: rest-api down"), Sign.COMPONENT),
    ],
)
def test_signs_of_the_incident(message: InboundMessage, sign: Sign) -> None:
    assert matched(message, REST) == (REST.name, sign)


def test_an_endpoint_bears_the_name_of_a_component() -> None:
    message = mail("critical", "it fails", (FactKind.ENDPOINT, "POST /v3/profiles/{id}/payouts"))
    assert matched(message, PAYOUTS) == (PAYOUTS.name, Sign.ENDPOINT)


def test_singular_and_plural_are_the_same_component() -> None:
    message = mail("critical", "it fails", (FactKind.ENDPOINT, "POST /v1/payout"))
    assert matched(message, PAYOUTS) == (PAYOUTS.name, Sign.ENDPOINT)


def test_the_words_of_a_name_match_when_there_are_enough_of_them() -> None:
    cards = incident("Card authorisation declines in Singapore")
    assert matched(mail("urgent", "card authorisation fails"), cards) == (cards.name, Sign.WORDS)
    assert matched(mail("urgent", "our card fails"), cards) is None


@pytest.mark.parametrize(
    "message",
    [
        mail("urgent", "we see an elevated error rate and delayed responses of some requests"),
        mail("urgent: API down", "production is down"),
        mail("Webhooks fail", "webhook signatures fail"),
        mail("urgent: see https://status.example.net"),
    ],
)
def test_words_that_everybody_uses_match_nothing(message: InboundMessage) -> None:
    assert matched(message, REST, PAYOUTS, replace(PAYOUTS, link="https://status.example.net", components=())) is None


def test_a_question_about_the_component_is_not_about_the_incident() -> None:
    assert matched(mail("Question", "which rate limits does the REST API have?"), REST) is None


def test_a_failure_is_told_by_facts_in_any_language() -> None:
    text = "la REST API responde con 500"
    assert matched(mail("Ayuda", text, (FactKind.HTTP_STATUS, "500")), REST) == (REST.name, Sign.COMPONENT)
    assert matched(mail("Ayuda", text, missing=(Missing.TRACE_ID,)), REST) == (REST.name, Sign.COMPONENT)


def test_trouble_in_the_sandbox_is_not_the_incident_in_production() -> None:
    only_sandbox = mail("REST API errors", "REST API fails in sandbox", (FactKind.ENVIRONMENT, "sandbox"))
    both = replace(only_sandbox, facts=(*only_sandbox.facts, Fact(FactKind.ENVIRONMENT, "production", (0, 1))))
    assert matched(only_sandbox, REST) is None
    assert matched(both, REST) == (REST.name, Sign.COMPONENT)
    assert matched(only_sandbox, incident("Sandbox errors", component="REST API")) is not None


def test_the_surer_sign_wins_over_the_worse_incident() -> None:
    worse = replace(incident("Card authorisation declines"), impact="critical")
    message = mail("critical: REST API", "card authorisation fails")
    assert matched(message, worse, REST) == (REST.name, Sign.COMPONENT)


def test_among_equal_signs_the_worse_incident_wins() -> None:
    minor = replace(incident("REST API slow", component="REST API"), impact="minor")
    assert matched(mail("critical: REST API down"), minor, REST) == (REST.name, Sign.COMPONENT)


def test_a_planned_maintenance_explains_nothing_yet() -> None:
    value = sample()
    value["scheduled_maintenances"][0]["status"] = "scheduled"
    assert matches(mail("Partner portal down"), read(value)) is None
    assert matches(mail("Partner portal down"), read(sample())) is not None


def test_a_mail_of_a_megabyte_is_only_looked_at_in_front() -> None:
    assert matched(mail("error", "x " * 500_000 + "REST API"), REST) is None
