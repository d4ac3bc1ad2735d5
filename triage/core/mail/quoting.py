"""Quote marks: which lines that begin with `>` (or `|`, or `JD>`) are quoted mail, and which are curl output, code, comparisons.

Decides on whole groups of adjacent marked lines, from the marks, the content, and what stands above. It never sees the rest of the mail:
`new_text` tells it whether quoting was seen before. When unsure and nothing announced a quote, the lines count as written by the author.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from triage.core.mail import attribution, reply_headers

_MARK = re.compile(r"(?:>|&gt;) ?")
_PIPE = re.compile(r"[|│┃»] ?")
_NAMED = re.compile(r"([A-Z][A-Za-z]{0,11})> ?")
_PROMPTS = frozenset("SQL PS MariaDB CMD Windows PROMPT".casefold().split())

_CURL = re.compile(
    r"(?:[<>] ?(?:(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|CONNECT) \S+ HTTP/\d|HTTP/\d(?:\.\d)? \d{3}))|[*] (?:Trying|Connected"
    r"|SSL|TLS|ALPN|Host)"
)
_CURL_NEIGHBOUR = re.compile(r"[<*{}] |[<*]$")
_DIFF = re.compile(r"\d+(?:,\d+)?[acd]\d+(?:,\d+)?$|@@ ")
_COMPARISON = re.compile(r"> ?=? ?[$€£~]?\d+(?:[.,]\d+)*(?![.)\d])|>=|>{5,}|>> ?/|> ?/(?:dev|tmp|var)/")
_SHELL = re.compile(
    r"(?:\$ |sudo |curl |wget |http |npm |npx |node |python3? |pip |java |mvn |openssl |ping |nslookup |dig |telnet |traceroute "
    r"|docker |kubectl "
    r"|git |cat |echo |grep |SELECT |INSERT |UPDATE |DELETE |await |const |let |var |import |from \w+ import|def |return |print\("
    r"|console\."
    r"|(?:GET|POST|PUT|PATCH|HEAD|OPTIONS) (?:/|https?:))"
)
_CODE = re.compile(
    r"https?://\S+$|[{}\[\]<]|\"[\w.-]+\"\s*:|'[\w.-]+'\s*:|\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d|(?:HTTP/\d|x-[a-z-]+:|[\w-]*trace-?id\s*[:=])"
    r"|(?:at [\w$.]+\(|Traceback |Caused by:)"
    r"|(?:ERROR|WARN|INFO|DEBUG|FATAL)\b|\w+(?:\.\w+)+\(|\w+ = ",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Group:
    """Adjacent marked lines `start` to `end` (exclusive), and their content without one level of marks."""

    start: int
    end: int
    content: tuple[str, ...]
    named: bool = False


def group_at(lines: Sequence[str], start: int, *, announced: bool) -> Group | None:
    """The group of marked lines that starts here. `|` and `»` count only where a quote was announced: tables look like that too."""
    for mark in (_MARK, _PIPE) if announced else (_MARK,):
        if mark.match(lines[start]):
            return _group(lines, start, mark)
    named = _NAMED.match(lines[start]) if ">" in lines[start] else None
    if named is None or named[1].casefold() in _PROMPTS:
        return None
    group = _group(lines, start, re.compile(re.escape(named[1]) + "> ?"))
    return Group(group.start, group.end, group.content, named=True) if announced or group.end - start >= 2 else None


def _group(lines: Sequence[str], start: int, mark: re.Pattern[str]) -> Group:
    end = start
    content: list[str] = []
    while end < len(lines) and (found := mark.match(lines[end])):
        content.append(lines[end][found.end() :].strip())
        end += 1
    return Group(start, end, tuple(content))


def without_mark(line: str) -> str:
    """A line as it was before it was quoted once."""
    found = _MARK.match(line.lstrip())
    return line.lstrip()[found.end() :] if found else line


def announces_itself(group: Group) -> bool:
    """An attribution, a separator or a header block within the first lines of the quoted text."""
    top = [line.lstrip("> ") for line in group.content[:12]]
    for i, line in enumerate(top):
        if not line:
            continue
        if reply_headers.separator(line) or reply_headers.block_at(top, i):
            return True
        if i > 5:
            break
    return any(found.strength >= attribution.Strength.QUOTED for found in attribution.find(top[:6]).values())


def is_quote(lines: Sequence[str], group: Group, *, seen_before: bool, isolated: bool, above: attribution.Strength) -> bool:
    """For a group that no attribution announces. `seen_before`: the mail quoted further up; `isolated`: the only marks, amid the author's
    text (people mark what an API or the documentation told them); `above`: an unsure attribution."""
    if _is_transcript(lines, group):
        return False
    if not any(group.content):
        return seen_before
    if announces_itself(group):
        return True
    if lines[group.start].startswith(">From ") and group.end - group.start == 1:
        return False  # mbox quoting of a line that began with "From " (RFC 4155)
    introduced = above is attribution.Strength.NONE and _intro(lines, group.start).endswith((":", "："))
    code = _is_code(lines, group)
    if seen_before:
        return not (introduced and code)
    return not (code or introduced or (isolated and above is attribution.Strength.NONE))


def _intro(lines: Sequence[str], start: int) -> str:
    """The line above, over at most one blank line."""
    for i in (start - 1, start - 2):
        if i >= 0 and lines[i]:
            return lines[i]
    return ""


def _is_transcript(lines: Sequence[str], group: Group) -> bool:
    """Output of curl -v or diff: lines with `<`, `*` or `@@` next to the group, or a request line in it."""
    around = [lines[i] for i in (group.start - 1, group.end) if 0 <= i < len(lines)]
    if any(_CURL.match(line) for line in lines[group.start : min(group.end, group.start + 4)]):
        return True
    if any(_CURL_NEIGHBOUR.match(line) or _DIFF.match(line) for line in around):
        return True
    return any(line == "---" for line in around) and any(line.startswith("< ") for line in lines[max(0, group.start - 12) : group.start])


def _is_code(lines: Sequence[str], group: Group) -> bool:
    """What the first lines show: a shell prompt, JSON, a log line, a comparison that happens to start a line."""
    single = group.end - group.start == 1
    raw = lines[group.start]
    if single and _COMPARISON.match(raw):
        return True
    first = next((line for line in group.content if line), "").lstrip("> ")
    if raw.startswith(">>>>>") or _SHELL.match(first):
        return True
    return _CODE.match(first) is not None
