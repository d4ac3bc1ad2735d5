"""Reload: the whole set or nothing; every way of saving a file is seen."""

from __future__ import annotations

import os
import shutil
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from tests.adapters.rulefiles.good_set import KINDS, NOW, RULE, write_good_set
from tests.servers.lacking import no_descriptor
from triage.adapters.rulefiles import RuleKeeper, RuleWatcher
from triage.core.problems import BrokenFiles

LATER = NOW + timedelta(minutes=1)
OTHER = '[[rule]]\nname = "other"\nwhen = { status = "open" }\nthen = { tags = "x" }\n'


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    directory = tmp_path / "rules"
    directory.mkdir()
    write_good_set(directory)
    return directory


def names(keeper: RuleKeeper) -> list[str]:
    return [rule.name for rule in keeper.current.ruleset.rules]


def test_there_is_no_keeper_without_a_good_set(rules: Path) -> None:
    (rules / "20.toml").write_text("x = 1\n")
    with pytest.raises(BrokenFiles):
        RuleKeeper(rules, NOW, KINDS)


def test_files_that_nobody_can_open_just_now_need_no_mending(rules: Path) -> None:
    with no_descriptor(), pytest.raises(BrokenFiles) as caught:
        RuleKeeper(rules, NOW, KINDS)
    assert caught.value.passes
    (rules / "20.toml").write_text("x = 1\n")
    with pytest.raises(BrokenFiles) as caught:
        RuleKeeper(rules, NOW, KINDS)
    assert not caught.value.passes


def test_a_good_save_swaps_the_set(rules: Path) -> None:
    keeper = RuleKeeper(rules, NOW, KINDS)
    before = keeper.current
    (rules / "20.toml").write_text(OTHER)
    result = keeper.reload(LATER)
    assert (result.successful, result.changed, result.hash) == (True, True, keeper.current.hash)
    assert keeper.current.loaded_at == LATER
    assert before.hash != keeper.current.hash
    assert names(keeper) == ["emergency by subject", "other"]


def test_a_broken_save_keeps_the_last_good_set(rules: Path) -> None:
    keeper = RuleKeeper(rules, NOW, KINDS)
    before = keeper.current
    (rules / "10-emergency.toml").write_text(RULE.replace("severity = 1, page", "severity = 2, page", 1))
    result = keeper.reload(LATER)
    assert (result.successful, result.changed, result.hash) == (False, False, before.hash)
    assert result.problems
    assert keeper.current is before
    assert keeper.last_result == result


def test_the_same_problems_are_told_once(rules: Path) -> None:
    keeper = RuleKeeper(rules, NOW, KINDS)
    (rules / "20.toml").write_text("x = 1\n")
    assert not keeper.reload(LATER).told_before
    assert keeper.reload(LATER).told_before
    (rules / "20.toml").write_text("y = 1\n")
    assert not keeper.reload(LATER).told_before


def test_problems_that_come_back_after_a_good_set_are_told_again(rules: Path) -> None:
    keeper = RuleKeeper(rules, NOW, KINDS)
    (rules / "20.toml").write_text("x = 1\n")
    keeper.reload(LATER)
    (rules / "20.toml").unlink()
    assert keeper.reload(LATER).successful
    (rules / "20.toml").write_text("x = 1\n")
    assert not keeper.reload(LATER).told_before


def test_a_reload_without_a_change_changes_nothing(rules: Path) -> None:
    result = RuleKeeper(rules, NOW, KINDS).reload(LATER)
    assert (result.successful, result.changed) == (True, False)


def test_a_vanished_directory_keeps_the_last_good_set(rules: Path) -> None:
    keeper = RuleKeeper(rules, NOW, KINDS)
    shutil.rmtree(rules)
    assert not keeper.reload(LATER).successful
    assert names(keeper) == ["emergency by subject"]


def test_a_directory_that_has_lost_all_its_rule_files_keeps_the_last_good_set(rules: Path) -> None:
    keeper = RuleKeeper(rules, NOW, KINDS)
    for file in rules.glob("*.toml"):
        file.unlink()
    [problem] = keeper.reload(LATER).problems
    assert "no rule files any more" in problem.message
    assert names(keeper) == ["emergency by subject"]


def test_one_file_without_a_rule_takes_all_rules_away(rules: Path) -> None:
    keeper = RuleKeeper(rules, NOW, KINDS)
    for file in rules.glob("*.toml"):
        file.unlink()
    (rules / "00.toml").write_text("# no rules, on purpose\n")
    assert keeper.reload(LATER).successful
    assert names(keeper) == []


def test_notices_that_cannot_be_listed_are_a_problem_and_not_an_absence(rules: Path) -> None:
    keeper = RuleKeeper(rules, NOW, KINDS)
    shutil.rmtree(rules / "notices")
    (rules / "notices").symlink_to("notices")
    [problem] = keeper.reload(LATER).problems
    assert "cannot be read" in problem.message


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_directory_that_cannot_be_listed_keeps_the_last_good_set(rules: Path) -> None:
    keeper = RuleKeeper(rules, NOW, KINDS)
    rules.chmod(0)
    result = keeper.reload(LATER)
    rules.chmod(0o755)
    assert not result.successful
    assert names(keeper) == ["emergency by subject"]


