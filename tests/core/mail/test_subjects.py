"""Subjects: comparing them, the tokens in them, what goes out, and what a message newly brings."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from triage.core.mail.subjects import case_tokens, is_forward, is_reply, new_words, normalise, with_token

ANY_SUBJECT = st.text(max_size=120) | st.lists(
    st.sampled_from(
        ["Re: ", "RE:", "Fwd: ", "AW: ", "回复：", "[EXT] ", "[#1042]", "[Fwd: ", "]", "urgent", " ", "ﬁ", "İ", "ß", "\u200b", "x"]
    ),
    max_size=12,
).map("".join)


@pytest.mark.parametrize(
    "subject",
    [
        "Payment fails",
        "Re: Payment fails",
        "RE : Payment   fails",
        "re[2]: Payment fails",
        "Re^3: Payment fails",
        "AW: WG: Payment fails",
        "SV: VS: Payment fails",
        "TR : Payment fails",
        "RES: ENC: Payment fails",
        "R: I: Payment fails",
        "Antw: Payment fails",
        "Odp: PD: Payment fails",
        "YNT: İLT: Payment fails",
        "Vá: Payment fails",
        "回复：Payment fails",
        "转发: 答复: Payment fails",
        "返信: Payment fails",
        "Ответ: Пересл: Payment fails",
        "Trả lời: Payment fails",
        "[EXT] Re: Payment fails",
        "Re: [External] Payment fails",
        "[EXTERNAL EMAIL] Payment fails",
        "[Fwd: Payment fails]",
        "Re: [Fwd: Re: Payment fails]",
        "Re: [#1042] Payment fails",
        "Payment fails [#1042]",
        "ＰＡＹＭＥＮＴ fails",
        "Pay\u00adment\u200b fails",
    ],
)
def test_one_thread_has_one_normalised_subject(subject: str) -> None:
    assert normalise(subject) == "payment fails"


@pytest.mark.parametrize(
    "subject", ["Are: x", "Internet: down", "Result: failed", "Payment: fails", "External API broken", "[API] timeout"]
)
def test_words_that_only_look_like_prefixes_stay(subject: str) -> None:
    assert normalise(subject) == subject.lower()


@given(ANY_SUBJECT)
def test_normalise_is_idempotent(subject: str) -> None:
    once = normalise(subject)
    assert normalise(once) == once


@given(ANY_SUBJECT)
def test_a_reply_prefix_never_changes_the_normalised_subject(subject: str) -> None:
    assert normalise("Re: " + subject) == normalise(subject)


def test_tokens_are_found_anywhere_once_in_order() -> None:
    assert case_tokens("Re: [#1042] x [#7] y [# 1042 ]") == (1042, 7)


def test_a_full_width_token_counts() -> None:
    assert case_tokens("回复：［＃１０４２］ x") == (1042,)


def test_no_token_without_brackets_and_hash() -> None:
    assert case_tokens("order #1042, [1042], (#1042), [#1234567890123]") == ()


@pytest.mark.parametrize(
    "subject", ["Fwd: x", "FW: x", "WG: Re: x", "TR : x", "RV: x", "ENC: x", "I: x", "转发：x", "[Fwd: x]", "[#12] Fwd: x", "[EXT] Fwd: x"]
)
def test_a_forward_is_told_by_its_outermost_prefix(subject: str) -> None:
    assert is_forward(subject)


@pytest.mark.parametrize("subject", ["Re: Fwd: x", "x", "AW: WG: x", "forward: x", "Firewall: x"])
def test_an_answer_to_a_forward_is_no_forward(subject: str) -> None:
    assert not is_forward(subject)


def test_an_outgoing_subject_has_one_prefix_and_one_token() -> None:
    assert with_token("RE: re: [#7] AW: [EXT] Payment fails", 1042) == "Re: [#1042] Payment fails"


def test_an_outgoing_subject_says_that_it_was_a_forward() -> None:
    assert with_token("Fwd: Payment fails", 1042) == "Re: [#1042] Fwd: Payment fails"


def test_line_breaks_and_controls_never_go_out() -> None:
    assert with_token("Hi\r\nBcc: all@example.com\x00\x1b[1m\u202e", 5) == "Re: [#5] Hi Bcc: all@example.com [1m"


def test_an_empty_subject_goes_out_as_a_token() -> None:
    assert with_token("", 5) == "Re: [#5]"


@given(st.text(max_size=400), st.integers(1, 10**11))
def test_what_goes_out_names_exactly_its_own_case(subject: str, number: int) -> None:
    out = with_token(subject, number)
    assert case_tokens(out)[:1] == (number,)
    assert out.isprintable() or "\u200d" in out or any(c.isspace() for c in out)
    assert "\n" not in out
    assert "\r" not in out
    assert len(out) < 220


def test_a_first_subject_is_new_in_every_word() -> None:
    assert new_words("URGENT: Payments fail!", []) == "urgent payments fail"


def test_an_inherited_urgent_is_not_new() -> None:
    assert new_words("Re: URGENT: payments fail", ["URGENT: payments fail"]) == ""


def test_a_changed_subject_brings_only_what_it_adds() -> None:
    assert new_words("Re: [#1042] Payments fail - now URGENT!!", ["Payments fail"]) == "now urgent"


def test_urgent_is_new_after_non_urgent() -> None:
    assert new_words("Re: urgent question", ["non-urgent question"]) == "urgent question"


def test_urgent_is_new_after_urgently() -> None:
    assert new_words("URGENT", ["Please answer urgently"]) == "urgent"


def test_a_lost_space_brings_nothing_new() -> None:
    assert new_words("RE:URGENT:payments fail", ["URGENT: payments fail"]) == ""


def test_a_glued_word_with_something_new_is_new() -> None:
    assert new_words("urgent:payouts", ["urgent: payments"]) == "urgent:payouts"


def test_invisible_letters_do_not_hide_a_word() -> None:
    assert new_words("ur\u200bgent", ["x"]) == "urgent"


def test_full_width_letters_do_not_hide_a_word() -> None:
    assert new_words("ＵＲＧＥＮＴ", []) == "urgent"


@given(ANY_SUBJECT, st.lists(ANY_SUBJECT, max_size=4), st.sampled_from(["urgent", "critical"]))
def test_a_word_the_thread_never_had_is_always_new(subject: str, earlier: list[str], word: str) -> None:
    """A lost page is worse than a false one."""
    before = [each for each in earlier if word not in normalise(each) and word not in new_words(each, [])]
    assert word in new_words(f"{subject} {word.upper()}", before)


@example("0 00:00 00 00")
@given(ANY_SUBJECT)
def test_a_subject_brings_nothing_new_to_itself(subject: str) -> None:
    assert new_words("Re: " + subject, [subject]) == ""


@pytest.mark.parametrize("subject", ["re:" * 20_000, "[" * 60_000, "re " * 20_000, ":" * 60_000, "[#" * 30_000, "[EXT]" * 12_000])
def test_long_subjects_take_linear_time(subject: str) -> None:
    start = time.process_time()
    normalise(subject)
    new_words(subject, [subject])
    with_token(subject, 1)
    case_tokens(subject)
    assert time.process_time() - start < 2


def test_an_emergency_after_a_not_urgent_question_is_new() -> None:
    assert "urgent" in new_words("URGENT payouts down", ["Not urgent: a question"])


@pytest.mark.parametrize(
    ("subject", "expected"), [("AW: x", True), ("[EXT] Re: x", True), ("[#12] Re: x", True), ("Fwd: Re: x", False), ("x", False)]
)
def test_a_reply_is_told_by_its_outermost_prefix(subject: str, expected: bool) -> None:
    assert is_reply(subject) is expected
