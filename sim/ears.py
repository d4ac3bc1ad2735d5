"""Ears: everything the program says to anybody, heard by somebody who knows what may be said to whom, and how often.

Nobody learns of a matter that is not theirs; no machine is answered; nothing is said twice but what could not be known to have arrived
(crash state S5), which is counted.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict, deque
from datetime import datetime, timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message

from sim.model import Model
from sim.status import StatusWorld
from sim.time import SimClock
from sim.trace import Trace, Violation
from sim.truth import Kind
from sim.world import Sent, World

_MARKER = re.compile(r"zq[0-9a-f]{10}(b?)")
_NUMBER = re.compile(r"\[#(\d+)\]")
DAY = timedelta(days=1)
PER_ADDRESS = 10
INSIDE = ("@wise.example", "@pager.example")
LEASE = timedelta(minutes=3)
"""So long a mail may be on its way when its case changes."""
MAY_BE_ANSWERED = {Kind.PARTNER, Kind.FORGED_REPLY, Kind.FORGED_COMMAND}
"""What looks like the team's, is not proven and belongs to nothing is somebody's question."""
ONCE = {"receipt", "reminder", "reopened", "taken", "closed"}


class Ears:
    def __init__(self, world: World, model: Model, clock: SimClock, trace: Trace, status: StatusWorld) -> None:
        self._world, self._model, self._clock, self._trace, self._status = world, model, clock, trace, status
        self.unsure: set[str] = set()
        """Message-IDs and page keys of which the program cannot know, or could not write down, that they arrived."""
        self.said: dict[tuple[int, str], datetime] = {}
        """By case and kind of notice: when it was said last."""
        self.arrived: dict[str, datetime] = {}
        """Message-IDs of mails and pages that arrived, as the program has written down."""
        self.refused: set[str] = set()
        """Message-IDs of what was refused for good."""
        self.warnings_refused = 0
        """Mails to the team among them, which nobody has asked for yet."""
        self.mails: Counter[str] = Counter()
        """The program's own, by whom they went to; one that was sent again is the same."""
        self._taken: Counter[str] = Counter()
        self._last_said: dict[tuple[int, str, str], datetime] = {}
        self._to_address: dict[str, deque[datetime]] = defaultdict(deque)
        self._fresh: list[Sent] = []
        self._when: dict[str, datetime] = {}

    def forget(self, since: datetime) -> None:
        """The store is a copy of `since`: of everything after that the program knows nothing."""
        self.unsure |= {message_id for message_id, at in self._when.items() if at >= since - timedelta(minutes=1)}
        self.arrived = {message_id: at for message_id, at in self.arrived.items() if at < since - timedelta(minutes=1)}
        self._to_address.clear()
        self._last_said = {key: at for key, at in self._last_said.items() if at < since}

    def mail(self, raw: bytes, recipients: tuple[str, ...]) -> Sent:
        """A mail that the submission server has taken."""
        message = message_from_bytes(raw)
        subject = str(make_header(decode_header(str(message["Subject"] or ""))))
        found = _NUMBER.search(subject)
        sent = Sent(
            raw,
            recipients,
            str(message["Message-ID"]),
            str(message["X-Triage-Notice"] or ""),
            subject,
            int(found[1]) if found else None,
            str(message["In-Reply-To"] or ""),
        )
        self._trace.line(f"mail out: {sent.notice or 'page or warning'} {sent.message_id} to {', '.join(recipients)}: {subject[:60]}")
        self._check_repeat(sent.message_id)
        outside = any(not address.endswith(INSIDE) for address in recipients)
        self.mails["notices" if outside else "to the team and on call"] += self._taken[sent.message_id] == 1
        text = _text_of(message)
        self._check_leak(sent, text)
        if sent.notice:
            self._status.check_mail(text)
        self._check_flood(sent)
        self._fresh.append(sent)
        return sent

    def attempt(self, message_id: str) -> None:
        """A mail or a page is about to be sent."""
        if message_id in self.arrived:
            raise Violation(f"{message_id} was sent again although its arrival is known")

    def refuse(self, message_id: str, *, is_warning: bool) -> None:
        """The server takes it never. Once, though the program may have to try again because it could not write that down."""
        if message_id not in self.refused:
            self.refused.add(message_id)
            self.warnings_refused += is_warning

    def page(self, key: str, payload: dict[str, object]) -> None:
        """A page that a provider was asked to deliver."""
        if _MARKER.search(text := str(payload)) and any(found[1] for found in _MARKER.finditer(text)):
            raise Violation(f"the page {key} holds text of a mail's body")
        self._status.check_page(payload)

    def look(self) -> None:
        """After the model has taken in what the program decided."""
        for sent in self._fresh:
            if sent.number is not None:
                self.said[sent.number, sent.notice] = self._clock.at
            if sent.notice in ONCE:
                self._check_said_once(sent)
        self._fresh.clear()

    def _check_repeat(self, message_id: str) -> None:
        self._taken[message_id] += 1
        if self._taken[message_id] > 1:
            if message_id not in self.unsure:
                raise Violation(f"{message_id} was sent again although its arrival is known")
            self._trace.count("said twice (S5)", message_id)
        self._when[message_id] = self._clock.at

    def _check_leak(self, sent: Sent, text: str) -> None:
        outside = [address for address in sent.recipients if not address.endswith(INSIDE)]
        for found in _MARKER.finditer(f"{sent.subject}\n{text}"):
            thread = self._world.by_marker.get(found[0][:12])
            strangers = [address for address in outside if thread is not None and address not in thread.circle]
            if strangers:
                whose = thread.partner.key if thread is not None else ""
                raise Violation(f"{sent.message_id} ({sent.notice}) tells {', '.join(strangers)} about a matter of {whose}")

    def _check_flood(self, sent: Sent) -> None:
        if self._taken[sent.message_id] > 1:
            return  # whoever sends again what may not have arrived has no budget to keep
        for address in sent.recipients if sent.notice else ():
            if address.endswith(INSIDE):
                continue
            said = self._to_address[address]
            said.append(self._clock.at)
            while said and said[0] <= self._clock.at - DAY:
                said.popleft()
            if len(said) > 2 * PER_ADDRESS:  # it is counted when they are written; an outage may bring two days' within one
                raise Violation(f"{len(said)} notices to {address} within a day")

    def _check_said_once(self, sent: Sent) -> None:
        answered = self._world.letters.get(sent.answers)
        if sent.notice in {"receipt", "reopened"} and answered is not None and answered.kind not in MAY_BE_ANSWERED:
            raise Violation(f"a {sent.notice} answers a {answered.kind.value}, {answered.message_id}")
        known = self._model.cases.get(sent.number or 0)
        said_in = {"closed": "closed", "reminder": "pending"}.get(sent.notice)
        changed_at = known.changed_at if known is not None and said_in not in {None, known.status} else None
        if known is not None and changed_at is not None and self._clock.at - changed_at > LEASE:
            raise Violation(f"{sent.notice} on #{known.number} went out, which is {known.status} since {changed_at}")
        if sent.number is None or self._taken[sent.message_id] > 1:
            return
        occasion = {
            "receipt": "",
            "taken": "",
            "reminder": str(known.reply_at if known else ""),
            "reopened": sent.answers,
            "closed": "",
        }[sent.notice]
        key = (sent.number, sent.notice, occasion)
        before = self._last_said.get(key)
        if before is not None and (sent.notice != "closed" or self._clock.at - before < DAY - timedelta(hours=5)):
            raise Violation(f"{sent.notice} on #{sent.number} was said at {before}, and now again as {sent.message_id}")
        self._last_said[key] = self._clock.at


def _text_of(message: Message) -> str:
    parts = [part for part in message.walk() if part.get_content_maintype() == "text"]
    return "\n".join(bytes(part.get_payload(decode=True) or b"").decode("utf-8", "replace") for part in parts)
