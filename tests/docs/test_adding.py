"""docs/adding.md is followed to the letter: the examples on that page are put into the tables, and they work."""

from __future__ import annotations

import re
import shutil
import sys
import types
from pathlib import Path

import pytest

from tests.adapters.pagers.scene import NOW, PAGE, against
from tests.core.rules.rule_text import judge, rules_from
from tests.servers.http_sink import HttpSink
from tests.style.source import ROOT
from triage.adapters.clock import SystemClock
from triage.adapters.pagers import kinds
from triage.adapters.pagers.kinds import build_contact, faults_of
from triage.adapters.pagers.settings import Wiring
from triage.adapters.rulefiles import load_rules
from triage.core.cases.notices import NoticeValues, render
from triage.core.mail.message import Address
from triage.core.problems import BrokenFiles
from triage.core.rules import fields
from triage.core.seams import SendOutcome
from triage.daemon.wiring import contact_kinds
from triage.shipped import rules_dir

PAGE_TEXT = (ROOT / "docs" / "adding.md").read_text("utf-8")


def example(language: str, name: str) -> str:
    found = re.search(rf"^```{language} {name}\n(.*?)^```", PAGE_TEXT, re.MULTILINE | re.DOTALL)
    assert found is not None, f"docs/adding.md has no example {name}"
    return found[1]


@pytest.fixture
def condition(monkeypatch: pytest.MonkeyPatch) -> None:
    row = eval(example("python", "condition"), dict(vars(fields)))
    monkeypatch.setitem(fields.FIELDS, row.name, row)


@pytest.fixture
def contact_kind(monkeypatch: pytest.MonkeyPatch) -> str:
    module = types.ModuleType("triage.adapters.pagers.gotify")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(example("python", "contact"), vars(module))
    row = eval(example("python", "kind"), {**vars(kinds), "gotify": module})
    monkeypatch.setattr(kinds, "KINDS", {**kinds.KINDS, row.name: row})
    return str(row.name)


@pytest.mark.usefixtures("condition")
def test_the_new_condition_holds_for_what_it_should_and_nothing_else() -> None:
    rule = example("toml", "rule")
    assert judge(rule, reply_to=(Address("jo@gmail.com"),)).tags == ("odd-reply-to",)
    assert not judge(rule, reply_to=(Address("jo@acme.example"),)).hits
    assert not judge(rule).hits


def test_without_its_row_the_condition_is_a_mistake() -> None:
    with pytest.raises(AssertionError, match="reply_to"):
        rules_from(example("toml", "rule"))


def test_the_new_contact_kind_delivers(contact_kind: str) -> None:
    sink = HttpSink()

    async def scene(url: str) -> SendOutcome:
        contact = build_contact(contact_kind, {"url": url, "token": "secret-token"}, Wiring(SystemClock()))
        return (await contact.deliver("page/7/2/ana/push", PAGE)).outcome

    assert against(sink, scene) is SendOutcome.ACCEPTED
    (request,) = sink.requests
    assert request.path == "/message"
    assert request.headers["x-gotify-key"] == "secret-token"
    assert "URGENT payouts fail" in str(request.json()["message"])


def test_the_new_contact_kind_tells_operators_what_it_lacks(contact_kind: str) -> None:
    assert [fault.key for fault in faults_of(contact_kind, {"url": "https://gotify.example"})] == ["token"]


def test_the_new_notice_renders() -> None:
    values = NoticeValues("#1042", 3, "x", "Wise API support", "api@wise.example", "72 hours", "30 days")
    assert "It is case #1042." in render("receipt-gold", example("text", "notice"), values)


def test_the_rule_that_names_the_new_notice_is_sound_once_the_notice_is_there(tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    shutil.copytree(rules_dir(), rules)
    (rules / "partners.toml").write_text('[acme]\ndomains = ["acme.example"]\ntier = "gold"\n')
    (rules / "20-gold.toml").write_text(example("toml", "receipt-rule"))
    with pytest.raises(BrokenFiles) as broken:
        load_rules(rules, NOW, contact_kinds())
    assert "receipt-gold" in str(broken.value.problems)
    (rules / "notices" / "receipt-gold.txt").write_text(example("text", "notice"))
    assert "receipt-gold" in load_rules(rules, NOW, contact_kinds()).notices
