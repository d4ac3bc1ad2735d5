"""envelope: an address is one mailbox and nothing else, or it is refused."""

from __future__ import annotations

from email.utils import parseaddr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.core.mail.envelope import check_address, to_ascii_address


@pytest.mark.parametrize(
    "address",
    [
        "ana@x.example",
        "a.b+c@x.example",
        "o'hara@x.example",
        '"a b"@x.example',
        "root@localhost",
        "josé@x.example",
        "a@bücher.example",
        "a@[192.0.2.1]",
    ],
)
def test_ordinary_addresses_pass(address: str) -> None:
    assert check_address(address) == address


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ana",
        "@x.example",
        "ana@",
        "a b@x.example",
        "a@x.example, b@x.example",
        "a@x.example b@x.example",
        "Ana <a@x.example>",
        "<a@x.example>",
        "a@x.example>",
        "a(comment)@x.example",
        "a..b@x.example",
        ".a@x.example",
        "a.@x.example",
        "a@b@x.example",
        "a@-x.example",
        "a@x..example",
        "a@x.example\n",
        "a\r\nRCPT TO:<b@x.example>@x.example",
        "a\u2028@x.example",
        "a\u200b@x.example",
        "a\x00@x.example",
        "\ud800@x.example",
        "a@x.example SMTPUTF8",
        "a" * 65 + "@x.example",
        "a@" + "x." * 130 + "example",
    ],
)
def test_everything_else_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match=r"address|domain|longer"):
        check_address(address)


@given(st.text(alphabet=st.sampled_from('ab@.<>,;:"\\ ()[]\r\n\té\u2028'), max_size=30))
def test_what_passes_is_not_read_differently_by_the_library_that_sends_it(address: str) -> None:
    try:
        check_address(address)
    except ValueError:
        return
    assert parseaddr(address)[1] == address


def test_only_the_domain_is_made_ascii() -> None:
    assert to_ascii_address("josé@bücher.example") == "josé@xn--bcher-kva.example"
