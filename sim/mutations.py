"""Mutations: bugs that were really made somewhere, planted one at a time, to see that the simulation finds them.

Each is a small patch of the running program, taken out again afterwards. `seed` finds it within DAYS: CI runs that one.
docs/simulation.md lists them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from triage.core.cases import follow_up, moves, transitions
from triage.core.cases.case import Status
from triage.core.cases.events import EventKind
from triage.core.cases.follow_up import MatchReason
from triage.core.cases.transitions import ACTIONS, TRANSITIONS, Do
from triage.core.deliveries import Channel, DeliveryState, Settlement, after_attempt
from triage.core.incidents.values import Snapshot
from triage.core.mail.authentication import Proof, ProofReason
from triage.core.oncall import acknowledge
from triage.core.oncall import transitions as page_transitions
from triage.core.oncall.page import PageEventKind, PageReason, PageState, PageStep
from triage.core.oncall.policy import EscalationPolicy
from triage.core.oncall.transitions import PageTransition
from triage.core.reconciliation import FolderStanding
from triage.core.seams import SendOutcome
from triage.daemon.engine import Engine, FromSweep
from triage.daemon.incidents import IncidentWatch
from triage.store import journal, outbox
from triage.store.database import Store
from triage.store.times import to_text
from triage.workers import casework, dispatcher, incidents, judging, manners, partner_mail, rebuild, reconcile, sync, timekeeper
from triage.workers.dispatcher import Dispatcher
from triage.workers.intake import Intake

DAYS = 5.0
Patch = tuple[Any, str, Any]
"""A module or class, the name of its attribute, and what it is to be."""


@dataclass(frozen=True, slots=True)
class Mutation:
    name: str
    about: str
    seed: int
    says: str
    """Words of the promise that it breaks."""
    patches: Callable[[], tuple[Patch, ...]]
    lose: bool = False
    """Only a store that is lost and rebuilt shows it."""


@contextmanager
def planted(mutation: Mutation) -> Iterator[None]:
    patches = mutation.patches()
    before = [(thing, name, thing.__dict__[name]) for thing, name, _ in patches]
    for thing, name, value in patches:
        setattr(thing, name, value)
    try:
        yield
    finally:
        for thing, name, value in before:
            setattr(thing, name, value)


def _close_on_stale_knowledge() -> tuple[Patch, ...]:
    return ((timekeeper, "waits_for", lambda *_args: ""),)


def _answer_stops_nothing() -> tuple[Patch, ...]:
    key = (Status.PENDING, EventKind.PARTNER_WROTE)
    rows = {**TRANSITIONS, key: replace(TRANSITIONS[key], to=None, do=())}
    return ((transitions, "TRANSITIONS", rows),)


def _believe_the_from_field() -> tuple[Patch, ...]:
    def prove(message: Any, _trusted: Any, team_domains: Any = ()) -> Proof:
        domain = message.author.domain
        return Proof(domain in team_domains, domain, ProofReason.DMARC)

    return ((judging, "prove", prove),)


def _everybody_joins() -> tuple[Patch, ...]:
    return ((follow_up, "_check", lambda *_args: MatchReason.SAME_PARTNER),)


def _sweep_goes_on_after_a_failure() -> tuple[Patch, ...]:
    def receive(self: Engine, message: FromSweep, now: datetime) -> bool:
        return self._intake.receive(message.item, now)

    return ((Engine, "_receive", receive),)


def _start_sends_again() -> tuple[Patch, ...]:
    def release(store: Store, now: datetime) -> None:
        since = to_text(now - timedelta(hours=1))
        store.connection.execute(
            "UPDATE outbox SET state = 'pending', settled_at = NULL, next_attempt_at = ?"
            " WHERE state = 'claimed' OR (state = 'delivered' AND channel = 'mail' AND settled_at > ?)",
            (to_text(now), since),
        )

    return ((outbox, "release_leases", release),)


def _machines_are_people() -> tuple[Patch, ...]:
    judge = judging.judge

    def deaf(desk: Any, row: Any, role: Any, message: Any, identity: str, now: datetime) -> Any:
        message = replace(message, automatic=type(message.automatic)())
        return judge(desk, row, role, message, identity, now)

    from triage.workers import intake

    return ((intake, "judge", deaf),)


def _escalation_finishes() -> tuple[Patch, ...]:
    never = timedelta(days=365)
    return (
        (EscalationPolicy, "broadcast_pause", lambda _self, _count: never),
        (EscalationPolicy, "end_of", lambda _self, _level: never),
    )


def _deadlines_in_memory() -> tuple[Patch, ...]:
    from triage.store import cases as table

    return ((table, "next_deadline", lambda case: case.remind_at),)


def _forget_what_was_not_decided() -> tuple[Patch, ...]:
    return ((Intake, "resume", lambda _self: None),)


def _copies_are_mails() -> tuple[Patch, ...]:
    return ((judging, "_repeats", lambda _arrived, _twin: False),)


def _inherited_words_are_new() -> tuple[Patch, ...]:
    return ((partner_mail, "new_words", lambda subject, _earlier: subject),)


def _joins_and_nothing_more() -> tuple[Patch, ...]:
    apply = casework.apply

    def numb(desk: Any, stored: Any, event: Any, *more: Any) -> Any:
        kind = EventKind.NOTED if event.kind is EventKind.PARTNER_WROTE else event.kind
        return apply(desk, stored, replace(event, kind=kind), *more)

    return ((casework, "apply", numb),)


def _urgent_follow_ups_raise_nothing() -> tuple[Patch, ...]:
    raise_severity = partner_mail.raise_severity

    def mute(desk: Any, mail: Any, *more: Any) -> None:
        if mail.found.case_number is None:
            raise_severity(desk, mail, *more)

    return ((partner_mail, "raise_severity", mute),)


def _action(what: Do, move: Any) -> tuple[Patch, ...]:
    return ((transitions, "ACTIONS", {**ACTIONS, what: move}),)


def _no_receipt() -> tuple[Patch, ...]:
    return _action(Do.SEND_RECEIPT, lambda case, *_: (case, ()))


def _closed_in_silence() -> tuple[Patch, ...]:
    return _action(Do.CLOSE, lambda *given: (moves.close(*given)[0], ()))


def _no_copy() -> tuple[Patch, ...]:
    return ((Dispatcher, "_queue_sent_copy", lambda *_: None),)


def _cannot_is_not_heard() -> tuple[Patch, ...]:
    def give_back(page: Any, event: Any, *more: Any) -> PageStep:
        return acknowledge.give_back(page, replace(event, person=""), *more)

    rows = dict(page_transitions.PAGE_TRANSITIONS)
    key = (PageState.ACKED, PageEventKind.UNACKNOWLEDGED)
    rows[key] = replace(rows[key], move=give_back)
    for state in (PageState.PAGING, PageState.BROADCAST):
        rows[state, PageEventKind.CANNOT] = rows[state, PageEventKind.OPENED]
    return ((page_transitions, "PAGE_TRANSITIONS", rows),)


def _taken_is_taken_for_ever() -> tuple[Patch, ...]:
    def prolong(page: Any, _event: Any, _oncall: Any, now: datetime) -> PageStep:
        return PageStep(replace(page, acked_until=now + timedelta(hours=1)), (), PageReason.NOT_DUE)

    key = (PageState.ACKED, PageEventKind.TICK)
    rows = {**page_transitions.PAGE_TRANSITIONS, key: PageTransition(prolong, frozenset({PageState.ACKED}))}
    return ((page_transitions, "PAGE_TRANSITIONS", rows),)


def _accepted_is_sent_again() -> tuple[Patch, ...]:
    after = after_attempt

    def hopeful(delivery: Any, result: Any, now: datetime) -> Any:
        settled = after(delivery, result, now)
        if delivery.outgoing.purpose == "receipt" and settled.next_attempt_at is None:
            return replace(settled, state=type(settled.state).PENDING, next_attempt_at=now + timedelta(minutes=20))
        return settled

    return ((dispatcher, "after_attempt", hopeful),)


def _only_later_reports_count() -> tuple[Patch, ...]:
    return ((judging, "_returned_already", lambda *_args: None),)


def _after(outcome: SendOutcome, state: DeliveryState) -> tuple[Patch, ...]:
    """What an attempt with this outcome leads to, whatever else."""

    def hasty(delivery: Any, result: Any, now: datetime) -> Settlement:
        if result.outcome is outcome and delivery.outgoing.channel is Channel.MAIL:
            return Settlement(state, result.detail)
        return after_attempt(delivery, result, now)

    return ((dispatcher, "after_attempt", hasty),)


def _no_second_try() -> tuple[Patch, ...]:
    return _after(SendOutcome.TEMPORARY, DeliveryState.FAILED)


def _unknown_is_arrived() -> tuple[Patch, ...]:
    return _after(SendOutcome.UNKNOWN, DeliveryState.DELIVERED)


def _incidents_are_not_told() -> tuple[Patch, ...]:
    return ((incidents, "told_to_oncall", lambda *_: ""),)


def _incidents_never_end() -> tuple[Patch, ...]:
    kept: list[Snapshot] = []

    def latest(self: IncidentWatch) -> Snapshot | None:
        now = self._latest
        if now is not None and now.running:
            kept[:] = [now]
        return replace(kept[0], checked_at=now.checked_at) if kept and now is not None else now

    return ((IncidentWatch, "latest", latest),)


def _set_aside_in_silence() -> tuple[Patch, ...]:
    return ((Intake, "_warn_of_quarantine", lambda *_: None),)


def _one_bad_mail_stops_all() -> tuple[Patch, ...]:
    def fail(*_: Any) -> None:
        raise ValueError("a mail that cannot be read")

    return ((Intake, "_quarantine", fail),)


def _history_is_news() -> tuple[Patch, ...]:
    return ((sync, "_history", lambda *_: None),)


def _no_budgets() -> tuple[Patch, ...]:
    return ((manners, "_over_budget", lambda *_: ""),)


def _unseen_ids_lead_nowhere() -> tuple[Patch, ...]:
    return ((partner_mail, "thread_keys", lambda message, _partner: (message.message_id,)),)


def _copies_count_from_their_filing() -> tuple[Patch, ...]:
    return ((judging, "written_until", lambda _desk, _number, _message_id, at: at),)


def _told_numbers_are_not_read() -> tuple[Patch, ...]:
    return ((rebuild, "numbers_told", lambda *_: {}),)


def _the_look_finds_nothing() -> tuple[Patch, ...]:
    """A look that is blind is seen only where something is missing: with a sweep that goes on after a failure."""
    blind = (reconcile, "compare", lambda folder, *_: FolderStanding(folder))
    return (*_sweep_goes_on_after_a_failure(), blind)


def _older_replies_take_pages() -> tuple[Patch, ...]:
    return ((journal, "called_at", lambda *_: None),)


MUTATIONS = (
    Mutation("stale", "a case is closed without a sweep after its window's end", 9, "although <", _close_on_stale_knowledge),
    Mutation("deaf", "a partner's answer does not stop the reply window", 1, "and must be ('open'", _answer_stops_nothing),
    Mutation("gullible", "the team is believed by its From field", 1, "a forged", _believe_the_from_field),
    Mutation("open-door", "whoever names a case joins it", 1, "which is about", _everybody_joins),
    Mutation(
        "void",
        "a sweep whose item could not be stored moves the position all the same",
        1,
        "has no outcome",
        _sweep_goes_on_after_a_failure,
    ),
    Mutation("eager", "a start sends again what was sent in the last hour", 1, "was sent again although", _start_sends_again),
    Mutation("polite", "mail of machines is taken for people's", 1, "automatic", _machines_are_people),
    Mutation("finished", "the escalation ends after its first level", 3, "was called", _escalation_finishes),
    Mutation("dateless", "the end of the window is not stored as a deadline", 1, "its window ended", _deadlines_in_memory),
    Mutation("amnesia", "what was stored and not decided is not taken up after a crash", 1, "has no outcome", _forget_what_was_not_decided),
    Mutation("double", "a second copy of a mail is judged as a mail", 1, "was judged twice", _copies_are_mails),
    Mutation("nervous", "an inherited urgent raises the severity again", 1, "says nothing of the kind", _inherited_words_are_new),
    Mutation(
        "hasty",
        "a delivery report counts only when the reply that it is about is known",
        51,
        "has come back",
        _only_later_reports_count,
    ),
    Mutation(
        "doubtful",
        "a receipt that was accepted is tried again twenty minutes later",
        1,
        "was sent again although",
        _accepted_is_sent_again,
    ),
    Mutation("numb", "a follow-up joins its case and changes nothing there", 1, "did nothing there", _joins_and_nothing_more),
    Mutation("mute", "a follow-up that is newly urgent raises nothing", 1, "raised nothing", _urgent_follow_ups_raise_nothing),
    Mutation("curt", "a new case has no receipt", 1, "was owed a receipt", _no_receipt),
    Mutation("hushed", "a case is closed without a word", 1, "was owed a closed", _closed_in_silence),
    Mutation("unfiled", "no copy of a notice goes to Sent", 1, "no copy of it", _no_copy),
    Mutation("trusting", "who has a page has it for ever", 3, "nobody has worked on it", _taken_is_taken_for_ever),
    Mutation("discouraged", "a notice is given up at the first 4xx", 2, "was owed a", _no_second_try),
    Mutation("credulous", "a mail of which nobody knows whether it arrived counts as arrived", 4, "was owed a", _unknown_is_arrived),
    Mutation("mum", "who is called hears nothing of a public incident", 1, "says nothing of", _incidents_are_not_told),
    Mutation("stuck", "an incident that is over is told for ever", 6, "which is over since", _incidents_never_end),
    Mutation("discreet", "a mail is set aside in silence", 3, "nobody was told", _set_aside_in_silence),
    Mutation("fussy", "one mail that cannot be read stops all", 3, "has no outcome", _one_bad_mail_stops_all),
    Mutation("newcomer", "what lay in the mailbox before the first start is answered", 1, "old mail", _history_is_news),
    Mutation("generous", "nobody counts the notices to an address", 1, "within a day", _no_budgets),
    Mutation("obstinate", "who says that they cannot is waited for all the same", 8, "nobody else was called", _cannot_is_not_heard),
    Mutation("short-sighted", "ids of mails that were never seen lead nowhere", 2, "but its thread is", _unseen_ids_lead_nowhere),
    Mutation("punctual", "a reply counts from when its copy was filed", 1, "has answered already", _copies_count_from_their_filing),
    Mutation("drowsy", "a reply from before the emergency takes its page", 165, "was taken by", _older_replies_take_pages),
    Mutation("blind", "the hourly look misses what such a sweep has lost", 31, "the hourly look says", _the_look_finds_nothing),
    Mutation(
        "nameless",
        "a store is rebuilt without the numbers that our notices tell",
        45,
        "that was rebuilt",
        _told_numbers_are_not_read,
        lose=True,
    ),
)
