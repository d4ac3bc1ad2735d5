"""The chain: whom a page that nobody has acknowledged goes to next, level after level, then everybody, for ever.

Each function takes a page and returns it with what to deliver. Deciding which of them applies is `transitions`' part.
Times: a level ends when its own length is over, and no later than the policy's table says; after a downtime, when the table has been
overtaken, each level still gets `shortest_late_level`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from triage.core.oncall.page import Action, News, Page, PageState, PlannedDelivery, Reach
from triage.core.oncall.people import ContactMethod, Medium, Person, contacts_by
from triage.core.oncall.policy import OnCall
from triage.core.oncall.rota import next_hand_off

Move = tuple[Page, tuple[PlannedDelivery, ...]]
Target = tuple[Person, ContactMethod]


def climb(page: Page, first: int, oncall: OnCall, now: datetime) -> Move:
    """Pages the first level from `first` on that has somebody to page. None has: the levels are used up."""
    for index in range(first, len(page.policy.levels)):
        people = _to_page(page, index, oncall, now)
        if people:
            return _enter(page, index, people, now)
    return _use_up(page, oncall, now)


def restart(page: Page, oncall: OnCall, now: datetime) -> Move:
    """A new cycle: everybody counts as not yet paged, whoever could not before is asked again."""
    fresh = replace(page, cycle=page.cycle + 1, cycle_started_at=now, paged=(), cannot=(), level_contacts=(), dead_contacts=())
    return climb(fresh, 0, oncall, now)


def broadcast(page: Page, oncall: OnCall, now: datetime) -> Move:
    """Everybody on the policy's list, by all contacts; also those who said they cannot: now it is everybody's."""
    count = page.broadcasts + 1
    due_at = now + page.policy.broadcast_pause(count)
    page = replace(page, state=PageState.BROADCAST, broadcasts=count, broadcast_due_at=due_at, hand_off_at=None)
    targets = [(person, contact) for person in oncall.broadcast_members(page.policy, now) for contact in person.contacts]
    return page, plan(page, targets, Action.TRIGGER, None, due_at)


def hand_off(page: Page, oncall: OnCall, now: datetime) -> Move:
    """Pages whoever has come on call in a rota of the levels entered so far; those paged before keep their pages."""
    page = replace(page, hand_off_at=None)
    targets: list[Target] = []
    for index in range(_levels_entered(page)):
        level = page.policy.levels[index]
        rotas = [target for target in level.targets if target in oncall.rotas]
        for person in oncall.members(rotas, (), now):
            if person.name not in page.paged and person.name not in page.cannot:
                targets.extend((person, contact) for contact in contacts_by(person, level.by or Medium))
                page = replace(page, paged=(*page.paged, person.name))
    page = replace(page, level_contacts=_joined(page.level_contacts, targets))
    return page, plan(page, targets, Action.TRIGGER, page.level, page.next_at or now)


def next_contact(page: Page, name: str, oncall: OnCall) -> Target | None:
    """The first contact of a person that this level has not used yet."""
    person = oncall.people.get(name)
    if person is None or name in page.cannot:
        return None
    return next(((person, contact) for contact in person.contacts if (name, contact.name) not in page.level_contacts), None)


def live_contacts(page: Page) -> tuple[Reach, ...]:
    """Contacts of the level that may still reach somebody who can."""
    return tuple(reach for reach in page.level_contacts if reach not in page.dead_contacts and reach[0] not in page.cannot)


def watch_hand_off(page: Page, oncall: OnCall, now: datetime) -> Page:
    """Sets when the next hand-off concerns this page, unless that is known."""
    if page.state not in (PageState.PAGING, PageState.BROADCAST) or page.hand_off_at is not None or page.next_at is None:
        return page
    targets = {target for level in page.policy.levels[: _levels_entered(page)] for target in level.targets}
    found = [
        at
        for name, rota in oncall.rotas.items()
        if name in targets and (at := next_hand_off(rota, now, max(now, page.next_at))) is not None
    ]
    return replace(page, hand_off_at=min(found, default=None))


def plan(
    page: Page,
    targets: Iterable[Target],
    action: Action,
    level: int | None,
    not_after: datetime,
    *,
    generation: int | None = None,
    news: News = News.REMINDER,
) -> tuple[PlannedDelivery, ...]:
    """One delivery per contact, as part of the step that is being made."""
    return tuple(
        PlannedDelivery(
            person=person.name,
            contact=contact.name,
            action=action,
            generation=page.generation if generation is None else generation,
            cycle=page.cycle,
            level=level,
            step=page.step + 1,
            not_after=not_after,
            medium=contact.medium,
            privacy=contact.privacy,
            news=news,
        )
        for person, contact in targets
    )


def _to_page(page: Page, index: int, oncall: OnCall, now: datetime) -> list[Person]:
    level = page.policy.levels[index]
    return [
        person
        for person in oncall.members(level.targets, page.policy.broadcast, now)
        if person.contacts and person.name not in page.cannot and (level.again or person.name not in page.paged)
    ]


def _enter(page: Page, index: int, people: list[Person], now: datetime) -> Move:
    policy, level = page.policy, page.policy.levels[index]
    on_time = max(page.cycle_started_at + policy.end_of(index), now + policy.shortest_late_level)
    ends_at = min(now + policy.end_of(index) - level.at, on_time)
    targets = [(person, contact) for person in people for contact in contacts_by(person, level.by or Medium)]
    page = replace(
        page,
        level=index,
        level_ends_at=ends_at,
        hand_off_at=None,
        paged=tuple(dict.fromkeys((*page.paged, *(person.name for person in people)))),
        level_contacts=_joined((), targets),
        dead_contacts=(),
    )
    return page, plan(page, targets, Action.TRIGGER, index, ends_at)


def _use_up(page: Page, oncall: OnCall, now: datetime) -> Move:
    """The first time round this is the moment for the broadcast; later the broadcasts keep their own time."""
    restart_at = max(page.cycle_started_at + page.policy.restart_every, now + page.policy.shortest_late_level)
    page = replace(page, level=len(page.policy.levels), level_ends_at=restart_at, hand_off_at=None, level_contacts=(), dead_contacts=())
    return broadcast(page, oncall, now) if page.state is PageState.PAGING else (page, ())


def _levels_entered(page: Page) -> int:
    return min(page.level + 1, len(page.policy.levels))


def _joined(reaches: tuple[Reach, ...], targets: Iterable[Target]) -> tuple[Reach, ...]:
    return tuple(dict.fromkeys((*reaches, *((person.name, contact.name) for person, contact in targets))))
