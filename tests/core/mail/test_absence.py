"""Days of return in absence notes: what is read, and what is left alone. The mails arrive on Monday, 23 November 2026."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.core.mail.absence import HORIZON, read_absence

MONDAY = date(2026, 11, 23)
SEVENTH = date(2026, 12, 7)

BACK_ON_THE_SEVENTH = [
    ("en", "I am out of the office and will be back on Monday, 7 December 2026."),
    ("en", "Thank you for your mail. I will return on December 7th."),
    ("en", "I will be out of the office starting 11/20/2026 and will not return until 12/07/2026."),
    ("en", "On 7 December I will be back in the office. In urgent cases call +44 20 7946 0000."),
    ("en", "I'm away from 24 Nov to 4 Dec, back on Mon 7 Dec."),
    ("en", "Out of office until 6 December 2026"),
    ("en", "I am on leave from 2026-11-20 through 2026-12-06."),
    ("en", "Returning: 2026-12-07"),
    ("en", "I am away 23/11/2026 - 06/12/2026 with limited access to e-mail."),
    ("en", "Back on the\n7th of December"),
    ("de", "Ich bin bis zum 6. Dezember nicht im Büro."),
    ("de", "Ich bin ab dem 07.12.2026 wieder erreichbar."),
    ("de", "Vom 20.11. bis einschließlich 6.12. bin ich im Urlaub."),
    ("de", "Am Montag, dem 7. Dezember 2026, bin ich wieder für Sie da."),
    ("fr", "Je suis absent jusqu'au 6 décembre inclus."),
    ("fr", "Je serai de retour le lundi 7 décembre 2026."),
    ("es", "Estaré fuera de la oficina hasta el 6 de diciembre de 2026."),
    ("es", "Regreso el 7 de diciembre."),
    ("pt", "Estarei ausente até 06/12/2026."),
    ("pt", "Estou de férias e volto no dia 7 de dezembro."),
    ("it", "Sono assente fino al 6 dicembre."),
    ("it", "Rientrerò in ufficio il 7 dicembre 2026."),
    ("nl", "Ik ben op 7 december weer op kantoor."),
    ("nl", "Afwezig t/m 6 december"),
    ("pl", "Wracam 7 grudnia."),
    ("sv", "Jag är tillbaka den 7 december."),
    ("da", "Jeg er tilbage den 7. december."),
    ("ru", "Я вернусь 7 декабря."),
    ("ja", "12月6日まで不在にしております。"),
    ("zh", "我将于2026年12月7日返回办公室。"),
    ("ko", "12월 6일까지 부재중입니다."),
]


@pytest.mark.parametrize(("language", "text"), BACK_ON_THE_SEVENTH)
def test_the_day_somebody_is_back_is_read(language: str, text: str) -> None:
    found = read_absence(text, MONDAY, language)
    assert found is not None
    assert found.back_on == SEVENTH


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("I will be back on Wednesday.", date(2026, 11, 25)),
        ("Ich bin am Montag wieder da.", date(2026, 11, 30)),
        ("I am back tomorrow.", date(2026, 11, 24)),
        ("I will be back on 4 January.", date(2027, 1, 4)),
    ],
)
def test_a_day_counts_from_the_day_the_mail_arrived(text: str, day: date) -> None:
    found = read_absence(text, MONDAY, "en")
    assert found is not None
    assert found.back_on == day


@pytest.mark.parametrize(
    "text",
    [
        "I am away.",
        "I was away until 20 November 2026.",
        "I will be back on 7 December 2025.",
        "I am on parental leave until 30 June 2027.",
        "I will be back on 1 March.",
        "We have received your mail of 7 December and will get back to you on the next working day.",
        "Call us on 12.07 or at +49 30 07.12.20.",
        "Back on 31.11.2026.",
        "I will be back on 13/12/2027.",
        "Your ticket 7/12 was created on 24 November 2026.",
        "",
    ],
)
def test_what_is_over_far_away_or_no_date_of_return_is_left_alone(text: str) -> None:
    assert read_absence(text, MONDAY, "en") is None


def test_a_day_that_could_be_two_is_none_in_english_and_day_first_elsewhere() -> None:
    assert read_absence("Back on 01/12/2026", date(2026, 11, 23), "en") is not None
    assert read_absence("Back on 12/01", MONDAY, "en") is None
    found = read_absence("De retour le 12/01", MONDAY, "fr")
    assert found is not None
    assert found.back_on == date(2027, 1, 12)


def test_the_sentence_is_kept_for_people() -> None:
    text = "Hello. I am out of the office until 6 December. Call Bo."
    found = read_absence(text, MONDAY, "en")
    assert found is not None
    assert found.words == "I am out of the office until 6 December."


@given(st.text(alphabet="0123456789./- until back on december montag 月日まで\n", max_size=400), st.sampled_from(["", "en", "de"]))
def test_whatever_it_says_the_day_is_within_the_horizon(text: str, language: str) -> None:
    found = read_absence(text, MONDAY, language)
    assert found is None or MONDAY < found.back_on <= MONDAY + HORIZON


@pytest.mark.parametrize("piece", ["until ", "7.", "1/", "back on 7 december ", "mon ", "\n", "- "])
def test_a_text_of_one_piece_takes_no_time(piece: str) -> None:
    read_absence(piece * 200_000, MONDAY, "en")
