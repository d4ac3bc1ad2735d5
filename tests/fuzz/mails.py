"""Mails that hypothesis builds: well-formed on the outside, anything at all in every place that a stranger fills in."""

from __future__ import annotations

from hypothesis import strategies as st

NAMES = [
    "From", "To", "Cc", "Reply-To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Return-Path", "Content-Type",
    "Delivered-To",
    "Content-Transfer-Encoding", "Content-Disposition", "Content-Language", "Auto-Submitted", "Precedence",
    "Authentication-Results", "X-Triage-Case",
    "Thread-Topic", "X-Failed-Recipients",
]  # fmt: skip
TYPES = [
    "text/plain", "text/html", "text/calendar", "multipart/mixed", "multipart/alternative",
    "multipart/report; report-type=delivery-status",
    "message/rfc822", "message/delivery-status", "text/rfc822-headers", "application/pdf", "application/ms-tnef", "image/png", "text", "",
]  # fmt: skip
CHARSETS = ["utf-8", "utf-7", "iso-8859-1", "iso-2022-jp", "utf-16", "gb2312", "x-gbk", "", "unknown-8bit", "zlib", "ü"]
ENCODINGS = ["7bit", "8bit", "base64", "quoted-printable", "x-uuencode", "?"]
DISPOSITIONS = ["inline", "attachment", "attachment; filename=../x", "inline; filename*=utf-8''%ff%00", ""]

_free_text = st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass"))
_value = st.one_of(
    st.binary(max_size=80),
    _free_text,
    st.builds(
        lambda charset, kind, data: b"=?%s?%s?%s?=" % (charset.encode("latin-1", "replace"), kind, data),
        st.sampled_from(CHARSETS), st.sampled_from([b"B", b"q", b"Q", b"x"]), st.binary(max_size=30),
    ),
    st.lists(st.sampled_from([b"<a@b>", b"a@b", b"<", b">", b",", b"(", b")", b'"', b":", b";", b"\\", b" ", b"=?utf-8?q?x?=",
    b"\xe9"]), max_size=20)
    .map(b"".join),
)  # fmt: skip
_field = st.builds(lambda name, value: name.encode() + b": " + value, st.sampled_from(NAMES), _value)
_body = st.one_of(
    st.binary(max_size=300),
    _free_text,
    st.lists(
        st.sampled_from(
            [b"> ", b"\r\n", b"On Monday, Jane wrote:", b"From: x", b"-----Original Message-----", b"<p>", b"</td>", b"&#55296;",
            b"POST /v1/x",
             b"x-trace-id: ", b"4bf92f35-77b3-4da6-a3ce-929d0e0e4736", b'{"a": 1}', b"HTTP/1.1 500", b"2026-10-02T08:12:00Z",
             b"Bearer abc", b"begin 644 a"]
        ),
        max_size=30,
    ).map(b" ".join),
)  # fmt: skip


def _typed(kind: str, charset: str, encoding: str, disposition: str) -> bytes:
    header = f'Content-Type: {kind}; charset="{charset}"; boundary=b\r\n' if kind else ""
    header += f"Content-Transfer-Encoding: {encoding}\r\n" + (f"Content-Disposition: {disposition}\r\n" if disposition else "")
    return header.encode("latin-1", "replace")


_mime = st.builds(_typed, st.sampled_from(TYPES), st.sampled_from(CHARSETS), st.sampled_from(ENCODINGS), st.sampled_from(DISPOSITIONS))
_part = st.builds(lambda mime, body: b"--b\r\n" + mime + b"\r\n" + body + b"\r\n", _mime, _body)


def mails() -> st.SearchStrategy[bytes]:
    return st.builds(
        lambda fields, mime, body, parts, end: b"\r\n".join(fields) + b"\r\n" + mime + b"\r\n" + body + b"\r\n" + b"".join(parts) + end,
        st.lists(_field, max_size=12), _mime, _body, st.lists(_part, max_size=5), st.sampled_from([b"--b--\r\n", b"", b"--b"]),
    )  # fmt: skip