def saved_in_place(rules: Path) -> None:
    (rules / "10-emergency.toml").write_text(RULE + OTHER)


def saved_by_rename(rules: Path) -> None:
    (rules / "new").write_text(RULE.replace("plain", "plane"))
    (rules / "new").rename(rules / "10-emergency.toml")


def saved_by_rename_with_the_old_time_and_size(rules: Path) -> None:
    old = (rules / "10-emergency.toml").stat()
    (rules / "new").write_text(RULE.replace("plain", "plane"))
    os.utime(rules / "new", ns=(old.st_atime_ns, old.st_mtime_ns))
    (rules / "new").rename(rules / "10-emergency.toml")


def added(rules: Path) -> None:
    (rules / "20.toml").write_text(OTHER)


def removed(rules: Path) -> None:
    (rules / "10-emergency.toml").unlink()


def made_readable(rules: Path) -> None:
    (rules / "10-emergency.toml").chmod(0o640)


def saved_in_place_with_the_old_time_and_size(rules: Path) -> None:
    old = (rules / "10-emergency.toml").stat()
    (rules / "10-emergency.toml").write_text(RULE.replace("plain", "plane"))
    os.utime(rules / "10-emergency.toml", ns=(old.st_atime_ns, old.st_mtime_ns))


def notice_saved(rules: Path) -> None:
    (rules / "notices" / "closed.txt").write_text("Closed now.\n")


def directory_removed(rules: Path) -> None:
    shutil.rmtree(rules)


@pytest.mark.parametrize(
    "save",
    [
        saved_in_place,
        saved_in_place_with_the_old_time_and_size,
        saved_by_rename,
        saved_by_rename_with_the_old_time_and_size,
        made_readable,
        added,
        removed,
        notice_saved,
        directory_removed,
    ],
)
def test_the_watcher_sees_it_once(save: object, rules: Path) -> None:
    watcher = RuleWatcher(rules)
    assert not watcher.changed()
    assert callable(save)
    save(rules)
    assert watcher.changed()
    assert not watcher.changed()


def test_the_watcher_sees_a_swapped_symbolic_link(rules: Path, tmp_path: Path) -> None:
    for name, text in (("one", RULE), ("two", RULE.replace("plain", "plane"))):
        (tmp_path / name).write_text(text)
    (rules / "10-emergency.toml").unlink()
    (rules / "10-emergency.toml").symlink_to(tmp_path / "one")
    watcher = RuleWatcher(rules)
    (rules / "link").symlink_to(tmp_path / "two")
    (rules / "link").rename(rules / "10-emergency.toml")
    assert watcher.changed()


def test_the_watcher_sees_a_mounted_config_map_change(rules: Path) -> None:
    """Kubernetes: files are links through `..data`, which is swapped to a new directory in one rename."""
    for version, text in (("..v1", RULE), ("..v2", RULE + OTHER)):
        (rules / version).mkdir()
        (rules / version / "10-emergency.toml").write_text(text)
    (rules / "..data").symlink_to("..v1")
    (rules / "10-emergency.toml").unlink()
    (rules / "10-emergency.toml").symlink_to("..data/10-emergency.toml")
    keeper = RuleKeeper(rules, NOW, KINDS)
    watcher = keeper.watcher()
    assert not watcher.changed()
    (rules / "..data_tmp").symlink_to("..v2")
    (rules / "..data_tmp").rename(rules / "..data")
    assert watcher.changed()
    keeper.reload(LATER)
    assert names(keeper) == ["emergency by subject", "other"]


def test_a_save_between_load_and_watch_is_seen(rules: Path) -> None:
    keeper = RuleKeeper(rules, NOW, KINDS)
    added(rules)
    assert keeper.watcher().changed()


def test_other_files_do_not_ring(rules: Path) -> None:
    watcher = RuleWatcher(rules)
    (rules / ".10-emergency.toml.swp").write_text("x")
    (rules / "notes.md").write_text("x")
    assert not watcher.changed()


def test_while_two_files_are_saved_again_and_again_no_mixed_set_is_ever_in_force(rules: Path) -> None:
    """A symbolic link to the directory is swapped between two sets whose rules say which set they are from."""
    for version in ("one", "two"):
        directory = rules.parent / version
        shutil.copytree(rules, directory)
        for number, status in ((20, "open"), (30, "new")):
            text = f'[[rule]]\nname = "{version} {number}"\nwhen = {{ status = "{status}" }}\nthen = {{ tags = "x" }}\n'
            (directory / f"{number}.toml").write_text(text)
    current = rules.parent / "current"
    current.symlink_to("one")
    keeper = RuleKeeper(current, NOW, KINDS)
    ended = threading.Event()

    def swap() -> None:
        for number in range(1000):
            link = rules.parent / "link"
            link.symlink_to("two" if number % 2 == 0 else "one")
            link.rename(current)
        ended.set()

    swapper = threading.Thread(target=swap)
    swapper.start()
    while not ended.is_set():
        keeper.reload(LATER)
        versions = {name.split()[0] for name in names(keeper)} - {"emergency"}
        assert len(versions) == 1
    swapper.join()
    assert keeper.reload(LATER).successful
    assert names(keeper)[1:] == ["one 20", "one 30"]
