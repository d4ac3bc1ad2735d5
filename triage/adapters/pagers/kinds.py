"""KINDS: the table of contact kinds. A new one is a file with a class and a `build`, a row here and a row in the documentation.

Decides nothing. Called by the loader of rules/oncall.toml (`faults_of`, `build_contact`), by the daemon and by the documentation test.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from triage.adapters.pagers import apprise, command, email, ntfy, pagerduty, slack, twilio, webhook
from triage.adapters.pagers.settings import Fault, Setting, Values, Wiring, resolved, setting_faults
from triage.core.failures import PermanentFailure
from triage.core.seams import Contact


@dataclass(frozen=True, slots=True)
class ContactKind:
    """`failure_domain`: kinds with the same one break together. `repeats_safely`: the receiver can
    tell a second delivery with the same key, so that it reaches nobody twice."""

    name: str
    about: str
    failure_domain: str
    required: tuple[Setting, ...]
    optional: tuple[Setting, ...]
    repeats_safely: bool
    build: Callable[[Values, Wiring], Contact]


_ROWS = (
    ContactKind(
        "apprise", "one of the services the apprise library knows", "apprise", apprise.REQUIRED, apprise.OPTIONAL, False, apprise.build
    ),
    ContactKind("command", "a program of your own", "command", command.REQUIRED, command.OPTIONAL, False, command.build),
    ContactKind("email", "a mail to the person", "mail", email.REQUIRED, email.OPTIONAL, True, email.build),
    ContactKind("ntfy", "a push message by ntfy", "ntfy", ntfy.REQUIRED, ntfy.OPTIONAL, False, ntfy.build),
    ContactKind("pagerduty", "an incident in PagerDuty", "pagerduty", pagerduty.REQUIRED, pagerduty.OPTIONAL, True, pagerduty.build),
    ContactKind("slack", "a message in a Slack channel", "slack", slack.REQUIRED, slack.OPTIONAL, False, slack.build),
    ContactKind("twilio-call", "a telephone call by Twilio", "twilio", twilio.REQUIRED, twilio.OPTIONAL, False, twilio.build_call),
    ContactKind("twilio-sms", "a text message by Twilio", "twilio", twilio.REQUIRED, twilio.OPTIONAL, False, twilio.build_sms),
    ContactKind("webhook", "signed JSON to any address", "webhook", webhook.REQUIRED, webhook.OPTIONAL, True, webhook.build),
)

KINDS: Mapping[str, ContactKind] = {row.name: row for row in _ROWS}


def faults_of(kind: str, settings: Mapping[str, object]) -> tuple[Fault, ...]:
    """Every mistake that can be seen without resolving secrets."""
    row = KINDS.get(kind)
    if row is None:
        return (Fault("kind", f"there is no contact kind {kind!r}", found=kind, allowed=", ".join(KINDS)),)
    return setting_faults(row.required, row.optional, settings)


def address_of(kind: str, settings: Mapping[str, object], wiring: Wiring) -> tuple[str, int] | None:
    """Host and port of the service that a contact speaks to; None where that is the submission server, a program, or a library's business.
    Raises as `build_contact` does."""
    values = resolved((*KINDS[kind].required, *KINDS[kind].optional), settings, wiring)
    address = values.text("base_url") or values.text("url") or _DEFAULT_URLS.get(kind, "")
    url = urlsplit(address)
    return (url.hostname, url.port or (80 if url.scheme == "http" else 443)) if url.hostname else None


_DEFAULT_URLS = {
    "ntfy": ntfy.DEFAULT_URL,
    "pagerduty": pagerduty.DEFAULT_URL,
    "twilio-call": twilio.DEFAULT_URL,
    "twilio-sms": twilio.DEFAULT_URL,
}


def build_contact(kind: str, settings: Mapping[str, object], wiring: Wiring) -> Contact:
    """The contact, ready to deliver; it does not connect yet. Raises PermanentFailure with the first mistake."""
    for fault in faults_of(kind, settings):
        raise PermanentFailure(fault.message, hint=f"allowed: {fault.allowed}" if fault.allowed else "")
    row = KINDS[kind]
    return row.build(resolved((*row.required, *row.optional), settings, wiring), wiring)
