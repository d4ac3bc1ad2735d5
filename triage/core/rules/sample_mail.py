"""The mail of a rule test: a short table, composed to the bytes that a real mail would have, so that parsing is tested with it.

Called by `mail_tests`. Nothing here is ever sent.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from email.header import Header

from triage.core.toml.tables import TableReader
from triage.core.toml.values import STRING, TEXT, Kind, Refused, whole

_BOUNDARY = "triage-rule-test"
_LARGEST = 1024 * 1024


@dataclass(frozen=True, slots=True)
class SampleAttachment:
    name: str
    content_type: str
    size: int


@dataclass(frozen=True, slots=True)
class SampleMail:
    """Header fields as they are written, encoded words included; a non-ASCII value is encoded (RFC 2047) as a mail client would."""

    headers: tuple[tuple[str, str], ...]
    body: str = ""
    attachments: tuple[SampleAttachment, ...] = ()

    def raw(self) -> bytes:
        lines = [f"{name}: {_encoded(value)}" for name, value in self.headers]
        lines.append("MIME-Version: 1.0")
        text = ["Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: base64", "", _base64(self.body.encode())]
        if not self.attachments:
            return "\r\n".join([*lines, *text, ""]).encode("ascii")
        lines += [f'Content-Type: multipart/mixed; boundary="{_BOUNDARY}"', "", f"--{_BOUNDARY}", *text]
        for attachment in self.attachments:
            lines += [
                f"--{_BOUNDARY}",
                f"Content-Type: {attachment.content_type}",
                f'Content-Disposition: attachment; filename="{_encoded(attachment.name)}"',
                "Content-Transfer-Encoding: base64",
                "",
                _base64(b"x" * attachment.size),
            ]
        return "\r\n".join([*lines, f"--{_BOUNDARY}--", ""]).encode("ascii")


def read_sample_mail(table: TableReader) -> SampleMail:
    author = table.take("from", TEXT, "somebody@partner.example")
    to = table.take_list("to", TEXT) or ("api@example.com",)
    cc = table.take_list("cc", TEXT)
    subject = table.take("subject", STRING, "")
    body = table.take("body", STRING, "")
    headers = _read_headers(table)
    attachments = tuple(_read_attachment(each) for each in table.subs("attachments"))
    table.finish()
    fields = [("From", author), ("To", ", ".join(to)), ("Subject", subject), ("Message-ID", "<test@triage.invalid>"), ("Date", _DATE)]
    if cc:
        fields.insert(2, ("Cc", ", ".join(cc)))
    overridden = {name.lower() for name, _ in headers}
    return SampleMail((*(each for each in fields if each[0].lower() not in overridden), *headers), body, attachments)


_DATE = "Mon, 23 Nov 2026 10:00:00 +0000"


def _read_headers(table: TableReader) -> tuple[tuple[str, str], ...]:
    reader = table.sub("headers")
    fields: list[tuple[str, str]] = []
    for name in reader.values:
        if not name.isascii() or not name.replace("-", "").replace("_", "").isalnum():
            reader.note((name,), "is not a header name")
        fields += [(name, value) for value in reader.take_list(name, _HEADER_VALUE)]
    return tuple(fields)


def _read_header_value(value: object) -> str:
    text = STRING.read(value)
    if "\n" in text or "\r" in text:
        raise Refused("must be one line")
    return text


_HEADER_VALUE = Kind("text", _read_header_value)


def _read_attachment(table: TableReader) -> SampleAttachment:
    attachment = SampleAttachment(
        name=table.take("name", TEXT, "attachment"),
        content_type=table.take("type", TEXT, "application/octet-stream"),
        size=table.take("size", whole(0, _LARGEST), 10),
    )
    table.finish()
    return attachment


def _encoded(value: str) -> str:
    value = " ".join(value.split())
    return value if value.isascii() else Header(value, "utf-8", maxlinelen=10_000).encode()


def _base64(content: bytes) -> str:
    encoded = base64.b64encode(content).decode("ascii")
    return "\r\n".join(encoded[start : start + 76] for start in range(0, len(encoded), 76))
