"""Every shipped notice, word for word, in every language: golden files in golden_notices/. TRIAGE_WRITE_GOLDENS=1 writes them anew."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.goldens import assert_golden
from tests.scenarios.office import RULES
from triage.core.cases.events import NoticeKind
from triage.core.cases.notice_checks import CLOSED_BY, faults, sample_values
from triage.core.cases.notice_dictionary import WORDS
from triage.core.cases.notice_variants import split_name
from triage.core.cases.notices import NoticeValues, render
from triage.core.mail.prose import wrap

GOLDENS = Path(__file__).parent / "golden_notices"
FILES = {path.stem: path.read_text("utf-8") for path in sorted((RULES / "notices").glob("*.txt"))}


def variants(notice: str, everything: NoticeValues) -> Iterator[tuple[str, NoticeValues]]:
    """What a partner may get: title and values."""
    at_work = replace(everything, back_at="", known_incident="")
    match notice:
        case "closed":
            yield from ((f"closed by {who}", replace(everything, closed_by=who)) for who in CLOSED_BY)
        case "severity-1":
            yield "on-call is alerted, the page knows", everything
            yield "on-call is alerted, the page does not know", replace(everything, known_incident="", missing=everything.missing[2:4])
            yield "a rule pages nobody", replace(everything, alerted=False, known_incident="", missing=(), status_page="")
        case "reopened":
            yield "at work", replace(at_work, alerted=False)
            yield "out of hours", replace(everything, alerted=False)
            yield "severity 1", everything
        case "reminder":
            yield "with the end of the window", everything
        case "status":
            yield "some with us, some with you", everything
            yield "with us alone", replace(everything, with_you=())
        case "command":
            yield "done", replace(everything, more=())
            yield "help, without a case", replace(everything, done=(), state=())
            yield "show", replace(everything, done=())
        case "command-refused":
            yield "a line that cannot be read", everything
            yield "no case", replace(everything, line="", state=(), refused="it names no case.")
        case "taken" | "missing":
            yield "", everything
        case _:
            yield "at work, nothing is missing", replace(at_work, missing=())
            yield "out of hours, everything is missing", everything


@pytest.mark.parametrize("name", FILES)
def test_the_text_is_as_it_was_read_and_found_good(name: str) -> None:
    notice, language = split_name(name)
    parts = [
        f"--- {title}\n\n{wrap(render(name, FILES[name], values))}" for title, values in variants(notice, sample_values(language or "en"))
    ]
    assert_golden(GOLDENS / f"{name}.txt", "\n".join(parts))


@pytest.mark.parametrize("name", FILES)
def test_a_shipped_text_renders_whatever_is_missing(name: str) -> None:
    assert faults(FILES[name], split_name(name)[1] or "en") == ()


def test_the_samples_have_every_value() -> None:
    """What a sample lacks is neither tried at a save nor seen in a preview."""
    values = sample_values("en").as_mapping()
    assert [name for name, value in values.items() if not value] == []


@pytest.mark.parametrize("language", [language for language in WORDS if language != "en"])
def test_every_notice_is_shipped_in_every_language(language: str) -> None:
    assert {kind.value for kind in NoticeKind if f"{kind.value}.{language}" not in FILES} == set()


@pytest.mark.parametrize("name", FILES)
def test_a_translation_uses_the_values_of_the_original(name: str) -> None:
    """A value that a translation forgets is something a partner is not told."""
    used = {value for value in NoticeValues.__slots__ if value in _code(FILES[split_name(name)[0]])}
    assert {value for value in NoticeValues.__slots__ if value in _code(FILES[name])} == used


def _code(source: str) -> str:
    return " ".join(part.partition("}")[0] for part in source.replace("{%", "{{").split("{{")[1:])


@pytest.mark.parametrize("name", FILES)
def test_a_text_is_written_in_lines_that_fit(name: str) -> None:
    """With short values; what a long one makes too long is wrapped when it goes out."""
    lines = [re.sub(r"\{\{.*?\}\}", "#1042", line) for line in FILES[name].split("\n") if "{%" not in line and "{#" not in line]
    assert [line for line in lines if len(line) > 76] == []


@pytest.mark.parametrize("language", WORDS)
def test_the_words_that_call_on_call_are_the_english_ones(language: str) -> None:
    """The rule looks for these very words in the subject, in whatever language the partner reads about them."""
    text = FILES["receipt" if language == "en" else f"receipt.{language}"]
    assert "urgent" in text
    assert "critical" in text
