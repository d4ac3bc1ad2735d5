"""SmtpConnection: one reused connection to the submission server, one mail at a time, and exactly what is known after each.

Decides which outcome an attempt had, and whether the server has asked to slow down. Nothing is accepted before the answer to the final dot;
when the connection breaks between DATA and that answer the outcome is UNKNOWN, because the server may have the mail (RFC 1047). Never
raises for what the server does, never sends again what it may have accepted. Owned by smtp.py, which lets no two mails use one at a time.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import aiosmtplib

from triage.adapters.echoes import REPEATED, repeats, without
from triage.adapters.smtp_session import AUTH_CODES, MAX_TOLD, answer_text, open_session, problem_text, size_limit
from triage.core.failures import TriageError
from triage.core.mail.envelope import check_address, to_ascii_address
from triage.core.seams import SendOutcome, SendResult, TokenSource
from triage.core.settings import Server

MAILBOX_FULL = 552
_CONGESTED = re.compile(r"\b5\.4\.5\b|\b5\.1\.90\b|QuotaExceeded")
"""A used-up quota of the day that is said with a code for good. 5.4.5 is "useful only as a persistent transient error" (RFC 3463 §3.5) and
Gmail's word for it; the others are Microsoft 365's ("554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException")."""
_TOO_MUCH = re.compile(r"(?i)too many (?!recipients)|\brate limit|throttl|(?:limit|quota|rate)s? (?:has been |was |is )?exceeded|slow down")
_SLOW_DOWN = re.compile(rf"(?i)\b4\.7\.\d|\b4\.3\.2\b|server busy|{_CONGESTED.pattern}|{_TOO_MUCH.pattern.removeprefix('(?i)')}")
"""Of a single recipient 4.7.x may be greylisting, and 4.2.1 is about their mailbox: there only the words count."""
_ALL_REFUSED = "every recipient was refused: "
_NO_SMTPUTF8 = "550 the address needs SMTPUTF8 (RFC 6531), which the submission server does not offer"
_QUIT_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class AddressedMail:
    """What one attempt carries. `recipients` maps the address as the server gets it to the address as the caller gave it."""

    raw: bytes
    sender: str
    recipients: Mapping[str, str]
    refused: Mapping[str, str] = field(default_factory=dict)
    """Recipients refused before asking the server."""


class SmtpConnection:
    def __init__(self, server: Server, *, data_timeout_s: float, noop_after_s: float, ehlo_name: str, token: TokenSource | None) -> None:
        """See `SmtpSubmission`."""
        self._server = server
        self._token = token
        self._data_timeout_s = data_timeout_s
        self._noop_after_s = noop_after_s
        self._ehlo_name = ehlo_name
        self._client: aiosmtplib.SMTP | None = None
        self._forms: Sequence[str] = ()
        self._used_at = 0.0

    async def carry(self, mail: AddressedMail) -> SendResult:
        """One attempt."""
        try:
            return _heeded(self._masked(await self._send(mail), mail))
        except BaseException:
            self._drop()
            raise

    async def hang_up(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await hang_up(client)

    async def _send(self, mail: AddressedMail) -> SendResult:
        """A reused connection that turns out dead before DATA is replaced once: nothing had been handed over."""
        while True:
            reused = await self._is_alive()
            try:
                client = self._client if reused and self._client is not None else await self._connect()
            except TriageError as error:
                return SendResult(SendOutcome.TEMPORARY, error.message)
            try:
                async with asyncio.timeout(self._server.timeout_s * 2):
                    refused = await _envelope(client, mail)
            except _Refusal as refusal:
                await self._reset(client)
                return refusal.result
            except (aiosmtplib.SMTPException, OSError) as error:
                self._drop()
                if not reused:
                    return SendResult(SendOutcome.TEMPORARY, f"before the mail was handed over: {problem_text(error)}")
            else:
                return await self._data(client, mail.raw, refused)

    async def _data(self, client: aiosmtplib.SMTP, raw: bytes, refused: dict[str, str]) -> SendResult:
        try:
            answer = await client.data(raw, timeout=self._data_timeout_s)
        except aiosmtplib.SMTPDataError as error:
            result = SendResult(_outcome_of_data(error.code, error.message), answer_text(error.code, error.message), refused)
            if result.outcome is SendOutcome.UNKNOWN:
                self._drop()
            elif result.outcome is not SendOutcome.ACCEPTED:
                await self._reset(client)
            return result
        except (aiosmtplib.SMTPException, OSError) as error:
            self._drop()
            return SendResult(SendOutcome.UNKNOWN, f"after DATA, before the server's answer: {problem_text(error)}", refused)
        self._touch()
        return SendResult(SendOutcome.ACCEPTED, answer_text(answer.code, answer.message), refused)

    def _masked(self, result: SendResult, mail: AddressedMail) -> SendResult:
        """Without our password and the mail's text, should the server have repeated them."""
        refused = {address: self._words(text, mail) for address, text in result.refused.items()}
        return replace(result, detail=self._words(result.detail, mail), refused=refused)

    def _words(self, text: str, mail: AddressedMail) -> str:
        """Addresses are no secret: a server must be able to say which one it refuses."""
        words = without(text, self._forms)[:MAX_TOLD]
        of_its_own = words
        for address in mail.recipients:
            of_its_own = of_its_own.replace(address, "")
        return f"{words[:3]} {REPEATED}" if repeats(of_its_own, mail.raw) else words

    async def _is_alive(self) -> bool:
        client = self._client
        if client is None or not client.is_connected:
            self._drop()
            return False
        if asyncio.get_running_loop().time() - self._used_at < self._noop_after_s:
            return True
        try:
            await client.noop()
        except (aiosmtplib.SMTPException, OSError):
            self._drop()
            return False
        return True

    async def _connect(self) -> aiosmtplib.SMTP:
        session = await open_session(self._server, ehlo_name=self._ehlo_name, token=self._token)
        self._client, self._forms = session.client, session.forms
        return session.client

    async def _reset(self, client: aiosmtplib.SMTP) -> None:
        try:
            await client.rset()
        except (aiosmtplib.SMTPException, OSError):
            self._drop()
        else:
            self._touch()

    def _touch(self) -> None:
        self._used_at = asyncio.get_running_loop().time()

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()


