"""What each kind of fact recognises and, as important, what it does not: one line a case, value by value."""

from __future__ import annotations

import pytest

from triage.core.mail.facts import extract
from triage.core.mail.message import FactKind

U1 = "7f3a9c2e-0b1d-4e5f-8a6b-9c0d1e2f3a4b"
U2 = "7f3a9c2e-0b1d-4e5f-8a6b-9c0d1e2f3a4c"
HEX = "4bf92f3577b34da6a3ce929d0e0e4736"


def values(kind: FactKind, text: str) -> list[str]:
    return [fact.value for fact in extract(text) if fact.kind is kind]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"x-trace-id: {U1}", [U1]),
        (f"X-Trace-Id {U1.upper()}", [U1]),
        (f'"traceId":"{U1}"', [U1]),
        (f"trace_id={HEX}", [HEX]),
        (f"x-trace-ids: {U1}, {U2}", [U1, U2]),
        (f"Trace ids of the failing calls:\n- {U1}\n- {U2}", [U1, U2]),
        (f"x-trace-id | {U1}", [U1]),
        (f"< x-trace-id: {U1}", [U1]),
        (f"traceparent: 00-{HEX}-00f067aa0ba902b7-01", [HEX]),
        ("X-B3-TraceId: 463ac35c9f6413ad", ["463ac35c9f6413ad"]),
        (f"{U1}\n{U2}", [U1, U2]),
        (f"{U1} is the trace id", [U1]),
        (f"the request id is {U1}", [U1]),
        (f"x-trace-id: {U1}\nx-request-id: {U2}", [U1]),
        ("X-Amzn-Trace-Id: Root=1-5759e988-bd862e3fe1be46a994272793", ["1-5759e988-bd862e3fe1be46a994272793"]),
        (f"x-trace-id: {U1[:19]}\n{U1[19:]}", [U1]),
        (f"X-idempotence-uuid: {U1}", []),
        (f"quote {U1}", []),
        (f'"customerTransactionId": "{U1}"', []),
        (f"profile id: {U1}", []),
        (f"GET /v3/quotes/{U1}", []),
        (f"md5 {HEX}", []),
        ("commit 3f2a9c81d4e5b6a7980112233445566778899aab", []),
        ("card 4111111111111111", []),
        ("cf-ray: 8a1b2c3d4e5f6071-LHR", []),
    ],
)
def test_trace_ids(text: str, expected: list[str]) -> None:
    assert values(FactKind.TRACE_ID, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("POST /v1/transfers fails", ["POST /v1/transfers"]),
        ("`DELETE /v2/accounts/{accountId}`", ["DELETE /v2/accounts/{accountId}"]),
        ("POST {{base_url}}/v1/quotes", ["POST /v1/quotes"]),
        ('curl -H "A: b" "$WISE_HOST/v1/profiles"', ["GET /v1/profiles"]),
        ("POST $HOST/v1/quotes", ["POST /v1/quotes"]),
        ('{"http.method":"POST","http.path":"/v1/transfers"}', ["POST /v1/transfers"]),
        ("/v3/profiles/123/quotes.", ["/v3/profiles/123/quotes"]),
        ("the endpoint /quotes is slow", ["/quotes"]),
        ("a POST request to /v1/transfers", ["POST /v1/transfers"]),
        ("/v1/transfers (PUT)", ["PUT /v1/transfers"]),
        ('"method":"POST","path":"/v1/transfers"', ["POST /v1/transfers"]),
        ('requests.post("https://api.example/v1/x")', ["POST /v1/x"]),
        ("curl https://api.example/v1/x", ["GET /v1/x"]),
        ("curl https://api.example/v1/x -d '{\"a\": 1}'", ["POST /v1/x"]),
        ("curl -X PUT \\\n  https://api.example/v1/x", ["PUT /v1/x"]),
        ("GET /v1/rates?source=EUR", ["GET /v1/rates"]),
        ('File "/srv/app/v1/rates.py", line 8', []),
        ("see https://docs.wise.com/guides and https://www.acme.example/", []),
        ("and/or, 24/7, 10/12", []),
    ],
)
def test_endpoints(text: str, expected: list[str]) -> None:
    assert values(FactKind.ENDPOINT, text) == expected


