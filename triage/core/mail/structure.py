"""Header and Part: a mail taken apart, before anything is concluded from it. Made by `headers` and `bodies`, read by the verdicts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Headers:
    """Header fields in order, names lower case, values unfolded and decoded (RFC 2047), bounded, scrubbed of surrogates and NUL.

    `raw` holds the undecoded (latin-1) unfolded values in the same order, for what must not be decoded (Message-IDs, addresses).
    """

    fields: tuple[tuple[str, str], ...] = ()
    raw: tuple[tuple[str, str], ...] = ()
    _by_name: Mapping[str, list[str]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_name: dict[str, list[str]] = {}
        for name, value in self.fields:
            by_name.setdefault(name, []).append(value)
        object.__setattr__(self, "_by_name", by_name)

    def all(self, name: str) -> tuple[str, ...]:
        return tuple(self._by_name.get(name, ()))

    def all_raw(self, name: str) -> tuple[str, ...]:
        return tuple(value for key, value in self.raw if key == name)

    def first(self, name: str) -> str:
        return next(iter(self.all(name)), "")

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self.fields)


@dataclass(frozen=True, slots=True)
class Part:
    """One leaf of the MIME tree, or a message/rfc822 (or text/rfc822-headers) part as a whole.

    `text` is decoded and bounded for text/*, message/* parts and empty for the rest; `path` is the IMAP part number ("1.2");
    `parameters` are Content-Type's, lower-case names.
    """

    content_type: str
    path: str = "1"
    disposition: str = ""
    filename: str = ""
    size: int = 0
    text: str = ""
    parameters: tuple[tuple[str, str], ...] = ()
    depth: int = 0
