"""Fetching messages so that a bad one costs only itself.

Decides batches, what is too large to fetch whole, and when the message rather than the connection is to blame. Never connects or
selects: `mailbox`, its caller, hands it an `opened` that does both when needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from triage.adapters.imap import cut
from triage.adapters.imap.facade import Connection, Selected
from triage.core.failures import PermanentFailure, TemporaryFailure
from triage.core.seams import FetchedMessage, HeaderBlock, UnfetchableMessage

SIZES_AT_ONCE = 500
HEADERS_AT_ONCE = 200
BODIES_AT_ONCE = 50
BATCH_BYTES = 8 * 1024 * 1024
TEXT_PART_BYTES = 256 * 1024
ATTEMPTS = 2

_FACTS = ("RFC822.SIZE", "INTERNALDATE", "FLAGS")
# A header literal is read whole; HEADER.FIELDS and ENVELOPE go through imapclient's lexer byte by byte and are slower.
_HEADER = "BODY.PEEK[HEADER]"

Opened = Callable[[], tuple[Connection, Selected]]
Outcome = FetchedMessage | UnfetchableMessage


@dataclass(frozen=True, slots=True)
class _Facts:
    size: int
    internaldate: datetime | None
    flags: frozenset[str]


def headers(opened: Opened, uids: Sequence[int]) -> Iterator[HeaderBlock]:
    """Ascending; what cannot be had here is left out, and `messages` will say why."""
    for chunk in _chunks(uids, HEADERS_AT_ONCE):
        try:
            yield from _headers(opened, chunk)
        except TemporaryFailure as failure:
            if failure.retry_after_s is not None:
                raise
            for uid in chunk:
                yield from _header_alone(opened, uid)


def messages(opened: Opened, uids: Sequence[int], max_message: int) -> Iterator[Outcome]:
    """Ascending. A message larger than `max_message` bytes comes without its attachments' content."""
    for chunk in _chunks(uids, SIZES_AT_ONCE):
        facts = _facts(opened, chunk)
        for batch in _batches(chunk, facts, max_message):
            yield from _batch(opened, batch, facts, max_message)


def _headers(opened: Opened, uids: Sequence[int]) -> list[HeaderBlock]:
    connection, _ = opened()
    answer = connection.fetch(uids, (_HEADER, *_FACTS))
    blocks = []
    for uid, data in answer.items():
        facts = _read_facts(data)
        header = data.get("BODY[HEADER]")
        if isinstance(header, bytes) and facts.internaldate is not None:
            blocks.append(HeaderBlock(uid, facts.internaldate, facts.size, header))
    return sorted(blocks, key=lambda block: block.uid)


def _header_alone(opened: Opened, uid: int) -> list[HeaderBlock]:
    opened()  # the server itself must be well: its failure is not the message's
    try:
        return _headers(opened, [uid])
    except (TemporaryFailure, PermanentFailure):
        return []


def _facts(opened: Opened, uids: Sequence[int]) -> dict[int, _Facts]:
    """What is known before the bodies are asked for; empty when one answer of the chunk could not be read."""
    connection, _ = opened()
    try:
        return {uid: _read_facts(data) for uid, data in connection.fetch(uids, _FACTS).items() if _has_size(data)}
    except TemporaryFailure as failure:
        if failure.retry_after_s is not None:
            raise
        return {}