def test_query_values_of_a_url_are_masked() -> None:
    assert values(FactKind.URL, "https://API.example/v1/x?token=abc&y=2#z") == ["https://api.example/v1/x?token=***&y=***"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("it happens in production", ["production"]),
        ("Environment: Live", ["production"]),
        ("[PROD] alert", ["production"]),
        ("our live environment", ["production"]),
        ("in der Produktivumgebung", ["production"]),
        ("en producción", ["production"]),
        ("api.wise.com", ["production"]),
        ("https://api.transferwise.com/v1/x", ["production"]),
        ("https://api.sandbox.transferwise.tech/v1/x", ["sandbox"]),
        ("api.sandbox.example", ["sandbox"]),
        ("on staging", ["sandbox"]),
        ("en el entorno de pruebas", ["sandbox"]),
        ("in production, not in sandbox", ["production"]),
        ("funding (all calls, live) fails", ["production"]),
        ("not blocking any live traffic, no production impact", []),
        ("die Produktions-API", ["production"]),
        ("works in sandbox, fails in production", ["sandbox", "production"]),
        ("your live chat", []),
        ("we go live in May", []),
        ("our production line", []),
        ("docs.wise.com", []),
        ("api.partner.example", []),
        ("mail api@wise.com", []),
    ],
)
def test_environments(text: str, expected: list[str]) -> None:
    assert values(FactKind.ENVIRONMENT, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-22T10:05:00Z", ["2026-11-22T10:05:00+00:00"]),
        ("2026-11-22T10:05:00.123+01:00", ["2026-11-22T09:05:00.123+00:00"]),
        ("2026-11-22 at 10.05 CET", ["2026-11-22T09:05:00+00:00"]),
        ("Sun, 22 Nov 2026 10:05:00 +0000", ["2026-11-22T10:05:00+00:00"]),
        ("22 Nov 2026 10:05 UTC", ["2026-11-22T10:05:00+00:00"]),
        ("10:05 UTC on 22 November 2026", ["2026-11-22T10:05:00+00:00"]),
        ("11/22/2026 10:05 AM EST", ["2026-11-22T15:05:00+00:00"]),
        ("22/11/2026 10:05", ["2026-11-22T10:05:00 (zone unknown)"]),
        ("22. November 2026 um 10:05 Uhr (MEZ)", ["2026-11-22T09:05:00+00:00"]),
        ("le 22 novembre 2026 à 10h05", ["2026-11-22T10:05:00 (zone unknown)"]),
        ("[22/Nov/2026:10:05:00 +0000]", ["2026-11-22T10:05:00+00:00"]),
        ("Sun Nov 22 10:05:00 UTC 2026", ["2026-11-22T10:05:00+00:00"]),
        ("2026-07-01 10:05 Europe/Berlin", ["2026-07-01T08:05:00+00:00"]),
        ('"timestamp": 1795341900', ["2026-11-22T10:05:00+00:00"]),
        ('"createdOn": 1795341900123', ["2026-11-22T10:05:00.123+00:00"]),
        ("between 10:05 and 10:25 UTC on 22 Nov 2026", ["2026-11-22T10:05:00+00:00", "2026-11-22T10:25:00+00:00"]),
        ("10:05 UTC today", ["10:05:00+00:00 (date unknown)"]),
        ("22 Nov 10:05 UTC", ["--11-22T10:05:00+00:00 (year unknown)"]),
        ("at 10:05", ["10:05:00 (date and zone unknown)"]),
        ("Sent: Monday, November 22, 2026 10:05 AM", []),
        ("a ratio of 3:15 and version 10.05", []),
        ("born 1990-01-01", []),
        ("Start (UTC): 2026-11-22 10:05", ["2026-11-22T10:05:00+00:00"]),
        ("2026-11-22 10:05 (all times in CET)", ["2026-11-22T09:05:00+00:00"]),
        ("Time (UTC)|Call|Status\n2026-11-22 10:05:00|quotes|500", ["2026-11-22T10:05:00+00:00"]),
        ("2026-13-45T10:05:00Z", ["10:05:00+00:00 (date unknown)"]),
        ("GET /v1/x?from=2026-11-22T10:05:00Z", []),
        ("2026-11-22 10:05-10:25 UTC", ["2026-11-22T10:05:00+00:00", "2026-11-22T10:25:00+00:00"]),
        ("2026-11-22T10:05-05:00", ["2026-11-22T15:05:00+00:00"]),
        ("it took 1h30m", []),
    ],
)
def test_timestamps(text: str, expected: list[str]) -> None:
    assert values(FactKind.TIMESTAMP, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("down for 20 minutes", ["20 minutes"]),
        ("approx. 3h", ["3 hours"]),
        ("duration: 1h30m", ["1 hour 30 minutes"]),
        ("lasting 45s", ["45 seconds"]),
        ("for about two hours", ["2 hours"]),
        ("for half an hour", ["30 minutes"]),
        ("seit 20 Minuten", ["20 minutes"]),
        ("depuis trois heures", ["3 hours"]),
        ("desde hace 2 horas", ["2 hours"]),
        ("since 10:05 UTC", ["since 10:05:00+00:00 (date unknown)"]),
        ("since yesterday", ["since yesterday"]),
        ("times out after 30 seconds", ["30 seconds"]),
        ("the token is valid for 12 hours", []),
        ("we retry every 5 minutes", []),
        ("please answer within 2 days", []),
        ("a contract for 3 years", []),
        ("for un'ora", ["1 hour"]),
        ("depuis plusieurs heures", ["plusieurs hours"]),
        ("down for as long as I can tell", []),
        ("what is it for and why", []),
    ],
)
def test_durations(text: str, expected: list[str]) -> None:
    assert values(FactKind.DURATION, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("HTTP 500", ["500"]),
        ("500 Internal Server Error", ["500"]),
        ("status code: 422", ["422"]),
        ('"status": 503', ["503"]),
        ("it returns 401", ["401"]),
        ("many 5xx", ["5xx"]),
        ("< HTTP/1.1 504", ["504"]),
        ("<Response [500]>", ["500"]),
        ("we get 500s", ["500"]),
        ("500, 502 and 503 errors", ["500", "502", "503"]),
        ("POST /v1/x -> 500", ["500"]),
        ("504 en producción para todo", ["504"]),
        ("?profile=1&offset=400 of the list", []),
        ("Fehler 500", ["500"]),
        ("500 transfers fail", []),
        ("it costs $500 or 502 EUR", []),
        ("order 404", []),
        ("transfer 500 failed", []),
    ],
)
def test_http_statuses(text: str, expected: list[str]) -> None:
    assert values(FactKind.HTTP_STATUS, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"code": "NOT_SUPPORTED"', ["NOT_SUPPORTED"]),
        ("error=invalid_grant", ["invalid_grant"]),
        ("fails with ERR_XYZ", ["ERR_XYZ"]),
        ('"errorCode": "recipient.details.invalid"', ["recipient.details.invalid"]),
        ("error code 4711", ["4711"]),
        ("read ECONNRESET", ["ECONNRESET"]),
        ("curl: (28) timed out", ["curl (28)"]),
        ("POST /v1/x -> 400 LIMIT_REACHED", ["LIMIT_REACHED"]),
        ("error: connection refused", []),
        ('"status": "OUTGOING_PAYMENT_SENT"', []),
        ("export WISE_ENV=x", []),
    ],
)
def test_error_codes(text: str, expected: list[str]) -> None:
    assert values(FactKind.ERROR_CODE, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("profile id: 12345", ["profile_id=12345"]),
        ('"profileId": 12345', ["profile_id=12345"]),
        ("transfer 987654321", ["transfer_id=987654321"]),
        ("transfers 1000001, 1000002 and 1000003", ["transfer_id=1000001", "transfer_id=1000002", "transfer_id=1000003"]),
        ("User ID | 555", ["user_id=555"]),
        ("our membership number is P48211907", ["profile_id=P48211907"]),
        ("trasferimento con id 9912345", ["transfer_id=9912345"]),
        (f"quote id {U1}", [f"quote_id={U1}"]),
        ('"targetAccount": 15082', ["recipient_id=15082"]),
        ("/v3/profiles/12/quotes", ["profile_id=12"]),
        ("Profil-ID: 4711", ["profile_id=4711"]),
        ("transfer 10000 EUR", []),
        ("transfer 2 of 5", []),
        ('"accountNumber": "37778842"', []),
    ],
)
def test_identifiers(text: str, expected: list[str]) -> None:
    assert [f"{fact.label}={fact.value}" for fact in extract(text) if fact.kind is FactKind.IDENTIFIER] == expected


