"""Rendering: the board's templates with everything escaped, its two own files, and the headers that let a browser run nothing else.

Mail text is text: it reaches a page only through an escaping template, and the policy of the page allows no script but ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from triage.core.wording.plain import counted, plain
from triage.core.wording.spans import ago, moment, until

HERE = Path(__file__).parent
ASSETS = {"board.css": "text/css", "board.js": "text/javascript", "icon.svg": "image/svg+xml"}
HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self';"
        " frame-ancestors 'none'; base-uri 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters.update(ago=ago, moment=moment, until=until, counted=counted, plain=plain, iso=_iso, clock=_clock)
    return made


def rendered(template: str, values: Mapping[str, Any], status: int = 200, more: Mapping[str, str] | None = None) -> Response:
    html = _environment().get_template(template).render(**values)
    return HTMLResponse(html.encode("utf-8", "replace"), status_code=status, headers={**HEADERS, **(more or {})})


@cache
def _asset(name: str) -> bytes:
    return (HERE / "static" / name).read_bytes()


def asset(name: str) -> Response:
    return Response(_asset(name), media_type=ASSETS[name], headers={**HEADERS, "Cache-Control": "max-age=300"})


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _clock(at: datetime) -> str:
    return f"{at.astimezone(UTC):%H:%M:%S}"