def _batches(uids: Sequence[int], facts: Mapping[int, _Facts], max_message: int) -> Iterator[list[int]]:
    """Bounded by count and bytes. Without facts, or too large for a whole fetch, a message is a batch of its own."""
    batch: list[int] = []
    size = 0
    for uid in uids:
        alone = uid not in facts or facts[uid].size > max_message
        if batch and (alone or len(batch) == BODIES_AT_ONCE or size + facts[uid].size > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        if alone:
            yield [uid]
        else:
            batch.append(uid)
            size += facts[uid].size
    if batch:
        yield batch


def _batch(opened: Opened, uids: Sequence[int], facts: Mapping[int, _Facts], max_message: int) -> list[Outcome]:
    if len(uids) > 1:
        connection, selected = opened()
        try:
            answer = connection.fetch(uids, ("BODY.PEEK[]",))
        except (TemporaryFailure, PermanentFailure) as failure:
            _raise_if_throttled(failure)
        else:
            return [outcome for uid in uids for outcome in _whole(selected, uid, answer.get(uid), facts[uid])]
    return [outcome for uid in uids for outcome in _alone(opened, uid, facts.get(uid), max_message)]


def _alone(opened: Opened, uid: int, facts: _Facts | None, max_message: int) -> list[Outcome]:
    """One message by itself: when it fails again and again while the server is well, the message is to blame."""
    for _ in range(ATTEMPTS):
        connection, selected = opened()
        try:
            return _one(connection, selected, uid, facts, max_message)
        except PermanentFailure as failure:
            return [_unfetchable(selected, uid, failure.message, facts)]
        except TemporaryFailure as failure:
            _raise_if_throttled(failure)
            reason = failure.message
    connection, selected = opened()
    connection.noop()
    return [_unfetchable(selected, uid, reason, facts)]


def _one(connection: Connection, selected: Selected, uid: int, facts: _Facts | None, max_message: int) -> list[Outcome]:
    if facts is None:
        data = connection.fetch([uid], _FACTS).get(uid)
        if data is None or "RFC822.SIZE" not in data:
            return []
        if not _has_size(data):
            return [_unfetchable(selected, uid, "the server gave no readable size for this message", None)]
        facts = _read_facts(data)
    if facts.size > max_message:
        return _without_attachments(connection, selected, uid, facts)
    return _whole(selected, uid, connection.fetch([uid], ("BODY.PEEK[]",)).get(uid), facts)


def _whole(selected: Selected, uid: int, data: Mapping[str, Any] | None, facts: _Facts) -> list[Outcome]:
    """No answer, or one that only tells flags, which servers send unasked: the message is gone."""
    if data is None or "BODY[]" not in data:
        return []
    return [_outcome(selected, uid, data["BODY[]"], facts, is_cut=False)]


def _outcome(selected: Selected, uid: int, raw: object, facts: _Facts, *, is_cut: bool) -> Outcome:
    if not isinstance(raw, bytes):
        return _unfetchable(selected, uid, "the server gave no content for this message", facts)
    if facts.internaldate is None:
        return _unfetchable(selected, uid, "the server gave no readable INTERNALDATE for this message", facts)
    return FetchedMessage(selected.folder, selected.uidvalidity, uid, facts.internaldate, raw, facts.flags, is_cut)


def _unfetchable(selected: Selected, uid: int, error: str, facts: _Facts | None) -> UnfetchableMessage:
    return UnfetchableMessage(selected.folder, selected.uidvalidity, uid, error, facts.internaldate if facts else None)


def _without_attachments(connection: Connection, selected: Selected, uid: int, facts: _Facts) -> list[Outcome]:
    data = connection.fetch([uid], (_HEADER, "BODYSTRUCTURE")).get(uid)
    if data is None:
        return []
    header = data.get("BODY[HEADER]")
    if not isinstance(header, bytes):
        return [_outcome(selected, uid, None, facts, is_cut=True)]
    try:
        tree = cut.plan(data.get("BODYSTRUCTURE"))
    except ValueError:
        # The beginning of the body, as it is: a reader of broken MIME finds the text in it.
        start = _parts(connection, uid, {"TEXT": f"BODY.PEEK[TEXT]<0.{TEXT_PART_BYTES}>"})
        raw = header + start.get("TEXT", b"")
    else:
        raw = _assembled(connection, uid, header, tree)
    return [_outcome(selected, uid, raw, facts, is_cut=True)]


def _assembled(connection: Connection, uid: int, header: bytes, tree: cut.Leaf | cut.Branch) -> bytes:
    """A single-part message has no MIME header besides its own, and its content is called part 1."""
    below = [node for node in cut.nodes(tree) if node is not tree]
    wanted = [node.path for node in cut.nodes(tree) if isinstance(node, cut.Leaf) and node.wanted]
    mime = _parts(connection, uid, {node.path: f"BODY.PEEK[{node.path}.MIME]" for node in below})
    content = _parts(connection, uid, {path: f"BODY.PEEK[{path}]<0.{TEXT_PART_BYTES}>" for path in wanted})
    return cut.assemble(header, tree, mime, content)


def _parts(connection: Connection, uid: int, items: Mapping[str, str]) -> dict[str, bytes]:
    """Each item's literal under its key; the answer names an item without PEEK and without the length asked for."""
    if not items:
        return {}
    data = connection.fetch([uid], tuple(items.values())).get(uid, {})
    answers = {key: item.replace(".PEEK", "").partition("<")[0] + ("<0>" if "<" in item else "") for key, item in items.items()}
    return {key: value for key, name in answers.items() if isinstance(value := data.get(name), bytes)}


def _read_facts(data: Mapping[str, Any]) -> _Facts:
    flags = data.get("FLAGS")
    return _Facts(
        size=data["RFC822.SIZE"] if _has_size(data) else 0,
        internaldate=_utc(data.get("INTERNALDATE")),
        flags=frozenset(flag.decode("ascii", "replace") for flag in flags if isinstance(flag, bytes))
        if isinstance(flags, tuple)
        else frozenset(),
    )


def _has_size(data: Mapping[str, Any]) -> bool:
    size = data.get("RFC822.SIZE")
    return isinstance(size, int) and size >= 0


def _utc(date: object) -> datetime | None:
    if not isinstance(date, datetime):
        return None
    try:
        return date.astimezone(UTC) if date.tzinfo else date.replace(tzinfo=UTC)
    except (OverflowError, ValueError):
        return None


def _raise_if_throttled(failure: TemporaryFailure | PermanentFailure) -> None:
    if isinstance(failure, TemporaryFailure) and failure.retry_after_s is not None:
        raise failure


def _chunks(uids: Sequence[int], size: int) -> Iterator[list[int]]:
    ordered = sorted(set(uids))
    for start in range(0, len(ordered), size):
        yield ordered[start : start + size]
