"""Delivery reports in prose: qmail, Exim, sendmail, Exchange, Domino, GroupWise, Yahoo and many more never learned RFC 3464.

Decides whether a mail is one, and reads action, status, recipients and reason out of its words. A report needs a mail system as its
author or a subject and a text that both say so: people write "delivery failed" too. Called by `reports`, which reads the structured ones.
Every scan is bounded, and linear in what it scans.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from triage.core.mail import bounce_words as words
from triage.core.mail.addresses import first_address
from triage.core.mail.message import Address
from triage.core.mail.phrases import folded
from triage.core.mail.structure import Headers
from triage.core.mail.subjects import is_forward

_MAX_TEXT = 16_000
_TOP = 2_500
_OPENING = 300
_MAX_LINES = 400
_MAX_RECIPIENTS = 50
_MAX_DIAGNOSTIC = 300

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}")
_LABEL = re.compile(
    r"\b(?:recipients?|to|for|user|userid|mailbox|address|rcpt|error-for|utilisateur|destinataire|destinatario|empfänger|addressed)\b",
    re.IGNORECASE,
)
_ENHANCED = re.compile(r"(?<![\d.v])([245]\.\d{1,3}\.\d{1,3})(?![\d.]*\d)")
_REPLY_CODE = re.compile(r"(?<![\d.:])([45]\d\d)(?=[\s\-#<:])(?!\s*(?:bytes|kb|mb|day|hour|minute|[ap]m\b))", re.IGNORECASE)
_HEADER_LINE = re.compile(r"\s{0,20}(?:to|cc|subject|sent|date|an|von|à|para|sujet|betreff|asunto) {0,3}:", re.IGNORECASE)
_OTHER_ROLE = re.compile(r"\b(?:from|de|von|contact|postmaster|help|support)\b[\s:<\"']{0,5}$", re.IGNORECASE)
_TAG = re.compile(r"\[[^\[\]]{1,30}\]\s{0,3}")


@dataclass(frozen=True, slots=True)
class Bounce:
    """What a report in prose says."""

    action: str
    status: str
    recipients: tuple[str, ...]
    diagnostic: str


def author_of(headers: Headers) -> Address:
    """The first mailbox of the first From header, else of Sender."""
    value = next(iter(headers.all_raw("from") or headers.all_raw("sender")), "")
    return first_address(value.encode("latin-1", "replace"))


def is_daemon(author: Address) -> bool:
    """Whether the author calls itself a mail system. Not proof of anything: a postmaster may be a person."""
    local = author.address.partition("@")[0]
    name = folded(author.name)
    if local in words.DAEMON_LOCAL_PARTS or local.startswith(
        ("mailer-daemon", "postmaster", "microsoftexchange", "bounce+", "bounce-", "bounces+")
    ):
        return True
    return any(name == each or name.startswith((each + " ", each + "@")) for each in words.DAEMON_NAMES)


def has_null_path(headers: Headers) -> bool:
    """Whether the return path is null (RFC 5321 section 4.5.5), as written by sendmail too. A hint, not proof: forwarders rewrite it."""
    first = next(iter(headers.all_raw("return-path")), "x").strip().strip("<>").lower()
    return not first or first.partition("@")[0] == "mailer-daemon"


def is_bounce_subject(subject: str) -> bool:
    """Whether a subject begins (or ends) as mail systems' do, perhaps after a tag: "[Postmaster] Delivery failed", "[BOUNCE]"."""
    text = folded(subject[:2000])
    bare = text.lstrip("[(*<【 ")
    return bare.startswith(words.SUBJECTS) or _TAG.sub("", text, count=1).startswith(words.SUBJECTS) or text.endswith(words.SUBJECT_ENDINGS)


def is_bounce(headers: Headers, text: str, *, returns: bool = False) -> bool:
    """Whether a mail without a delivery-status part is a delivery report all the same. `returns`: a mail is attached to it."""
    if any("@" in each for each in headers.all("x-failed-recipients")):
        return True
    author = author_of(headers)
    title = headers.first("subject")
    daemon, subject = is_daemon(author), is_bounce_subject(title)
    if not daemon and not subject:
        return False
    body = folded(text[:_MAX_TEXT])
    strong = any(phrase in body[:_TOP] for phrase in words.STRONG_TEXT)
    if daemon:
        weak = any(phrase in body[:_TOP] for phrase in (*words.WEAK_TEXT, *words.DELIVERED, *words.RELAYED))
        certain = _is_certain(author)
        return (subject and (strong or weak or certain)) or (strong and not _is_answer(title)) or (weak and certain)
    if strong and _is_machine(headers, author):
        return True
    # Gateways under an ordinary address: the report then begins at once, where a person would say what it is about.
    opens = any(phrase in body[:_OPENING] for phrase in words.STRONG_TEXT) and not body.startswith(words.GREETINGS)
    return opens and not _is_conversation(headers) and (returns or _returns_something(text, author))


