"""Requests: what partners' mails are about and what they lack: missing information, endpoints, environments, languages. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from triage.core.mail.message import Missing
from triage.core.reports.figures import Ranking, ranking, share
from triage.core.reports.past import PastCase
from triage.core.reports.period import Period

ENDPOINTS_SHOWN, LANGUAGES_SHOWN, LONGEST = 12, 8, 120
_QUERY = re.compile(r"[?#].*")
_IDS = re.compile(r"(?i)/(?:\d+|[0-9a-f]{8}-[0-9a-f-]{20,}|(?=[a-z]*\d)[0-9a-z_-]{12,}|\{[^/]*\}|:[a-z_]\w*|<[^/]*>)(?=/|$)")
_UNKNOWN = "not known"


@dataclass(frozen=True, slots=True)
class Lack:
    """How many first mails lack one item."""

    item: Missing
    count: int
    of: int

    @property
    def share(self) -> float | None:
        return share(self.count, self.of)


@dataclass(frozen=True, slots=True)
class Requests:
    first_mails: int
    incomplete: int
    """First mails that lack anything; a mere question lacks nothing."""
    lacks: tuple[Lack, ...]
    endpoints: Ranking
    """Cases by the endpoints they name; a case may name several."""
    environments: Ranking
    languages: Ranking


def requests(cases: Iterable[PastCase], period: Period) -> Requests:
    opened = [one for one in cases if period.holds(one.case.opened_at)]
    first = [mail for one in opened for mail in one.mails if mail.opens and period.holds(mail.at)]
    lacking = Counter(item for mail in first for item in mail.missing)
    lacks = (Lack(item, lacking[item], len(first)) for item in Missing)
    return Requests(
        first_mails=len(first),
        incomplete=sum(bool(mail.missing) for mail in first),
        lacks=tuple(sorted(lacks, key=lambda lack: -lack.count)),
        endpoints=ranking(
            (name for one in opened for name in _named(shape_of(e) for mail in one.mails for e in mail.endpoints)), ENDPOINTS_SHOWN
        ),
        environments=ranking(
            (name for one in opened for name in _named(e for mail in one.mails for e in mail.environments)), ENDPOINTS_SHOWN
        ),
        languages=ranking((one.case.language or _UNKNOWN for one in opened), LANGUAGES_SHOWN),
    )


def shape_of(endpoint: str) -> str:
    """`POST /v3/profiles/16556123/transfers?x=1` -> `POST /v3/profiles/{id}/transfers`: what is one endpoint counts as one."""
    return _IDS.sub("/{id}", _QUERY.sub("", endpoint)).rstrip("/ ")[:LONGEST]


def _named(names: Iterable[str]) -> Iterable[str]:
    """Each once for a case."""
    return dict.fromkeys(name for name in names if name)
