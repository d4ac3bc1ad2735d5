"""kinds: mistakes in the settings of a contact are told all at once, by key, without secrets."""

from __future__ import annotations

import pytest

from tests.adapters.pagers.scene import StandingClock
from triage.adapters.pagers.kinds import KINDS, build_contact, faults_of
from triage.adapters.pagers.settings import Wiring
from triage.core.failures import PermanentFailure
from triage.core.oncall.people import DOMAIN_OF_KIND


def test_rows_stand_under_their_names_and_say_what_they_are() -> None:
    assert {name: row.name for name, row in KINDS.items()} == {name: name for name in KINDS}
    assert all(row.about and all(setting.about for setting in (*row.required, *row.optional)) for row in KINDS.values())


def test_failure_domains_are_those_the_core_counts_with() -> None:
    assert {name: row.failure_domain for name, row in KINDS.items()} == {name: DOMAIN_OF_KIND.get(name, name) for name in KINDS}


def test_every_mistake_is_told_at_once() -> None:
    faults = faults_of("webhook", {"urll": "https://x.example", "timeout_s": 500, "allow_plaintext": "yes"})
    assert [fault.key for fault in faults] == ["url", "urll", "timeout_s", "allow_plaintext"]
    assert all(fault.allowed for fault in faults)


def test_a_wrong_secret_is_not_repeated() -> None:
    (fault,) = faults_of("pagerduty", {"routing_key": ["s3cret"]})
    assert "s3cret" not in repr(fault)


def test_an_unknown_kind_lists_the_known_ones() -> None:
    (fault,) = faults_of("fax", {})
    assert fault.allowed == "apprise, command, email, ntfy, pagerduty, slack, twilio-call, twilio-sms, webhook"


def test_what_faults_finds_build_refuses() -> None:
    with pytest.raises(PermanentFailure, match="url is missing"):
        build_contact("webhook", {}, Wiring(StandingClock()))


@pytest.mark.parametrize("value", ["", "  ", 5, True, None, ["a"]])
def test_a_text_is_a_text(value: object) -> None:
    assert [fault.key for fault in faults_of("webhook", {"url": value})] == ["url"]


def test_secrets_are_resolved_and_other_settings_are_not() -> None:
    asked: list[str] = []

    def resolve(text: str) -> str:
        asked.append(text)
        return "tk_real" if text == "credential:ntfy" else text

    settings = {"topic": "pages", "token": "credential:ntfy", "base_url": "https://ntfy.example"}
    build_contact("ntfy", settings, Wiring(StandingClock(), resolve=resolve))
    assert asked == ["pages", "credential:ntfy"]


def test_a_secret_that_resolves_to_nothing_is_refused() -> None:
    with pytest.raises(PermanentFailure, match="token is empty"):
        build_contact(
            "ntfy",
            {"topic": "pages", "token": "credential:gone"},
            Wiring(StandingClock(), resolve=lambda text: text if text == "pages" else ""),
        )


def test_a_ca_file_that_cannot_be_read_is_told_when_the_contact_is_made() -> None:
    with pytest.raises(PermanentFailure, match=r"none\.pem"):
        build_contact("slack", {"url": "https://x.example", "ca_file": "/nowhere/none.pem"}, Wiring(StandingClock()))
