"""Which public incident a mail may be about, and by which sign. Careful: a wrong match tells a partner about somebody else's trouble.

Decides by what the partner wrote now, from the surest sign to the weakest: a link to the incident, the name of an affected component, an
endpoint that bears its name, and words of the incident's name. A mail that tells of no failure matches nothing, and one that speaks only
of the sandbox matches only incidents that name the sandbox. Asked when a case is opened and when a page is made; never changes a case.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from triage.core.incidents.values import Incident, Snapshot
from triage.core.mail.message import FactKind, InboundMessage

MAX_TEXT = 20_000
"""Characters of a mail that are looked at."""

_WORD = re.compile(r"[^\W_]+")
_SHORTEST_WORD = 4
_SAY_NOTHING = frozenset(
    """
    affecting affected availability completed customers degraded delay delayed delays disruption down elevated error errors failing failure
    failures from high impact impacting incident increased intermittent investigating issue issues latency maintenance major minor
    multiple online outage partial performance planned platform problem problems rate rates requests response responses scheduled service
    services slow some system systems that this times under unavailable update upgrade users with your
    """.split()  # noqa: SIM905 (a list of words reads better as words)
)
"""Words that name an incident without saying what it is about."""
_TOO_COMMON = _SAY_NOTHING | {"api", "apis", "rest", "http", "https", "wise", "core", "live", "production", "public"}
"""Of a component's name: words that every mail to this mailbox may hold."""
_FAILURE_FACTS = frozenset({FactKind.HTTP_STATUS, FactKind.ERROR_CODE, FactKind.BUSINESS_IMPACT})
_FAILURE_WORDS = frozenset(
    """
    broken cannot critical delay delayed delays degraded down error errors fail failed failing fails failure failures incident issue issues
    offline outage problem problems rejected slow timeout timeouts unable unavailable unreachable urgent
    """.split()  # noqa: SIM905 (a list of words reads better as words)
)
_SANDBOX = "sandbox"


class Sign(Enum):
    """Why a mail is taken to be about an incident; the surest first."""

    LINK = "it links to the incident"
    COMPONENT = "it names an affected component"
    ENDPOINT = "its endpoint bears the name of an affected component"
    WORDS = "it uses the words of the incident's name"


_ORDER = tuple(Sign)


@dataclass(frozen=True, slots=True)
class Report:
    """What a partner has said: in one mail, or in all mails of a case."""

    subject: str
    text: str
    endpoints: tuple[str, ...] = ()
    environments: frozenset[str] = frozenset()
    fails: bool = False
    """The mail tells of something that does not work."""


@dataclass(frozen=True, slots=True)
class Match:
    incident: Incident
    sign: Sign
    by: str
    """The link, name or words that were found."""


def report_of(message: InboundMessage) -> Report:
    values = [(fact.kind, fact.value) for fact in message.facts]
    return make_report(message.subject, message.new_text, values, lacks_something=bool(message.missing))


def make_report(subject: str, text: str, facts: Iterable[tuple[FactKind, str]], *, lacks_something: bool = False) -> Report:
    """`facts`: kind and value. `lacks_something`: missing items are only looked for where a failure is told."""
    known = list(facts)
    told = f"{subject}\n{text}"[:MAX_TEXT]
    fails = lacks_something or any(kind in _FAILURE_FACTS for kind, _ in known) or not _FAILURE_WORDS.isdisjoint(_words(told))
    return Report(
        subject=subject,
        text=text[:MAX_TEXT],
        endpoints=tuple(value for kind, value in known if kind in {FactKind.ENDPOINT, FactKind.URL}),
        environments=frozenset(value.lower() for kind, value in known if kind is FactKind.ENVIRONMENT),
        fails=fails,
    )


def matches(message: InboundMessage, snapshot: Snapshot) -> Match | None:
    """The incident this mail may be about; None when there is no sign of one."""
    return best_match(report_of(message), snapshot)


def best_match(report: Report, snapshot: Snapshot) -> Match | None:
    """The surest sign wins; among equals the worse incident."""
    if not report.fails:
        return None
    found = [match for incident in snapshot.running if (match := _match(report, incident)) is not None]
    return min(found, key=lambda match: _ORDER.index(match.sign), default=None)


def _match(report: Report, incident: Incident) -> Match | None:
    told = f"{report.subject}\n{report.text}"
    if incident.link and incident.link in told and incident.link.rstrip("/").count("/") > 2:  # a link to the page itself names none
        return Match(incident, Sign.LINK, incident.link)
    if _is_sandbox_only(report) and _SANDBOX not in _about(incident):
        return None
    words = _words(told)
    for component in incident.components:
        if component.name and _names(told, component.name) and _significant(component.name):
            return Match(incident, Sign.COMPONENT, component.name)
    for component in incident.components:
        if by := _significant(component.name) & _words(" ".join(report.endpoints)):
            return Match(incident, Sign.ENDPOINT, sorted(by)[0])
    telling = {word for word in _words(incident.name) if len(word) >= _SHORTEST_WORD} - _SAY_NOTHING
    shared = {word for word in telling if not _forms(word).isdisjoint(words)}
    enough = len(shared) >= 2 or (len(shared) == 1 == len(telling))
    return Match(incident, Sign.WORDS, " ".join(sorted(shared))) if enough else None


def _names(told: str, name: str) -> bool:
    """The whole name, as words, in this order."""
    return f" {' '.join(_WORD.findall(name.casefold()))} " in f" {' '.join(_WORD.findall(told.casefold()))} "


def _significant(name: str) -> set[str]:
    """Words of a component's name that tell it from others; a name of several common words ("REST API") counts as a whole."""
    words = _WORD.findall(name.casefold())
    telling = {form for word in words if len(word) >= _SHORTEST_WORD and word not in _TOO_COMMON for form in _forms(word)}
    return telling or ({" ".join(words)} if len(words) > 1 else set())


def _forms(word: str) -> set[str]:
    """Singular and plural are the same word here."""
    return {word, word.removesuffix("s"), f"{word}s"}


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.casefold()))


def _about(incident: Incident) -> str:
    return " ".join([incident.name, *(component.name for component in incident.components)]).casefold()


def _is_sandbox_only(report: Report) -> bool:
    return bool(report.environments) and report.environments <= {_SANDBOX}
