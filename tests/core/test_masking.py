"""masking.mask: what is hidden, what is left alone, and that doing it twice changes nothing."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triage.core.mail.masking import mask

HIDDEN = [
    ("Authorization: Bearer 9f8e7d6c-1234-4abc-8def-001122334455", "Authorization: Bearer ***"),
    ('"Authorization": "Bearer abcdef123456"', '"Authorization": "Bearer ***"'),
    ("-H 'authorization: Basic dXNlcjpwYXNz'", "-H 'authorization: Basic ***'"),
    ("Authorization | Bearer abc12345xyz", "Authorization | Bearer ***"),
    ("the bearer token 0a1b2c3d4e5f6071 leaked", "the bearer token *** leaked"),
    ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-def.", "eyJ***."),
    ("sk_live_abcdefghijklmnop", "sk_live_***"),
    ("AKIAABCDEFGHIJKLMNOP", "AKIA***"),
    ("ghp_abcdefghijklmnopqrstuvwxyz0123456789", "ghp_***"),
    ("xoxb-123456789012-abcdefghijkl", "xoxb-***"),
    ("AIzaSyA1234567890abcdefghijklmnopqrstuv", "AIza***"),
    ("x-api-key: 0a1b2c3d4e5f60718293a4b5c6d7e8f9", "x-api-key: ***"),
    ("WISE_API_TOKEN=7f3a9c2e-0b1d-4e5f-8a6b-9c0d1e2f3a4b", "WISE_API_TOKEN=***"),
    ("https://user:p@ss@host.example/x", "https://user:***@host.example/x"),
    ("curl -u john:s3cret https://api.example", "curl -u john:*** https://api.example"),
    ("curl --user 'john:s3cret'", "curl --user 'john:***'"),
    ("curl -u 12345678-aaaa-bbbb-cccc-123456789012: https://x", "curl -u ***: https://x"),
    ('"password": "my secret \\"pass"', '"password": "***"'),
    ('\\"client_secret\\": \\"x1y2z3\\"', '\\"client_secret\\": \\"***\\"'),
    ("grant_type=refresh_token&refresh_token=abc-def&client_id=foo", "grant_type=refresh_token&refresh_token=***&client_id=foo"),
    ("GET /v1/x?access_token=abc&y=1", "GET /v1/x?access_token=***&y=1"),
    ("Password: sunshine", "Password: ***"),
    ("my password is hunter2!", "my password is ***!"),
    ("Passwort: geheim123", "Passwort: ***"),
    ("Cookie: session=abc; csrf=def", "Cookie: ***"),
    ("cvv: 123", "cvv: ***"),
    ("4111 1111 1111 1111 12/27", "**** **** **** 1111 12/27"),
    ("4111-1111-1111-1111", "**** **** **** 1111"),
    ("card 378282246310005,", "card **** **** **** 0005,"),
    ("DE89 3704 0044 0532 0130 00 USD", "DE89 **** 3000 USD"),
    ("GB82WEST12345698765432.", "GB82 **** 5432."),
    (
        "-----BEGIN RSA PRIVATE KEY-----\nMIIabc\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN RSA PRIVATE KEY-----\n***\n-----END RSA PRIVATE KEY-----",
    ),
]

LEFT_ALONE = [
    "x-trace-id: 7f3a9c2e-0b1d-4e5f-8a6b-9c0d1e2f3a4b",
    "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "transfer 5512345678901234 and profile 12345678",
    '{"timestamp": 1795341900123}',
    "2026-11-22T10:05:00.123+00:00",
    "Authorization: we use OAuth",
    "bearer authentication is used",
    "password: required",
    "the token: expired",
    '"error": "invalid_token"',
    '"client_secret": "{{client_secret}}"',
    "Authorization: Bearer <token>",
    "token=${TOKEN}",
    "X-idempotence-uuid: 77777777-7777-4777-8777-777777777777",
    "4111 1111 1111 1112",
    "DE89 3704 0044 0532 0130 01",
    "https://api.example:8443/x@y",
]


@pytest.mark.parametrize(("text", "shown"), HIDDEN)
def test_a_secret_is_shown_in_a_recognisable_form(text: str, shown: str) -> None:
    assert mask(text).text == shown


@pytest.mark.parametrize(("text", "shown"), HIDDEN)
def test_what_was_hidden_is_named(text: str, shown: str) -> None:
    assert mask(text).kinds


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_what_is_no_secret_passes_unchanged(text: str) -> None:
    assert mask(text).text == text
    assert mask(text).kinds == ()


@pytest.mark.parametrize(("text", "shown"), HIDDEN)
def test_masked_text_is_not_masked_again(text: str, shown: str) -> None:
    assert mask(shown).text == shown
    assert mask(shown).kinds == ()


_PIECES = (
    [text for text, _ in HIDDEN] + LEFT_ALONE + ["=", ":", " ", "\n", '"', "'", "***", "&", "://", "@", "-u ", "token", "password", "4111"]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(_PIECES), max_size=12).map("".join))
def test_masking_is_idempotent_on_any_mixture(text: str) -> None:
    once = mask(text).text
    assert mask(once).text == once


def test_the_kinds_never_hold_the_secret() -> None:
    assert mask("password=hunter2 and card 4111111111111111").kinds == ("password", "card number")


@pytest.mark.parametrize(
    "piece", ["-u ", "password: ", "4111 ", "DE89 ", "://a:", "authorization: ", "eyJ", '"password":"\\', "bearer ", "a", "1"]
)
def test_a_hostile_text_of_256_kb_takes_under_half_a_second(piece: str) -> None:
    text = piece * (262_144 // len(piece))
    before = time.process_time()
    mask(text)
    assert time.process_time() - before < 0.5
