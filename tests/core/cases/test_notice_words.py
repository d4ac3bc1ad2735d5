"""Dates, spans and variants: in the partner's language and zone, without the machine's locale."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from triage.core.cases.notice_dictionary import ENGLISH, WORDS, words_of
from triage.core.cases.notice_variants import languages_of, variant
from triage.core.cases.notice_words import at_both, clock_time, in_words
from triage.core.mail.message import Missing

AT = datetime(2026, 3, 7, 22, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Sun 8 Mar 2026, 00:05 (Europe/Tallinn; Sat 7 Mar, 22:05 UTC)"),
        ("pt-BR", "domingo, 8 de março de 2026, 00:05 (Europe/Tallinn; sábado, 7 de março, 22:05 UTC)"),
        ("es", "domingo 8 de marzo de 2026, 00:05 (Europe/Tallinn; sábado 7 de marzo, 22:05 UTC)"),
        ("de", "Sonntag, 8. März 2026, 00:05 Uhr (Europe/Tallinn; Samstag, 7. März, 22:05 UTC)"),
        ("fr", "dimanche 8 mars 2026 à 00:05 (Europe/Tallinn; samedi 7 mars, 22:05 UTC)"),
        ("fi", "2026-03-08, 00:05 (Europe/Tallinn; 2026-03-07, 22:05 UTC)"),
    ],
)
def test_a_time_is_said_in_both_zones(language: str, text: str) -> None:
    assert at_both(AT, "Europe/Tallinn", words_of(language)) == text


@pytest.mark.parametrize("zone", ["UTC", "", "Mars/Olympus", "Africa/Abidjan"])
def test_where_the_zone_says_nothing_there_is_only_utc(zone: str) -> None:
    assert at_both(AT, zone, ENGLISH) == "Sat 7 Mar 2026, 22:05 UTC"


def test_the_day_stands_beside_a_clock_time_when_it_is_another() -> None:
    assert clock_time(AT, AT + timedelta(hours=1), words_of("de")) == "22:05 UTC"
    assert clock_time(AT, AT + timedelta(hours=2), words_of("de")) == "Samstag, 7. März, 22:05 UTC"


@pytest.mark.parametrize(
    ("span", "language", "text"),
    [
        (timedelta(hours=72), "en", "72 hours"),
        (timedelta(days=30), "pt", "30 dias"),
        (timedelta(minutes=90), "fr", "90 minutes"),
        (timedelta(hours=1), "de", "1 Stunde"),
        (timedelta(seconds=45), "es", "45 segundos"),
        (timedelta(days=30), "fi", "30 d"),
    ],
)
def test_a_span_is_said_in_its_largest_unit(span: timedelta, language: str, text: str) -> None:
    assert in_words(span, words_of(language)) == text


@pytest.mark.parametrize("language", WORDS)
def test_every_language_has_all_words(language: str) -> None:
    words = WORDS[language]
    assert (len(set(words.weekdays)), len(set(words.months)), set(words.missing)) == (7, 12, set(Missing))
    assert set(words.units) == {"day", "hour", "minute", "second"}


NAMES = ("closed", "closed.pt", "closed.pt-BR", "closed.de", "receipt")


@pytest.mark.parametrize(
    ("language", "found"),
    [
        ("pt-BR", ("closed.pt-BR", "pt-BR")),
        ("pt-br", ("closed.pt-BR", "pt-br")),
        ("pt-PT", ("closed.pt", "pt")),
        ("de-CH-1996", ("closed.de", "de")),
        ("fi", ("closed", "en")),
        ("", ("closed", "en")),
        ("en-GB", ("closed", "en")),
    ],
)
def test_the_nearest_language_is_chosen(language: str, found: tuple[str, str]) -> None:
    assert variant(NAMES, "closed", language) == found


def test_a_notice_without_translations_is_english() -> None:
    assert variant(NAMES, "receipt", "pt") == ("receipt", "en")


def test_the_languages_of_a_notice_begin_with_english() -> None:
    assert languages_of(NAMES, "closed") == ("en", "de", "pt", "pt-BR")
