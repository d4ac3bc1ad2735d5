"""Labels: the keywords that a case's messages carry on the IMAP server, so that any mail client can colour them. Pure.

Decides which labels a case has, and what a person meant who changed them in a mail client. Never decides when they are set:
workers/labelling.py does.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from triage.core.cases.case import Case, Status
from triage.core.settings import Filing

_SEVERITIES = {1: "triage-sev1", 2: "triage-sev2", 3: "triage-sev3"}
_STATUSES = {Status.NEW: "triage-open", Status.OPEN: "triage-open", Status.PENDING: "triage-pending", Status.CLOSED: "triage-closed"}
"""A new case is an open one here: both wait for the team."""
EVERY_LABEL = frozenset((*_SEVERITIES.values(), *_STATUSES.values()))
EVERY_PLACE = tuple(sorted(label.replace("-", "/", 1) for label in EVERY_LABEL))
"""No other flag or keyword is ever set or taken away: the rest, `\\Seen` first of all, belongs to people."""
CLOSED_LABEL = _STATUSES[Status.CLOSED]


@dataclass(frozen=True, slots=True)
class Labels:
    """What one message carries, or should; `text` is how the store keeps it ("triage-sev1 triage-open")."""

    severity: int
    status: str

    @property
    def keywords(self) -> tuple[str, str]:
        return _SEVERITIES[self.severity], self.status

    def place(self, filing: Filing) -> str:
        """The folder for a message of the case, where the server keeps no keywords: `triage/open`, `triage/sev1`."""
        return (self.keywords[0] if filing is Filing.SEVERITY else self.status).replace("-", "/", 1)

    @property
    def text(self) -> str:
        return " ".join(self.keywords)


def labels_of(case: Case) -> Labels:
    return Labels(case.severity, _STATUSES[case.status])


def severity_meant(flags: Collection[str], last_set: str, severity: int) -> int | None:
    """The severity that somebody has given the message in a mail client, or None.

    `last_set` is what we last set on it. When that is not what the case has now, new labels are on their way and say nothing about people.
    Of two severities the new one counts, as clients add a label before they take one away; of two new ones the worse. None at all means
    nothing: people clear labels for many reasons.
    """
    if _SEVERITIES[severity] not in last_set.split():
        return None
    found = {flag.lower() for flag in flags}  # RFC 9051 section 2.3.2: keywords are not case-sensitive, and some servers fold them
    return next((number for number, keyword in sorted(_SEVERITIES.items()) if keyword in found and number != severity), None)


def severity_shown(flags: Collection[str]) -> int | None:
    """The one severity that a message carries; None for none, or for several."""
    found = [number for number, keyword in _SEVERITIES.items() if keyword in flags]
    return found[0] if len(found) == 1 else None
