"""Delivery reports: what became of a mail that was sent (RFC 3464, RFC 6533, and the forms that follow no standard).

Answers one question, independent of "is it automatic" and "may it be answered": which action, for whom, about which mail. Of many
recipients the worst action wins (failed, then delayed, relayed, expanded, delivered), and only its recipients are named. Never decides
what follows from it. Called by `automatic` (a delivery report is tested for first) and by `parse`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from triage.core.mail import bounces
from triage.core.mail.message import DeliveryReport
from triage.core.mail.phrases import folded
from triage.core.mail.structure import Headers, Part

_STATUS_PARTS = frozenset({"message/delivery-status", "message/global-delivery-status"})
_RETURNED_PARTS = frozenset({"message/rfc822", "message/global", "message/partial", "text/rfc822-headers", "message/global-headers"})
_ACTIONS = ("failed", "delayed", "relayed", "expanded", "delivered")
_MAX_STATUS = 64_000
_MAX_BLOCKS = 1_000
_MAX_RECIPIENTS = 100
_MAX_HEADER = 32_000
_MAX_DIAGNOSTIC = 300
_MAX_ID = 998

# A folded Message-ID is common in Exchange's reports. The quoting of text copies ("> ", "| ") is skipped.
_MESSAGE_ID = re.compile(
    r"^[>| \t]{0,20}(?:x-)?(?:original-)?message-id[ \t]{0,5}:[\s>|]{0,20}(<[^<>\s]{1,990}>|[^<>\s]{1,500}@[^<>\s]{1,400})", re.I | re.M
)
_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9-]{0,60})[ \t]{0,5}:(.*)", re.DOTALL)
_REJECTED = ("automatically rejected mail", "rejected:")


@dataclass(frozen=True, slots=True)
class _Recipient:
    address: str
    action: str
    status: str
    diagnostic: str


def read_report(headers: Headers, parts: Sequence[Part], text: str) -> DeliveryReport | None:
    """The report a mail is, or None. Never raises, whatever the mail says."""
    body = text if text.strip() else next((part.text for part in parts if part.content_type.startswith("text/")), "")
    status_parts = [part for part in parts if part.content_type in _STATUS_PARTS]
    if status_parts and _is_structured(headers, body):
        return _structured(headers, parts, status_parts, body)
    if _is_rejection(headers, parts) or (not _is_other_report(headers, parts) and _says_so(headers, parts, body)):
        return _prose(headers, parts, body)
    return None


def original_message_id(headers: Headers, parts: Sequence[Part], text: str) -> str:
    """The Message-ID of the mail a report is about: from the returned header, the report's own fields, its text, or what it answers."""
    returned = [_header_block(part.text) for part in parts if part.content_type in _RETURNED_PARTS]
    fields = [
        part.text[:_MAX_STATUS] for part in parts if part.content_type.startswith("message/") and part.content_type not in _RETURNED_PARTS
    ]
    named = [f"Message-ID: {value}" for name in ("original-message-id", "x-original-message-id") for value in headers.all_raw(name)]
    texts = [part.text for part in parts if part.content_type == "text/plain"]
    answered = [f"Message-ID: {_last_id(value)}" for name in ("in-reply-to", "references") for value in headers.all_raw(name)]
    for source in [*returned, *named, *fields, text, *texts, *answered]:
        match = _MESSAGE_ID.search(source)
        if match:
            found = match[1].rstrip(",;")
            return (found if found.startswith("<") else f"<{found}>")[:_MAX_ID]
    return ""


def _is_structured(headers: Headers, text: str) -> bool:
    """A delivery-status part makes a report when the mail as a whole is one, and not when somebody passes one on."""
    if _report_type(headers) in {"delivery-status", "delivery-notification"} or "multipart/report" in headers.first("content-type").lower():
        return True
    author = bounces.author_of(headers)
    return (
        bounces.is_daemon(author)
        or not author.address
        or bounces.is_bounce_subject(headers.first("subject")[:500])
        or bounces.is_bounce(headers, text)
    )


def _says_so(headers: Headers, parts: Sequence[Part], text: str) -> bool:
    returns = any(part.content_type in _RETURNED_PARTS for part in parts)
    return _report_type(headers) == "delivery-status" or bounces.is_bounce(headers, text, returns=returns)


def _is_other_report(headers: Headers, parts: Sequence[Part]) -> bool:
    """Read receipts and abuse reports return mails too, but say nothing about delivery."""
    other = {"message/disposition-notification", "message/global-disposition-notification", "message/feedback-report"}
    return any(part.content_type in other for part in parts) or _report_type(headers) in {
        "disposition-notification",
        "feedback-report",
        "tlsrpt",
    }


def _is_rejection(headers: Headers, parts: Sequence[Part]) -> bool:
    """Sieve's `reject` may answer with a disposition notification (RFC 5429 section 2.1.1): a failure in the coat of a read receipt."""
    dispositions = [part.text[:2000].lower() for part in parts if part.content_type == "message/disposition-notification"]
    subject = folded(headers.first("subject")[:500])
    return any("deleted" in each for each in dispositions) and subject.startswith(_REJECTED)


