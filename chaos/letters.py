"""Letters: what shops write, what the team answers, and what must have come of each. Made of a number, so that a seed is not needed.

Every tenth shop has an emergency; some are answered and answer in time, some never, some too late; one in ten is a machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from enum import Enum

ADDRESS = "api@wise.example"


class Story(Enum):
    """What happens between a shop and the team; the value is how the case has to end."""

    ASKED = "new"
    URGENT = "new, and somebody was paged"
    URGENT_ANSWERED = "closed, and somebody was paged"
    SATISFIED = "closed"
    INSISTS = "open"
    COMES_BACK = "open again"
    MACHINE = "no case"


_STORIES = {
    1: Story.INSISTS,
    2: Story.SATISFIED,
    3: Story.URGENT,
    6: Story.INSISTS,
    7: Story.COMES_BACK,
    9: Story.MACHINE,
    13: Story.URGENT_ANSWERED,
}
MAILS_PER_TEN_SHOPS = 13
"""In the intake folder: ten first mails, and the answers of three."""


class Part(Enum):
    QUESTION = "question"
    REPLY = "reply"
    """The team's, filed in Sent."""
    ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class Letter:
    shop: int
    part: Part

    @property
    def message_id(self) -> str:
        where = "wise.example" if self.part is Part.REPLY else "shop.example"
        return f"<{self.part.value}-{self.shop}@{where}>"

    @property
    def folder(self) -> str:
        return "Sent" if self.part is Part.REPLY else "INBOX"

    def raw(self, at: datetime) -> bytes:
        partner, subject = f"Shop {self.shop} <ops@shop{self.shop}.example>", _subject(self.shop)
        sender, recipient = (ADDRESS, partner) if self.part is Part.REPLY else (partner, ADDRESS)
        lines = [f"From: {sender}", f"To: {recipient}", f"Subject: {subject if self.part is Part.QUESTION else f'Re: {subject}'}"]
        lines += [f"Message-ID: {self.message_id}", f"Date: {format_datetime(at)}"]
        if follows := _follows(self):
            lines += [f"In-Reply-To: {follows[-1]}", f"References: {' '.join(follows)}"]
        if story_of(self.shop) is Story.MACHINE:
            lines.append("Auto-Submitted: auto-replied")
        body = f"POST /v1/transfers of shop {self.shop} answers 500 in production.\r\n" + "All of our payouts wait for it.\r\n" * 20
        return "\r\n".join([*lines, "", body]).encode()


def story_of(shop: int) -> Story:
    return _STORIES.get(shop % 20, _STORIES.get(shop % 10, Story.ASKED))


def next_letter(sent: Letter, window_s: float) -> tuple[Letter, tuple[float, float]] | None:
    """What follows on this one, and within which seconds after it, for a reply window of so many."""
    story = story_of(sent.shop)
    if sent.part is Part.QUESTION and story in {Story.SATISFIED, Story.INSISTS, Story.COMES_BACK, Story.URGENT_ANSWERED}:
        return Letter(sent.shop, Part.REPLY), (0.3 * window_s, 0.6 * window_s)
    if sent.part is Part.REPLY and story is Story.INSISTS:
        return Letter(sent.shop, Part.ANSWER), (2.0, window_s - 2.0)
    if sent.part is Part.REPLY and story is Story.COMES_BACK:
        return Letter(sent.shop, Part.ANSWER), (window_s + 2.0, 1.7 * window_s)
    return None


def _follows(letter: Letter) -> list[str]:
    before = {Part.QUESTION: (), Part.REPLY: (Part.QUESTION,), Part.ANSWER: (Part.QUESTION, Part.REPLY)}[letter.part]
    return [Letter(letter.shop, part).message_id for part in before]


def _subject(shop: int) -> str:
    urgent = story_of(shop) in {Story.URGENT, Story.URGENT_ANSWERED}
    return f"URGENT payouts of shop {shop} fail" if urgent else f"question of shop {shop}"
