"""The first new line of an answer to a page mail, as people write it at night."""

from __future__ import annotations

from datetime import timedelta

import pytest

from triage.core.oncall.answers import Answer, PageAnswer, read_answer
from triage.core.oncall.tokens import hash_of, is_token, token_of, unsealed

ACK = PageAnswer(Answer.ACKNOWLEDGE)


@pytest.mark.parametrize(
    "text", ["ack", "ACK", "Ack!", "*ack*", "  ack, on it", "\n\nAck.\nthe rest", "Acknowledged - looking", "ack eta 0"]
)
def test_the_word_acknowledges(text: str) -> None:
    assert read_answer(text) == ACK


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("eta 20", 20),
        ("ETA: 20m", 20),
        ("eta 20 min, in the car", 20),
        ("ack, eta 1h", 60),
        ("eta 2 hours", 120),
        ("ack eta 45 minutes", 45),
    ],
)
def test_a_time_is_for_how_long(text: str, minutes: int) -> None:
    assert read_answer(text) == PageAnswer(Answer.ACKNOWLEDGE, timedelta(minutes=minutes))


@pytest.mark.parametrize("text", ["no", "No.", "No, I'm on a plane", "can't", "can’t, sorry", "cannot"])
def test_no_is_no(text: str) -> None:
    assert read_answer(text).answer is Answer.CANNOT


def test_when_in_doubt_more_people_are_paged() -> None:
    assert read_answer("no problem, on it").answer is Answer.CANNOT


def test_escalate() -> None:
    assert read_answer("Escalate!!").answer is Answer.ESCALATE


@pytest.mark.parametrize(
    "text", ["", "\n \n", "what is this?", "acknowledgement", "nobody", "I ack this", "3 no", "notes: ack", "the ack came"]
)
def test_anything_else_is_a_comment(text: str) -> None:
    assert read_answer(text) == PageAnswer(Answer.COMMENT)


def test_only_the_first_line_counts() -> None:
    assert read_answer("hm\nack").answer is Answer.COMMENT


def test_a_token_is_made_from_nonce_and_key_and_has_the_nonces_length() -> None:
    nonce = "0" * 32
    token = token_of(nonce, b"k" * 32)
    assert is_token(token)
    assert len(token) == len(nonce)
    assert token_of(nonce, b"j" * 32) != token


def test_a_payload_is_unsealed_wherever_the_nonce_stands() -> None:
    nonce, keys = "ab" * 16, (b"new" * 10, b"old" * 10)
    token = token_of(nonce, keys[1])
    payload = {"ack_link": f"https://t/p/{nonce}", "details": {"a": [nonce]}, "page": 3}
    assert unsealed(payload, nonce, hash_of(token), keys) == {"ack_link": f"https://t/p/{token}", "details": {"a": [token]}, "page": 3}


def test_without_its_key_a_payload_stays_sealed() -> None:
    nonce = "ab" * 16
    assert unsealed({"ack_link": nonce}, nonce, hash_of(token_of(nonce, b"k" * 32)), (b"other" * 6,)) == {"ack_link": nonce}


@pytest.mark.parametrize("text", ["", "ab", "AB" * 16, "g" * 32, "a" * 33, "a" * 31 + "\n"])
def test_what_is_no_token(text: str) -> None:
    assert not is_token(text)
