"""Message-IDs as they are written in reality."""

from __future__ import annotations

import pytest

from triage.core.mail.message_ids import first_id, ids

READ = {
    "<a@x>": ("<a@x>",),
    "<a@x> <b@x>\t<c@x>": ("<a@x>", "<b@x>", "<c@x>"),
    "<a@x>,<b@x>, <c@x>": ("<a@x>", "<b@x>", "<c@x>"),
    "<a@x><b@x>": ("<a@x>", "<b@x>"),
    "a@x b@x": ("<a@x>", "<b@x>"),
    "<a@x": ("<a@x>",),
    "<a@x <b@x>": ("<a@x>", "<b@x>"),
    "<a\t@x>": ("<a@x>",),
    "<a@x> (added by gateway)": ("<a@x>",),
    "<A@X> <a@x>": ("<A@X>", "<a@x>"),
    "<a@x> <a@x>": ("<a@x>",),
    "Your message of Monday": (),
    "<>": (),
    "": (),
    "<no-at-sign>": ("<no-at-sign>",),
    "<caf\xe9@x>": ("<caf?@x>",),
}


@pytest.mark.parametrize(("value", "expected"), READ.items())
def test_ids(value, expected):
    assert ids(value) == expected


def test_beyond_the_limit_the_first_and_the_newest_are_kept():
    assert ids(" ".join(f"<{n}@x>" for n in range(1_000)), limit=3) == ("<0@x>", "<998@x>", "<999@x>")


def test_an_absurdly_long_id_is_left_out():
    assert ids(f"<{'a' * 2_000}@x> <b@x>") == ("<b@x>",)


@pytest.mark.parametrize(
    ("value", "expected"), [("token", "<token>"), ("<token>", "<token>"), ("", ""), ("two words", ""), ("x <a@b>", "<a@b>")]
)
def test_a_message_id_header_may_hold_one_bare_token(value, expected):
    assert first_id(value) == expected
