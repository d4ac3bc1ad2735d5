"""The real clock and the real entropy: the only places where the program reads either."""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


class SystemEntropy:
    def token(self, n_bytes: int) -> str:
        return secrets.token_hex(n_bytes)