def _report_type(headers: Headers) -> str:
    content_type = headers.first("content-type").lower()
    _, found, rest = content_type.partition("report-type")
    return rest.lstrip(" =\t\"'").split(";")[0].strip(" \t\"'") if found else ""


def _structured(headers: Headers, parts: Sequence[Part], status_parts: Sequence[Part], text: str) -> DeliveryReport:
    recipients = [each for part in status_parts for each in _read_recipients(part.text)]
    if not recipients:
        return _prose(headers, parts, text)
    action = min((each.action for each in recipients), key=_ACTIONS.index)
    concerned = [each for each in recipients if each.action == action]
    addresses = tuple(dict.fromkeys(each.address for each in concerned if each.address))[:_MAX_RECIPIENTS]
    if not addresses:
        addresses = bounces.read(headers, text, _excluded(headers)).recipients
    status = next((each.status for each in concerned if each.status), "")
    diagnostic = next((each.diagnostic for each in concerned if each.diagnostic), "")
    return DeliveryReport(
        action=action,
        status=status or bounces.status_of(diagnostic) or bounces.status_of(bounces.own_words(text)),
        recipients=addresses,
        original_message_id=original_message_id(headers, parts, text),
        diagnostic=diagnostic,
    )


def _prose(headers: Headers, parts: Sequence[Part], text: str) -> DeliveryReport:
    said = bounces.read(headers, text, _excluded(headers))
    named = [
        each.address for part in parts if part.content_type.startswith("message/") for each in _read_recipients(part.text) if each.address
    ]
    return DeliveryReport(
        action=said.action,
        status=said.status,
        recipients=said.recipients or tuple(dict.fromkeys(named))[:_MAX_RECIPIENTS],
        original_message_id=original_message_id(headers, parts, text),
        diagnostic=said.diagnostic,
    )


def _excluded(headers: Headers) -> frozenset[str]:
    """The report's own author and addressee: we are the addressee, and never whom it failed to reach."""
    values = [*headers.all_raw("from"), *headers.all_raw("to"), *headers.all_raw("delivered-to")]
    return frozenset(word.strip("<>\"'();,").lower() for value in values for word in value[:2000].split() if "@" in word)


def _read_recipients(text: str) -> list[_Recipient]:
    """The per-recipient blocks (RFC 3464 section 2.3); systems that forget the blank line before the first one are forgiven."""
    recipients = []
    for block in _blocks(text[:_MAX_STATUS]):
        address = (
            _typed(block.get("final-recipient", ""))
            or _typed(block.get("original-recipient", ""))
            or _typed(block.get("x-actual-recipient", ""))
        )
        status = bounces.status_of(block.get("status", ""))
        action = _action(block.get("action", ""), status)
        if action and (address or "action" in block):
            diagnostic = " ".join(block.get("diagnostic-code", "").split())
            recipients.append(
                _Recipient(address, action, status, diagnostic.partition(";")[2].strip()[:_MAX_DIAGNOSTIC] or diagnostic[:_MAX_DIAGNOSTIC])
            )
    return recipients


def _blocks(text: str) -> list[dict[str, str]]:
    blocks: list[dict[str, str]] = [{}]
    name = ""
    for line in text.splitlines():
        if not line.strip():
            if blocks[-1]:
                blocks.append({})
            name = ""
        elif line[0] in " \t" and name:
            blocks[-1][name] += " " + line.strip()
        elif field := _FIELD.match(line):
            name = field[1].lower()
            # A second recipient in the same block begins with its own Final-Recipient.
            if name == "final-recipient" and name in blocks[-1]:
                blocks.append({})
            blocks[-1].setdefault(name, field[2].strip())
        if len(blocks) > _MAX_BLOCKS:
            break
    return blocks


def _typed(value: str) -> str:
    """`rfc822; user@example.org` -> `user@example.org`."""
    _, semicolon, rest = value.partition(";")
    address = (rest if semicolon else value).strip().split("(")[0].strip(" <>\"'").lower()
    return address if "@" in address and len(address) <= 320 and " " not in address else ""


def _action(value: str, status: str) -> str:
    """The action named, in the spellings met; without one the class of the status decides (RFC 3463 section 3.1)."""
    word = (value.lower().split("(")[0].split() or [""])[0].strip(";,.\"'")
    if word in _ACTIONS:
        return word
    spelled = {
        "failure": "failed",
        "fail": "failed",
        "delay": "delayed",
        "deliverable": "delivered",
        "delivered-to-mailbox": "delivered",
        "relay": "relayed",
    }
    if word in spelled:
        return spelled[word]
    return {"5": "failed", "4": "delayed", "2": "delivered"}.get(status[:1], "")


def _header_block(text: str) -> str:
    """The header of a returned mail; some systems put a blank line or an mbox line before it."""
    stripped = text[:_MAX_HEADER].lstrip()
    lines = stripped.split("\n\n", 1)[0] if "\r\n\r\n" not in stripped else stripped.split("\r\n\r\n", 1)[0]
    return lines if ":" in lines else stripped


def _last_id(value: str) -> str:
    return "<" + value.rpartition("<")[2].partition(">")[0] + ">" if "<" in value else value.strip()
