"""facts.extract: spans, duplicates, limits, and the floor on the corpus. What each kind recognises is in test_facts_kinds."""

from __future__ import annotations

import re
import textwrap
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.eval.corpus import CORPUS as CORPUS_DIRECTORY
from tests.eval.corpus import Sample, samples
from tests.eval.score import score
from triage.core.mail.facts import extract
from triage.core.mail.facts.layout import Page
from triage.core.mail.message import FactKind

FLOOR = 0.95
CORPUS = samples()


def test_the_corpus_holds_at_least_150_mails() -> None:
    assert len(CORPUS) >= 150


@pytest.mark.parametrize("kind", [kind.value for kind in FactKind])
def test_precision_and_recall_stay_above_the_floor(kind: str) -> None:
    result = score(CORPUS)[kind]
    assert result.precision >= FLOOR, result.superfluous
    assert result.recall >= FLOOR, result.overlooked


def test_a_mail_about_nothing_wrong_yields_no_failure_and_no_impact() -> None:
    scores = score(samples(CORPUS_DIRECTORY / "nothing_wrong"))
    assert not any(scores[kind].superfluous for kind in ("failure", "business_impact", "trace_id", "http_status", "error_code", "duration"))


def _wrapped(text: str) -> str:
    """As a mail client that breaks prose at 72 columns would have sent it."""
    is_code = re.compile(r"[{}|]|curl|^\\s|^\\S+: ")
    lines = (
        line if is_code.search(line) else textwrap.fill(line, 72, break_long_words=False, break_on_hyphens=False)
        for line in text.split("\n")
    )
    return "\n".join(lines)


@pytest.mark.parametrize(
    "rewritten",
    [_wrapped, lambda text: text.replace(" ", "\u00a0"), lambda text: text.replace("\n", "\r\n")],
    ids=["wrapped at 72", "no-break spaces", "CR LF"],
)
def test_the_floor_holds_for_what_mail_clients_do_to_a_text(rewritten: Callable[[str], str]) -> None:
    scores = score(replace(mail, text=rewritten(mail.text)) for mail in CORPUS)
    low = {kind: result for kind, result in scores.items() if min(result.precision, result.recall) < FLOOR}
    assert not low


@pytest.mark.parametrize("mail", CORPUS, ids=lambda mail: mail.name)
def test_every_span_holds_the_words_it_was_made_from(mail: Sample) -> None:
    for fact in extract(mail.text):
        start, end = fact.span
        assert 0 <= start < end <= len(mail.text)
        assert mail.text[start:end].startswith(fact.original[:40])


@pytest.mark.parametrize("mail", CORPUS, ids=lambda mail: mail.name)
def test_facts_come_in_the_order_of_the_text(mail: Sample) -> None:
    spans = [fact.span for fact in extract(mail.text)]
    assert spans == sorted(spans)


def test_the_same_value_is_reported_once_at_its_first_place() -> None:
    text = "HTTP 500 first, HTTP 500 again"
    assert [fact.span for fact in extract(text)] == [(5, 8)]


def test_a_path_with_and_without_its_method_is_one_endpoint() -> None:
    values = [fact.value for fact in extract("/v1/transfers is down: POST /v1/transfers") if fact.kind is FactKind.ENDPOINT]
    assert values == ["POST /v1/transfers"]


def test_positions_are_characters_also_behind_emoji_and_umlauts() -> None:
    text = "Größe 😀😀 – x-trace-id: 7f3a9c2e-0b1d-4e5f-8a6b-9c0d1e2f3a4b"
    (fact,) = extract(text)
    assert text[slice(*fact.span)] == "7f3a9c2e-0b1d-4e5f-8a6b-9c0d1e2f3a4b"


def test_facts_of_unmasked_text_hold_no_secret() -> None:
    facts = extract('POST https://u:pass1@api.example/v1/x?token=abcdef123 with body {"password": "hunter2", "currency": "EUR"}')
    assert not [fact for fact in facts if any(secret in fact.value + fact.original for secret in ("hunter2", "abcdef123", "pass1"))]


def test_no_kind_has_more_than_200_facts() -> None:
    text = "\n".join(f"x-trace-id: {number:08x}-0000-4000-8000-000000000000" for number in range(500))
    assert len(extract(text)) == 200


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_read_without_an_error(text: str) -> None:
    extract(text)


_SEEDS = [mail.text for mail in CORPUS]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(_SEEDS), st.integers(0, 2_000), st.integers(0, 400), st.text(max_size=8))
def test_a_cut_or_garbled_mail_is_read_without_an_error(text: str, at: int, length: int, junk: str) -> None:
    extract(text[:at] + junk + text[at + length :])


HOSTILE = [
    *(
        "a ",
        "/a ",
        "500 ",
        "{",
        "[",
        '{"a":',
        "{}",
        "10:05 ",
        "1 Nov ",
        "since ",
        "for 20 minutes ",
        "curl -d 'x ",
        "https://a ",
        "api.a.b.c.d/v1 ",
    ),
    *(
        "we cannot ",
        "all payments ",
        "a=1&b=2&",
        "ERR_A ",
        "error.a.b",
        "<a><b>",
        "transfer 12345 ",
        "\n",
        "| a | b |\n",
        "12.12.",
        "'",
        "trace ",
        "our customers ",
        "nobody was ",
        "x" * 900 + ". ",
        "Impact: a\n",
    ),
    "7f3a9c2e-0b1d-4e5f-8a6b-9c0d1e2f3a4b ",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_hostile_text_of_256_kb_takes_under_half_a_second(piece: str) -> None:
    text = (piece * (262_144 // len(piece) + 1))[:262_144]
    before = time.process_time()
    extract(text)
    assert time.process_time() - before < 0.5


def test_a_table_cell_knows_the_head_of_its_column() -> None:
    text = "| id | x-trace-id |\n|----|----|\n| 12 | 4f |\n"
    assert Page(text).header(text.index("4f")) == "x-trace-id"
