"""Model: how every case must stand, from what really happened and in which order the program took it in.

Written from docs/cases.md and docs/mail.md alone: it imports nothing of core/. It reads the ledger and the journal as a person would, asks
of every entry whether what really happened allows it, and keeps a status, a severity and a window of its own for each case.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta

from sim.causes import BY_CLOCK, BY_HAND, MAY_CAUSE, OUTCOMES
from sim.faults import Faults, Trouble
from sim.known import Known
from sim.records import Entry, Records, Row
from sim.time import SimClock
from sim.trace import Violation
from sim.truth import Kind, Letter, Thread
from sim.world import World

WINDOW, REMINDER, REOPEN_WITHIN = timedelta(hours=72), timedelta(hours=48), timedelta(days=30)


class Model:
    def __init__(self, world: World, faults: Faults, clock: SimClock) -> None:
        self._world = world
        self._faults = faults
        self._clock = clock
        self.cases: dict[int, Known] = {}
        self.of_thread: dict[int, list[Known]] = {}
        self.by_hand: set[tuple[int, str]] = set()
        """(case, event) of what operators have done at the command line and the journal has not told yet."""
        self._records = Records()
        self.first: dict[str, Row] = {}
        """By Message-ID: the message of a letter that was not a duplicate."""
        self.restored = False
        """An old copy of the store was put back: what was decided since is decided anew, perhaps under other numbers."""
        self._again = False
        """What is read is history, which was checked when it happened."""
        self.has_news = False
        self.decided: list[Row] = []
        self.written: list[Entry] = []
        """What the last look has found."""
        self.told: list[tuple[int, str]] = []
        """(case, "begun", "closed" or "reopened"): what somebody has to be told of."""
        self.set_aside: list[datetime] = []
        """Mails that cannot be read, of which the team has to be told."""

    def forget(self) -> None:
        """The store is another one now: everything is read anew."""
        self.cases, self.of_thread, self.first = {}, {}, {}
        self._records = Records()
        self.restored = self._again = True

    @property
    def rows(self) -> dict[int, Row]:
        """Every message that has its outcome."""
        return self._records.rows

    def number_of(self, thread: Thread) -> int | None:
        known = self.of_thread.get(thread.serial)
        return known[-1].number if known else None

    def look(self, store: sqlite3.Connection) -> list[Known]:
        """Take in what the store has since the last look; returns the cases that something happened to. Raises Violation."""
        self.has_news = self._records.has_news(store)
        self.decided = self._records.new_rows(store) if self.has_news else []
        self.written = list(self._records.new_entries(store)) if self.has_news else []
        touched: dict[int, Known] = {}
        for row in sorted(
            self.decided, key=lambda one: one.outcome == "duplicate"
        ):  # which of two copies was judged first, ids do not tell
            self._check_row(row)
        for entry in self.written:
            known = self._take(entry)
            touched[known.number] = known
        for known in touched.values():
            self._compare(store, known)
        self._again = False
        return list(touched.values())

    # --- messages ----------------------------------------------------------------------------------------------------------

    def _check_row(self, row: Row) -> None:
        if row.outcome == "quarantined":
            self._check_set_aside(row)
            return
        letter = self._world.letters.get(row.message_id)
        if letter is None:
            if row.outcome not in {"own", "duplicate"}:
                raise Violation(f"the program's own mail {row.message_id} ended as {row.outcome}")
            return
        before = self.first.get(row.message_id)
        if row.outcome == "duplicate":
            if before is None and letter.kind is not Kind.UNREADABLE:
                raise Violation(f"{letter.kind.value} {row.message_id} is a duplicate of nothing: it is lost")
            return
        if row.outcome not in OUTCOMES[letter.kind] and not self._is_orphan(letter) and not self._is_astray(letter):
            raise Violation(f"{letter.kind.value} {row.message_id} ended as {row.outcome}")
        if before is not None and not (letter.kind is Kind.TEAM_REPLY and row.folder != before.folder):
            raise Violation(f"{letter.kind.value} {row.message_id} was judged twice: rows {before.id} and {row.id}")
        self.first[row.message_id] = row

    def _check_set_aside(self, row: Row) -> None:
        """The program may not know its Message-ID; it may have been taken away meanwhile."""
        folder = self._world.server.folders[row.folder]
        held = folder.held.get(row.uid) if folder.uidvalidity == row.uidvalidity else None
        letter = self._world.letters.get(held.message_id) if held is not None else None
        if held is not None and (letter is None or letter.kind is not Kind.UNREADABLE):
            raise Violation(f"{held.message_id} in {row.folder}/{row.uid} was set aside, and can be read")
        if not self._again:
            self.set_aside.append(self._clock.at)

    def _is_orphan(self, letter: Letter) -> bool:
        """The mail it answers was taken away, and an old copy of the store put back, before it was seen: somebody else may have referred to
        that mail meanwhile."""
        thread = letter.thread
        return self.restored and thread is not None and thread.letters[0].message_id not in self.first

    def _is_astray(self, letter: Letter) -> bool:
        """A reply to somebody who had referred to a case of others, and whose mail was taken away before it was seen."""
        ancestors = [known for one in letter.ancestors if (known := self._world.letters.get(one)) is not None]
        return letter.answers not in self.first and any(one.thread is not letter.thread for one in ancestors)

    def letter(self, entry: Entry) -> Letter | None:
        """What stands behind it."""
        if entry.ledger_id is None:
            return None
        row = self.rows.get(entry.ledger_id)
        return self._world.letters.get(row.message_id) if row is not None else None

    # --- the journal ---------------------------------------------------------------------------------------------------------

    def _take(self, entry: Entry) -> Known:
        letter = self.letter(entry)
        self._check_cause(entry, letter)
        known = self.cases.get(entry.number)
        if known is None:
            known = self._begin(entry, letter)
        elif letter is not None and letter.kind is Kind.PARTNER and entry.event == "partner-wrote":
            self._check_join(known, letter)
        step, before = _STEPS.get(entry.event), known.status
        if step is not None:
            step(self, known, entry, letter)
        if known.status != before or known.changed_at is None:
            known.changed_at = self._clock.at
        return known

    def _check_cause(self, entry: Entry, letter: Letter | None) -> None:
        allowed = MAY_CAUSE.get(entry.event)
        excused = letter is not None and (self._is_orphan(letter) or self._is_astray(letter))
        if letter is not None and allowed is not None and letter.kind not in allowed and not excused:
            raise Violation(f"a {letter.kind.value} ({letter.message_id}) caused {entry.event} on #{entry.number}")
        if letter is None and entry.event in BY_HAND - BY_CLOCK and not self._again:
            if (entry.number, entry.event) not in self.by_hand:
                raise Violation(f"{entry.event} on #{entry.number} by {entry.actor}, and nobody did that")
            self.by_hand.discard((entry.number, entry.event))

    def _begin(self, entry: Entry, letter: Letter | None) -> Known:
        if letter is None:
            raise Violation(f"#{entry.number} begins with {entry.event} and no mail")
        known = Known(entry.number, begun_by=letter.message_id)
        self.cases[entry.number] = known
        thread = letter.thread
        if thread is None:
            raise Violation(f"a {letter.kind.value} ({letter.message_id}) opened #{entry.number}")
        living = [
            one for one in self.of_thread.get(thread.serial, ()) if one.closed_at is None or entry.at - one.closed_at <= REOPEN_WITHIN
        ]
        if living and letter.kind is Kind.PARTNER:
            raise Violation(f"{letter.message_id} opened #{entry.number}, but its thread is #{living[0].number}")
        if letter.kind is Kind.PARTNER:
            self._tell(known, "begun")
        known.threads.append(thread)
        self.of_thread.setdefault(thread.serial, []).append(known)
        return known

    def _check_join(self, known: Known, letter: Letter) -> None:
        if letter.thread not in known.threads:
            if self.restored and letter.thread is not None and any(one.partner is letter.thread.partner for one in known.threads):
                known.threads.append(letter.thread)  # by a number that was given to another case since: of the same partner, at least
                return
            matters = ", ".join(f"{thread.partner.key}/{thread.marker}" for thread in known.threads)
            whose = f"{letter.thread.partner.key}/{letter.thread.marker}" if letter.thread else "nothing"
            raise Violation(f"{letter.message_id} is about {whose} and joined #{known.number}, which is about {matters}")

    # --- what each event does ---------------------------------------------------------------------------------------------------

    def partner_wrote(self, known: Known, entry: Entry, letter: Letter | None) -> None:
        known.partner_at = max(known.partner_at or entry.at, entry.at)
        if letter is not None:
            known.answered.add(letter.answers)
        if known.status == "closed" and letter is not None:
            known.reopened_by.add(letter.message_id)
            self._tell(known, "reopened")
        if known.status in {"pending", "closed"}:
            known.status, known.closed_at = "open", None

    def team_replied(self, known: Known, entry: Entry, letter: Letter | None) -> None:
        if known.partner_at is not None and entry.at <= known.partner_at:
            raise Violation(f"a window opened on #{known.number} by {_name(letter)}, but the partner wrote later")
        if letter is not None and letter.message_id in known.answered:
            raise Violation(f"a window opened on #{known.number} by {_name(letter)}, which the partner has answered already")
        known.reply_at = max(known.reply_at or entry.at, entry.at)
        known.replied_by = letter.message_id if letter is not None else ""
        known.status, known.closed_at, known.held = "pending", None, known.hold_until is not None

    def overtaken(self, known: Known, entry: Entry, letter: Letter | None) -> None:
        late = known.partner_at is not None and entry.at <= known.partner_at
        if not late and not (known.closed_at is not None and entry.at <= known.closed_at):
            raise Violation(f"{_name(letter)} opened no window on #{known.number}, and nobody wrote after it")
        known.reply_at = max(known.reply_at or entry.at, entry.at)
        if known.status == "new":
            known.status = "open"

    def delivery_failed(self, known: Known, entry: Entry, letter: Letter | None) -> None:
        if known.status == "pending":
            known.status = "open"

    def window_ended(self, known: Known, entry: Entry, letter: Letter | None) -> None:
        self._check_silence(known, entry, WINDOW, "closed")
        self._tell(known, "closed")
        known.status, known.closed_at, known.hold_until = "closed", entry.recorded_at, None

    def reminder_due(self, known: Known, entry: Entry, letter: Letter | None) -> None:
        self._check_silence(known, entry, REMINDER, "reminded")

    def closed_by_team(self, known: Known, entry: Entry, letter: Letter | None) -> None:
        if known.status != "closed":
            self._tell(known, "closed")
            known.status, known.closed_at, known.hold_until = "closed", entry.recorded_at, None

    def opened_by_team(self, known: Known, entry: Entry, letter: Letter | None) -> None:
        if known.status in {"pending", "closed"}:
            known.status, known.closed_at = "open", None

    def raised(self, known: Known, entry: Entry, letter: Letter | None) -> None:
        if letter is not None and (letter.word or (known.begun_by == letter.message_id and _alarms(letter.subject))):
            known.severity, known.raised_by = 1, letter.message_id
        elif '"severity"' in entry.changes:
            raise Violation(f"the severity of #{known.number} was raised by {_name(letter)}, which says nothing of the kind")

    def severity_set(self, known: Known, entry: Entry, letter: Letter | None) -> None:
        known.severity = int(letter.command.split()[1]) if letter is not None else 2

    def held(self, known: Known, entry: Entry, letter: Letter | None) -> None:
        if known.status != "closed":
            known.hold_until, known.held = entry.at + timedelta(days=5), True

    def hold_ended(self, known: Known, entry: Entry, letter: Letter | None) -> None:
        if known.hold_until is not None and entry.recorded_at < known.hold_until - timedelta(minutes=1):
            raise Violation(f"the hold on #{known.number} ended before its time")
        known.hold_until = None

    def _tell(self, known: Known, what: str) -> None:
        if not self._again:
            self.told.append((known.number, what))

    def _check_silence(self, known: Known, entry: Entry, after: timedelta, what: str) -> None:
        """Only after so long, and only when the partner has really not written since."""
        if known.status != "pending" or known.reply_at is None or known.hold_until is not None:
            raise Violation(f"#{known.number} was {what} while it is {known.status}")
        ends_at = known.reply_at + after
        if entry.recorded_at < ends_at:
            raise Violation(f"#{known.number} was {what} before its time, {ends_at}")
        horizon = min(ends_at, self._clock.at - (timedelta(minutes=5) if self._clock_doubtful() else timedelta(0)))
        for thread in known.threads:
            for letter in thread.letters:
                came = letter.sent_at
                if letter.kind is Kind.PARTNER and came is not None and known.reply_at < came <= horizon and not self._is_excused(letter):
                    raise Violation(f"#{known.number} was {what} although {letter.message_id} came at {came}")

    def _is_excused(self, letter: Letter) -> bool:
        """Somebody took the mail away before the program could see it; or it was judged, and then the status says so already."""
        return letter.message_id in self.first or not self._world.is_there(letter)

    def _clock_doubtful(self) -> bool:
        return Trouble.CLOCK in self._faults.now

    def _compare(self, store: sqlite3.Connection, known: Known) -> None:
        row = store.execute("SELECT status, severity FROM cases WHERE number = ?", (known.number,)).fetchone()
        found, wanted = (row["status"], row["severity"]), (known.status, known.severity)
        if found != wanted:
            raise Violation(f"#{known.number} is {found}, and must be {wanted}")


_STEPS = {
    "partner-wrote": Model.partner_wrote,
    "team-replied": Model.team_replied,
    "team-reply-overtaken": Model.overtaken,
    "delivery-failed": Model.delivery_failed,
    "window-ended": Model.window_ended,
    "reminder-due": Model.reminder_due,
    "closed-by-team": Model.closed_by_team,
    "opened-by-team": Model.opened_by_team,
    "severity-raised": Model.raised,
    "severity-set": Model.severity_set,
    "held": Model.held,
    "hold-ended": Model.hold_ended,
}


def _alarms(subject: str) -> bool:
    """An inherited word is a new one for a new case."""
    return "urgent" in subject.lower() or "critical" in subject.lower()


def _name(letter: Letter | None) -> str:
    return f"a {letter.kind.value} ({letter.message_id})" if letter is not None else "nobody"
