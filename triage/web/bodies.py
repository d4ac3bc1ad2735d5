"""Request bodies, read within a limit: nobody fills the memory of a service that must page people."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.requests import Request

FORM_LIMIT = 16 * 1024
_MOST_FIELDS = 100


async def body_within(request: Request, limit: int) -> bytes | None:
    """None when there is more of it."""
    if int(request.headers.get("content-length") or 0) > limit:
        return None
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            return None
    return bytes(body)


def form_of(body: bytes) -> Mapping[str, str]:
    """A form as browsers and Twilio send it; the first value of a name counts. Anything else is an empty form."""
    fields: dict[str, str] = {}
    try:
        pairs = parse_qsl(body.decode("ascii"), max_num_fields=_MOST_FIELDS)
    except (UnicodeDecodeError, ValueError):
        return fields
    for name, value in pairs:
        fields.setdefault(name, value)
    return fields
