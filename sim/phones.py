"""Phones and the submission server: where the program's pages and mails go, with the faults of the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sim.faults import Faults
from triage.adapters.pagers.kinds import build_contact
from triage.adapters.pagers.settings import Wiring
from triage.core.seams import Contact, SendOutcome, SendResult

Ring = Callable[[str, str, dict[str, object], bool], None]
"""(contact, key, payload, heard): a provider was asked to ring somebody, who hears it or does not."""


class SimContact:
    """`Contact` of core/seams.py: a provider's."""

    def __init__(self, name: str, faults: Faults, ring: Ring) -> None:
        self._name, self._faults, self._ring = name, faults, ring

    async def deliver(self, key: str, payload: dict[str, object]) -> SendResult:
        result, heard = self._faults.phone()
        self._ring(self._name, key, payload, heard)
        return result


def contact_builder(faults: Faults, ring: Ring) -> Callable[[str, Mapping[str, object], Wiring], Contact]:
    """As `build_contact`: providers are simulated, a page mail is the real one on the simulated submission server."""

    def build(kind: str, settings: Mapping[str, object], wiring: Wiring) -> Contact:
        if kind == "email":
            return HeardMail(build_contact(kind, settings, wiring), ring)
        return SimContact(kind, faults, ring)

    return build


class HeardMail:
    """A page mail; that it was tried is heard here, that it arrived by the submission server."""

    def __init__(self, contact: Contact, ring: Ring) -> None:
        self._contact, self._ring = contact, ring

    async def deliver(self, key: str, payload: dict[str, object]) -> SendResult:
        result = await self._contact.deliver(key, payload)
        self._ring("email", key, payload, result.outcome is SendOutcome.ACCEPTED)
        return result


class SimSubmission:
    """`Submission` of core/seams.py."""

    def __init__(self, faults: Faults, taken: Callable[[bytes, tuple[str, ...]], None]) -> None:
        self._faults, self._taken = faults, taken

    async def send(self, raw: bytes, envelope_from: str, recipients: Sequence[str]) -> SendResult:
        result, taken = self._faults.smtp()
        if taken:
            self._taken(raw, tuple(recipients))
        return result

    def go_on(self) -> None:
        return None

    async def close(self) -> None:
        return None