@pytest.mark.parametrize(
    "sentence",
    [
        "We cannot pay out.",
        "Our customers are unable to send money.",
        "All payouts are blocked.",
        "It affects 30% of our users.",
        "There is no customer impact.",
        "EUR 1.2M of payouts are blocked.",
        "Unsere Kunden können nicht bezahlen.",
        "Nos clients ne peuvent pas payer.",
        "No podemos procesar pagos.",
        "Não conseguimos pagar.",
        "The pension payouts of about 900 retirees are on hold.",
        "None of our users can log in to their wallet.",
        "We had to switch off card issuing for new customers, it failed.",
        "Roughly 1 in 5 payouts to sellers was not submitted.",
        "Because of the error we will breach our SLA with three banks.",
        "Nobody gets paid today, can you help?",
        "Severity: High - payouts suspended for all EU merchants",
        "Affected customers: 23 banks",
        "Auswirkung: Monatsabschluss bei 60 Mandanten verzögert sich",
        "Klienci nie mogą otrzymać wypłat.",
        "It only affects our test account.",
    ],
)
def test_a_sentence_that_states_the_business_impact(sentence: str) -> None:
    assert values(FactKind.BUSINESS_IMPACT, f"Hello team,\n\n{sentence}\n\nRegards") == [sentence]


