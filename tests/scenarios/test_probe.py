"""The loop probe: a signed mail goes from another host to the probe contact and leaves nothing behind but its times."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.scenarios.office import ADDRESS, TEAM, Office, open_office
from triage.core.audit import Check
from triage.core.mail.compose import Draft, compose
from triage.core.probe import ProbeRecord, make_probe_id
from triage.core.settings import Probe
from triage.store import outbox
from triage.workers.audit import latest
from triage.workers.probes import NO_CONTACT, record

SECRET = "0123456789abcdef0123456789abcdef"
PROBED = "probe@elsewhere.example"
CONTACT = f'\n[probe]\nkind = "email"\nto = "{PROBED}"\n'


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An office that knows probes and passes them on by mail."""
    with open_office(tmp_path) as running:
        running.config = replace(running.config, probe=Probe(lambda: SECRET))
        write_contact(running, CONTACT)
        running.start()
        yield running
        running.check()


def write_contact(office: Office, text: str) -> None:
    rules = office.config.instance.rules_dir / "oncall.toml"
    rules.write_text(rules.read_text().partition("\n[probe]")[0] + text)


def probe(
    office: Office, *, sent_at: datetime | None = None, secret: str = SECRET, token: str = "ab" * 16, text: str = "A probe."
) -> bytes:
    """As `triage probe` makes it."""
    at = sent_at or office.clock.now()
    message_id = make_probe_id(at, token, ADDRESS.rpartition("@")[2], secret)
    return compose(Draft(message_id, at, "root@cron.example", (ADDRESS,), "triage probe", text))


def known(office: Office) -> ProbeRecord:
    with office.store() as store:
        return record(store)


def test_a_probe_goes_to_its_contact_and_nowhere_else(office: Office) -> None:
    raw = probe(office, sent_at=office.clock.now() - timedelta(seconds=4))
    office.arrives(raw)
    (told,) = office.outgoing()
    assert told.to == (PROBED,)
    assert told.subject == "TEST: a probe came through: 4.0 s to the mailbox, 0.0 s to the decision"
    assert told.message["Importance"] is None
    assert (office.outcomes(), office.case_numbers()) == (["probe"], [])
    whole = known(office).whole
    assert whole is not None
    assert dict(whole.legs) == {"to_mailbox": 4.0, "to_decision": 0.0, "to_contact": 0.0}


@pytest.mark.parametrize("secret", ["another secret that is long enough", SECRET.upper()])
def test_a_forged_probe_is_a_mail_like_any_other(office: Office, secret: str) -> None:
    office.arrives(probe(office, secret=secret))
    assert office.outcomes() == ["automatic"]
    assert known(office) == ProbeRecord()
    assert office.outgoing() == [], "it says that a machine wrote it, so nobody answers"


def test_a_partner_cannot_hide_an_emergency_behind_a_forged_id(office: Office) -> None:
    message_id = make_probe_id(office.clock.now(), "ab" * 16, "wise.example", "guessed, guessed, guessed")
    raw = office.mail("ops@acme.example", ADDRESS, "URGENT payouts fail")
    original = next(line for line in raw.split(b"\r\n") if line.startswith(b"Message-ID:"))
    office.arrives(raw.replace(original, b"Message-ID: " + message_id.encode()))
    assert sorted(office.notices()) == ["page ana", "severity-1"]


def test_a_probe_counts_once_whatever_is_changed_about_it(office: Office) -> None:
    raw = probe(office)
    office.arrives(raw)
    assert len(office.outgoing()) == 1
    for copy in (raw, probe(office, sent_at=office.clock.now(), text="again"), raw.replace(b"<c0.probe", b"<C0.PROBE")):
        office.arrives(copy)
    assert office.outcomes() == ["probe"] * 4
    assert office.outgoing() == []


def test_an_old_probe_says_nothing_of_now(office: Office) -> None:
    office.arrives(probe(office, sent_at=office.clock.now() - timedelta(hours=2)))
    assert office.outgoing() == []
    assert known(office).problem == "a probe that was sent 120 minutes ago: too old to say anything"
    assert known(office).whole is None
    office.arrives(probe(office))
    assert len(office.outgoing()) == 1
    assert known(office).problem == ""


