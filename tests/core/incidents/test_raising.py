"""What of an answer is believed when an incident was opened: one plain https address, or nothing."""

from __future__ import annotations

import json

import pytest

from triage.core.incidents.raising import LONGEST_LINK, link_in

GOOD = "https://incidents.example.com/i/42?view=all#top"


def test_a_plain_https_address_is_taken() -> None:
    assert link_in(json.dumps({"url": GOOD, "id": 42})) == GOOD
    assert link_in('{"url": "https://incidents.example.com"}') == "https://incidents.example.com"


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "ok",
        "[]",
        '"https://incidents.example.com/"',
        "[" * 100_000,
        '{"url": null}',
        '{"url": ["https://incidents.example.com/"]}',
        '{"url": "http://incidents.example.com/"}',
        '{"url": "javascript:alert(1)"}',
        '{"url": "https://"}',
        '{"url": "https://user:pass@incidents.example.com/"}',
        '{"url": "https://incidents.example.com/a b"}',
        '{"url": "https://incidents.example.com/\\nBcc: x"}',
        '{"url": "https://incidents.example.com/\\u202eexe"}',
        '{"url": "https://incidents.example.com/<script>"}',
        json.dumps({"url": "https://incidents.example.com/" + "a" * LONGEST_LINK}),
    ],
)
def test_anything_else_is_nothing(answer: str) -> None:
    assert link_in(answer) == ""
