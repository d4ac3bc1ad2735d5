"""Which folder is the Sent folder. Decides by SPECIAL-USE, then by name; never asks the server. Called by `mailbox`."""

from __future__ import annotations

from collections.abc import Iterable

from triage.adapters.imap.facade import Folder

# What mail clients and providers call it, lower case; only asked where the server marks no folder with \\Sent (RFC 6154 section 2).
SENT_NAMES = (
    "sent",
    "sent items",
    "sent messages",
    "sent mail",
    "sent-mail",
    "gesendet",
    "gesendete objekte",
    "gesendete elemente",
    "envoy\u00e9s",
    "messages envoy\u00e9s",
    "\u00e9l\u00e9ments envoy\u00e9s",
    "enviados",
    "elementos enviados",
    "itens enviados",
    "inviati",
    "posta inviata",
    "verzonden",
    "verzonden items",
    "skickat",
    "saadetud",
    "saadetud kirjad",
    "wys\u0142ane",
    "elk\u00fcld\u00f6tt",
)

_UNSELECTABLE = frozenset({"\\noselect", "\\nonexistent"})


def selectable(folders: Iterable[Folder]) -> list[Folder]:
    return [folder for folder in folders if not _UNSELECTABLE & {name.lower() for name in folder.attributes}]


def sent_folder(folders: Iterable[Folder]) -> str | None:
    """The folder marked \\Sent, else the best known name (its last part: "INBOX.Sent" is one), else None."""
    usable = selectable(folders)
    for folder in usable:
        if "\\sent" in {name.lower() for name in folder.attributes}:
            return folder.name
    by_name = {_last_part(folder).casefold(): folder.name for folder in reversed(usable)}
    return next((by_name[name] for name in SENT_NAMES if name in by_name), None)


def _last_part(folder: Folder) -> str:
    return folder.name.rpartition(folder.delimiter)[2] if folder.delimiter else folder.name
