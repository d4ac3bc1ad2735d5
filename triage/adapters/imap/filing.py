"""Filing: one message into a folder of ours, wherever it is by now; for servers that keep no keywords.

A message that is neither where it arrived nor in one of our folders was moved by a person, and stays where it is. Decides nothing about
which folder that should be. Called by `mailbox`, which gives the connection.
"""

from __future__ import annotations

from collections.abc import Sequence

from triage.adapters.imap.errors import UnknownFolder
from triage.adapters.imap.facade import Connection, Folder
from triage.core.failures import PermanentFailure, TemporaryFailure
from triage.core.seams import Position


def move_one(connection: Connection, uid: int, target: str) -> None:
    """By MOVE, else by COPY and UID EXPUNGE. A server without UIDPLUS proves a MOVE by not having the message any more."""
    capabilities = connection.capabilities()
    if "MOVE" not in capabilities and "UIDPLUS" not in capabilities:
        raise PermanentFailure("The server has neither MOVE nor UIDPLUS, so one message cannot be moved safely.")
    try:
        proven = connection.move(uid, target) if "MOVE" in capabilities else connection.copy(uid, target)
    except TemporaryFailure:
        # Courier says of a folder that is not there only that the command was wrong.
        if connection.alive and target not in {line.name for line in connection.folders()}:
            raise UnknownFolder(f"There is no folder {target} to put a message into.") from None
        raise
    if proven and "MOVE" not in capabilities:
        connection.add_flags([uid], ("\\Deleted",))
        connection.expunge(uid)
    if not proven and uid in connection.uids(uid, uid):
        raise TemporaryFailure(f"The server said that it has put a message into {target}, and has not.")


def file_one(connection: Connection, folder: str, position: Position, message_id: str, places: Sequence[str], target: str) -> bool:
    """`places` are all the folders of ours, `target` among them, with "/" between the levels. False: it was in none of them."""
    known = connection.folders()
    existing = {line.name for line in known}
    spelled = {place: _as_the_server_spells(place, known) for place in places}
    goal = spelled[target]
    if goal not in existing:
        connection.create(goal)
    selected = connection.select(folder, writable=True)
    uid = position.uid
    if selected.uidvalidity == position.uidvalidity and uid in connection.uids(uid, uid):
        move_one(connection, uid, goal)
        return True
    if not message_id or not message_id.isascii() or not message_id.isprintable():
        return False
    for name in sorted({*spelled.values()} & existing - {goal}):
        connection.select(name, writable=True)
        found = connection.uids_with_header("Message-ID", message_id)
        for each in found:
            move_one(connection, each, goal)
        if found:
            return True
    return False


def _as_the_server_spells(place: str, known: Sequence[Folder]) -> str:
    """With its own delimiter, and below INBOX where it keeps every folder there (Courier, Cyrus)."""
    delimiter = next((line.delimiter for line in known if line.delimiter), "/")
    name = place.replace("/", delimiter)
    others = [line.name for line in known if line.name.upper() != "INBOX"]
    prefix = f"INBOX{delimiter}"
    return prefix + name if others and all(each.upper().startswith(prefix.upper()) for each in others) else name