def test_a_probe_from_a_clock_that_is_ahead_is_refused_with_a_hint(office: Office) -> None:
    office.arrives(probe(office, sent_at=office.clock.now() + timedelta(minutes=7)))
    assert office.outgoing() == []
    assert known(office).problem == "a probe from 7 minutes ahead: is the clock of its host right?"


def test_a_few_minutes_of_difference_between_clocks_are_borne(office: Office) -> None:
    office.arrives(probe(office, sent_at=office.clock.now() + timedelta(minutes=2)))
    assert [mail.to for mail in office.outgoing()] == [(PROBED,)]


def test_an_answer_to_the_probe_mail_is_answered_by_nobody(office: Office) -> None:
    """Not even when the probe contact is a mailbox with an out-of-office."""
    office.arrives(probe(office))
    (told,) = office.outgoing()
    raw = office.mail(
        PROBED, ADDRESS, f"Out of office: {told.subject}", "I am away", answers=told.message_id, Auto_Submitted="auto-replied"
    )
    office.arrives(raw)
    assert office.outcomes() == ["probe", "automatic"]
    assert office.outgoing() == []


def test_it_goes_on_while_a_real_page_is_open_and_disturbs_nothing(office: Office) -> None:
    office.partner_writes("URGENT payouts fail")
    office.outgoing()
    office.arrives(probe(office))
    assert [mail.to for mail in office.outgoing()] == [(PROBED,)]
    assert office.page_states(1001) == ["paging"]


def test_without_a_contact_it_ends_at_the_decision_and_says_so(office: Office) -> None:
    office.stop()
    write_contact(office, "")
    office.start()
    office.arrives(probe(office))
    assert office.outcomes() == ["probe"]
    assert known(office).problem == NO_CONTACT


def test_without_a_secret_there_are_no_probes(office: Office) -> None:
    office.stop()
    office.config = replace(office.config, probe=Probe())
    office.start()
    office.arrives(probe(office, secret="x" * 20))
    assert office.outcomes() == ["automatic"]


def test_a_contact_that_does_not_take_it_is_known(office: Office) -> None:
    office.stop()
    write_contact(office, '\n[probe]\nkind = "command"\ncommand = "/bin/false"\n')
    office.start()
    office.arrives(probe(office))
    assert known(office).problem.startswith("the probe contact did not take it: exit 1")
    assert known(office).whole is None
    office.failures_asked_for = 1
    with office.store() as store:
        assert [row.delivery.outgoing.purpose for row in outbox.latest(store, failed=True)] == ["probe"]


def test_a_restart_between_decision_and_delivery_loses_no_probe(office: Office) -> None:
    write_contact(office, CONTACT)
    office.arrives(probe(office))
    office.stop()
    office.start()
    office.arrives(probe(office, token="cd" * 16))
    assert len(office.outgoing()) == 2


def failing(office: Office) -> list[tuple[Check, str]]:
    with office.store() as store:
        found = latest(store)
    assert found is not None
    return [(one.finding.check, one.finding.text) for one in found.standings if one.is_failure]


def test_the_audit_fails_when_no_probe_has_come_through_for_too_long(tmp_path: Path) -> None:
    with open_office(tmp_path) as office:
        imap = replace(office.config.imap, poll_every=timedelta(minutes=1))
        office.config = replace(office.config, imap=imap, probe=Probe(lambda: SECRET, timedelta(minutes=10)))
        write_contact(office, CONTACT)
        office.audited = True
        office.start()
        office.wait(minutes=5)
        assert failing(office) == [], "there is as much time for the first as between two"
        office.arrives(probe(office))
        came_through = office.clock.now().astimezone(UTC)
        office.wait(minutes=10)
        assert failing(office) == []
        office.outgoing()
        office.wait(minutes=2)
        assert failing(office) == [(Check.PROBE, f"no probe has come through since {came_through:%Y-%m-%d %H:%M} UTC")]
        assert [(mail.to, mail.subject) for mail in office.outgoing()] == [((TEAM,), "[triage] the self-audit fails: probe")]
        office.arrives(probe(office, token="cd" * 16))
        office.wait(minutes=1)
        assert failing(office) == []
        assert [mail.subject.partition(":")[0] for mail in office.outgoing()] == ["TEST", "[triage] the self-audit passes again"]
        office.check()
