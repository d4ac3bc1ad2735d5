"""What each kind of condition holds for, and for what it does not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.core.rules.rule_text import holds
from triage.core.mail.message import Address, Attachment, Automatic, Fact, FactKind, Missing, Origin
from triage.core.rules.situation import RuleEvent
from triage.core.rules.view import PATTERNS_SEE

FACTS = (
    Fact(FactKind.HTTP_STATUS, "503", (0, 3)),
    Fact(FactKind.ENDPOINT, "POST /v1/transfers", (0, 3)),
    Fact(FactKind.ENVIRONMENT, "sandbox", (0, 1)),
)
VOICEMAIL = (Attachment("voice.wav", "audio/wav", 2_000_000),)

HOLDS: list[tuple[str, dict[str, Any]]] = [
    ("{}", {}),
    ('{ subject = "payouts fail" }', {"subject": "Payouts  FAIL"}),
    ('{ subject = { contains = "out" } }', {"subject": "payouts"}),
    ('{ subject = { contains = ["x", "pay"] } }', {"subject": "payouts"}),
    ('{ subject = { starts = "pay", ends = "outs" } }', {"subject": "payouts"}),
    ('{ subject = { matches = "pay*s" } }', {"subject": "payouts"}),
    ('{ subject = { matches = "p?y*" } }', {"subject": "payouts"}),
    ('{ subject = { matches = "*out*" } }', {"subject": "payouts"}),
    ("{ subject = { regex = '^Pay(outs)?$' } }", {"subject": "payouts"}),
    ("{ subject = { exists = true } }", {"subject": "x"}),
    ("{ subject = { exists = false } }", {}),
    ('{ subject.new = { contains = "urgent" } }', {"subject": "Re: x", "subject_new": "URGENT"}),
    ('{ "subject.new" = { contains = "urgent" } }', {"subject": "x", "subject_new": "URGENT"}),
    ('{ subject = { contains = "re:", new = { contains = "urgent" } } }', {"subject": "Re: x", "subject_new": "URGENT"}),
    ('{ from = "ops@acme.example" }', {"author": "ops@acme.example"}),
    ('{ from.domain = ["x.example", "acme.example"] }', {"author": "ops@acme.example"}),
    ('{ to = { contains = "+billing" } }', {"to": (Address("a@x"), Address("api+billing@wise.example"))}),
    ('{ header."X-Spam-Level" = { contains = "***" } }', {"headers": (("x-spam-level", "*****"),)}),
    ('{ header."X-Spam-Level" = { exists = false } }', {}),
    ('{ body = { contains = "out of office" } }', {"new_text": "I am out\nof office."}),
    ('{ body.full = { contains = "quoted" } }', {"text": "new\n> quoted"}),
    ('{ attachment.type = { starts = "audio/" } }', {"attachments": VOICEMAIL}),
    ('{ attachment.size = "> 1MB" }', {"attachments": VOICEMAIL}),
    ("{ attachment.count = 1 }", {"attachments": VOICEMAIL}),
    ('{ size = "< 1KB" }', {"size": 1023}),
    ('{ facts = "http_status" }', {"facts": FACTS}),
    ('{ facts.http_status = ">= 500" }', {"facts": FACTS}),
    ('{ facts.environment = "sandbox" }', {"facts": FACTS}),
    ('{ facts.endpoint = { matches = "* /v1/*" } }', {"facts": FACTS}),
    ('{ missing = ["trace_id", "environment"] }', {"missing": (Missing.ENVIRONMENT,)}),
    ("{ severity = [1, 2] }", {"severity": 2}),
    ('{ severity = "<= 2" }', {"severity": 2}),
    ('{ severity = "!= 1" }', {"severity": 2}),
    ('{ status = "closed" }', {"status": "closed"}),
    ('{ event = ["new", "follow-up"] }', {"event": RuleEvent.FOLLOW_UP}),
    ('{ tags = "vip" }', {"tags": frozenset({"VIP", "x"})}),
    ("{ proven = true }", {"proven": True}),
    ('{ origin = "auto-replied", automatic = true }', {"automatic": Automatic(True, Origin.AUTO_REPLIED)}),
    ('{ language = "pt" }', {"language": "pt"}),
    ('{ partner = "acme" }', {"partner": "acme", "partner_name": "Acme Payments"}),
    ('{ partner = "acme payments" }', {"partner": "acme", "partner_name": "Acme Payments"}),
    ('{ partner.tier = "gold" }', {"partner_tier": "gold"}),
    ('{ open_cases = ">= 3" }', {"open_cases": 3}),
    ("{ known_incident = { exists = true } }", {"known_incident": "REST API partial outage"}),
    ('{ calendar.weekday = "monday", calendar.hour = "< 18", calendar.business_hours = true }', {}),
    ('{ calendar = { weekday = ["monday"], hour = 10 } }', {}),
    ('{ response_due_in = "< 30m" }', {"response_due_in": timedelta(minutes=-5)}),
    ('{ case.age = ">= 2d" }', {"case_age": timedelta(days=2)}),
    ('{ any = [ { subject = "a" }, { subject = "b" } ] }', {"subject": "b"}),
    ('{ all = [ { subject = { contains = "a" } }, { subject = { contains = "b" } } ] }', {"subject": "ab"}),
    ('{ not = { subject = "a" } }', {"subject": "b"}),
    ('{ not = [ { subject = "a" }, { subject = "c" } ] }', {"subject": "b"}),
    ('{ not = { any = [ { subject = "a", proven = true } ] } }', {"subject": "a"}),
]

HOLDS_NOT: list[tuple[str, dict[str, Any]]] = [
    ('{ subject = "payouts" }', {"subject": "payouts fail"}),
    ('{ subject = { starts = "pay", ends = "x" } }', {"subject": "payouts"}),
    ('{ subject = { matches = "pay" } }', {"subject": "payouts"}),
    ('{ subject = { matches = "pay*pay" } }', {"subject": "pay"}),
    ('{ subject = { matches = "a*b*c" } }', {"subject": "a c b"}),
    ('{ subject = { matches = "p?y" } }', {"subject": "pay2"}),
    ('{ subject = { matches = "[a-z]" } }', {"subject": "p"}),
    ('{ subject = { contains = "a" } }', {}),
    ('{ subject.new = { contains = "urgent" } }', {"subject": "URGENT", "subject_new": ""}),
    ('{ severity = "> 2" }', {"severity": 2}),
    ('{ facts.http_status = ">= 500" }', {}),
    ('{ response_due_in = "< 30m" }', {}),
    ('{ known_incident = { exists = true } }', {"known_incident": ""}),
    ('{ any = [ { subject = "a" }, { subject = "b" } ] }', {"subject": "c"}),
    ('{ not = [ { subject = "a" }, { subject = "b" } ] }', {"subject": "b"}),
    ('{ subject = "a", proven = true }', {"subject": "a"}),
    ("{ automatic = false }", {"automatic": Automatic(True, Origin.LIST)}),
]  # fmt: skip


@pytest.mark.parametrize(("when", "values"), HOLDS)
def test_holds(when: str, values: dict[str, Any]) -> None:
    assert holds(when, **values)


@pytest.mark.parametrize(("when", "values"), HOLDS_NOT)
def test_does_not_hold(when: str, values: dict[str, Any]) -> None:
    assert not holds(when, **values)


@pytest.mark.parametrize(
    "subject",
    ["urgent", "URGENT", "ＵＲＧＥＮＴ", "ur\u00adgent", "ur\u200bgent", "𝐔𝐑𝐆𝐄𝐍𝐓", "Ⓤⓡⓖⓔⓝⓣ", "non-urgent"],
    ids=["plain", "upper", "full-width", "soft hyphen", "zero-width space", "mathematical bold", "circled", "inside a word"],
)
def test_text_is_the_same_after_nfkc_and_casefold(subject: str) -> None:
    assert holds('{ subject = { contains = "urgent" } }', subject=subject)


def test_the_value_in_the_rule_is_folded_too() -> None:
    assert holds('{ subject = { contains = "STRASSE" } }', subject="Große Straße")


def test_a_hostile_pattern_and_text_take_no_time() -> None:
    """Linear-time engine: this pair takes minutes in a backtracking one."""
    assert not holds("{ body = { regex = '(a+)+$' } }", new_text="a" * 60_000 + "b")


LONG = "filler " * 100


def test_in_long_texts_all_needles_of_all_rules_are_found_in_one_pass() -> None:
    """Overlapping and nested needles too: `contains` answers the same as for short texts."""
    needles = ["payout", "pay", "out", "outage", "age", "ayo", "x-y", "fail", "nothing", "p"]
    text = LONG + "payoutage fail"
    for needle in needles:
        when = "{ any = [ " + ", ".join(f'{{ body = {{ contains = "{other}" }}, severity = 1 }}' for other in needles) + " ], "
        when += f'body = {{ contains = "{needle}" }} }}'
        assert holds(when, new_text=text, severity=1) == (needle in text), needle


def test_a_zero_byte_in_a_long_text_changes_nothing() -> None:
    when = "{ any = [ " + ", ".join(f'{{ body = {{ contains = "needle{n}" }} }}' for n in range(20)) + " ] }"
    assert holds(when, new_text=LONG + "\x00 needle7")
    assert not holds(when, new_text=LONG + "\x00 needle")


@pytest.mark.parametrize(
    ("before", "operator", "hits"), [(1_000, "regex", True), (PATTERNS_SEE, "regex", False), (PATTERNS_SEE, "contains", True)]
)
def test_patterns_see_the_beginning_of_a_long_text_and_words_are_found_anywhere(before: int, operator: str, hits: bool) -> None:
    assert holds(f"{{ body = {{ {operator} = 'refund' }} }}", new_text="." * before + " refund") is hits
