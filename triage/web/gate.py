"""Gate: who may see the board, and who may do something on it.

Without a sign-in configured the board is shown to this machine alone, read-only, and only where nothing says that a proxy carries it on.
With one, every request proves a person: by a reverse proxy's header and its shared secret, or by HTTP basic authentication (RFC 7617)
against a scrypt hash. Failures are throttled; comparisons take constant time. The Host header must name us, so that no other site's name
can be made to point here (DNS rebinding); what is posted must come from a page of ours (Origin). Called by board.py for each request.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import logging
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from urllib.parse import urlsplit

from triage.adapters.logs import LogEvent, log
from triage.core import passwords
from triage.core.failures import TriageError
from triage.core.seams import Entropy
from triage.core.settings import Web

PROXY_SECRET_HEADER = "x-triage-proxy-secret"  # noqa: S105 (the name of a header)
K = TypeVar("K")
V = TypeVar("V")
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via")
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
TRIES = 5
TRY_AGAIN_AFTER = timedelta(minutes=1)
_KNOWN_FOR = timedelta(minutes=10)
_MOST_KEPT = 1000
_LONGEST_PERSON = 60


@dataclass(frozen=True, slots=True)
class Visitor:
    """`person` is empty for somebody on this machine who has not signed in: they may look."""

    person: str = ""

    @property
    def may_act(self) -> bool:
        return bool(self.person)


@dataclass(frozen=True, slots=True)
class Refused:
    status: int
    text: str
    asks_for_password: bool = False


@dataclass(slots=True)
class _Failures:
    count: int
    since: datetime


class Gate:
    """Used by several threads."""

    def __init__(self, web: Web, entropy: Entropy) -> None:
        self._web = web
        self._key = bytes.fromhex(entropy.token(32))
        self._stand_in = passwords.hash_password(entropy.token(16), bytes.fromhex(entropy.token(passwords.SALT_BYTES)))
        """What an unknown name is compared with: it takes as long as a known one."""
        self._lock = threading.Lock()
        self._failures: OrderedDict[str, _Failures] = OrderedDict()
        self._known: OrderedDict[bytes, tuple[str, datetime]] = OrderedDict()

    def visitor(self, headers: Mapping[str, str], peer: str, now: datetime) -> Visitor | Refused:
        """`headers` by lower-case name; `peer` is the address that the request comes from."""
        if not self.knows_host(headers.get("host", "")):
            return Refused(421, "This address is not one of this board's. It is served under [web] listen and [web] public_url.")
        if not self._web.has_sign_in:
            return self._without_sign_in(headers, peer)
        by_proxy = self._by_proxy(headers)
        if by_proxy is not None:
            return by_proxy
        return self._by_password(headers.get("authorization", ""), peer, now) if self._web.users else _SIGN_IN_AT_PROXY

    def knows_host(self, host: str) -> bool:
        """Whatever the port: a tunnel may have another one. An address is never the trick of another site's name."""
        name = _host_name(host)
        listen = _host_name(self._web.listen)
        everywhere = listen in {"0.0.0.0", "::"} and _is_address(name)  # noqa: S104 (asked about, not listened on)
        return bool(name) and (name in _LOCAL or everywhere or name in {listen, _host_name(urlsplit(self._web.public_url).netloc)})

    def is_our_page(self, headers: Mapping[str, str]) -> bool:
        """Whether a form was sent from a page of this board; browsers that say nothing about it are left to the form's token."""
        origin = headers.get("origin", "")
        if not origin:
            return headers.get("sec-fetch-site", "same-origin") == "same-origin"
        parts, public = urlsplit(origin), urlsplit(self._web.public_url)
        return parts.netloc != "" and parts.netloc.lower() in {headers.get("host", "").lower(), public.netloc.lower()}

    def _without_sign_in(self, headers: Mapping[str, str], peer: str) -> Visitor | Refused:
        is_here = _is_loopback(peer) and _host_name(headers.get("host", "")) in _LOCAL
        if self._web.is_board_open and is_here and not any(name in headers for name in _FORWARDED):
            return Visitor()
        return Refused(403, "The board is shown beyond this machine, or beside a public_url, only to people who sign in: docs/board.md.")

    def _by_proxy(self, headers: Mapping[str, str]) -> Visitor | Refused | None:
        """None when no proxy vouches for anybody."""
        given = headers.get(PROXY_SECRET_HEADER, "")
        if not self._web.proxy_user_header or not given:
            return None
        try:
            secret = self._web.proxy_secret()
        except TriageError as failure:
            return Refused(503, failure.message)
        if not secret or not _same(given, secret):
            log(LogEvent.SIGN_IN_REFUSED, logging.WARNING, way="proxy", reason="wrong secret")
            return Refused(403, "The proxy's secret is not the one in config.toml.")
        person = headers.get(self._web.proxy_user_header.lower(), "").strip()
        if not person or len(person) > _LONGEST_PERSON or not person.isprintable():
            return Refused(403, "The proxy says nobody has signed in.")
        return Visitor(person)

    def _by_password(self, header: str, peer: str, now: datetime) -> Visitor | Refused:
        name, password = _basic(header)
        if not name:
            return _ASK
        fingerprint = hmac.new(self._key, header.encode("utf-8", "replace"), hashlib.sha256).digest()
        with self._lock:
            kept = self._known.get(fingerprint)
            if kept is not None and now - kept[1] < _KNOWN_FOR:
                _keep(self._known, fingerprint, (kept[0], now))  # whoever guesses meanwhile does not throw them out
                return Visitor(kept[0])
            who = f"{peer} {name if name in self._web.users else ''}"
            if self._is_throttled(who, now):
                return Refused(429, "Too many wrong passwords. Try again in a minute.")
            # One at a time: a password costs memory and time on purpose.
            written = self._web.users.get(name, self._stand_in)
            if passwords.fits(password, written) and name in self._web.users:
                self._failures.pop(who, None)
                _keep(self._known, fingerprint, (name, now))
                return Visitor(name)
            self._note_failure(who, now)
        log(LogEvent.SIGN_IN_REFUSED, logging.WARNING, way="password", reason="wrong name or password")
        return _ASK

    def _is_throttled(self, who: str, now: datetime) -> bool:
        failures = self._failures.get(who)
        if failures is not None and not timedelta(0) <= now - failures.since < TRY_AGAIN_AFTER:
            del self._failures[who]
            failures = None
        return failures is not None and failures.count >= TRIES

    def _note_failure(self, who: str, now: datetime) -> None:
        before = self._failures.get(who)
        _keep(self._failures, who, _Failures(before.count + 1 if before else 1, now))


_ASK = Refused(401, "Sign in with the name and password that [web.users] knows.", asks_for_password=True)
_SIGN_IN_AT_PROXY = Refused(403, "Nobody has signed in at the proxy, or this request did not come through it.")


def _keep(kept: OrderedDict[K, V], key: K, value: V) -> None:
    kept[key] = value
    while len(kept) > _MOST_KEPT:
        kept.popitem(last=False)


def _basic(header: str) -> tuple[str, str]:
    scheme, _, value = header.partition(" ")
    if scheme.lower() != "basic" or len(value) > 1000:
        return "", ""
    try:
        name, _, password = base64.b64decode(value.strip(), validate=True).decode("utf-8").partition(":")
    except ValueError:  # whatever is no base64, or no UTF-8 in it
        return "", ""
    return name, password


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))


def _host_name(host: str) -> str:
    """Of `name:port`, `[address]:port` or either alone; lower case, without the dot at the end."""
    text = host.strip().lower()
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0].rstrip(".")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _is_loopback(peer: str) -> bool:
    try:
        return ipaddress.ip_address(peer).is_loopback
    except ValueError:
        return False
