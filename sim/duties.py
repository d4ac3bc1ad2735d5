"""Duties: what must have happened by now. Every mail has its outcome, every emergency has called somebody, every silence has ended.

A duty runs only while nothing is wrong: what must happen within three minutes must happen within three calm minutes.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sim.faults import Faults
from sim.known import Known
from sim.model import WINDOW, Model
from sim.server import Folder, Held
from sim.time import START, SimClock
from sim.trace import Violation
from sim.truth import Letter
from sim.world import World
from sim.writing import ADDRESS

SOON = timedelta(minutes=4)
SECOND_LEVEL, EVERYBODY, AGAIN = timedelta(minutes=8), timedelta(minutes=26), timedelta(minutes=70)
HELD, HELD_AT_WORK = timedelta(minutes=75), timedelta(hours=14)
"""So long somebody may have a page in silence: after they took it or were asked, and after the last sign of work on its cases."""
REPLIED = {"team-replied", "team-reply-overtaken"}
LATE = timedelta(minutes=20)
"""After the end of a window."""


@dataclass(slots=True)
class Emergency:
    """A mail that newly says urgent or critical, and nobody has been called yet."""

    letter: Letter
    number: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Refusal:
    """The only person who was called has said that they cannot."""

    page: int
    person: str
    at: datetime


class Duties:
    def __init__(self, world: World, model: Model, faults: Faults, clock: SimClock) -> None:
        self._trace = world.trace
        self._world, self._model, self._faults, self._clock = world, model, faults, clock
        self._waiting: list[tuple[Folder, Held, datetime]] = []
        self._emergencies: list[Emergency] = []
        self._words_seen: set[str] = set()
        self._urged: dict[int, Letter] = {}
        """By case: the last emergency."""
        self._closings: dict[int, datetime] = {}
        """By case: the end of its window."""
        self.rings: dict[int, list[tuple[datetime, str]]] = defaultdict(list)
        """By page: when whom, tried or reached."""
        self.acts: dict[int, datetime] = {}
        """By page: when a person last took it, or its levels started over."""
        self._reconciled: str | None = None
        """The last hourly look of this store; None before it was read."""
        self._found_up_to: dict[tuple[str, int], int] = {}
        """Of a folder: up to which message an earlier look has found all of them in the ledger."""
        self._bounces: list[Letter] = []
        self._held: dict[int, datetime] = {}
        """Pages that somebody has: since when nobody has done anything about them."""
        self._refusals: list[Refusal] = []
        self._anybodys_at = START
        self._refused: dict[int, dict[str, datetime]] = defaultdict(dict)
        """By page: who has said when that they cannot."""

    def forget(self) -> None:
        """Another store: what waited waits anew."""
        self._emergencies.clear()
        self._words_seen.clear()
        self._closings.clear()
        self._reconciled = None
        self._found_up_to.clear()
        self._refusals.clear()
        self._refused.clear()
        self._held.clear()
        self.rings.clear()
        self.acts.clear()
        for name in ("INBOX", "Sent"):
            folder = self._world.server.folders[name]
            since = self._clock.at - timedelta(days=40)
            self._waiting += [(folder, held, self._clock.at) for held in folder.held.values() if held.at > since]

    def rang(self, person: str, payload: dict[str, object]) -> None:
        if payload.get("action") in ("trigger", "update"):
            self.rings[int(str(payload["page"]))].append((self._clock.at, person))

    def look(self, store: sqlite3.Connection, touched: list[Known]) -> None:
        """Raises Violation."""
        self._note(touched)
        waiting = self._waiting_pages(store)
        self._check_reconciled(store)
        calm = self._faults.calm_since()
        if calm is None:
            return
        at = self._clock.at
        self._check_outcomes(store, calm, at)
        self._check_emergencies(store, calm, at)
        self._check_pages(waiting, calm, at)
        self._check_refusals(waiting, calm, at)
        self._check_held(store, calm, at)
        self._check_closings(store, calm, at)
        self._check_bounces()

    def _note(self, touched: list[Known]) -> None:
        at = self._clock.at
        self._waiting += [(folder, held, at) for folder, held, _letter in self._world.placed]
        self._bounces += [letter for _folder, _held, letter in self._world.placed if letter is not None and letter.about]
        self._world.placed.clear()
        for known in touched:
            self._closings.pop(known.number, None)
            if known.status == "pending" and known.reply_at is not None and not known.held:
                self._closings[known.number] = known.reply_at + WINDOW
            if known.severity == 1:
                self._emergencies += list(self._new_words(known))

    def _new_words(self, known: Known) -> Iterator[Emergency]:
        for thread in known.threads:
            for letter in thread.letters:
                row = self._model.first.get(letter.message_id)
                if row is None or row.number != known.number or letter.message_id in self._words_seen:
                    continue
                if letter.word or known.raised_by == letter.message_id or letter.message_id in known.reopened_by:
                    self._words_seen.add(letter.message_id)
                    self._urged[known.number] = letter
                    yield Emergency(letter, known.number, letter.sent_at or self._clock.at)

    # --- every mail ----------------------------------------------------------------------------------------------------------

    def _check_outcomes(self, store: sqlite3.Connection, calm: datetime, at: datetime) -> None:
        """A message that has been in a folder for some calm minutes has an outcome; a letter that was judged was not lost among copies."""
        left = []
        for folder, held, since in self._waiting:
            if self._world.server.folders[folder.name] is not folder or held.uid not in folder.held:
                continue
            row = store.execute(
                "SELECT outcome FROM ledger WHERE folder = ? AND uidvalidity = ? AND uid = ?", (folder.name, folder.uidvalidity, held.uid)
            ).fetchone()
            if row is not None and row["outcome"] is not None:
                continue
            if at > max(calm, since) + SOON:
                raise Violation(f"{folder.name}/{folder.uidvalidity}/{held.uid} ({held.message_id}) came at {since} and has no outcome")
            left.append((folder, held, since))
        self._waiting = left

    def _check_reconciled(self, store: sqlite3.Connection) -> None:
        """The hourly look never says that all is well while a message before the position is not in the ledger."""
        if not self._model.has_news:
            return
        found = store.execute("SELECT value FROM facts_about_service WHERE name = 'reconciliation'").fetchone()
        value, before = found["value"] if found is not None else "", self._reconciled
        self._reconciled = value
        if before is None or value == before:
            return
        all_is_well = not json.loads(value)["missing"]
        for name in ("INBOX", "Sent"):
            folder = self._world.server.folders[name]
            place = name, folder.uidvalidity
            swept = store.execute("SELECT uid FROM folders WHERE name = ? AND uidvalidity = ?", place).fetchone()
            found_up_to = self._found_up_to.get(place, 0)
            known = store.execute("SELECT uid FROM ledger WHERE folder = ? AND uidvalidity = ? AND uid > ?", (*place, found_up_to))
            uids = {row[0] for row in known}
            through = swept["uid"] if swept is not None else 0
            lost = [uid for uid in folder.uids_above(found_up_to) if uid not in uids and uid <= through]
            if lost and all_is_well:
                raise Violation(f"the hourly look says that all is well, and {name}/{folder.uidvalidity}/{lost[0]} is not in the ledger")
            if not lost:
                self._found_up_to[place] = max(through, found_up_to)
        self._trace.counts["hourly looks"] += 1

    # --- emergencies ---------------------------------------------------------------------------------------------------------

    def _check_emergencies(self, store: sqlite3.Connection, calm: datetime, at: datetime) -> None:
        left = []
        for one in self._emergencies:
            if self._is_met(store, one):
                continue
            if at > max(calm, one.since) + SOON:
                raise Violation(f"{one.letter.message_id} is an emergency (#{one.number}) since {one.since}, and nobody was called")
            left.append(one)
        self._emergencies = left

    def _is_met(self, store: sqlite3.Connection, one: Emergency) -> bool:
        """Somebody was called, or has it, or somebody has dealt with the case since."""
        known = self._model.cases.get(one.number)
        if known is None or known.severity > 1 or known.status == "closed":
            return True
        if known.reply_at is not None and known.reply_at >= one.since:
            return True
        pages = store.execute(
            "SELECT p.id, p.state FROM pages p JOIN page_cases c ON c.page_id = p.id WHERE c.case_number = ?", (one.number,)
        ).fetchall()
        since = one.since - timedelta(seconds=1)
        return any(page["state"] == "acked" or any(when >= since for when, _ in self.rings[page["id"]]) for page in pages)

    def _waiting_pages(self, store: sqlite3.Connection) -> list[tuple[int, datetime]]:
        """Pages that nobody has, and since when: they were opened then, or taken back."""
        found = []
        for page in store.execute("SELECT id, state, opened_at FROM pages WHERE next_at IS NOT NULL"):
            if page["state"] == "acked":
                if page["id"] not in self._held:
                    self._check_taken(store, page["id"])
                self._held.setdefault(page["id"], self._clock.at)
                continue
            if self._held.pop(page["id"], None) is not None:
                self.acts[page["id"]] = self._clock.at
            found.append((page["id"], max(datetime.fromisoformat(page["opened_at"]), self.acts.get(page["id"], START))))
        return found

    def _check_pages(self, waiting: list[tuple[int, datetime]], calm: datetime, at: datetime) -> None:
        """Whoever does not answer is not waited for: a second person, then everybody, then all over again."""
        for page, began in waiting:
            since, rings = max(calm, began), self.rings[page]
            last = rings[-1][0] if rings else since
            people = {person for when, person in rings if when >= began}
            people |= {person for person, when in self._refused[page].items() if when >= began}
            if at - max(last, since) > AGAIN:
                raise Violation(f"page {page} is open, and nobody was called since {last}")
            if (at - since > SECOND_LEVEL and len(people) < 2) or (at - since > EVERYBODY and len(people) < 3):
                raise Violation(f"page {page} is open since {since}, and only {', '.join(sorted(people)) or 'nobody'} was called")

    def _check_taken(self, store: sqlite3.Connection, page: int) -> None:
        """Nobody takes a page by a reply that they wrote before the emergency came."""
        taken = store.execute("SELECT at, actor FROM page_journal WHERE page_id = ? ORDER BY id DESC LIMIT 1", (page,)).fetchone()
        if taken is None or taken["actor"] != ADDRESS:
            return
        at = datetime.fromisoformat(taken["at"])
        replied = [one for one in self._model.written if one.event in REPLIED and one.recorded_at == at and one.number in self._urged]
        letters = [(letter, self._urged[one.number]) for one in replied if (letter := self._model.letter(one)) is not None]
        if letters and all(_is_older(reply, urged) for reply, urged in letters) and not any(one.event == "team-replied" for one in replied):
            reply, urged = letters[0]
            raise Violation(f"page {page} was taken by {reply.message_id}, which was written before {urged.message_id}")

    def _check_bounces(self) -> None:
        """Nobody waits for the answer to a reply that never arrived."""
        left = []
        for bounce in self._bounces:
            reply = self._model.first.get(bounce.about)
            if bounce.message_id not in self._model.first or (reply is None and bounce.about in self._world.letters):
                left.append(bounce)
                continue
            known = self._model.cases.get(reply.number or 0) if reply is not None else None
            if known is not None and known.status == "pending" and known.replied_by == bounce.about:
                raise Violation(f"#{known.number} waits for an answer to {bounce.about}, which has come back as {bounce.message_id}")
        self._bounces = left

    def cannot(self, person: str, page: int) -> None:
        self._refusals.append(Refusal(page, person, self._clock.at))
        self._refused[page][person] = self._clock.at

    def _check_refusals(self, waiting: list[tuple[int, datetime]], calm: datetime, at: datetime) -> None:
        """Whoever cannot is not waited for."""
        began_at = dict(waiting)
        left = []
        for one in self._refusals:
            began = began_at.get(one.page)
            others = {person for when, person in self.rings[one.page] if began is not None and when >= began} - {one.person}
            if began is None or began > one.at or others:
                continue
            if at > max(calm, one.at) + SOON:
                raise Violation(f"{one.person} said at {one.at} that they cannot take page {one.page}, and nobody else was called")
            left.append(one)
        self._refusals = left

    def _check_held(self, store: sqlite3.Connection, calm: datetime, at: datetime) -> None:
        """Nobody keeps a page by having pressed a button once: without a sign of work they are asked, and then others are."""
        for page, since in list(self._held.items()):
            found = store.execute("SELECT state FROM pages WHERE id = ?", (page,)).fetchone()
            if found is None or found["state"] != "acked":
                del self._held[page]
                continue
            worked = store.execute(
                "SELECT max(j.recorded_at) FROM case_journal j JOIN page_cases c ON c.case_number = j.case_number WHERE c.page_id = ?"
                " AND j.event LIKE 'team-%'",
                (page,),
            ).fetchone()[0]
            asked = max([since, *(when for when, _ in self.rings[page][-1:])])
            until = max(asked + HELD, datetime.fromisoformat(worked) + HELD_AT_WORK) if worked else asked + HELD
            if at > max(until, calm + HELD):
                raise Violation(f"page {page} is somebody's, nobody has worked on it, and nobody was asked since {asked}")

    # --- silence -------------------------------------------------------------------------------------------------------------

    def _check_closings(self, store: sqlite3.Connection, calm: datetime, at: datetime) -> None:
        """While a mail is set aside of which nobody knows whose it is, it may be anybody's answer."""
        if store.execute(_ANYBODYS).fetchone():
            self._anybodys_at = at
        calm = max(calm, self._anybodys_at)
        for number, ends_at in self._closings.items():
            if at > ends_at + LATE and at > calm + LATE:
                raise Violation(f"#{number} is pending, and its window ended at {ends_at}")


def _is_older(one: Letter, other: Letter) -> bool:
    return one.written_at is not None and other.written_at is not None and one.written_at < other.written_at


_ANYBODYS = (
    "SELECT 1 FROM quarantine JOIN ledger ON ledger.id = quarantine.ledger_id"
    " WHERE ledger.outcome = 'quarantined' AND quarantine.author = ''"
)
