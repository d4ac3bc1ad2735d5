"""A server that keeps no keywords (the embedded one, as Microsoft 365): nothing is set or asked for twice, and nothing else suffers."""

from __future__ import annotations

from tests.scenarios.office import Office
from triage.store import labels


def test_without_keywords_on_the_server_labels_cost_one_try_and_change_nothing(office: Office) -> None:
    question = office.partner_writes("Transfers fail")
    office.team_replies("Re: Transfers fail", answers=question)
    office.wait(hours=73)
    assert office.notices() == ["receipt", "reminder", "closed"]
    assert all(not any(flag.startswith("triage") for flag in message.flags) for message in office.imap.messages())
    with office.store() as store:
        assert labels.due(store, 10) == []
