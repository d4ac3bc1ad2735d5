"""Page: the duty to reach a human about one Severity 1 case or one storm. Values only; `transitions` decides every change.

A page that is not resolved always has a `next_at`: there is no pause and no "escalation finished". Times are aware UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from triage.core.oncall.people import Medium, Privacy
from triage.core.oncall.policy import EscalationPolicy

Reach = tuple[str, str]
"""(person, contact) by name."""


class PageState(Enum):
    PAGING = "paging"
    """Going up the levels for the first time."""
    BROADCAST = "broadcast"
    """The levels are used up: everybody, again and again, while the levels start over as well."""
    ACKED = "acked"
    RESOLVED = "resolved"


class PageEventKind(Enum):
    OPENED = "opened"
    """The same case asks for a page once more."""
    TICK = "tick"
    """`next_at` is reached."""
    ACKNOWLEDGED = "acknowledged"
    UNACKNOWLEDGED = "unacknowledged"
    """The person gives it back."""
    WORK_SEEN = "work-seen"
    """A team reply or a command on the case; on a page nobody has acknowledged it is the acknowledge."""
    RESOLVED = "resolved"
    CASE_ATTACHED = "case-attached"
    CONTACT_FAILED = "contact-failed"
    """One contact did not take its delivery: for good (`permanent`), or twice in a row."""
    LEVEL_DEAD = "level-dead"
    CANNOT = "cannot"
    """A paged person is out of office, or says no."""
    ESCALATE = "escalate"
    """A person asks for the next level."""
    INCIDENT_OPENED = "incident-opened"
    """The team's own incident about a case of the page has an address."""
    CLOCK_JUMPED = "clock-jumped"
    """The wall clock was set; no timer may wait longer than it was meant to."""


@dataclass(frozen=True, slots=True)
class PageEvent:
    """Which fields matter depends on the kind. `by`: who did it (a name of oncall.toml, an address, a login name)."""

    kind: PageEventKind
    by: str = ""
    until: datetime | None = None
    """ACKNOWLEDGED: how long the person asked for."""
    seen: int | None = None
    """ACKNOWLEDGED: how many cases were listed when the person looked; None: all."""
    generation: int | None = None
    cycle: int | None = None
    level: int | None = None
    """From which level the event comes; None: from no link or delivery (the command line), always current."""
    person: str = ""
    contact: str = ""
    permanent: bool = False
    case_number: int | None = None
    """CASE_ATTACHED: the case. RESOLVED: the one case that needs nobody any more; None: the whole page."""
    newcomer: bool = False
    """CASE_ATTACHED: no case of its partner is on the page."""
    why: str = ""


class PageReason(Enum):
    """Why a step did what it did; "nothing" has its reasons too. Printed by `triage pages N`."""

    OPENED = "the first level is paged"
    OPENED_LATE = "this has waited for long: on-call and broadcast together"
    NEXT_LEVEL = "nobody acknowledged in time; the next level is paged"
    LEVELS_USED_UP = "no level is left; the next broadcast and the next start over have their times"
    BROADCAST = "no level is left; everybody is paged"
    BROADCAST_AGAIN = "still no acknowledge; everybody is paged again"
    CHAIN_RESTARTED = "still no acknowledge; the levels start over"
    LATE_START = "overdue after a downtime: on-call and broadcast together"
    HANDED_OFF = "the rota changed hands; the new person is paged too"
    HAND_OFF_KNOWN = "the rota changed hands to somebody who was paged already"
    NOT_DUE = "nothing is due yet"
    ACKNOWLEDGED = "acknowledged"
    ACKNOWLEDGED_BY_WORK = "somebody works on the case: that is the acknowledge"
    ALREADY_ACKNOWLEDGED = "somebody else has it already"
    ACKNOWLEDGE_RENEWED = "the same person acknowledged again"
    TAKEN_OVER = "somebody else took it as the acknowledge ran out"
    NOT_ACKNOWLEDGED = "nobody has acknowledged it"
    GIVEN_BACK = "the person gave it back; the levels start over"
    REMINDED = "no sign of work: the person is reminded"
    ACKNOWLEDGE_SPENT = "no sign of work: the acknowledge is over and the levels start over"
    REMINDED_ALL = "no sign of work on an old page: everybody is reminded"
    WORK_SEEN = "a sign of work; the acknowledge lasts longer"
    NUDGED = "a case joined after the person had looked: one reminder"
    ALREADY_NUDGED = "a case joined; the person was reminded already"
    ATTACHED = "the case is on the page; the next step says so"
    ATTACHED_TOLD = "another partner's case is on the page; whoever was disturbed gets a quiet line"
    ALREADY_ATTACHED = "the case is on the page already"
    STORM_GREW = "the storm grew: the level is paged again"
    INCIDENT_TOLD = "the incident has an address; whoever was disturbed gets a quiet line"
    CASE_DONE = "one case of several needs nobody any more"
    NOT_ON_PAGE = "this case is not on the page"
    RESOLVED = "nobody needs to be reached any more"
    ALREADY_OPEN = "the page is open already"
    ALREADY_RESOLVED = "the page is resolved; it never opens again"
    OTHER_CONTACT = "a contact failed; the person's next contact is tried"
    CONTACTS_LEFT = "a contact failed; others of the level are on their way"
    NOT_OF_THIS_LEVEL = "the level has changed since; nothing depends on this contact"
    LEVEL_FAILED = "nobody on the level can be reached; the next level is paged now"
    CANNOT = "the paged person cannot; the next level is paged now"
    OTHERS_CAN = "one person cannot; others of the level were paged"
    ESCALATED = "a person asked for the next level"
    STALE = "this comes from an earlier level and changes nothing"
    TIMERS_PULLED_IN = "the clock was set; no timer waits longer than it was meant to"


