"""The board: the queue, cases, pages, rules, health and quarantine as pages that work without JavaScript. Decides nothing itself.

What is shown comes from workers/views; who may see it from gate.py. What changes something is in board_acts.py.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from triage.core.cases.case import Status
from triage.core.failures import TriageError
from triage.core.form_tokens import form_token, is_form_token
from triage.core.seams import Clock, Entropy
from triage.core.settings import Web
from triage.web.board_acts import act_on_case, act_on_page, done_words
from triage.web.bodies import FORM_LIMIT, body_within, form_of
from triage.web.door import Door
from triage.web.gate import Gate, Refused, Visitor
from triage.web.rendering import ASSETS, asset, rendered
from triage.workers.audit import latest
from triage.workers.desk import Desk
from triage.workers.views import board

_ASK = {"WWW-Authenticate": 'Basic realm="triage", charset="UTF-8"'}
_LONGEST_NUMBER = 15
Answer = Callable[[Request, Visitor], Awaitable[Response]]


def board_routes(door: Door, web: Web, keys: tuple[bytes, ...], clock: Clock, entropy: Entropy) -> list[Route]:
    """`keys` sign the forms."""
    pages = _Board(door, web, keys, clock, Gate(web, entropy))
    looks = {
        "/": pages.queue,
        "/case/{number}": pages.case,
        "/pages": pages.pages,
        "/page/{number}": pages.page,
        "/rules": pages.rules,
        "/health": pages.health,
        "/quarantine": pages.quarantine,
    }
    acts = {"/case/{number}": pages.change_case, "/page/{number}": pages.change_page}
    return [
        *(Route(path, pages.guarded(answer), methods=["GET"]) for path, answer in looks.items()),
        *(Route(path, pages.guarded(answer), methods=["POST"]) for path, answer in acts.items()),
        *(Route(f"/{name}", _asset_route(name), methods=["GET"]) for name in ASSETS),
    ]


def _asset_route(name: str) -> Callable[[Request], Awaitable[Response]]:
    async def send(_request: Request) -> Response:
        return asset(name)

    return send


class _Board:
    def __init__(self, door: Door, web: Web, keys: tuple[bytes, ...], clock: Clock, gate: Gate) -> None:
        self._door, self._web, self._keys, self._clock, self._gate = door, web, keys, clock, gate

    def guarded(self, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
        """Nobody comes past the gate unseen; what cannot be read just now is told, not raised."""

        async def respond(request: Request) -> Response:
            peer = request.client.host if request.client else ""
            found = await run_in_threadpool(self._gate.visitor, request.headers, peer, self._clock.now())
            if isinstance(found, Refused):
                return self._refused(request, found)
            try:
                return await answer(request, found)
            except TriageError as failure:
                return self._told(request, found, f"{failure.message}. {failure.hint}".strip(), 503)

        return respond

    # --- looking -------------------------------------------------------------------------------------------------------

    async def queue(self, request: Request, visitor: Visitor) -> Response:
        chosen, partner = request.query_params.get("status", ""), request.query_params.get("partner", "")[:200].strip()
        status = Status(chosen) if chosen in {one.value for one in Status} else None
        wanted = board.Wanted(status, chosen == "all", partner)
        values = await self._look(lambda desk, now: {"queue": board.queue(desk, wanted, _part(request, 1), now)})
        filters = {"status": chosen, "partner": partner}
        return self._page(request, visitor, "queue.html", {**values, "filters": filters, "statuses": [one.value for one in Status]})

    async def case(self, request: Request, visitor: Visitor) -> Response:
        return await self._case(request, visitor, done_words(request.query_params.get("did", "")))

    async def _case(self, request: Request, visitor: Visitor, told: str, status: int = 200) -> Response:
        number = _number(request)
        values = await self._look(lambda desk, now: {"view": board.case_view(desk, number, _part(request, 0), now)})
        view = values["view"]
        if view is None:
            return self._told(request, visitor, f"There is no case #{number}.", 404)
        if view.case.number != number and request.method == "GET":
            return RedirectResponse(f"{self._base(request)}/case/{view.case.number}", status_code=307)
        return self._page(request, visitor, "case.html", {**values, "told": told}, status)

    async def pages(self, request: Request, visitor: Visitor) -> Response:
        part = _part(request, 1)
        values = await self._look(lambda desk, now: {"open": board.open_pages(desk, now), "past": board.past_pages(desk, part, now)})
        return self._page(request, visitor, "pages.html", values)

    async def page(self, request: Request, visitor: Visitor) -> Response:
        return await self._one_page(request, visitor, done_words(request.query_params.get("did", "")))

    async def _one_page(self, request: Request, visitor: Visitor, told: str, status: int = 200) -> Response:
        number = _number(request)
        values = await self._look(lambda desk, now: {"view": board.page_view(desk, number, _part(request, 0), now)})
        if values["view"] is None:
            return self._told(request, visitor, f"There is no page {number}.", 404)
        return self._page(request, visitor, "page.html", {**values, "told": told}, status)

    async def rules(self, request: Request, visitor: Visitor) -> Response:
        values = await self._look(lambda desk, _now: {"rows": board.rule_rows(desk, _part(request, 1))})
        return self._page(request, visitor, "rules.html", {**values, "status": self._door.rule_status()})

    async def health(self, request: Request, visitor: Visitor) -> Response:
        values = await self._look(lambda desk, _now: {"report": latest(desk.store)})
        return self._page(request, visitor, "health.html", values)

    async def quarantine(self, request: Request, visitor: Visitor) -> Response:
        values = await self._look(lambda desk, _now: {"rows": board.set_aside(desk, _part(request, 1))})
        return self._page(request, visitor, "quarantine.html", values)

    # --- changing ------------------------------------------------------------------------------------------------------

    async def change_case(self, request: Request, visitor: Visitor) -> Response:
        form = await self._form(request, visitor)
        if isinstance(form, Response):
            return form
        outcome = await run_in_threadpool(act_on_case, self._door, _number(request), form, visitor.person, self._clock.now())
        if outcome.problem:
            return await self._case(request, visitor, outcome.problem, 400)
        return RedirectResponse(f"{self._base(request)}/case/{outcome.number}?{urlencode({'did': outcome.did})}", status_code=303)

    async def change_page(self, request: Request, visitor: Visitor) -> Response:
        form = await self._form(request, visitor)
        if isinstance(form, Response):
            return form
        outcome = await run_in_threadpool(act_on_page, self._door, _number(request), form, visitor.person, self._clock.now())
        if outcome.problem:
            return await self._one_page(request, visitor, outcome.problem, 400)
        return RedirectResponse(f"{self._base(request)}/page/{outcome.number}?{urlencode({'did': outcome.did})}", status_code=303)

    async def _form(self, request: Request, visitor: Visitor) -> Mapping[str, str] | Response:
        """What was sent, or why it does not count."""
        if not visitor.may_act:
            return self._told(request, visitor, "Who changes something signs in first: docs/board.md.", 403)
        if not self._gate.is_our_page(request.headers):
            return self._told(request, visitor, "This form was not sent from a page of this board. Nothing was changed.", 403)
        body = await body_within(request, FORM_LIMIT)
        if body is None:
            return self._told(request, visitor, "That is too much for a form. Nothing was changed.", 413)
        form = form_of(body)
        if not is_form_token(self._keys, form.get("token", ""), visitor.person, self._clock.now()):
            return self._told(request, visitor, "This form is too old, or not yours. Nothing was changed: open the page again.", 403)
        return form

    # --- answering -----------------------------------------------------------------------------------------------------

    async def _look(self, view: Callable[[Desk, datetime], dict[str, Any]]) -> dict[str, Any]:
        return await run_in_threadpool(self._door.look, view)

    def _page(self, request: Request, visitor: Visitor, template: str, values: Mapping[str, Any], status: int = 200) -> Response:
        now = self._clock.now()
        token = form_token(self._keys[0], visitor.person, now) if visitor.may_act else ""
        frame = {"visitor": visitor, "now": now, "base": self._base(request), "token": token, "path": request.url.path}
        return rendered(template, {**frame, **values}, status)

    def _told(self, request: Request, visitor: Visitor, text: str, status: int) -> Response:
        return self._page(request, visitor, "told.html", {"text": text}, status)

    def _refused(self, request: Request, refused: Refused) -> Response:
        frame = {"base": self._base(request), "text": refused.text}
        more = _ASK if refused.asks_for_password else {"Retry-After": "60"} if refused.status == 429 else {}
        return rendered("refused.html", frame, refused.status, more)

    def _base(self, request: Request) -> str:
        """Where a proxy serves us below a path, links begin with it: for whoever came by that name."""
        public = urlsplit(self._web.public_url)
        return public.path.rstrip("/") if public.netloc and request.headers.get("host", "").lower() == public.netloc.lower() else ""


def _number(request: Request) -> int:
    """0, which nothing has, for what is no number."""
    text = str(request.path_params["number"])
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER else 0


def _part(request: Request, default: int) -> int:
    text = request.query_params.get("part", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else default
