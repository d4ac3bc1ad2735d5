"""Outside: everything beyond the program that the daemon is joined to: servers, contacts, the loop that sends, the store's file, the time.

`real` is the world that config.toml names. A simulation gives one of its own, and then drives the daemon on one thread. Decides nothing;
called by the composition root (service.py).
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from triage.adapters.measured import Measured
from triage.adapters.oauth.tokens import AccessTokens
from triage.adapters.pagers.kinds import build_contact
from triage.adapters.pagers.settings import Wiring
from triage.adapters.sender import Sender
from triage.adapters.smtp import SlowDowns
from triage.adapters.statuspage import Fetched, StatusPage
from triage.core.deliveries import Delivery
from triage.core.seams import Clock, Contact, Mailbox, SendResult, Submission
from triage.core.settings import Config
from triage.daemon.audit_duty import free_bytes
from triage.daemon.connections import access_tokens, open_mailbox, open_submission
from triage.daemon.sending import LoopThread
from triage.store.database import Store, open_store


class Loop(Protocol):
    """Where attempts to send are carried out, beside the engine."""

    lag: Measured

    @property
    def loop(self) -> asyncio.AbstractEventLoop: ...

    def start(self) -> None: ...

    def send(self, sender: Sender, delivery: Delivery, answer: Callable[[Delivery, SendResult], None]) -> None: ...

    def begin(self, work: Coroutine[Any, Any, None]) -> None: ...

    def run_soon(self, function: Callable[[], None]) -> None: ...

    def stop(self, sender: Sender) -> None: ...


class OpenStore(Protocol):
    def __call__(self, state_dir: Path, *, create: bool = False) -> Store: ...


@dataclass(frozen=True, slots=True)
class Outside:
    """`notices`, `urgent_notices` and `page_mails` are three submissions, so that none of the urgent ones waits behind a receipt, and no
    page behind anything else. `later` calls a function in so many seconds. `stepped`: nothing runs by itself; whoever drives the daemon
    takes the turns of engine and mailbox. `listens`: the address of [web] is taken."""

    loop: Loop
    mailbox: Mailbox
    notices: Submission
    urgent_notices: Submission
    page_mails: Submission
    status_page: Callable[[datetime], Awaitable[Fetched]] | None
    tokens: AccessTokens | None = None
    build_contact: Callable[[str, Mapping[str, object], Wiring], Contact] = build_contact
    open_store: OpenStore = open_store
    free_bytes: Callable[[Path], int | None] = free_bytes
    monotonic: Callable[[], float] = time.monotonic
    later: Callable[[float, Callable[[], object]], None] = lambda seconds, function: _begin_timer(seconds, function)
    stepped: bool = False
    listens: bool = True


def real(config: Config, clock: Clock) -> Outside:
    tokens, slow_downs = access_tokens(config, clock), SlowDowns()
    return Outside(
        loop=LoopThread(),
        mailbox=open_mailbox(config, tokens),
        notices=open_submission(config, tokens, slow_downs, connections=config.smtp.connections, holds_back=True),
        urgent_notices=open_submission(config, tokens, slow_downs),
        page_mails=open_submission(config, tokens, slow_downs),
        status_page=StatusPage(config.statuspage.url).fetch if config.statuspage.url else None,
        tokens=tokens,
    )


def _begin_timer(seconds: float, function: Callable[[], object]) -> None:
    timer = threading.Timer(seconds, function)
    timer.daemon = True
    timer.start()