class Action(Enum):
    TRIGGER = "trigger"
    UPDATE = "update"
    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"


class News(Enum):
    """What an UPDATE is about. All but the reminder are quiet: they ring nobody's telephone out of sleep."""

    REMINDER = "reminder"
    CASE_JOINED = "case-joined"
    INCIDENT_OPENED = "incident-opened"


@dataclass(frozen=True, slots=True)
class PlannedDelivery:
    """One row for the outbox. `level` is None for a broadcast, or where the action has no level. Worthless after `not_after`."""

    person: str
    contact: str
    action: Action
    generation: int
    cycle: int
    level: int | None
    step: int
    """Counts the page's steps that planned something: part of the delivery's key."""
    not_after: datetime
    medium: Medium = Medium.PUSH
    privacy: Privacy = Privacy.FULL
    news: News = News.REMINDER


@dataclass(frozen=True, slots=True)
class Page:
    """`level` is len(policy.levels) once the levels of a cycle are used up. `case_number` is None for a storm, and
    for what is `about` no case."""

    id: int
    case_number: int | None
    generation: int
    state: PageState
    policy: EscalationPolicy
    opened_at: datetime
    cycle_started_at: datetime
    cases: tuple[int, ...] = ()
    """Every case ever on the page, in the order they came; `done` are those that need nobody any more."""
    done: tuple[int, ...] = ()
    why: str = ""
    about: str = ""
    """What is wrong when it is no case: triage itself needs somebody. Such a page is no storm."""
    test: bool = False
    cycle: int = 0
    level: int = 0
    step: int = 0
    level_ends_at: datetime | None = None
    broadcast_due_at: datetime | None = None
    hand_off_at: datetime | None = None
    broadcasts: int = 0
    paged: tuple[str, ...] = ()
    """People the levels of this cycle have paged."""
    cannot: tuple[str, ...] = ()
    """People who cannot, in this cycle."""
    level_contacts: tuple[Reach, ...] = ()
    dead_contacts: tuple[Reach, ...] = ()
    """Those of `level_contacts` that failed for good."""
    disturbed: tuple[Reach, ...] = ()
    """Every contact that was triggered: whoever was disturbed is told who has it and when it is over."""
    acked_by: str = ""
    acked_at: datetime | None = None
    acked_until: datetime | None = None
    acked_cases: int = 0
    """The watermark: the acknowledge covers the first so many of `cases`."""
    told_at: datetime | None = None
    """When whoever was disturbed last got a quiet line about another partner's case."""
    reminded: bool = False
    nudged: bool = False
    resolved_at: datetime | None = None
    resolved_why: str = ""

    def __post_init__(self) -> None:
        if (self.state is PageState.RESOLVED) != (self.next_at is None):
            raise ValueError(f"page {self.id}: {self.state.value} with next_at {self.next_at}")

    @property
    def next_at(self) -> datetime | None:
        """When the clock acts on this page again; None only when it is resolved."""
        if self.state is PageState.RESOLVED:
            return None
        if self.state is PageState.ACKED:
            return self.acked_until
        return min((at for at in (self.level_ends_at, self.broadcast_due_at, self.hand_off_at) if at is not None), default=None)

    @property
    def is_storm(self) -> bool:
        return self.case_number is None and not self.about

    @property
    def open_cases(self) -> tuple[int, ...]:
        done = frozenset(self.done)
        return tuple(number for number in self.cases if number not in done)

    @property
    def unseen(self) -> tuple[int, ...]:
        """Cases that joined after the person who acknowledged had looked."""
        return tuple(number for number in self.cases[self.acked_cases :] if number not in self.done)


@dataclass(frozen=True, slots=True)
class PageStep:
    """The outcome of one event: the page afterwards, what goes to the outbox, and why."""

    page: Page
    deliveries: tuple[PlannedDelivery, ...]
    reason: PageReason


def dedup_key(instance: str, page_id: int, generation: int, *, test: bool = False) -> str:
    """What a provider keeps the incident under: stable over retries, restarts and upgrades, new for every generation. A drill has a
    namespace of its own, so that it never touches a real incident."""
    return f"{'triage-test' if test else 'triage'}/{instance}/{page_id}/{generation}"


def read_dedup_key(key: str, instance: str) -> tuple[int, int] | None:
    """(page, generation) of an incident of ours, drills included, as a provider names it; None for anything else."""
    for space in ("triage", "triage-test"):
        page, slash, generation = key.removeprefix(f"{space}/{instance}/").partition("/")
        if key.startswith(f"{space}/{instance}/") and slash and _is_number(page) and _is_number(generation):
            return int(page), int(generation)
    return None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 16


def delivery_key(page_id: int, delivery: PlannedDelivery) -> str:
    """Unique per delivery and the same however often it is planned or retried."""
    return f"page/{page_id}/{delivery.generation}/{delivery.step}/{delivery.action.value}/{delivery.person}/{delivery.contact}"
