"""A page told as a story: a cast, a clock that the test pushes, and who was reached by which contact at which minute."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from triage.core.oncall.page import Action, Page, PageEvent, PageEventKind, PageReason, PageState, PageStep
from triage.core.oncall.people import ContactMethod, Medium, Person
from triage.core.oncall.policy import EscalationPolicy, Level, OnCall
from triage.core.oncall.rota import HandOff, Layer, Rota
from triage.core.oncall.transitions import advance_page, open_page

START = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)
"""A Tuesday night."""

QUIET = frozenset({Medium.PUSH, Medium.MAIL, Medium.PROVIDER})


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def person(name: str, **contacts: Medium) -> Person:
    media = contacts or {"push": Medium.PUSH, "mail": Medium.MAIL, "call": Medium.VOICE}
    made = tuple(ContactMethod(label, label, medium=medium, failure_domain=label) for label, medium in media.items())
    return Person(name, name.title(), made)


def rota(name: str, *people: str, at: time = time(9), weekday: int | None = 0) -> Rota:
    return Rota(name, ZoneInfo("UTC"), (Layer(people, HandOff(at, weekday), date(2026, 3, 2)),))


def policy(*levels: Level, broadcast: tuple[str, ...] = ("everybody", "team")) -> EscalationPolicy:
    return EscalationPolicy("emergency", levels or standard_levels(), broadcast=broadcast)


def standard_levels() -> tuple[Level, ...]:
    return (
        Level(minutes(0), ("primary",), QUIET),
        Level(minutes(2), ("primary",), frozenset({Medium.VOICE}), again=True),
        Level(minutes(5), ("ben",)),
        Level(minutes(10), ("cem",)),
        Level(minutes(15), ("dora",)),
    )


def cast(*rotas: Rota, plan: EscalationPolicy | None = None, people: tuple[Person, ...] = ()) -> OnCall:
    """Ana is on call; Ben, Cem and Dora are the fallbacks; a team mailbox hears the broadcast."""
    everybody = people or (
        Person("ana", "Ana", (*person("ana").contacts, ContactMethod("duty", "pagerduty", medium=Medium.PROVIDER))),
        person("ben"),
        person("cem"),
        person("dora"),
        replace(person("team", mail=Medium.MAIL), human=False),
    )
    used = rotas or (rota("primary", "ana"),)
    plan = plan or policy()
    return OnCall({one.name: one for one in everybody}, {one.name: one for one in used}, {plan.name: plan})


@dataclass
class Story:
    oncall: OnCall
    page: Page
    now: datetime
    steps: list[tuple[datetime, PageStep]] = field(default_factory=list)

    @property
    def reason(self) -> PageReason:
        return self.steps[-1][1].reason

    @property
    def state(self) -> PageState:
        return self.page.state

    def minute(self, at: datetime) -> float:
        return (at - self.page.opened_at).total_seconds() / 60

    def happens(self, kind: PageEventKind, **details: object) -> PageStep:
        step = advance_page(self.page, PageEvent(kind, **details), self.oncall, self.now)  # type: ignore[arg-type]
        self.page = step.page
        self.steps.append((self.now, step))
        return step

    def clock(self, minute: float) -> None:
        """The program runs; every timer up to and including this minute since the opening fires at its time."""
        until = self.page.opened_at + minutes(minute)
        while self.page.next_at is not None and self.page.next_at <= until:
            self.now = max(self.now, self.page.next_at)
            before = self.page
            self.happens(PageEventKind.TICK)
            assert self.page != before, "a due tick that changes nothing would spin"
        self.now = until

    def asleep(self, minute: float) -> None:
        """The program is down until this minute; nothing fires before."""
        self.now = self.page.opened_at + minutes(minute)

    def reached(self, action: Action = Action.TRIGGER) -> list[tuple[float, str]]:
        """(minute, person) in order, once per step."""
        return [
            (self.minute(at), name)
            for at, step in self.steps
            for name in dict.fromkeys(one.person for one in step.deliveries if one.action is action)
        ]

    def contacts(self, action: Action = Action.TRIGGER) -> Mapping[float, set[str]]:
        """minute -> person/contact."""
        found: dict[float, set[str]] = {}
        for at, step in self.steps:
            for one in step.deliveries:
                if one.action is action:
                    found.setdefault(self.minute(at), set()).add(f"{one.person}/{one.contact}")
        return found


def begin(oncall: OnCall | None = None, at: datetime = START, **details: object) -> Story:
    oncall = oncall or cast()
    step = open_page(7, details.pop("case_number", 1042), oncall.policies["emergency"], oncall, at, **details)  # type: ignore[arg-type]
    return Story(oncall, step.page, at, [(at, step)])
