"""A mail cut into its leaves (RFC 2046) in one pass over the bytes, without recursion.

Decides where parts begin and end. The standard feed parser recurses with every level of nesting, raises on some headers and goes through
20,000 parts line by line; here depth, number and time are bounded. message/rfc822 is a leaf: what is in it is somebody else's mail.
Called by `parse`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from triage.core.mail.headers import read_fields, split
from triage.core.mail.mime_parameters import content_type, split_value
from triage.core.settings import Limits

_MAX_BOUNDARY = 200
_MAX_DASH_LINES = 100_000
_SNIFFED = re.compile(rb"^--([^\n]{1,200}?)[ \t]*\nContent-", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Leaf:
    """A part without parts. `alternative` numbers the multipart/alternative it is in (0: none); `body` are its undecoded bytes."""

    content_type: str
    parameters: dict[str, str]
    encoding: str
    disposition: str
    filename: str
    path: str
    depth: int
    alternative: int
    body: bytes
    fields: tuple[tuple[str, bytes], ...] = ()


@dataclass(slots=True)
class _Container:
    boundary: bytes
    subtype: str
    path: str
    alternative: int
    start: int
    children: int = 0


@dataclass(slots=True)
class _Open:
    """The part whose header has been read and whose end has not been found yet."""

    fields: list[tuple[str, bytes]]
    path: str
    start: int


@dataclass(slots=True)
class _Walk:
    data: bytes
    limits: Limits
    leaves: list[Leaf] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)
    stack: list[_Container] = field(default_factory=list)
    open: _Open | None = None
    parts: int = 0
    alternatives: int = 0

    def begin(self, fields: list[tuple[str, bytes]], path: str, start: int) -> None:
        """A part starts: a container is pushed, anything else stays open until its end is found."""
        self.parts += 1
        parent = self.stack[-1] if self.stack else None
        default = "message/rfc822" if parent and parent.subtype == "digest" else "text/plain"
        kind, parameters = content_type(_value(fields, "content-type"), default)
        if kind.startswith("multipart/") and len(self.stack) < self.limits.max_depth:
            boundary = self._boundary(parameters, start)
            if boundary:
                alternative = parent.alternative if parent else 0
                if kind == "multipart/alternative" and not alternative:
                    self.alternatives += 1
                    alternative = self.alternatives
                self.stack.append(_Container(boundary, kind[10:], path, alternative, start))
                return
            self.defects.append("a multipart names no boundary")
        elif kind.startswith("multipart/"):
            self.defects.append(f"parts are nested deeper than {self.limits.max_depth}")
        self.open = _Open(fields, path, start)

    def finish(self, end: int) -> None:
        """The open part ends here."""
        if self.open is None:
            return
        part, self.open = self.open, None
        parent = self.stack[-1] if self.stack else None
        default = "message/rfc822" if parent and parent.subtype == "digest" else "text/plain"
        kind, parameters = content_type(_value(part.fields, "content-type"), default)
        if kind.startswith("multipart/"):
            # Without a boundary it is text for all we know; beyond the depth limit nobody looks into it.
            kind = "text/plain" if len(self.stack) < self.limits.max_depth else "application/octet-stream"
        disposition, more = split_value(_value(part.fields, "content-disposition"))
        encoding = split_value(_value(part.fields, "content-transfer-encoding"))[0].strip(" \"'")
        self.leaves.append(
            Leaf(
                content_type=kind,
                parameters=parameters,
                encoding=encoding,
                disposition=disposition,
                filename=more.get("filename") or parameters.get("name", ""),
                path=part.path,
                depth=len(self.stack),
                alternative=parent.alternative if parent else 0,
                body=self.data[part.start : max(part.start, end)],
                fields=tuple(part.fields),
            )
        )

    def pop(self, end: int) -> None:
        """A container ends. One whose boundary never appeared is read as text: what it holds must not be lost."""
        container = self.stack.pop()
        if container.children == 0 and self.data[container.start : end].strip():
            self.defects.append("the boundary of a multipart never appears")
            self.open = _Open([], container.path, container.start)
            self.finish(end)

    def _boundary(self, parameters: dict[str, str], start: int) -> bytes:
        named = parameters.get("boundary", "").encode("latin-1", "replace")[:_MAX_BOUNDARY].rstrip()
        if self.stack or (named and self.data.find(b"--" + named, start) >= 0):
            return named
        sniffed = _SNIFFED.search(self.data, start)
        if sniffed is None:
            return named
        self.defects.append("the boundary of the mail is another than its header says" if named else "the mail's header names no boundary")
        return sniffed[1]


def leaves(data: bytes, start: int, fields: list[tuple[str, bytes]], limits: Limits) -> tuple[list[Leaf], list[str]]:
    """The leaves of a mail with `\\n` line ends whose header `fields` have been read and whose body starts at `start`."""
    walk = _Walk(data, limits)
    walk.begin(fields, "", start)
    if walk.stack:
        _walk_parts(walk, max(0, start - 1))
    walk.finish(len(data))
    while walk.stack:
        if walk.stack[-1].children:
            walk.defects.append("the closing boundary is missing")
        walk.pop(len(data))
    return walk.leaves, walk.defects


def _walk_parts(walk: _Walk, position: int) -> None:
    data = walk.data
    position = -1 if data.startswith(b"--", position) and position == 0 else position
    for _ in range(_MAX_DASH_LINES):
        at = 0 if position < 0 else data.find(b"\n--", position)
        if at < 0 or not walk.stack:
            return
        line_start = at if position < 0 else at + 1
        line_end = data.find(b"\n", line_start)
        line_end = len(data) if line_end < 0 else line_end
        position = line_end
        level, closing = _level(walk.stack, data[line_start + 2 : min(line_end, line_start + 2 + _MAX_BOUNDARY + 40)])
        if level < 0:
            continue
        if walk.parts > walk.limits.max_parts:
            walk.defects.append(f"more than {walk.limits.max_parts} parts; the rest was not looked at")
            walk.finish(at)
            walk.stack.clear()
            return
        walk.finish(at)
        while len(walk.stack) > level + (0 if closing else 1):
            walk.pop(at)
        if not closing:
            position = _next_part(walk, line_end)
    walk.defects.append(f"more than {_MAX_DASH_LINES} lines that could be boundaries; the rest was not looked at")


def _level(stack: list[_Container], line: bytes) -> tuple[int, bool]:
    """Which container a line after "--" delimits (the innermost wins), and whether it closes it; (-1, False) for any other line."""
    line = line.rstrip(b" \t")
    for level in range(len(stack) - 1, -1, -1):
        boundary = stack[level].boundary
        if line.startswith(boundary):
            if line == boundary:
                return level, False
            if line == boundary + b"--":
                return level, True
    return -1, False


def _next_part(walk: _Walk, line_end: int) -> int:
    """Read the header of the part that starts behind this line; the offset from which the next delimiter is looked for."""
    container = walk.stack[-1]
    container.children += 1
    start = min(line_end + 1, len(walk.data))
    # Not further than the next delimiter of this container: a part may have neither blank line nor body.
    window = walk.data[start : start + walk.limits.max_header_line]
    stop = (b"\n" + window).find(b"\n--" + container.boundary)
    header, offset, _ = split(window if stop < 0 else window[:stop], of_part=True)
    fields, defects = read_fields(header, walk.limits)
    walk.defects += defects
    path = f"{container.path}.{container.children}" if container.path else str(container.children)
    walk.begin(fields, path, start + offset)
    return max(line_end, start + offset - 1)


def _value(fields: list[tuple[str, bytes]], name: str) -> bytes:
    return next((value for key, value in fields if key == name), b"")