@pytest.mark.parametrize(
    "sentence",
    [
        "I hope you are able to help our customers.",
        "Will this affect our customers?",
        "We cannot find the documentation.",
        "We cannot reproduce it.",
        "The customer id is missing in the response.",
        "The http client cannot parse the user object.",
        "If this failed, our customers would not be able to pay.",
        "Your invoice is overdue: see the amendment, clause 7.",
        "Impact: TBD",
        "Affected endpoint: /v1/transfers",
    ],
)
def test_a_sentence_that_states_no_impact(sentence: str) -> None:
    assert values(FactKind.BUSINESS_IMPACT, sentence) == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('We sent:\n{"sourceCurrency": "EUR"}', FactKind.REQUEST_BODY),
        ('The response was\n```json\n{"id": 1, "x": "y"}\n```', FactKind.RESPONSE_BODY),
        ("curl -X POST https://api.example/v1/x -d '{\"a\": 1}'", FactKind.REQUEST_BODY),
        ('HTTP/1.1 400 Bad Request\n\n{"field": "details"}', FactKind.RESPONSE_BODY),
        ('{"errors": [{"code": "X_Y"}]}', FactKind.RESPONSE_BODY),
        ("Request:\n<?xml version='1.0'?>\n<Pay><Amount>1</Amount></Pay>", FactKind.REQUEST_BODY),
    ],
)
def test_a_body_is_told_from_its_surroundings(text: str, kind: FactKind) -> None:
    bodies = [fact.kind for fact in extract(text) if fact.kind in (FactKind.REQUEST_BODY, FactKind.RESPONSE_BODY)]
    assert bodies == [kind]


@pytest.mark.parametrize(
    "text", ['{"level":"error","msg":"x"}', "/v1/transfers/{transferId}", "${VAR: x}", "curl -d @body.json https://api.example/v1/x"]
)
def test_what_is_no_body(text: str) -> None:
    assert not values(FactKind.REQUEST_BODY, text)
    assert not values(FactKind.RESPONSE_BODY, text)
