"""The section [web]: where the board, page links and metrics are served, and who may sign in to the board.

Decides that nobody reaches the board from another machine without signing in. Called by `sections`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from triage.config.addresses import is_loopback
from triage.config.secrets import SecretReader
from triage.core.passwords import is_hash
from triage.core.problems import Weight
from triage.core.settings import Web, no_secret
from triage.core.toml.tables import TableReader
from triage.core.toml.values import FLAG, STRING, Kind, Refused, url

_HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,60}")
_PERSON = re.compile(r"[^\s:]{1,60}")
_SHORTEST_SECRET = 16


def read_web(table: TableReader, secrets: SecretReader) -> Web:
    web = Web(
        listen=table.take("listen", _LISTEN, "127.0.0.1:8025"),
        public_url=table.take("public_url", _URL, ""),
        board=table.take("board", FLAG, True),
        users=_users(table),
        proxy_user_header=table.take("proxy_user_header", _HEADER, ""),
    )
    web = replace(web, proxy_secret=_proxy_secret(table, secrets, web))
    table.finish()
    if web.board and web.listen != "off" and not is_loopback(web.listen.rpartition(":")[0]):
        _beyond_this_machine(table, web)
    return web


def _beyond_this_machine(table: TableReader, web: Web) -> None:
    if not web.has_sign_in:
        hint = "[web.users] with a line of `triage auth password`, or proxy_user_header; or board = false: page links only"
        table.note(("listen",), "would show the board to other machines without a sign-in", found=web.listen, hint=hint, at_value=True)
    elif web.users:
        hint = "127.0.0.1, and a reverse proxy with TLS before it: docs/board.md"
        table.note(("listen",), "has people sign in without TLS", found=web.listen, hint=hint, at_value=True, weight=Weight.WARNING)


def _users(table: TableReader) -> dict[str, str]:
    """A mistake is told at the section and without the value: somebody may have written a password."""
    lines, users = table.sub("users"), {}
    for name in lines.values:
        written = lines.values[name]
        if not _PERSON.fullmatch(name):
            table.note((), f"has a name that cannot sign in: {name!r}", allowed="letters and digits, without spaces and colons")
        elif not isinstance(written, str) or not is_hash(written):
            table.note((), f"has no usable hash for {name}", hint=f"users: triage auth password {name} makes one")
        else:
            users[name] = written
    return users


def _proxy_secret(table: TableReader, secrets: SecretReader, web: Web) -> Callable[[], str]:
    given = secrets.read(table, required=bool(web.proxy_user_header), name="proxy_secret")
    if given is not no_secret and not web.proxy_user_header:
        table.note((), "has a proxy_secret and no proxy_user_header", hint='proxy_user_header = "X-Remote-User"')
    if "proxy_secret" in table and len(given()) < _SHORTEST_SECRET:
        table.note((), f"has a proxy_secret of less than {_SHORTEST_SECRET} characters", hint="openssl rand -base64 32")
    return given


def _read_listen(value: object) -> str:
    text = STRING.read(value).strip()
    host, colon, port = text.rpartition(":")
    if text == "off":
        return text
    if not colon or not host or not port.isdigit() or not 0 <= int(port) <= 65535:
        raise Refused('must be "host:port" or "off"')
    return text


def _read_header(value: object) -> str:
    text = STRING.read(value).strip()
    if not _HEADER_NAME.fullmatch(text):
        raise Refused("must be the name of a header")
    return text


_LISTEN = Kind('"host:port" or "off"', _read_listen, '"127.0.0.1:8025"')
_HEADER = Kind("the name of a header", _read_header, '"X-Remote-User"')
_URL = url("http", "https")
