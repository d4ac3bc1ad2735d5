"""Own Message-IDs and plus-addresses: nobody can make one up, and ours are read back after what gateways do to them."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.core.mail.message import Address, InboundMessage
from triage.core.mail.own_ids import (
    OwnClaim,
    OwnId,
    make_message_id,
    plus_address,
    plus_token,
    read_claims,
    read_message_id,
    read_plus_address,
    read_plus_token,
)

KEY = bytes(range(32))
OLD = bytes(range(32, 64))
DOMAINS = ("wise.com",)
MADE = make_message_id(1042, "receipt", "5f3a9c21", "wise.com", KEY)
NUMBERS = st.integers(0, 10**11)
KINDS = st.text(string.ascii_lowercase + string.digits + "-", min_size=1, max_size=32)
NONCES = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=64)


@given(NUMBERS, KINDS, NONCES, st.binary(min_size=16, max_size=64))
def test_what_was_made_is_read_back(number: int, kind: str, nonce: str, key: bytes) -> None:
    assert read_message_id(make_message_id(number, kind, nonce, "wise.com", key), [key], DOMAINS) == OwnId(number, kind, nonce)


@given(st.integers(0, (len(MADE) - 2) * 7 - 1))
def test_any_flipped_bit_makes_it_a_strangers(bit: int) -> None:
    """But for the bit that is the case of a letter, which gateways change."""
    index, mask = 1 + bit // 7, 1 << bit % 7
    changed = MADE[:index] + chr(ord(MADE[index]) ^ mask) + MADE[index + 1 :]
    if changed.lower() != MADE:
        assert read_message_id(changed, [KEY], DOMAINS) is None


@given(st.text(max_size=80))
def test_no_invented_id_is_ours(text: str) -> None:
    assert read_message_id(f"<c1042.receipt.{text}@wise.com>", [KEY], DOMAINS) is None


def test_upper_case_is_still_ours() -> None:
    assert read_message_id(MADE.upper(), [KEY], DOMAINS) == OwnId(1042, "receipt", "5f3a9c21")


def test_lost_brackets_are_still_ours() -> None:
    assert read_message_id(f" {MADE.strip('<>')} ", [KEY], DOMAINS) == OwnId(1042, "receipt", "5f3a9c21")


def test_an_old_key_still_verifies() -> None:
    assert read_message_id(make_message_id(7, "closed", "a", "wise.com", OLD), [KEY, OLD], DOMAINS) == OwnId(7, "closed", "a")


def test_another_key_does_not_verify() -> None:
    assert read_message_id(MADE, [OLD], DOMAINS) is None


@pytest.mark.parametrize("domain", ["mail.wise.com", "wise.com.evil.example", "evil.example", "xwise.com"])
def test_only_the_exact_domain_counts(domain: str) -> None:
    assert read_message_id(MADE.replace("wise.com", domain), [KEY], (*DOMAINS, "wise.co")) is None


def test_an_id_of_one_own_domain_is_not_valid_at_another() -> None:
    assert read_message_id(MADE.replace("wise.com", "wise.org"), [KEY], ("wise.com", "wise.org")) is None


def test_a_leading_zero_is_not_the_same_number() -> None:
    assert read_message_id(MADE.replace("c1042", "c01042"), [KEY], DOMAINS) is None


@pytest.mark.parametrize(
    ("number", "kind", "nonce", "domain", "key"),
    [
        (-1, "a", "b", "c.d", KEY),
        (1, "A", "b", "c.d", KEY),
        (1, "a.b", "b", "c.d", KEY),
        (1, "a", "", "c.d", KEY),
        (1, "a", "b", "", KEY),
        (1, "a", "b", "c.d", b"short"),
    ],
)
def test_what_could_not_be_read_back_is_not_made(number: int, kind: str, nonce: str, domain: str, key: bytes) -> None:
    with pytest.raises(ValueError, match="Message-ID"):
        make_message_id(number, kind, nonce, domain, key)


def test_the_code_is_at_least_sixteen_bytes() -> None:
    code = MADE.partition("@")[0].rpartition(".")[2]
    assert len(code) * 5 >= 16 * 8


@given(st.integers(1, 10**11))
def test_a_plus_token_is_read_back(number: int) -> None:
    assert read_plus_token(plus_token(number, KEY).upper(), [OLD, KEY]) == number


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_a_plus_token_is_for_one_case(one: int, other: int) -> None:
    swapped = f"c{other}.{plus_token(one, KEY).partition('.')[2]}"
    assert read_plus_token(swapped, [KEY]) == (one if one == other else None)


def test_a_plus_token_is_no_message_code() -> None:
    code = MADE.partition("@")[0].rpartition(".")[2]
    assert read_plus_token(f"c1042.{code}", [KEY]) is None


def test_a_plus_address_fits_a_local_part() -> None:
    assert len(plus_address("payments-api@wise.com", 999_999_999, KEY).partition("@")[0]) <= 64


def test_a_plus_address_counts_at_our_own_mailbox_only() -> None:
    address = plus_address("api@wise.com", 1042, KEY)
    assert read_plus_address(address, [KEY], {"api@wise.com"}) == 1042
    assert read_plus_address(address, [KEY], {"other@wise.com"}) is None
    assert read_plus_address("api@wise.com", [KEY], {"api@wise.com"}) is None


def test_claims_come_in_the_order_they_count() -> None:
    ids = [make_message_id(number, "receipt", "a", "wise.com", KEY) for number in (1, 2, 3)]
    message = InboundMessage(
        content_hash="",
        size=0,
        in_reply_to=(ids[1], "<x@y>"),
        references=(ids[0], ids[2], ids[1]),
        to=(Address(plus_address("api@wise.com", 4, KEY)),),
        delivered_to=(plus_address("api@wise.com", 5, KEY),),
    )
    claims = read_claims(message, [KEY], DOMAINS, {"api@wise.com"})
    assert [claim.case_number for claim in claims] == [2, 3, 1, 5, 4]
    assert claims[0] == OwnClaim(2, "in-reply-to", ids[1])


def test_a_warning_to_operators_claims_no_case() -> None:
    message = InboundMessage(content_hash="", size=0, in_reply_to=(make_message_id(0, "warning", "a", "wise.com", KEY),))
    assert read_claims(message, [KEY], DOMAINS) == ()
