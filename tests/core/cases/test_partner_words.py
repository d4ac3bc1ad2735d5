"""`resolved` and `status`: what counts as one of the words, and what says more than that."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.core.cases.partner_words import RESOLVED, STATUS, PartnerWord, read_word
from triage.core.mail.message import Attachment, InboundMessage


def mail(text: str, subject: str = "Re: [#1042] payouts fail", *attachments: str) -> InboundMessage:
    files = tuple(Attachment("x", kind, 10) for kind in attachments)
    return InboundMessage("hash", 1, subject=subject, new_text=text, attachments=files)


@pytest.mark.parametrize(
    "text",
    [
        "resolved",
        "Resolved.",
        "RESOLVED!!",
        "Hi team,\n\nresolved\n",
        "Resolved - thank you!",
        "Solved, thanks a lot\n\nAna",
        "Resolvido. Obrigada!\n\nCumprimentos,\nAna Silva",
        "Gelöst, vielen Dank!\n\nMit freundlichen Grüßen\nJörg Müller\nACME GmbH\nTel. +49 30 1234567\nwww.acme.example",
        "Résolu",
        "Resuelto 👍",
        "已解决",
        "解決しました。",
    ],
)
def test_resolved_and_thanks(text: str) -> None:
    assert read_word(mail(text)) is PartnerWord.RESOLVED


@pytest.mark.parametrize(
    "text",
    [
        "",
        "resolved?",
        "not resolved",
        "resolved, but slow",
        "It was resolved and came back",
        "resolved\n\nhow can we avoid it?",
        "resolved\n\nbest,\nAna\n\nPS: still failing in sandbox",
        "resolved\n\nStill Failing",
        "> resolved",
        "| resolved",
        "resolved\n> resolved",
        "unresolved",
        "геsolved",
        "thanks\nresolved",
        "resolved\n" + "Thanks\n" * 20,
    ],
)
def test_with_anything_more_there_is_no_word(text: str) -> None:
    assert read_word(mail(text)) is None


def test_a_forward_says_nothing_of_its_own() -> None:
    assert read_word(mail("resolved", "Fwd: payouts fail")) is None


def test_a_logo_is_nothing_and_a_file_is_something() -> None:
    assert read_word(mail("resolved", "x", "image/png")) is PartnerWord.RESOLVED
    assert read_word(mail("resolved", "x", "text/csv")) is None


@pytest.mark.parametrize("subject", ["", "status", "Status?", "Status of my open cases", "our requests", "Estado"])
def test_status_with_a_subject_that_says_nothing(subject: str) -> None:
    assert read_word(mail("Status?\n\nThanks,\nAna", subject)) is PartnerWord.STATUS


@pytest.mark.parametrize("subject", ["payouts fail", "URGENT", "status of the Brazil rollout"])
def test_status_below_a_subject_of_its_own_is_a_request(subject: str) -> None:
    assert read_word(mail("status", subject)) is None


def test_no_word_is_both() -> None:
    assert not RESOLVED & STATUS


@given(st.text(max_size=400), st.text(max_size=60))
def test_any_mail_is_read(text: str, subject: str) -> None:
    read_word(mail(text, subject))


@given(st.sampled_from(sorted(RESOLVED | STATUS)), st.sampled_from([">", "> ", ">> ", "|", "» "]))
def test_a_quoted_word_is_none(word: str, mark: str) -> None:
    assert read_word(mail(f"{mark}{word}", "status")) is None
