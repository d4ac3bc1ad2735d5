"""Saves under rules/ while the daemon works: every message is judged by exactly one set, a broken set changes nothing and is told once."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.scenarios.office import ADDRESS, PARTNER, TEAM, Office, open_office
from triage.adapters.clock import SystemEntropy
from triage.adapters.rulefiles.snapshot import take_snapshot
from triage.core.rules.reload_status import status_from_text
from triage.daemon.rules import STATUS, RulesInForce
from triage.store import journal, outbox, service
from triage.store.database import Store, open_memory_store
from triage.workers.desk import Desk


class Place:
    """Rules in force without a daemon around them: looks and saves happen when the test says so."""

    def __init__(self, office: Office, store: Store) -> None:
        self.clock, self.store = office.clock, store
        self.file = office.config.instance.rules_dir / "60-story.toml"
        self.rules = RulesInForce(office.config, office.clock.now())
        self.desk = Desk(office.config, store, lambda: self.rules.current, SystemEntropy(), (b"k" * 32,))

    def save(self, text: str) -> None:
        self.file.write_text(text)

    def look(self) -> None:
        self.clock.push(timedelta(seconds=1))
        self.rules.look(lambda: self.rules.reload(self.desk, self.clock.now()))

    def mails(self) -> list[str]:
        return [row.delivery.outgoing.mail.decode() for row in outbox.latest(self.store)]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with open_office(tmp_path) as office, open_memory_store() as store:
        yield Place(office, store)


GOOD = '[[rule]]\nname = "story"\nwhen = { to = "api@wise.example" }\nthen = { tags = "one" }\n'
BROKEN = GOOD.replace("tags", "tegs")


def test_a_file_seen_half_written_is_not_told(place: Place) -> None:
    place.save(GOOD[:30])
    place.look()
    place.save(GOOD)
    place.look()
    place.look()
    assert place.mails() == []
    assert place.rules.status.successful
    assert place.rules.status.refused == 1
    assert "story" in [rule.name for rule in place.rules.current.ruleset.rules]


def test_a_broken_set_is_mailed_once_however_often_it_is_saved_again(place: Place) -> None:
    before = place.rules.current
    for number in range(5):
        place.save(BROKEN + f"# save {number}\n")
        place.look()
        place.look()
    [mail] = place.mails()
    assert f"To: {TEAM}" in mail
    assert "tegs" in mail
    assert place.rules.current is before


def test_a_set_that_breaks_again_after_a_good_one_is_told_again(place: Place) -> None:
    for text in (BROKEN, GOOD, BROKEN):
        place.save(text)
        place.look()
        place.look()
    assert len(place.mails()) == 2


def test_the_status_says_how_it_stands(place: Place) -> None:
    place.save(BROKEN)
    place.look()
    kept = status_from_text(service.get(place.store, STATUS))
    assert kept == place.rules.status
    assert kept is not None
    assert (kept.successful, kept.hash, kept.reloads, kept.refused) == (False, place.rules.current.hash, 0, 1)
    assert "did you mean" in kept.problems
    place.save(GOOD)
    place.look()
    kept = status_from_text(service.get(place.store, STATUS))
    assert kept is not None
    assert (kept.successful, kept.problems, kept.hash) == (True, "", place.rules.current.hash)


@pytest.mark.parametrize("text", ["", "nonsense", "{}", '{"hash": 1}'])
def test_a_status_nobody_wrote_is_none(text: str) -> None:
    assert status_from_text(text) is None


def test_a_vanished_directory_keeps_the_last_good_set(place: Place) -> None:
    before = place.rules.current
    shutil.rmtree(place.file.parent)
    place.look()
    place.look()
    assert place.rules.current is before
    assert len(place.mails()) == 1


def test_a_save_counts_within_a_second_by_itself(tmp_path: Path) -> None:
    with open_office(tmp_path) as office:
        office.start()
        assert office.daemon is not None
        (office.config.instance.rules_dir / "60-story.toml").write_text(GOOD)
        deadline = time.monotonic() + 5
        while office.daemon.rules.status.reloads == 0 and time.monotonic() < deadline:
            time.sleep(0.02)
        office.partner_writes("Payouts fail")
        assert office.case(1001).tags == ("one",)


# --- many saves while mail flows -----------------------------------------------------------------------------------------


class Saver(threading.Thread):
    """Saves whole sets as Kubernetes does: a new directory, then one link is swapped. Both files of a set carry its number."""

    def __init__(self, office: Office, saves: int) -> None:
        super().__init__(daemon=True)
        self.office, self.saves = office, saves
        self.directory = office.config.instance.rules_dir
        self.hashes: dict[str, int] = {}
        shipped = [path for path in self.directory.iterdir() if path.suffix == ".toml"]
        self.base = {path.name: path.read_text() for path in shipped if path.name in ("10-emergency.toml", "oncall.toml")}
        self.count = 0
        for path in shipped:
            path.unlink()
        for name in (*self.base, "60-a.toml", "61-b.toml"):
            (self.directory / name).symlink_to(f"..data/{name}")
        self.put(0)

    def put(self, number: int) -> None:
        version = self.directory / f"..v{number}"
        version.mkdir()
        for name, text in self.base.items():
            (version / name).write_text(text)
        for name, letter in (("60-a.toml", "a"), ("61-b.toml", "b")):
            (version / name).write_text(GOOD.replace("story", name).replace("one", f"{letter}-{number}"))
        swapped = self.directory / "..data_tmp"
        swapped.symlink_to(version.name)
        swapped.replace(self.directory / "..data")
        self.hashes[take_snapshot(self.directory).hash] = number
        if number > 2:
            shutil.rmtree(self.directory / f"..v{number - 2}")

    def run(self) -> None:
        assert self.office.daemon is not None
        for number in range(1, self.saves + 1):
            self.put(number)
            self.office.daemon.look_at_rules()
            self.count = number


@pytest.mark.parametrize(("saves", "mails"), [(100, 40), pytest.param(1000, 200, marks=pytest.mark.slow)])
def test_no_message_is_judged_by_a_mixed_set_and_none_is_lost(tmp_path: Path, saves: int, mails: int) -> None:
    with open_office(tmp_path) as office:
        saver = Saver(office, saves)
        office.start()
        assert office.daemon is not None
        saver.start()
        for number in range(mails):
            office.imap.deliver(office.mail(f"ops@partner{number}.example", ADDRESS, f"Question {number}"), at=office.clock.now())
            office.daemon.request_sweep()
            while saver.is_alive() and saver.count < saves * number / mails:
                time.sleep(0.001)
        saver.join()
        office.settle()
        assert office.outcomes().count("case") == mails
        judged_by = set()
        with office.store() as store:
            for number in office.case_numbers():
                [opened] = [entry for entry in journal.of_case(store, number) if entry.event == "partner-wrote"]
                version = saver.hashes[opened.ruleset]
                assert opened.changes["tags"] == [f"a-{version}", f"b-{version}"]
                judged_by.add(version)
        assert len(judged_by) > 3, "the saves did not happen while mail flowed"
        assert office.daemon.rules.current.hash in saver.hashes
        assert PARTNER not in {mail.to[0] for mail in office.outgoing()}
