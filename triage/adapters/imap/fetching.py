"""Fetching messages so that a bad one costs only itself.

Decides batches, what is too large to fetch whole, and when the message rather than the connection is to blame. Never connects or
selects: `mailbox`, its caller, hands it an `opened` that does both when needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from triage.adapters.imap import cut, stand_in
from triage.adapters.imap.facade import Connection, Selected
from triage.core.failures import PermanentFailure, TemporaryFailure
from triage.core.seams import FetchedMessage, HeaderBlock, UnfetchableMessage

SIZES_AT_ONCE = 500
HEADERS_AT_ONCE = 500
BODIES_AT_ONCE = 50
BATCH_BYTES = 2 * 1024 * 1024
LARGE_COUNTS_AS = 256 * 1024
"""What a message that is fetched by parts counts in a batch."""
ATTEMPTS = 2

_FACTS = ("RFC822.SIZE", "INTERNALDATE", "FLAGS")
# A header literal is read whole; HEADER.FIELDS and ENVELOPE go through imapclient's lexer byte by byte and are slower.
_HEADER = f"BODY.PEEK[HEADER]<0.{cut.HEADER_BYTES}>"
_GLANCE = f"BODY.PEEK[HEADER]<0.{cut.GLANCE_BYTES}>"
_START = f"BODY.PEEK[TEXT]<0.{cut.TEXT_BYTES}>"

Opened = Callable[[], tuple[Connection, Selected]]
Outcome = FetchedMessage | UnfetchableMessage
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Facts:
    size: int
    internaldate: datetime | None
    flags: frozenset[str]


def headers(opened: Opened, uids: Sequence[int]) -> Iterator[HeaderBlock]:
    """Ascending; what cannot be had here is left out, and `messages` will say why."""
    return _each(opened, uids, _headers)


def bare_headers(opened: Opened, uids: Sequence[int]) -> Iterator[tuple[int, bytes]]:
    """UID and header, likewise; of a long one what tells who wrote it and about what."""
    return _each(opened, uids, _bare_headers)


def _each(opened: Opened, uids: Sequence[int], ask: Callable[[Opened, Sequence[int]], list[T]]) -> Iterator[T]:
    for chunk in _chunks(uids, HEADERS_AT_ONCE):
        try:
            yield from ask(opened, chunk)
        except TemporaryFailure as failure:
            if failure.retry_after_s is not None:
                raise
            for uid in chunk:
                yield from _alone_of_many(opened, uid, ask)


def messages(opened: Opened, uids: Sequence[int], max_message: int) -> Iterator[Outcome]:
    """Ascending. A message larger than `max_message` bytes comes without its attachments' content."""
    for chunk in _chunks(uids, SIZES_AT_ONCE):
        facts = _facts(opened, chunk)
        for batch in _batches(chunk, facts, max_message):
            yield from _batch(opened, batch, facts, max_message)


def _headers(opened: Opened, uids: Sequence[int]) -> list[HeaderBlock]:
    connection, _ = opened()
    answer = stand_in.fetch(connection, uids, (_HEADER, *_FACTS))
    blocks = []
    for uid, header in _whole_headers(connection, answer).items():
        facts = _read_facts(answer[uid])
        if facts.internaldate is not None:
            blocks.append(HeaderBlock(uid, facts.internaldate, facts.size, header))
    return sorted(blocks, key=lambda block: block.uid)


def _bare_headers(opened: Opened, uids: Sequence[int]) -> list[tuple[int, bytes]]:
    connection, _ = opened()
    answer = stand_in.fetch(connection, uids, (_GLANCE,))
    return sorted(_whole_headers(connection, answer, cut.GLANCE_BYTES, cut.GLANCED_AT).items())


