"""DeadmanSwitch: tells a service elsewhere every minute that triage does its work, so that its silence is noticed.

Speaks the form of healthchecks: a POST to the address says that all is well, one to `<address>/fail` says that it is not, with the reasons
as its body, and one to `<address>/start` that a start was made, which must be followed by one of the others. The address is a secret: it
never stands in an answer or a log. Never raises for what the other side does.
"""

from __future__ import annotations

from triage.adapters.pagers.endpoint import Endpoint
from triage.adapters.pagers.settings import Values
from triage.core.seams import Clock, SendOutcome

TIMEOUT_S = 10.0
MAX_BODY = 10_000
"""Characters; healthchecks keeps the first 100 KB."""
_HEADERS = {"Content-Type": "text/plain; charset=utf-8"}


class DeadmanSwitch:
    """Raises PermanentFailure for an address that may not be called."""

    def __init__(self, url: str, clock: Clock, *, timeout_s: float = TIMEOUT_S) -> None:
        self._endpoint = Endpoint(url, Values({"timeout_s": timeout_s}), clock)

    async def tell(self, reasons: tuple[str, ...]) -> str:
        """No reasons: all is well. Returns "" when the service has taken it, otherwise why not."""
        return await self._post("\n".join(reasons)[:MAX_BODY].encode(), "/fail" if reasons else "")

    async def tell_start(self) -> str:
        """A service that knows it expects the next word sooner: a start that comes to nothing is noticed, too."""
        return await self._post(b"", "/start")

    async def _post(self, body: bytes, path: str) -> str:
        result = await self._endpoint.post(body, _HEADERS, path=path)
        return "" if result.outcome is SendOutcome.ACCEPTED else result.detail
