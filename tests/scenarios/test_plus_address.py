"""Plus-addresses: where the server delivers them, an answer finds its case by the address alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.scenarios.office import PARTNER, Office, open_office
from triage.core.cases.case import Status


def office_with_plus_addresses(office: Office) -> None:
    instance = replace(office.config.instance, plus_addresses=True)
    office.config = replace(office.config, instance=instance)
    office.start()


def test_an_answer_without_references_or_token_joins_by_its_address(tmp_path: Path) -> None:
    with open_office(tmp_path) as office:
        office_with_plus_addresses(office)
        office.partner_writes("Transfers fail")
        [receipt] = office.outgoing()
        address = str(receipt.message["Reply-To"])
        assert address.startswith("api+c1001.")
        office.arrives(office.mail(PARTNER, address, "what we found", "a bare new mail to the address of the receipt"))
        assert office.case_numbers() == [1001]
        assert office.case(1001).status is Status.NEW
        office.check()


def test_the_address_does_not_let_a_stranger_in(tmp_path: Path) -> None:
    with open_office(tmp_path) as office:
        office_with_plus_addresses(office)
        office.partner_writes("Transfers fail")
        [receipt] = office.outgoing()
        office.arrives(office.mail("mallory@elsewhere.example", str(receipt.message["Reply-To"]), "let me in"))
        assert office.case_numbers() == [1001, 1002]
        assert office.notices() == ["receipt"]
        office.check()
