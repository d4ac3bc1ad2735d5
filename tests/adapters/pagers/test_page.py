"""page: a payload of any age is read, and what a person needs is never what gets cut."""

from __future__ import annotations

import pytest

from tests.adapters.pagers.scene import PAGE
from triage.adapters.pagers.page import Action, cut, cut_bytes, read_page


def test_links_the_text_lacks_are_added_and_others_are_not_repeated() -> None:
    assert read_page(PAGE).full_text.endswith(f"Acknowledge: {PAGE['ack_link']}\nCase: {PAGE['link']}")
    assert read_page(PAGE | {"text": f"see {PAGE['ack_link']} {PAGE['link']}"}).full_text == f"see {PAGE['ack_link']} {PAGE['link']}"


def test_a_long_text_is_cut_and_its_links_are_not() -> None:
    text = read_page(PAGE | {"text": "x" * 1000}).text_within(100)
    assert text.split("\n")[0] == "x" * 99 + "…"
    assert str(PAGE["ack_link"]) in text


def test_a_drill_is_marked_everywhere_once() -> None:
    drill = read_page(PAGE | {"test": True})
    assert (drill.title[:6], drill.full_text[:6]) == ("TEST: ", "TEST: ")
    marked = read_page(PAGE | {"test": True, "summary": "TEST: x", "text": "TEST: y"})
    assert (marked.title, marked.text_within(10).split("\n")[0]) == ("TEST: x", "TEST: y")


@pytest.mark.parametrize("action", ["shout", "", None, 5, ["trigger"]])
def test_an_action_nobody_knows_rings(action: object) -> None:
    assert read_page({"action": action}).action is Action.TRIGGER


def test_an_empty_payload_still_says_something() -> None:
    page = read_page({})
    assert (page.title, page.full_text) == ("Severity 1: no subject", "Severity 1: no subject")


def test_details_that_are_too_large_are_left_out() -> None:
    assert read_page({"details": {"x": "y" * 30_000}}).details == {}
    assert read_page({"details": {"x": "\ud800"}}).details == {"x": "?"}


def test_cuts_stay_within_their_limit_and_never_split_a_character() -> None:
    assert (cut("abc", 3), cut("abcd", 3)) == ("abc", "ab…")
    assert cut_bytes("é" * 10, 20) == "é" * 10
    assert len(cut_bytes("é" * 11, 20).encode()) <= 20
