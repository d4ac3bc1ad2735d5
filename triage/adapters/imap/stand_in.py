"""Stand-ins: what Courier gives for a message that somebody has expunged meanwhile, where other servers leave it out of their answer.

It would be taken for a mail from root@localhost. Decides only whether the message is still there. Called by `fetching`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from triage.adapters.imap.facade import Connection

STAND_IN = b"From: System Administrator <root@localhost>\r\nSubject: message unavailable\r\n\r\n"


def fetch(connection: Connection, uids: Sequence[int], items: Sequence[str]) -> Mapping[int, Mapping[str, Any]]:
    """Without the messages that the server only stands in for. One that is there and says the same is a message like any other."""
    answer = connection.fetch(uids, tuple(items))
    doubtful = [uid for uid, data in answer.items() if any(_is_stand_in(content) for content in data.values())]
    if not doubtful:
        return answer
    connection.noop()  # what has been expunged is told, and not found any more, only now
    gone = {uid for uid in doubtful if uid not in connection.uids(uid, uid)}
    return {uid: data for uid, data in answer.items() if uid not in gone}


def _is_stand_in(content: object) -> bool:
    return isinstance(content, bytes) and content.startswith(STAND_IN)
