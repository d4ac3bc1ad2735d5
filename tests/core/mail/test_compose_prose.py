"""prose: text that goes out is wrapped for people, and nothing in it is broken."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from triage.core.mail.prose import COLUMNS, wrap

URL = "https://status.example/incidents/" + "x" * 90


def test_long_lines_are_wrapped_at_76_columns() -> None:
    lines = wrap("word " * 60).splitlines()
    assert len(lines) == 4
    assert max(map(len, lines)) <= COLUMNS


def test_a_url_is_never_broken() -> None:
    assert URL in wrap(f"The incident is described at {URL} and is being worked on by the team right now.").splitlines()


def test_hyphens_do_not_break_a_trace_id() -> None:
    trace = "4bf92f35-77b3-4da6-a3ce-929d0e0e4736"
    assert trace in wrap("the failing request with the x-trace-id that you gave us was " + trace + " and it failed")


def test_list_items_hang_and_quotes_keep_their_marks() -> None:
    wrapped = wrap("- " + "item " * 20 + "\n> " + "quoted " * 15).splitlines()
    assert wrapped[0].startswith("- item")
    assert wrapped[1].startswith("  item")
    assert wrapped[2].startswith("> quoted")
    assert wrapped[3].startswith("> quoted")


def test_every_kind_of_line_end_is_one_and_controls_vanish() -> None:
    assert wrap("a\r\nb\rc\u2028d\x85e\x00f\x1bg") == "a\nb\nc\nd\nefg\n"


def test_signature_separator_keeps_its_space_and_other_lines_lose_theirs() -> None:
    assert wrap("text   \n-- \nWise") == "text\n-- \nWise\n"


@given(st.text(alphabet=st.sampled_from("ab -*>.1\n\té支/:"), max_size=1500))
def test_wrapping_twice_changes_nothing(text: str) -> None:
    assert wrap(wrap(text)) == wrap(text)


@given(st.text(alphabet=st.sampled_from("ab -.\né"), max_size=1500))
def test_no_word_is_lost_or_broken(text: str) -> None:
    assert wrap(text).split() == text.split()
