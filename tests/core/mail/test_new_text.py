"""New text in many dialects. The samples lie in new_text_samples; each file says one thing about every line of its samples."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.core.mail.new_text import MAX_SCANNED, Split, split

SAMPLES = Path(__file__).parent / "new_text_samples"


def rows(name: str) -> list[tuple[str, str]]:
    """(id, value) of the tab-separated samples."""
    lines = (SAMPLES / name).read_text(encoding="utf-8").splitlines()
    return [(head, value) for head, _, value in (line.partition("\t") for line in lines)]


def stories(name: str) -> list[tuple[str, str]]:
    """(title, text) of the samples that take several lines."""
    parts = ("\n" + (SAMPLES / name).read_text(encoding="utf-8")).split("\n=== ")[1:]
    return [(title, text.rstrip("\n")) for title, _, text in (part.partition("\n") for part in parts)]


def by_id(samples: list[tuple[str, str]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("sample", [value for _, value in samples], ids=[head for head, _ in samples])


def inked(text: str) -> list[str]:
    """The lines with something on them, without their ends."""
    return [line.rstrip() for line in text.splitlines() if line.strip()]


ATTRIBUTIONS = rows("attributions.txt")
HEADERS = rows("headers.txt")


@by_id(ATTRIBUTIONS)
def test_text_above_an_attribution_is_new_and_marked_text_below_is_quoted(sample: str) -> None:
    found = split(f"My answer.\n\n{sample}\n\n> old text\n> older text\n")
    assert found == Split("My answer.", f"{sample}\n\n> old text\n> older text")


@by_id([row for row in ATTRIBUTIONS if "@" in row[1]])
def test_an_attribution_with_date_and_address_cuts_text_without_marks(sample: str) -> None:
    assert split(f"My answer.\n\n{sample}\nold text\n\nmore old text").new_text == "My answer."


@by_id(ATTRIBUTIONS)
def test_an_answer_below_marked_text_is_new(sample: str) -> None:
    assert split(f"{sample}\n> old text\n\nMy answer.").new_text == "My answer."


@by_id([row for row in ATTRIBUTIONS if " <jane" in row[1]])
def test_an_attribution_may_be_wrapped_before_the_address(sample: str) -> None:
    wrapped = sample.replace(" <jane", "\n<jane")
    assert split(f"My answer.\n\n{wrapped}\n\n> old text").new_text == "My answer."


@by_id([row for row in ATTRIBUTIONS if " <jane" in row[1]])
def test_an_attribution_wrapped_right_below_an_answer_takes_nothing_of_it(sample: str) -> None:
    wrapped = sample.replace(" <jane", "\n<jane")
    assert split(f"My answer.\n{wrapped}\n\n> old text").new_text == "My answer."


@by_id(HEADERS)
def test_a_header_block_quotes_all_that_follows(sample: str) -> None:
    block = sample.replace("|", "\n")
    assert split(f"My answer.\n\n{block}\n\nold text\n") == Split("My answer.", f"{block}\n\nold text")


@by_id(HEADERS)
def test_a_header_block_below_a_ruler_takes_the_ruler_with_it(sample: str) -> None:
    block = "________________________________\n" + sample.replace("|", "\n")
    assert split(f"My answer.\n\n{block}\n\nold text\n").quoted_text == f"{block}\n\nold text"


@by_id(HEADERS)
def test_a_header_block_of_a_forward_names_its_author_and_keeps_the_text(sample: str) -> None:
    block = sample.replace("|", "\n")
    found = split(f"See below.\n\n{block}\n\nforwarded text\n", subject="Fwd: 500")
    assert found.new_text == f"See below.\n\n{block}\n\nforwarded text"
    assert "Jane" in found.forwarded[0].author
    assert found.forwarded[0].text == "forwarded text"


@by_id(rows("separators.txt"))
def test_a_separator_quotes_all_that_follows(sample: str) -> None:
    assert split(f"My answer.\n\n{sample}\nold text").new_text == "My answer."


@by_id(rows("separators.txt"))
def test_a_separator_goes_with_its_header_block(sample: str) -> None:
    quoted = (
        f"{sample}\nFrom: Jane <jane@example.com>\nDate: 23/11/2026 10:14 (GMT+01:00)\nTo: api@example.org\nSubject: Re: 500\n\nold text"
    )
    assert split(f"My answer.\n\n{quoted}") == Split("My answer.", quoted)


@by_id(rows("forwards.txt"))
def test_a_forward_keeps_the_forwarded_part_and_notes_its_author(sample: str) -> None:
    forwarded = (
        f"{sample}\n\nFrom: Bob Roe <bob@example.net>\nDate: 23 Nov 2026 10:14\nSubject: 500\nTo: jane@example.com\n\nPOST fails.\n\nBob"
    )
    found = split(f"FYI\n\n{forwarded}")
    assert found.new_text == f"FYI\n\n{forwarded}"
    assert [(f.author, f.text) for f in found.forwarded] == [("Bob Roe <bob@example.net>", "POST fails.\n\nBob")]
    assert not found.quoted_text


@pytest.mark.parametrize("line", (SAMPLES / "devices.txt").read_text(encoding="utf-8").splitlines())
def test_a_device_line_at_the_end_is_signature(line: str) -> None:
    assert split(f"My answer.\n\n{line}\n") == Split("My answer.", signature=line)


@by_id(stories("kept.txt"))
def test_text_that_only_looks_like_mail_is_kept(sample: str) -> None:
    text = f"Hello team,\n\n{sample}\n\nRegards, Jane"
    found = split(text)
    assert inked(found.new_text) == inked(text)
    assert not found.quoted_text


def _piece(line: str) -> tuple[str, str]:
    return line[:1], line[2:]


@by_id(stories("mixed.txt"))
def test_every_line_of_a_mail_goes_where_the_sample_says(sample: str) -> None:
    """N new, Q quoted, S signature, F forwarded, D forwarded and freed of its quote mark."""
    lines = [_piece(line) for line in sample.split("\n")]
    found = split("\n".join(text for _, text in lines))
    new = [text.removeprefix("> ").removeprefix(">") if kind == "D" else text for kind, text in lines if kind in "NFD"]
    assert inked(found.new_text) == inked("\n".join(new))
    assert inked(found.quoted_text) == inked("\n".join(text for kind, text in lines if kind == "Q"))
    assert inked(found.signature) == inked("\n".join(text for kind, text in lines if kind == "S"))


def test_a_mail_that_only_quotes_keeps_its_whole_text() -> None:
    text = "On Mon, 23 Nov 2026 at 10:14, Jane <jane@example.com> wrote:\n> old"
    assert split(text).new_text == text


def test_a_signature_alone_above_a_quote_keeps_the_whole_text() -> None:
    text = "Sent from my iPhone\n\nOn Mon, 23 Nov 2026 at 10:14, Jane <jane@example.com> wrote:\n> old"
    assert split(text).new_text == text


def test_a_mail_that_begins_with_a_header_block_is_a_forward() -> None:
    text = "From: Bob <bob@example.net>\nSent: Monday, November 23, 2026 10:14\nTo: Jane\nSubject: 500\n\nPOST fails."
    found = split(text)
    assert found.new_text == text
    assert found.forwarded[0].author == "Bob <bob@example.net>"


def test_a_header_that_somebody_introduced_is_kept_with_its_author() -> None:
    found = split("This is what we got:\n\nFrom: x@example.org\nDate: today\nTo: us\nSubject: failed\n\nIs it real?")
    assert found.new_text.endswith("Is it real?")
    assert found.forwarded[0].author == "x@example.org"


def test_two_forwards_in_one_mail_are_both_noted() -> None:
    text = "---------- Forwarded message ---------\nFrom: A <a@x.example>\nDate: d\nSubject: s\nTo: t\n\none\n\n"
    found = split("FYI\n\n" + text + text.replace("A <a@", "B <b@").replace("one", "two"))
    assert [(f.author, f.text) for f in found.forwarded] == [("A <a@x.example>", "one"), ("B <b@x.example>", "two")]


def test_a_reply_to_a_forward_is_no_forward() -> None:
    found = split("Thanks\n\nFrom: Bob <bob@example.net>\nSent: x\nTo: Jane\nSubject: FW: 500\n\nold", subject="RE: FW: 500")
    assert found == Split("Thanks", "From: Bob <bob@example.net>\nSent: x\nTo: Jane\nSubject: FW: 500\n\nold")


def test_runs_of_blank_lines_become_one() -> None:
    assert split("a\n\n\n\n\nb\n\n").new_text == "a\n\nb"


def test_paragraphs_do_not_merge_where_a_quote_was() -> None:
    assert split("On 23/11/2026 10:14, Jane wrote:\n> q\none\n> r\ntwo").new_text == "one\n\ntwo"


@pytest.mark.parametrize("end", ["\r\n", "\r", "\u2028"], ids=["crlf", "cr", "separator"])
def test_every_kind_of_line_end_is_one(end: str) -> None:
    assert split(end.join(["yes", "", "On 23/11/2026 10:14, Jane wrote:", "> old"])).new_text == "yes"


def test_blank_text_has_no_new_text() -> None:
    assert split(" \n\n ") == Split("")


def test_text_beyond_the_cap_stays_new() -> None:
    text = "log line of the partner\n" * 5000
    assert len(text) > MAX_SCANNED
    assert split(text).new_text == text.strip()


def test_text_beyond_the_cap_stays_quoted_below_a_header_block() -> None:
    header = "From: Jane <j@example.com>\nSent: today\nTo: us\nSubject: x\n\n"
    assert split("yes\n\n" + header + "old line\n" * 10_000).new_text == "yes"


def test_forwarded_text_beyond_the_cap_is_part_of_the_forward() -> None:
    found = split("FYI\n---------- Forwarded message ---------\nFrom: A <a@x.example>\nDate: d\nTo: t\nSubject: s\n\n" + "line\n" * 20_000)
    assert found.forwarded[0].text.count("line") == 20_000


WORDS = st.sampled_from(
    [
        "On Mon, 23 Nov 2026 at 10:14, Jane <j@example.com> wrote:",
        "wrote:",
        "> old",
        ">> older",
        "From: a@x.example",
        "To: b",
        "Sent: now",
        "Subject: s",
        "-----Original Message-----",
        "---------- Forwarded message ---------",
        "-- ",
        "--",
        "Sent from my iPhone",
        "",
        " ",
        "text",
        "JD> x",
        "| a",
        "a:",
        "Begin forwarded message:",
        "> From: a@x.example",
        "> Date: d",
        "> Subject: s",
        "> To: t",
        "________________________________",
        "< HTTP/1.1 500",
        "> POST / HTTP/1.1",
        "> {",
        "This message is confidential; the recipient",
        "<j@example.com> wrote:",
        "2026 10:14 Jane",
        ">",
        "&gt; x",
        "\u200f:",
    ]
)


@given(st.lists(WORDS | st.text(max_size=30), max_size=30))
def test_no_line_is_ever_lost(lines: list[str]) -> None:
    """Each line with something on it is new, quoted or signature; forwarded lines may have lost one quote mark."""
    text = "\n".join(lines)
    found = split(text)
    shown = "\n".join([found.new_text, found.quoted_text, found.signature])
    pieces = set(shown.replace("\n", " ").split()) if shown else set()
    for word in text.replace("&gt;", ">").replace(">", " ").split():
        assert any(word in piece.replace("&gt;", " ") or word in piece for piece in pieces)


@given(st.lists(WORDS, max_size=30))
def test_the_order_of_new_lines_is_that_of_the_mail(lines: list[str]) -> None:
    numbered = [f"{line} n{i}n" if line.strip() == "text" else line for i, line in enumerate(lines)]
    kept = [line for line in inked(split("\n".join(numbered)).new_text) if line.startswith("text n")]
    assert kept == [line for line in numbered if line in kept]


@given(st.text(max_size=400), st.text(max_size=40))
def test_nothing_raises_and_nothing_but_blank_text_is_empty(text: str, subject: str) -> None:
    assert bool(split(text, subject).new_text) == bool(text.strip())


BOMBS = {
    "On": "On " * 4000,
    "On, many lines": "On \n" * 250_000,
    "marks": ">" * 1_000_000,
    "marks, many lines": ">\n" * 500_000,
    "marks, deep": "> " * 500_000,
    "colons": ":\n" * 500_000,
    "wrote": "wrote:\n" * 150_000,
    "attributions": "On Mon, 23 Nov 2026 at 10:14, J <j@x.example> wrote\n" * 20_000,
    "addresses": "a@" * 500_000,
    "address lines": ("a@b.example " * 15 + ":\n") * 5_000,
    "headers": "From: a@x.example\n" * 60_000,
    "header halves": "From: a\nSent: b\n" * 60_000,
    "recipients": "From: a@x.example\nTo: " + "a@x.example;\n" * 80_000,
    "separators": "-----Original Message\n" * 50_000,
    "forwards": "---------- Forwarded message ---------\n" * 25_000,
    "dashes": "-" * 1_000_000,
    "delimiters": "-- \n" * 250_000,
    "bare delimiters": "--\nx\n" * 200_000,
    "devices": "Sent from my iPhone\n" * 50_000,
    "disclaimers": "This message is confidential\n" * 35_000,
    "names": "Ab> x\n" * 160_000,
    "other names": "".join(f"A{chr(97 + i % 26)}> x\n" for i in range(160_000)),
    "blank": "\n" * 1_000_000,
    "spaces": " " * 1_000_000,
    "digits": "1" * 1_000_000,
    "dates": "23.11.2026 10:14 " * 60_000 + ":",
    "mixed quotes": "> a\nb\n" * 160_000,
    "forward marks": "Begin forwarded message:\n" + "> \n" * 300_000,
    "rulers": "_____\n\n" * 150_000,
}


@pytest.mark.parametrize("bomb", list(BOMBS))
def test_a_megabyte_takes_less_than_a_second(bomb: str) -> None:
    text = BOMBS[bomb][:1_000_000]
    started = time.process_time()
    split(text)
    assert time.process_time() - started < 1.0


@pytest.mark.parametrize("stamp", ["23.11.2026 10:14:01", "11/23/2026 10:14:01 AM", "2026/11/23 10:14"])
def test_lotus_notes_puts_author_time_and_first_words_on_one_line(stamp: str) -> None:
    text = f'My answer.\n\n"Ana Diaz" ---{stamp}---Hello all\n\nFrom: "Ana Diaz" <ana@acme.com>\nTo: Bob\nDate: {stamp}\n\nold text'
    assert split(text).new_text == "My answer."


def test_dashes_around_a_date_in_prose_are_kept() -> None:
    text = "The window---23.11.2026 10:14---was bad.\nIt still is."
    assert split(text).new_text == text
