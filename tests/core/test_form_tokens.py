"""Tokens of forms: of this installation, for this person, for twelve hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from triage.core.form_tokens import VALID_FOR, form_token, is_form_token

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
KEY, OTHER = b"k" * 32, b"o" * 32
TOKEN = form_token(KEY, "ana", NOW)


def test_it_holds_for_the_person_until_it_is_old() -> None:
    assert is_form_token((KEY,), TOKEN, "ana", NOW)
    assert is_form_token((KEY,), TOKEN, "ana", NOW + VALID_FOR - timedelta(seconds=1))
    assert not is_form_token((KEY,), TOKEN, "ana", NOW + VALID_FOR + timedelta(seconds=1))
    assert not is_form_token((KEY,), TOKEN, "bo", NOW)


def test_it_holds_while_the_key_is_one_of_the_old_ones() -> None:
    assert is_form_token((OTHER, KEY), TOKEN, "ana", NOW)
    assert not is_form_token((OTHER,), TOKEN, "ana", NOW)


@pytest.mark.parametrize(
    "token", ["", ".", "9999999999.", f"9999999999.{TOKEN.partition('.')[2]}", TOKEN[:-1], "\u0661.x", "9" * 50 + ".x", "1.\udcff"]
)
def test_a_made_up_one_holds_for_nobody(token: str) -> None:
    assert not is_form_token((KEY,), token, "ana", NOW)