def read(headers: Headers, text: str, excluded: Collection[str] = ()) -> Bounce:
    """What the words say; `excluded` addresses (ours, the author's) are never recipients."""
    section = own_words(text)
    body = folded(headers.first("subject")[:500] + " \n " + section)
    named = _failed_recipients(headers)
    action = _action(body)
    return Bounce(action, _status(section, body, action), named or _recipients(section, excluded), _diagnostic(section))


def own_words(text: str) -> str:
    """The report without the mail it returns."""
    kept: list[str] = []
    for number, line in enumerate(text[:_MAX_TEXT].splitlines()[:_MAX_LINES]):
        if number and any(phrase in folded(line[:200]) for phrase in words.ORIGINAL_FOLLOWS):
            break
        kept.append(line)
    return "\n".join(kept)


def status_of(text: str) -> str:
    """An enhanced status code (RFC 3463) in a text, else the class of an SMTP reply code as `5.0.0`; empty when there is none."""
    enhanced = _ENHANCED.search(text)
    if enhanced:
        return enhanced[1]
    reply = _REPLY_CODE.search(text)
    return f"{reply[1][0]}.0.0" if reply else ""


def _is_certain(author: Address) -> bool:
    """A daemon by its local part; unlike a postmaster it is never a person."""
    return author.address.startswith(("mailer-daemon@", "mailerdaemon@", "mdaemon@", "mail-daemon@")) or not author.address


def _is_machine(headers: Headers, author: Address) -> bool:
    null_path = has_null_path(headers)
    submitted = any(not each.strip().lower().startswith("no") for each in headers.all("auto-submitted"))
    report = "multipart/report" in headers.first("content-type").lower()
    return null_path or submitted or report or not author.address


def _is_conversation(headers: Headers) -> bool:
    """A person's answer or forward. One system writes "RE: ...: non remis" as well, and names no mail that it answers."""
    subject = headers.first("subject")
    return _is_answer(subject) and ("in-reply-to" in headers or is_forward(subject)) and not folded(subject[:2000]).endswith(": non remis")


def _returns_something(text: str, author: Address) -> bool:
    """It names whom it did not reach, or shows what it returns: who only says that something was not delivered may be a person."""
    section = own_words(text)
    return len(section) + 1 < len(text[:_MAX_TEXT].rstrip()) or bool(_recipients(section, {author.address}))


def _is_answer(subject: str) -> bool:
    return folded(subject[:100]).startswith(("re:", "aw:")) or is_forward(subject[:1000])


def _action(body: str) -> str:
    if any(phrase in body for phrase in words.DELAYED) and not any(phrase in body for phrase in words.PERMANENT):
        return "delayed"
    if any(phrase in body for phrase in words.RELAYED) or body.startswith("relayed:"):
        return "relayed"
    if any(phrase in body for phrase in words.DELIVERED) or body.startswith("delivered:"):
        return "delivered"
    return "failed"


def _status(section: str, body: str, action: str) -> str:
    if action in {"delivered", "relayed"}:
        return "2.0.0"
    enhanced = next((match[1] for line in _said(section) for match in _ENHANCED.finditer(line) if match[1][0] != "2"), "")
    if enhanced:
        return enhanced
    if action == "failed":
        for status, phrases in words.STATUS_WORDS:
            if any(phrase in body for phrase in phrases):
                return status
    return status_of("\n".join(_said(section))) or ("4.0.0" if action == "delayed" else "5.0.0")


def _failed_recipients(headers: Headers) -> tuple[str, ...]:
    found = (match for value in headers.all("x-failed-recipients") for match in _ADDRESS.findall(value[:8000]))
    return _unique(found)


def _recipients(section: str, excluded: Collection[str]) -> tuple[str, ...]:
    """Addresses that begin a line, else those after a word such as "recipient", else any; those of the mail's own header last."""
    ranked: tuple[list[str], ...] = ([], [], [], [])
    for line in section.splitlines():
        start = line[:500].lstrip(" \t*-•>|\"'<")
        for match in _ADDRESS.finditer(line[:500]):
            address = match[0].strip("'`=").lower().removeprefix("smtp=")
            if address in excluded or address.partition("@")[0] in words.DAEMON_LOCAL_PARTS:
                continue
            before = line[: match.start()]
            if _OTHER_ROLE.search(before):
                continue
            rank = 3 if _HEADER_LINE.match(line) else 0 if start.startswith(match[0]) else 1 if _LABEL.search(before) else 2
            ranked[rank].append(address)
    return _unique(next((each for each in ranked if each), []))


def _said(section: str) -> list[str]:
    """The lines without those that only repeat the mail's header: a subject may hold anything."""
    return [line for line in section.splitlines() if not _HEADER_LINE.match(line)]


def _diagnostic(section: str) -> str:
    """The first line with a code in it."""
    for line in _said(section):
        if _ENHANCED.search(line) or _REPLY_CODE.search(line):
            return " ".join(line.split())[:_MAX_DIAGNOSTIC]
    return ""


def _unique(addresses: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.lower() for each in addresses))[:_MAX_RECIPIENTS]
