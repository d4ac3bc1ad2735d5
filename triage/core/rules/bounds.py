"""Bounds: how far a rule may reach outside. Asked when a rule file is read, and again before anything is done.

A copy of a partner's mail goes to the team and to nobody else; a mail is never moved into a folder that is watched, where it would be
taken for a new one (in Sent: for a reply of the team).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from triage.core.settings import Config

INBOX = "INBOX"


@dataclass(frozen=True, slots=True)
class Bounds:
    """What config.toml says about the team. Addresses and domains are lower case."""

    own_addresses: frozenset[str]
    team_domains: frozenset[str]
    team_address: str
    watched: frozenset[str]

    def refuse_forward(self, address: str) -> str:
        """ "" or why no copy may go there."""
        address = address.lower()
        if address in self.own_addresses:
            return "is the shared mailbox itself"
        if address == self.team_address.lower() or address.rpartition("@")[2] in self.team_domains:
            return ""
        return "is not an address of the team"

    def refuse_folder(self, folder: str, watched: Collection[str] = ()) -> str:
        """ "" or why nothing may be moved there. `watched` are folders that are known only once the mailbox was reached."""
        taken = {same_folder(each) for each in (*self.watched, *watched)}
        return "is a watched folder: the mail would be taken for a new one" if same_folder(folder) in taken else ""

    @property
    def team(self) -> str:
        """Where copies may go, for people."""
        return ", ".join([*sorted(f"...@{domain}" for domain in self.team_domains), *filter(None, [self.team_address])])


def bounds_of(config: Config) -> Bounds:
    named = {config.imap.intake, config.imap.sent} - {"auto", "none"}
    instance = config.instance
    return Bounds(instance.own_addresses, instance.team_domains, instance.team_address, frozenset(named))


def same_folder(name: str) -> str:
    """INBOX is the one folder whose name has no case (RFC 3501 section 5.1)."""
    return INBOX if name.upper() == INBOX else name