def _whole_headers(
    connection: Connection,
    answer: Mapping[int, Mapping[str, Any]],
    most: int = cut.HEADER_BYTES,
    decisive: Sequence[str] = cut.DECISIVE,
) -> dict[int, bytes]:
    """Of those that are too long the beginning and the fields that decide, which are asked for together: a hundred of them may come."""
    found = {uid: start for uid, data in answer.items() if isinstance(start := data.get(_answered(_HEADER)), bytes)}
    long = {uid: cut.without_torn_field(start) for uid, start in found.items() if len(start) >= most}
    asked = [name for name in decisive if any(name not in has for _, has in long.values())]
    items = {name: f"BODY.PEEK[HEADER.FIELDS ({name})]<0.{cut.FIELD_BYTES}>" for name in asked}
    more = connection.fetch(list(long), tuple(items.values())) if items else {}
    for uid, (start, has) in long.items():
        fields = {name: _literal(more.get(uid, {}), item) for name, item in items.items() if name not in has}
        found[uid] = cut.lengthened(start, fields)
    return found


def _alone_of_many(opened: Opened, uid: int, ask: Callable[[Opened, Sequence[int]], list[T]]) -> list[T]:
    opened()  # the server itself must be well: its failure is not the message's
    try:
        return ask(opened, [uid])
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
    """Bounded by count and bytes. Without facts a message is a batch of its own."""
    batch: list[int] = []
    size = 0
    for uid in uids:
        alone = uid not in facts
        costs = 0 if alone else facts[uid].size if facts[uid].size <= max_message else LARGE_COUNTS_AS
        if batch and (alone or len(batch) == BODIES_AT_ONCE or size + costs > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        if alone:
            yield [uid]
        else:
            batch.append(uid)
            size += costs
    if batch:
        yield batch


def _batch(opened: Opened, uids: Sequence[int], facts: Mapping[int, _Facts], max_message: int) -> list[Outcome]:
    if len(uids) > 1:
        large = [uid for uid in uids if facts[uid].size > max_message]
        small = [uid for uid in uids if facts[uid].size <= max_message]
        try:
            connection, selected = opened()
            answer = stand_in.fetch(connection, small, ("BODY.PEEK[]",)) if small else {}
            whole = [outcome for uid in small for outcome in _whole(selected, uid, answer.get(uid), facts[uid])]
            found = whole + _by_parts(connection, selected, large, facts)
            return [_with_header(opened, outcome) for outcome in sorted(found, key=lambda outcome: outcome.uid)]
        except (TemporaryFailure, PermanentFailure) as failure:
            _raise_if_throttled(failure)
    return [_with_header(opened, outcome) for uid in uids for outcome in _alone(opened, uid, facts.get(uid), max_message)]


def _alone(opened: Opened, uid: int, facts: _Facts | None, max_message: int) -> list[Outcome]:
    """One message by itself: when it fails again and again while the server is well, the message is to blame."""
    for attempt in range(ATTEMPTS):
        connection, selected = opened()
        try:
            return _one(connection, selected, uid, facts, max_message, follow_structure=attempt == 0)
        except PermanentFailure as failure:
            return [_unfetchable(selected, uid, failure.message, facts)]
        except TemporaryFailure as failure:
            _raise_if_throttled(failure)
            reason = failure.message
    connection, selected = opened()
    connection.noop()
    return [_unfetchable(selected, uid, reason, facts)]


def _with_header(opened: Opened, outcome: Outcome) -> Outcome:
    """Of what the server does not give as a whole."""
    if isinstance(outcome, FetchedMessage):
        return outcome
    return replace(outcome, header=dict(_alone_of_many(opened, outcome.uid, _full_headers)).get(outcome.uid, b""))


def _full_headers(opened: Opened, uids: Sequence[int]) -> list[tuple[int, bytes]]:
    connection, _ = opened()
    return list(_whole_headers(connection, stand_in.fetch(connection, uids, (_HEADER,))).items())


def _one(
    connection: Connection, selected: Selected, uid: int, facts: _Facts | None, max_message: int, *, follow_structure: bool
) -> list[Outcome]:
    if facts is None:
        data = connection.fetch([uid], _FACTS).get(uid)
        if data is None or "RFC822.SIZE" not in data:
            return []
        if not _has_size(data):
            return [_unfetchable(selected, uid, "the server gave no readable size for this message", None)]
        facts = _read_facts(data)
    if facts.size <= max_message:
        return _whole(selected, uid, stand_in.fetch(connection, [uid], ("BODY.PEEK[]",)).get(uid), facts)
    return _by_parts(connection, selected, [uid], {uid: facts}) if follow_structure else _start_of(connection, selected, uid, facts)


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
    return FetchedMessage(selected.folder, selected.uidvalidity, uid, facts.internaldate, raw, facts.flags, is_cut, facts.size)


def _unfetchable(selected: Selected, uid: int, error: str, facts: _Facts | None) -> UnfetchableMessage:
    return UnfetchableMessage(selected.folder, selected.uidvalidity, uid, error, facts.internaldate if facts else None)


def _by_parts(connection: Connection, selected: Selected, uids: Sequence[int], facts: Mapping[int, _Facts]) -> list[Outcome]:
    """Header, structure, then the parts that are wanted: of all messages that are built alike at once."""
    if not uids:
        return []
    answer = stand_in.fetch(connection, uids, (_HEADER, "BODYSTRUCTURE"))
    trees: dict[int, cut.Leaf | cut.Branch] = {}
    alike: dict[tuple[str, ...], list[int]] = {}
    for uid, data in answer.items():
        with suppress(ValueError):
            trees[uid] = cut.plan(data.get("BODYSTRUCTURE"))
            alike.setdefault(_items(trees[uid]), []).append(uid)
    content = {uid: data for items, some in alike.items() if items for uid, data in connection.fetch(some, items).items()}
    headers = _whole_headers(connection, {uid: answer[uid] for uid in trees})
    outcomes = []
    for uid in uids:
        if uid not in headers:
            outcomes += _start_of(connection, selected, uid, facts[uid])
        else:
            raw = _assembled(headers[uid], trees[uid], content.get(uid, {}))
            outcomes.append(_outcome(selected, uid, raw, facts[uid], is_cut=True))
    return outcomes


def _start_of(connection: Connection, selected: Selected, uid: int, facts: _Facts) -> list[Outcome]:
    """Whose structure cannot be followed: the beginning of the body, as it is. A reader of broken MIME finds the text in it."""
    data = stand_in.fetch(connection, [uid], (_HEADER, _START)).get(uid)
    if data is None:
        return []
    header, start = _whole_headers(connection, {uid: data}).get(uid), data.get(_answered(_START))
    raw = header + (start if isinstance(start, bytes) else b"") if header is not None else None
    return [_outcome(selected, uid, raw, facts, is_cut=True)]


def _items(tree: cut.Leaf | cut.Branch) -> tuple[str, ...]:
    """A single-part message has no MIME header besides its own, and its content is called part 1."""
    below = [_mime(node.path) for node in cut.nodes(tree) if node is not tree]
    return (*below, *(_content(path, most) for path, most in cut.wanted(tree).items()))


def _assembled(header: bytes, tree: cut.Leaf | cut.Branch, data: Mapping[str, Any]) -> bytes:
    mime = {node.path: _literal(data, _mime(node.path)) for node in cut.nodes(tree) if node is not tree}
    content = {path: _literal(data, _content(path, most)) for path, most in cut.wanted(tree).items()}
    return cut.assemble(header, tree, mime, content)


def _mime(path: str) -> str:
    return f"BODY.PEEK[{path}.MIME]<0.{cut.MIME_BYTES}>"


def _content(path: str, most: int) -> str:
    return f"BODY.PEEK[{path}]<0.{most}>"


def _literal(data: Mapping[str, Any], item: str) -> bytes:
    value = data.get(_answered(item))
    return value if isinstance(value, bytes) else b""


def _answered(item: str) -> str:
    """The answer names an item without PEEK and without the length asked for (RFC 3501 section 7.4.2)."""
    return item.replace(".PEEK", "").partition("<")[0] + ("<0>" if "<" in item else "")


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
