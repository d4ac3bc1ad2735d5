"""Sender: one delivery on its way, by the right channel. The shell awaits it between `claim` and `record`.

Contacts are looked up by name at the moment of sending: their settings hold secrets, which are never in the store, and a rotated key
counts at once. Never raises for what the other side does; what cannot be sent at all is a permanent result with the reason.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from triage.adapters.chat import tell_chat, webhook_of_rule
from triage.adapters.incident_hook import post_incident
from triage.adapters.pagers.kinds import build_contact
from triage.adapters.pagers.settings import Wiring
from triage.adapters.rulefiles import RuleFiles
from triage.core.deliveries import Channel, Delivery, Lane
from triage.core.failures import PermanentFailure
from triage.core.incidents.raising import PURPOSE as RAISES_INCIDENT
from triage.core.oncall.people import ContactMethod
from triage.core.oncall.tokens import unsealed
from triage.core.seams import Contact, SendOutcome, SendResult, Submission
from triage.core.settings import Incidents


class Sender:
    def __init__(
        self,
        submission: Submission,
        urgent: Submission,
        wiring: Wiring,
        rules: Callable[[], RuleFiles],
        envelope_from: str,
        keys: Sequence[bytes] = (),
        incidents: Incidents | None = None,
        build: Callable[[str, Mapping[str, object], Wiring], Contact] = build_contact,
    ) -> None:
        """`submission` carries notices, `urgent` the urgent ones, the wiring's own one page mails: none of these waits behind a receipt.
        With `keys` the links in pages become usable, here and nowhere in the store. `build` makes a contact from its kind and settings."""
        self._submission = submission
        self._urgent = urgent
        self._wiring = wiring
        self._rules = rules
        self._envelope_from = envelope_from
        self._keys = keys
        self._incidents = incidents or Incidents()
        self._build = build
        self._built: dict[tuple[str, str], tuple[ContactMethod, Contact]] = {}

    async def send(self, delivery: Delivery) -> SendResult:
        outgoing = delivery.outgoing
        if outgoing.channel is Channel.PAGE:
            person, contact = outgoing.recipients
            return await self._page(person, contact, outgoing.key, {**self._page_of(outgoing.payload), "attempt": delivery.attempts})
        if outgoing.purpose == RAISES_INCIDENT:
            return await post_incident(self._incidents, outgoing.payload, outgoing.key, self._wiring)
        if outgoing.channel is Channel.WEBHOOK:
            return await tell_chat(self._chat_of(outgoing.payload), str(outgoing.payload["text"]), outgoing.key, self._wiring)
        submission = self._urgent if outgoing.lane <= Lane.URGENT else self._submission
        return await submission.send(outgoing.mail, self._envelope_from, outgoing.recipients)

    def _page_of(self, payload: Mapping[str, Any]) -> dict[str, object]:
        page: dict[str, object] = payload["page"]
        if "nonce" not in payload:
            return page
        opened: dict[str, object] = unsealed(page, payload["nonce"], payload["token_hash"], self._keys)
        return opened

    def _chat_of(self, payload: Mapping[str, Any]) -> str:
        """Lines that no rule has asked for are warnings of promised times."""
        rules = self._rules()
        return webhook_of_rule(rules.ruleset, str(payload["rule"])) if "rule" in payload else rules.agreements.warnings.webhook

    def warm(self) -> None:
        """Builds every contact, which reads certificates: no page need wait for that. What is wrong with one is told by its page."""
        for name, person in self._rules().oncall.people.items():
            for method in person.contacts:
                with suppress(PermanentFailure):
                    self._contact(name, method.name)

    def go_on(self) -> None:
        """See `Submission.go_on`."""
        self._submission.go_on()

    async def close(self) -> None:
        """All at the same time: a server that has fallen silent is not asked for one goodbye after the other."""
        every = (self._submission, self._urgent, self._wiring.submission)
        await asyncio.gather(*(one.close() for one in every if one is not None))

    async def _page(self, person: str, contact: str, key: str, payload: dict[str, object]) -> SendResult:
        try:
            built = self._contact(person, contact)
        except PermanentFailure as failure:
            return SendResult(SendOutcome.PERMANENT, failure.message)
        return await built.deliver(key, payload)

    def _contact(self, person: str, name: str) -> Contact:
        """Built once for as long as its settings are the same: HTTP connections and rate budgets live in it."""
        method = self._rules().oncall.contact(person, name)
        if method is None:
            raise PermanentFailure(f"{person} has no contact {name} in rules/oncall.toml any more")
        known = self._built.get((person, name))
        if known is None or known[0] != method:
            known = (method, self._build(method.kind, method.settings, self._wiring))
            self._built[person, name] = known
        return known[1]
