"""email: the page as a mail to a person, by the submission server.

Unlike a notice it does not ask Exchange to suppress automatic answers: an out-of-office from somebody who is being paged is news. The
Message-ID comes with the payload, or from the key, so that a retry is the same mail.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from triage.adapters.pagers.page import Page, read_page
from triage.adapters.pagers.settings import Setting, SettingType, Values, Wiring
from triage.core.failures import PermanentFailure
from triage.core.mail.compose import Draft, compose
from triage.core.mail.envelope import check_address
from triage.core.seams import Clock, SendOutcome, SendResult, Submission

REQUIRED = (Setting("to", "the address, or several, that the page is written to", SettingType.TEXTS),)
OPTIONAL: tuple[Setting, ...] = ()


class Email:
    def __init__(self, submission: Submission, clock: Clock, sender: tuple[str, str], to: tuple[str, ...]) -> None:
        self._submission = submission
        self._clock = clock
        self._from_address, self._from_name = sender
        self._to = to

    async def deliver(self, key: str, payload: dict[str, object]) -> SendResult:
        page = read_page(payload)
        recipients = page.to or self._to
        try:
            raw = compose(self._draft(key, page, recipients))
        except ValueError as error:
            return SendResult(SendOutcome.PERMANENT, str(error))
        return await self._submission.send(raw, self._from_address, recipients)

    def _draft(self, key: str, page: Page, recipients: tuple[str, ...]) -> Draft:
        return Draft(
            message_id=page.message_id or self._message_id(key),
            date=_date(page) or self._clock.now(),
            from_address=self._from_address,
            from_name=self._from_name,
            to=recipients,
            subject=page.mail_subject or _subject(page),
            text=page.full_text,
            in_reply_to=page.in_reply_to,
            references=page.references,
            reply_to=page.reply_to,
            auto_submitted="auto-generated",
            suppress_responses=False,
            extra_headers=_headers(page),
        )

    def _message_id(self, key: str) -> str:
        digest = hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:32]
        return f"<page.{digest}@{self._from_address.rpartition('@')[2]}>"


def _subject(page: Page) -> str:
    """With the case's token, so that an answer finds its case even when a client drops References."""
    token = f"[#{page.case}]" if page.case is not None else ""
    return page.title if not token or token in page.title else f"{token} {page.title}"


def _headers(page: Page) -> tuple[tuple[str, str], ...]:
    """Phones let mail of high importance through at night; X-Priority is what most clients read, Importance what RFC 2156 says."""
    urgent = (("Importance", "high"), ("X-Priority", "1 (Highest)")) if page.is_loud and page.severity == 1 else ()
    case = (("X-Triage-Case", str(page.case)),) if page.case is not None else ()
    return (("X-Triage-Page", str(page.page)), *case, *urgent)


def _date(page: Page) -> datetime | None:
    try:
        at = datetime.fromisoformat(page.date)
    except ValueError:
        return None
    return at if at.utcoffset() is not None else None


def build(values: Values, wiring: Wiring) -> Email:
    if wiring.submission is None:
        raise PermanentFailure("there is no submission server for page mails", hint="fill in [smtp] in the configuration")
    try:
        to = tuple(map(check_address, values.texts("to")))
        check_address(wiring.from_address)
    except ValueError as error:
        raise PermanentFailure(str(error), hint="name@domain, without a display name") from None
    return Email(wiring.submission, wiring.clock, (wiring.from_address, wiring.from_name), to)
