"""The link in a page: GET shows it with a button, POST acts. Mail scanners and chat previews open links, so GET and HEAD change nothing.

The token in the path is all that is asked for, so nothing may keep or pass it on: no cache, no referrer, no index, no script, and no access
log. A push service posts an empty form (that is an acknowledge); Twilio posts the digit that was pressed and gets TwiML back.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from datetime import timedelta
from html import escape

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from triage.core.oncall.answers import Answer, PageAnswer
from triage.web.bodies import FORM_LIMIT, body_within, form_of
from triage.web.door import Busy, Door
from triage.workers.page_links import LinkPage

_STYLE = """
body{font:1.1rem/1.5 system-ui,sans-serif;margin:2rem auto;max-width:34rem;padding:0 1rem;color:#1b1b1b;background:#fff}
button{font:inherit;padding:.7rem 1.2rem;margin:.3rem .3rem .3rem 0;border:1px solid #444;border-radius:.4rem;background:#eee;color:#111}
button.take{background:#0a5c36;border-color:#0a5c36;color:#fff;font-weight:600}
.state{color:#555}
@media(prefers-color-scheme:dark){body{background:#151515;color:#eee}.state{color:#aaa}button{background:#2a2a2a;color:#eee}}
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}
_ANSWERS = {"ack": Answer.ACKNOWLEDGE, "no": Answer.CANNOT, "escalate": Answer.ESCALATE}
_LONGEST_MINUTES = 24 * 60
_GONE = "This link is not known, or its page has been over for more than a day."
_BUSY = "triage cannot write this down just now. Try again, answer the page mail with the word ack, or use: triage ack"


def link_routes(door: Door) -> list[Route]:
    async def show(request: Request) -> Response:
        found = await run_in_threadpool(door.look_at_link, request.path_params["token"])
        return _page(_GONE, status=404) if found is None else _page(_shown(found))

    async def act(request: Request) -> Response:
        body = await body_within(request, FORM_LIMIT)
        if body is None:
            return _page("That is too much for an answer.", status=413)
        form = form_of(body)
        if "CallSid" in form:
            return await _by_telephone(door, request.path_params["token"], form)
        answer = _ANSWERS.get(form.get("action") or "ack")
        if answer is None:
            return _page("The answers are: ack, no, escalate.", status=400)
        try:
            told = await run_in_threadpool(door.act_on_link, request.path_params["token"], PageAnswer(answer, _span(form)), _seen(form))
        except Busy:
            return _page(_BUSY, status=503)
        return _page(_GONE, status=404) if told is None else _page(f"<p>{escape(told)}</p>")

    return [Route("/p/{token}", show, methods=["GET"]), Route("/p/{token}", act, methods=["POST"])]


async def _by_telephone(door: Door, token: str, form: Mapping[str, str]) -> Response:
    """A call that ended in a voicemail box presses no digit, so only a digit acknowledges."""
    if not form.get("Digits"):
        return _twiml("Nothing was changed. Goodbye.")
    try:
        told = await run_in_threadpool(door.act_on_link, token, PageAnswer(Answer.ACKNOWLEDGE), None)
    except Busy:
        return _twiml("This could not be written down. Please use the link or the mail.")
    return _twiml(told or _GONE)


def _twiml(text: str) -> Response:
    body = f'<?xml version="1.0" encoding="UTF-8"?><Response><Say>{escape(text)}</Say></Response>'
    return Response(body, media_type="text/xml", headers=dict(HEADERS))


def _shown(found: LinkPage) -> str:
    lines = [f"<h1>{escape(found.summary)}</h1>", f'<p class="state">{escape(found.state)}</p>']
    if found.over:
        return "".join(lines)
    take = "Take it" if found.takeable else "Take it for longer"
    buttons = f'<button class="take" name="action" value="ack">{take}</button>'
    buttons += '<button name="action" value="no">I cannot</button><button name="action" value="escalate">Next level now</button>'
    form = f'<form method="post"><input type="hidden" name="seen" value="{found.seen}"><p>{buttons}</p></form>'
    return "".join([*lines, f"<p>You are {escape(found.person)}.</p>", form])


def _page(content: str, status: int = 200) -> Response:
    body = content if content.startswith("<") else f"<p>{escape(content)}</p>"
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">'
    html = f'<!doctype html><html lang="en"><head>{head}<title>triage</title><style>{_STYLE}</style></head><body>{body}</body></html>'
    return HTMLResponse(html, status_code=status, headers=dict(HEADERS))


def _span(form: Mapping[str, str]) -> timedelta | None:
    minutes = form.get("eta", "")
    is_number = minutes.isascii() and minutes.isdigit() and len(minutes) < 6
    return timedelta(minutes=min(int(minutes), _LONGEST_MINUTES)) if is_number and int(minutes) else None


def _seen(form: Mapping[str, str]) -> int | None:
    seen = form.get("seen", "")
    return int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else None
