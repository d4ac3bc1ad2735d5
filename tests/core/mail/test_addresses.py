"""Mailboxes out of address headers."""

from __future__ import annotations

import pytest

from triage.core.mail.addresses import MAX_ADDRESSES, read_addresses, return_path

READ = {
    b"Jane Doe <Jane@Acme.Example>": ["Jane Doe <jane@acme.example>"],
    b"jane@acme.example (Jane Doe)": ["Jane Doe <jane@acme.example>"],
    b'"Doe, Jane" <jane@acme.example>, bob@acme.example': ["Doe, Jane <jane@acme.example>", "bob@acme.example"],
    b"Team: a@x.example, B <b@x.example>;": ["a@x.example", "B <b@x.example>"],
    b"unlisted-recipients:; (no To-header on input)": [],
    b"undisclosed-recipients:;": [],
    b'"john doe"@acme.example': ['"john doe"@acme.example'],
    b'"plain"@acme.example': ["plain@acme.example"],
    "Jörg <x@bücher.example>".encode(): ["Jörg <x@xn--bcher-kva.example>"],
    "Jörg <x@acme.example>".encode("latin-1"): ["Jörg <x@acme.example>"],
    b"<@relay.example:y@acme.example>": ["y@acme.example"],
    b"=?x-gbk?B?1tDOxA==?= <x@acme.example>": ["中文 <x@acme.example>"],
    b'"=?utf-8?Q?J=C3=A4ne?=" <x@acme.example>': ["Jäne <x@acme.example>"],
    b'"jane@acme.example" <jane@acme.example>': ["jane@acme.example"],
    b"Jane Doe jane@acme.example": ["jane@acme.example"],
    b"=?utf-8?Q?Jane_<jane=40acme.example>?=": ["Jane <jane@acme.example>"],
    b"": [],
    b"nobody": [],
    b"<>": [],
}


@pytest.mark.parametrize(("value", "expected"), READ.items())
def test_mailboxes(value, expected):
    assert [str(found) for found in read_addresses(value)[0]] == expected


def test_an_address_in_a_display_name_is_not_the_author():
    """Display-name tricks: `"ceo@wise.com" <mallory@evil.example>`."""
    (found,), _ = read_addresses(b'"ceo@wise.com" <mallory@evil.example>')
    assert (found.address, found.name) == ("mallory@evil.example", "ceo@wise.com")


def test_an_encoded_line_break_in_a_name_stays_one_line():
    (found,), _ = read_addresses(b"=?utf-8?q?a=0D=0ABcc=3A_x?= <x@acme.example>")
    assert found.name == "a Bcc: x"


def test_a_recovered_address_is_a_defect():
    assert read_addresses(b"Jane Doe jane@acme.example")[1] == ["an address had to be searched for"]


def test_lists_are_bounded():
    found, defects = read_addresses(b", ".join(b"n%d@acme.example" % n for n in range(MAX_ADDRESSES + 500)))
    assert len(found) == MAX_ADDRESSES
    assert defects == [f"more than {MAX_ADDRESSES} addresses in one header"]


@pytest.mark.parametrize(
    ("value", "expected"), [(b"<>", ""), (b" < > ", ""), (b"<A@b.example>", "a@b.example"), (b"a@b.example", "a@b.example")]
)
def test_return_path(value, expected):
    assert return_path(value) == expected
