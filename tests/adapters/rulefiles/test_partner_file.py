"""partners.toml as it is read: domains as mails carry them, and what a partner's machines may do."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.adapters.rulefiles.good_set import BOUNDS, KINDS, NOW, write_good_set
from triage.adapters.rulefiles import load_rules
from triage.core.cases.partners import PartnerBook
from triage.core.mail.parse import parse


def book(tmp_path: Path, text: str) -> PartnerBook:
    write_good_set(tmp_path)
    (tmp_path / "partners.toml").write_text(text)
    return load_rules(tmp_path, NOW, KINDS, BOUNDS).partners


@pytest.mark.parametrize("written", ["bücher.example", "BÜCHER.example", "xn--bcher-kva.example"])
@pytest.mark.parametrize("address", ["ana@bücher.example", "ana@Bücher.Example", "ana@xn--bcher-kva.example", "ana@eu.bücher.example"])
def test_an_internationalised_domain_is_one_domain_however_it_is_written(tmp_path: Path, written: str, address: str) -> None:
    author = parse(f"From: {address}\r\nSubject: x\r\n\r\nhello".encode()).author
    assert book(tmp_path, f'[books]\ndomains = ["{written}"]\n').partner_of(author.address).key == "books"


def test_an_address_at_an_internationalised_domain_is_found_too(tmp_path: Path) -> None:
    author = parse("From: Ana@Bücher.example\r\nSubject: x\r\n\r\nhello".encode()).author
    assert book(tmp_path, '[books]\naddresses = ["ana@bücher.example"]\n').partner_of(author.address).key == "books"


@pytest.mark.parametrize(("line", "speak"), [("", False), ('automatic_mail = "machine"', False), ('automatic_mail = "human"', True)])
def test_machines_speak_for_a_partner_only_when_it_is_said(tmp_path: Path, line: str, speak: bool) -> None:
    [partner] = book(tmp_path, f'[acme]\ndomains = ["acme.example"]\n{line}\n').partners
    assert partner.machines_speak is speak
