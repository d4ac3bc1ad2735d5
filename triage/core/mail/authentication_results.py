"""Authentication-Results taken apart (RFC 8601 section 2.2), tolerantly: servers deviate, and parts of the text are a stranger's.

A tokenizer of its own, because the libraries raise on Microsoft 365's form. Quotes are honoured inside comments too: an envelope
address such as `"a); dmarc=pass ("@evil.example`, echoed in a comment, must not become a result. Whatever does not balance is
`malformed`, and the caller then believes nothing. Called by `authentication` only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

_MAX_LENGTH = 16 * 1024
_MAX_COMMENT_DEPTH = 20


@dataclass(frozen=True, slots=True)
class Result:
    """One `method=value` with its properties (`"header.d"` -> `"wise.com"`); method, value and names are lower case."""

    method: str
    value: str
    properties: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Results:
    """One header. `authserv_id` is empty in Microsoft 365's form."""

    authserv_id: str = ""
    results: tuple[Result, ...] = ()
    malformed: bool = False

    def of(self, method: str) -> tuple[Result, ...]:
        return tuple(each for each in self.results if each.method == method)


def parse(header: str) -> Results:
    """Never raises."""
    sections, malformed = _sections(header[:_MAX_LENGTH])
    malformed = malformed or len(header) > _MAX_LENGTH
    first = sections[0] if sections else []
    if first and "=" in first[0]:
        return Results("", _results(sections), malformed)
    authserv_id = first[0].lower() if first else "none"
    return Results(authserv_id or "none", _results(sections[1:]), malformed)


def _results(sections: list[list[str]]) -> tuple[Result, ...]:
    return tuple(result for result in map(_result, sections) if result is not None)


def _result(words: list[str]) -> Result | None:
    if not words or "=" not in words[0]:
        return None
    method, _, value = words[0].partition("=")
    properties: dict[str, str] = {}
    for word in words[1:]:
        name, equals, content = word.partition("=")
        if equals:
            properties.setdefault(name.strip().lower(), content.strip().lower())
    # "dkim/1=pass" carries a method version.
    return Result(method.partition("/")[0].strip().lower(), value.strip().lower(), properties)


def _sections(header: str) -> tuple[list[list[str]], bool]:
    """Words by section (between semicolons), comments dropped, quotes resolved, blanks around `=` closed; True when unbalanced."""
    sections: list[list[str]] = [[]]
    word: list[str] = []
    depth, quoted, position = 0, False, 0
    while position < len(header):
        char = header[position]
        position += 1
        if char == "\\" and (quoted or depth):
            if not depth:
                word.append(header[position : position + 1])
            position += 1
        elif char == '"':
            quoted = not quoted
        elif quoted:
            if not depth:
                word.append(char)
        elif char == "(":
            depth += 1
        elif char == ")":
            depth = max(depth - 1, 0)
        elif depth:
            continue
        elif char == ";":
            _finish(sections[-1], word)
            sections.append([])
        elif char.isspace():
            _finish(sections[-1], word)
        else:
            word.append(char)
        if depth > _MAX_COMMENT_DEPTH:
            return sections, True
    _finish(sections[-1], word)
    return [_joined(words) for words in sections if words], quoted or depth > 0


def _finish(words: list[str], word: list[str]) -> None:
    if word:
        words.append("".join(word))
        word.clear()


def _joined(words: list[str]) -> list[str]:
    """`dkim = pass` is one word."""
    joined: list[str] = []
    for word in words:
        if joined and (word.startswith("=") or joined[-1].endswith("=")):
            joined[-1] += word
        else:
            joined.append(word)
    return joined
