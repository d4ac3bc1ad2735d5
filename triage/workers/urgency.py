"""Urgency: which mail is fetched and decided before all other, and whose turn it takes, by its header alone.

What pages is decided by the rules, on the whole mail; here it is only guessed, so that a backlog brings it first. Called by the mailbox
thread for every header of a backlog, and by intake.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

from triage.adapters.rulefiles import RuleFiles
from triage.core.cases.partners import PartnerBook
from triage.core.mail.headers import glance
from triage.core.mail.parse import parse
from triage.core.rules.by_header import may_hold, rules_on_headers
from triage.core.rules.ruleset import Rule, Ruleset
from triage.core.rules.situation import Situation
from triage.core.rules.text import folded
from triage.core.settings import Limits

LOOKED_AT = 80 * 1024
"""So much of a header tells whose a mail is, and what the rules will say: what is read of a long one, and the fields that were asked for by
their names and put behind it."""

EMERGENCY_WORDS = ("urgent", "critical")
"""What partners were told to write into their subjects: looked for whatever the rules are."""
_MAY_BE_URGENT = re.compile(rb"(?i)" + "|".join((*EMERGENCY_WORDS, r"=\?", "utf-?7", r"[^\t\r\n -~]")).encode())
"""Without any of these a header has no other letters than those it shows, and most need not be read any further."""
_NOBODY_NAMED = PartnerBook()
_NO_TIME = datetime.min.replace(tzinfo=UTC)


class Urgency:
    """`rules` is asked anew for every header, so that a change of the files counts at once. For one thread."""

    def __init__(self, rules: Callable[[], RuleFiles], limits: Limits) -> None:
        self._rules = rules
        self._limits = limits
        self._ruleset: Ruleset | None = None
        self._on_headers: tuple[Rule, ...] = ()

    def __call__(self, header: bytes) -> bool:
        return says_so(header, self._limits) or self._foretold(header)

    def _foretold(self, header: bytes) -> bool:
        rules = self._rules()
        if rules.ruleset is not self._ruleset:
            self._ruleset, self._on_headers = rules.ruleset, rules_on_headers(rules.ruleset, EMERGENCY_WORDS)
        if not self._on_headers:
            return False
        try:
            message = parse(header[:LOOKED_AT] + b"\r\n\r\n", self._limits)
        except Exception:  # noqa: BLE001 (the message boundary: whatever it is, the mail waits for its turn like any other)
            return False
        partner = rules.partners.partner_of(message.author.address)
        situation = Situation(
            message=message,
            now=_NO_TIME,
            subject_new=message.subject,
            partner=partner.key if partner.is_named else "",
            partner_name=partner.name if partner.is_named else "",
            partner_tier=partner.tier,
        )
        return any(may_hold(rule, situation) for rule in self._on_headers)


def says_so(header: bytes, limits: Limits | None = None) -> bool:
    """Whether its subject has one of the words that partners were told."""
    if _MAY_BE_URGENT.search(header) is None:
        return False
    subject = folded(glance(header, limits or Limits()).subject)
    return any(word in subject for word in EMERGENCY_WORDS)


def whose(header: bytes, limits: Limits) -> str:
    """With whom an urgent mail shares its turns, by its header: its company or, at a provider of free mail, its author alone."""
    return _NOBODY_NAMED.partner_of(glance(header[:LOOKED_AT], limits).author.address).key
