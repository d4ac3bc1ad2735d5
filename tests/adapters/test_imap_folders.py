"""The Sent folder is found with and without SPECIAL-USE."""

from __future__ import annotations

import pytest

from triage.adapters.imap.facade import Folder
from triage.adapters.imap.folders import selectable, sent_folder


def folder(name: str, *attributes: str, delimiter: str = "/") -> Folder:
    return Folder(name, delimiter, frozenset(attributes))


def test_special_use_wins_over_the_name() -> None:
    assert sent_folder([folder("Sent"), folder("Archiv/2026", "\\HasNoChildren", "\\Sent")]) == "Archiv/2026"


@pytest.mark.parametrize(
    ("name", "delimiter"),
    [
        ("Sent Items", "/"),
        ("INBOX.Sent", "."),
        ("[Gmail]/Sent Mail", "/"),
        ("Gesendete Elemente", "/"),
        ("ENVOY\u00c9S", "/"),
        ("Sent", ""),
    ],
)
def test_without_special_use_the_name_decides(name: str, delimiter: str) -> None:
    assert sent_folder([folder("INBOX"), folder(name, delimiter=delimiter), folder("Presented")]) == name


def test_the_more_usual_name_wins() -> None:
    assert sent_folder([folder("Sent Messages"), folder("Sent")]) == "Sent"


def test_no_sent_folder_is_none() -> None:
    assert sent_folder([folder("INBOX"), folder("Unsent")]) is None


def test_a_folder_that_cannot_be_opened_is_no_folder() -> None:
    lines = [folder("INBOX"), folder("Sent", "\\NoSelect"), folder("Old", "\\NonExistent")]
    assert [line.name for line in selectable(lines)] == ["INBOX"]
    assert sent_folder(lines) is None
