"""webhook: the page as JSON to any address, signed as Standard Webhooks asks (standardwebhooks.com, specification 1.0).

`webhook-id` is the delivery's key, the same on every retry, so that a receiver can drop repeats. 2xx is success, 3xx a failure, 410 means
the receiver is gone for good. Several secrets, separated by spaces, give several signatures: that is how a secret is changed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
from datetime import datetime

from triage.adapters.pagers.endpoint import HTTP_SETTINGS, Endpoint
from triage.adapters.pagers.page import read_page
from triage.adapters.pagers.settings import Setting, Values, Wiring
from triage.core.failures import PermanentFailure
from triage.core.seams import Clock, SendResult

REQUIRED = (Setting("url", "where the page is posted to", secret=True),)
OPTIONAL = (Setting("secret", "signing secret, whsec_ and base64; without it nothing is signed", secret=True), *HTTP_SETTINGS)

_PLAIN_ID = re.compile(r"[A-Za-z0-9_:/@-]{1,200}")


class Webhook:
    def __init__(self, endpoint: Endpoint, secrets: tuple[bytes, ...], clock: Clock) -> None:
        self._endpoint = endpoint
        self._secrets = secrets
        self._clock = clock

    async def deliver(self, key: str, payload: dict[str, object]) -> SendResult:
        page = read_page(payload)
        event = {"type": f"page.{page.action.value}", "timestamp": page.since, "data": page.as_json()}
        body = json.dumps(event, ensure_ascii=False, sort_keys=True, default=str).encode("utf-8", "replace")
        return await self._endpoint.post(body, {"Content-Type": "application/json", **self._signed(webhook_id(key), body)})

    def _signed(self, identity: str, body: bytes) -> dict[str, str]:
        return signed_headers(self._secrets, identity, self._clock.now(), body)


def signed_headers(secrets: tuple[bytes, ...], identity: str, now: datetime, body: bytes) -> dict[str, str]:
    """Without secrets there is no signature."""
    timestamp = str(int(now.timestamp()))
    headers = {"webhook-id": identity, "webhook-timestamp": timestamp}
    if secrets:
        headers["webhook-signature"] = " ".join(signature(secret, identity, timestamp, body) for secret in secrets)
    return headers


def signature(secret: bytes, identity: str, timestamp: str, body: bytes) -> str:
    """`v1,` and base64 of HMAC-SHA256 over `id.timestamp.body`."""
    digest = hmac.digest(secret, f"{identity}.{timestamp}.".encode() + body, hashlib.sha256)
    return f"v1,{base64.b64encode(digest).decode()}"


def webhook_id(key: str) -> str:
    """The key, or its hash where the key holds what does not belong into a header or would blur the signed text (a full stop)."""
    return key if _PLAIN_ID.fullmatch(key) else f"key_{hashlib.sha256(key.encode('utf-8', 'replace')).hexdigest()[:40]}"


def build(values: Values, wiring: Wiring) -> Webhook:
    url, secret = values.text("url"), values.text("secret")
    endpoint = Endpoint(url, values, wiring.clock, secrets=(url, *secret.split()))
    return Webhook(endpoint, signing_secrets(secret), wiring.clock)


def signing_secrets(text: str) -> tuple[bytes, ...]:
    """The secrets in a setting, separated by spaces. Raises PermanentFailure for what is none."""
    return tuple(map(_decoded, text.split()))


def _decoded(secret: str) -> bytes:
    try:
        decoded = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        decoded = b""
    if not secret.startswith("whsec_") or not 16 <= len(decoded) <= 64:
        raise PermanentFailure(
            "secret is not a signing secret",
            hint="whsec_ and base64 of 24 to 64 random bytes, for example from: echo whsec_$(openssl rand -base64 32)",
        )
    return decoded