class _Refusal(Exception):
    """The server said no before DATA; the connection is still good."""

    def __init__(self, result: SendResult) -> None:
        super().__init__(result.detail)
        self.result = result


def addressed(raw: bytes, envelope_from: str, recipients: Sequence[str]) -> AddressedMail:
    """ValueError for a return address that cannot be used; a recipient that cannot is set aside with the reason."""
    sender = to_ascii_address(check_address(envelope_from)) if envelope_from else ""
    if not sender.isascii():
        raise ValueError(f"{envelope_from!r} is not ASCII")
    good: dict[str, str] = {}
    refused: dict[str, str] = {}
    for recipient in recipients:
        try:
            good.setdefault(to_ascii_address(check_address(recipient)), recipient)
        except ValueError as error:
            refused[recipient] = f"553 {error}"
    return AddressedMail(raw, sender, good, refused)


async def _envelope(client: aiosmtplib.SMTP, mail: AddressedMail) -> dict[str, str]:
    """MAIL and RCPT; the recipients that were refused. Raises _Refusal when nobody is left."""
    refused = dict(mail.refused)
    addresses = list(mail.recipients)
    if not client.supports_extension("smtputf8"):
        refused |= {mail.recipients[address]: _NO_SMTPUTF8 for address in addresses if not address.isascii()}
        addresses = [address for address in addresses if address.isascii()]
        if not addresses:
            raise _Refusal(SendResult(SendOutcome.PERMANENT, _NO_SMTPUTF8, refused))
    utf8 = not all(address.isascii() for address in addresses)
    await _mail_from(client, mail, utf8=utf8)
    accepted = 0
    for address in addresses:
        try:
            await client.rcpt(address, encoding="utf-8" if utf8 else "ascii")
        except aiosmtplib.SMTPRecipientRefused as error:
            if not 200 <= error.code < 300:
                refused[mail.recipients[address]] = answer_text(error.code, error.message)
                continue
        accepted += 1
    if not accepted:
        raise _Refusal(_all_refused(refused))
    return refused


async def _mail_from(client: aiosmtplib.SMTP, mail: AddressedMail, *, utf8: bool) -> None:
    limit = size_limit(client)
    if limit is not None and len(mail.raw) > limit:
        detail = f"the mail has {len(mail.raw)} bytes; the server takes at most {limit}"
        raise _Refusal(SendResult(SendOutcome.PERMANENT, detail, dict(mail.refused)))
    options = [f"SIZE={len(mail.raw)}"] if client.supports_extension("size") else []
    if utf8:
        options.append("SMTPUTF8")
    if not mail.raw.isascii():
        if not client.supports_extension("8bitmime"):
            raise _Refusal(SendResult(SendOutcome.PERMANENT, "the mail is not 7-bit and the server takes nothing else", dict(mail.refused)))
        options.append("BODY=8BITMIME")
    try:
        await client.mail(mail.sender, options=options)
    except aiosmtplib.SMTPSenderRefused as error:
        result = SendResult(_outcome_of(error.code, error.message), answer_text(error.code, error.message), dict(mail.refused))
        raise _Refusal(result) from error


def _heeded(result: SendResult) -> SendResult:
    pattern = _TOO_MUCH if result.detail.startswith(_ALL_REFUSED) else _SLOW_DOWN
    asks = result.outcome is SendOutcome.TEMPORARY and pattern.search(result.detail) is not None
    return replace(result, throttled=True) if asks else result


def _all_refused(refused: dict[str, str]) -> SendResult:
    outcomes = {_outcome_of_recipient(text) for text in refused.values()}
    outcome = SendOutcome.PERMANENT if outcomes == {SendOutcome.PERMANENT} else SendOutcome.TEMPORARY
    return SendResult(outcome, f"{_ALL_REFUSED}{next(iter(refused.values()))}", refused)


def _outcome_of(code: int, text: str) -> SendOutcome:
    """A refusal by its code; what a person must mend here (login, quota) is temporary, because the mail is not at fault."""
    if 500 <= code < 600 and code not in AUTH_CODES and _CONGESTED.search(text) is None:
        return SendOutcome.PERMANENT
    return SendOutcome.TEMPORARY


def _outcome_of_recipient(text: str) -> SendOutcome:
    """552 to RCPT counts as 452 (RFC 5321 §4.5.3.1.10)."""
    code = int(text[:3]) if text[:3].isdigit() else 0
    return SendOutcome.TEMPORARY if code == MAILBOX_FULL else _outcome_of(code, text)


def _outcome_of_data(code: int, text: str) -> SendOutcome:
    """aiosmtplib knows only 250 as success; anything that is no clear answer leaves the outcome unknown."""
    if 200 <= code < 300:
        return SendOutcome.ACCEPTED
    return _outcome_of(code, text) if 400 <= code < 600 else SendOutcome.UNKNOWN


async def hang_up(client: aiosmtplib.SMTP) -> None:
    with contextlib.suppress(aiosmtplib.SMTPException, OSError):
        await client.quit(timeout=_QUIT_TIMEOUT_S)
    client.close()
