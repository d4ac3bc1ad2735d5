"""Who has got a mail, for what may be done only when nobody outside has it. When in doubt, somebody outside has.

Every field that says who got the mail is searched for whatever looks like an address, inside names and comments too: better a question
too many than a command that a partner reads along. Never decides who is outside. Pure. Called by workers/commands.py.
"""

from __future__ import annotations

import re
import unicodedata

from triage.core.mail.addresses import MAX_ADDRESSES, read_addresses
from triage.core.mail.headers import LEFT_OUT
from triage.core.mail.message import InboundMessage
from triage.core.mail.parse import MAX_HEADER_VALUE, MAX_HEADERS

_FIELDS = frozenset({"to", "cc", "bcc", "resent-to", "resent-cc", "resent-bcc", "apparently-to"})
_ALIKE = re.compile(r"[^\s<>()\[\],;:\"@\\']+@[^\s<>()\[\],;:\"@\\']+")


def everybody(message: InboundMessage) -> tuple[str, ...]:
    """Every address in a recipient field, and everything there that looks like one; each once."""
    found = [each.address for each in message.recipients if each.address]
    for value in _values(message):
        shown = [value, *_ALIKE.findall(unicodedata.normalize("NFKC", value))]
        found += [each.address for one in shown for each in read_addresses(one.encode("utf-8", "replace"))[0] if each.address]
    return tuple(dict.fromkeys(found))


def doubt(message: InboundMessage) -> str:
    """Why nobody can tell who has got the mail, or ""."""
    if len(message.headers) >= MAX_HEADERS or any(each.endswith(LEFT_OUT) for each in message.defects):
        return "its header is too long to be read to the end"
    if any(len(value) >= MAX_HEADER_VALUE or value.count(",") >= MAX_ADDRESSES for value in _values(message)):
        return "it has more recipients than are read"
    return "" if everybody(message) else "it does not say to whom it went"


def _values(message: InboundMessage) -> list[str]:
    return [value for name, value in message.headers if name in _FIELDS]
