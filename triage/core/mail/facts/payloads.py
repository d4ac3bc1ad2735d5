"""Request and response bodies pasted into a mail: JSON and XML blocks (fenced or not), the data of curl commands, form bodies.

Which of the two a block is, is decided by the words, the command or the header dump before it, then by its keys, then by its place.
Values are masked and cut. Structured log lines are not bodies.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from triage.core.mail.facts.endpoints import METHODS, command_length
from triage.core.mail.facts.layout import Page
from triage.core.mail.message import Fact, FactKind
from triage.core.mail.scanning import starts

_MAX_VALUE = 4_000
_MAX_BLOCK = 64_000
_MAX_BLOCKS = 60
_MAX_STARTS = 10_000
_OPEN = re.compile(r"[{\[]")
_REQUEST = re.compile(
    rf"(?i)(?<!bad )\brequest\b|payload|\bwe (?:send|sent|post|submit|use|call\w*)\b|\bsend(?:ing)?\b"
    rf"|\bsent\b|posting|\binput\b|\bbody\b(?! returned)|anfrage|gesendet|wir senden|requête|envoyé"
    rf"|envoyons|corps\b|solicitud|petición|enviamos|enviado|cuerpo|requisição|pedido|corpo|"
    rf"richiesta|inviamo|verzoek|sturen|żądani\w+|wysyłamy|\bcurl\b|\b(?:{METHODS}) (?:https?:|/)|--data"
    rf"|\s-d\s|requests\.post|^\s*>|\bjson=|\bdata=|\bcalled? with\b|\bcreate[sd]? (?:it )?with\b"
)
_RESPONSE = re.compile(
    r"(?i)\brespon[sd]\w*|\breturn\w*|\bwe (?:get|got|receive\w*|see)\b|\bget(?:ting)?\b(?! /)|\bgot\b"
    r"|\breceiv\w+|\banswer\w*|\breply\b|\breplies\b|\boutput\b|\bresult\w*|\berror\b|\bfail\w*|antwort\w*"
    r"|bekommen|erhalten|fehler\w*|réponse\w*|recevons|reçoi\w+|retour\w*|erreur|"
    r"respuesta\w*|recibimos|devuelve|resposta\w*|recebemos|retorn\w+|erro\b|risposta|riceviamo|errore"
    r"|antwoord|krijgen|terug|odpowied\w+|otrzymujemy|zwraca|HTTP/\d(?:\.\d)? \d{3}|\b[45]\d\d\b|^\s*<"
    r"|webhook (?:we|body|payload|event)|\bcomes back\b|\bthrows\b"
)
_RESPONSE_KEYS = re.compile(
    r"(?i)[\"'](?:errors?|error_description|message|error_?code|code|status_?code|path|trace_?id|fault"
    r"|created|createdTime|rate|payOut|statusText)[\"']\s*:"
)
_REQUEST_KEYS = re.compile(
    r"(?i)[\"'](?:sourceCurrency|targetCurrency|sourceAmount|targetAmount|targetAccount|quoteUuid"
    r"|customerTransactionId|accountHolderName|grant_type|currency|details|reference|type)[\"']\s*:"
)
_ERROR_BODY = re.compile(r"\{\s{0,20}\"(?:errors?|error_description|fault)\"\s{0,4}:")
_LOG_KEYS = re.compile(r"(?i)[\"'](?:level|severity|logger|log\.level|msg|thread|logger_name|@timestamp|lvl|headers)[\"']\s*:")
_HEADERS_BEFORE = re.compile(r"(?i)headers?[\"']?\s{0,3}[:=]\s{0,3}$|headers\s{0,2}$")
# A value that a program printed: `reqwest::Error { kind: .. }`, `User { id: 1 }`.
_STRUCT = re.compile(r"::\w+ ?$")
_KEY_IN = re.compile(r"[\"'][\w .$@#-]{1,80}[\"']\s{0,4}:|\b[A-Za-z_]\w{0,40}\s{0,2}:\s")
_XML = re.compile(r"<\?xml|<(?:\w{1,20}:)?(?:Envelope|Document|Fault|Body)\b|<(?P<tag>[A-Za-z][\w:-]{2,40})>(?=\s{0,20}<[A-Za-z])")
_CURL = re.compile(r"\bcurl(?:\.exe)?(?=\s)")
_DATA = re.compile(r"\s(?:-d|--data(?:-raw|-binary|-urlencode|-ascii)?|--json)(?:\s{1,3}|=)?\$?")
_FORM = re.compile(r"(?<![\w?&/=.-])[A-Za-z_][\w.\[\]-]{1,40}=[^\s&\"'<>]{1,200}(?:&[\w.\[\]-]{1,40}=[^\s&\"'<>]{0,200}){1,40}(?![\w&])")

_FORM_STARTS = starts(r"\b[a-z_][\w.\[\]-]{1,40}=[^\s&\"'<>]{1,200}&")


@dataclass(frozen=True, slots=True)
class _Block:
    start: int
    end: int
    is_request: bool | None = None


def payloads(page: Page) -> Iterator[Fact]:
    blocks = sorted(_blocks(page), key=lambda block: (block.start, -block.end))
    done = 0
    previous: FactKind | None = None
    for block in blocks[:_MAX_BLOCKS]:
        if block.start < done:
            continue
        kind = _kind(page, block, previous)
        if kind is None:
            continue
        written = page.text[block.start : block.end]
        previous, done = kind, block.end
        yield Fact(kind, written[:_MAX_VALUE], (block.start, block.end), original=written[:200])


def _blocks(page: Page) -> Iterator[_Block]:
    text = page.text
    if "curl" in text:
        yield from _curl_data(text)
    if "{" in text or "[" in text:
        yield from _json_blocks(text)
    if "</" in text:
        yield from _xml_blocks(text)
    for found in page.scan(_FORM_STARTS, _FORM):
        yield _Block(found.start(), found.end(), True)


def _curl_data(text: str) -> Iterator[_Block]:
    """The argument of the data flags, without its quotes; `-d @file` and empty data are no body."""
    end = 0
    for index, curl in enumerate(_CURL.finditer(text)):
        if index >= _MAX_BLOCKS:
            return
        if curl.start() < end:
            continue
        end = curl.end() + command_length(text, curl.end())
        for flag in _DATA.finditer(text, curl.end(), end):
            quote = text[flag.end() : flag.end() + 1]
            if quote and quote in "'\"":
                close = _closing_quote(text, flag.end() + 1, quote, end)
                start, stop = flag.end() + 1, close
            else:
                start = flag.end()
                stop = start + len(re.match(r"\S*", text[start:end])[0])  # type: ignore[index]  # \S* always matches
            if stop - start > 1 and text[start] not in "@-":
                yield _Block(start, stop, True)


def _closing_quote(text: str, at: int, quote: str, end: int) -> int:
    while at < end:
        if text[at] == "\\" and quote == '"':
            at += 1
        elif text[at] == quote:
            return at
        at += 1
    return end


def _json_blocks(text: str) -> Iterator[_Block]:
    """Balanced brackets that hold a key. Each character is read at most twice: a bracket that never closes is skipped once."""
    at = 0
    budget = 2 * len(text) + 1_000
    for _ in range(_MAX_STARTS):
        opening = _OPEN.search(text, at)
        if not opening or budget <= 0:
            return
        start = opening.start()
        end = _balanced(text, start)
        budget -= max(end, start + 1) - start if end else min(_MAX_BLOCK, len(text) - start)
        if end and _looks_like_json(text[start:end]):
            yield _Block(start, end)
        at = end if end and _looks_like_json(text[start:end]) else start + 1


def _balanced(text: str, start: int) -> int:
    """The end of the bracketed run that begins at `start`; 0 when it never closes or a bracket does not match."""
    stack: list[str] = []
    quoted = False
    for at in range(start, min(len(text), start + _MAX_BLOCK)):
        character = text[at]
        if quoted:
            quoted = character not in '"\n' or text[at - 1] == "\\"
        elif character == '"':
            quoted = True
        elif character in "{[":
            stack.append("}" if character == "{" else "]")
        elif character in "}]":
            if stack.pop() != character:
                return 0
            if not stack:
                return at + 1
    return 0


def _looks_like_json(block: str) -> bool:
    inner = block[1:200].strip()
    if block[0] == "[" and not inner.startswith(("{", "[")):
        return False
    return len(block) >= 8 and _KEY_IN.search(block[:400]) is not None


def _xml_blocks(text: str) -> Iterator[_Block]:
    at = 0
    for _ in range(_MAX_BLOCKS):
        found = _XML.search(text, at)
        if not found:
            return
        name = found["tag"] or _root_name(text, found.start())
        close = text.find(f"</{name}>", found.end()) if name else -1
        if close < 0:
            at = found.end()
            continue
        at = close + len(name) + 3
        yield _Block(found.start(), at)


def _root_name(text: str, start: int) -> str:
    root = re.compile(r"(?:<\?xml[^>]{0,200}>)?\s{0,20}<([A-Za-z][\w:.-]{0,60})").match(text, start)
    return root[1] if root else ""


# --- request or response ---------------------------------------------------------------------------------------------


def _kind(page: Page, block: _Block, previous: FactKind | None) -> FactKind | None:
    """None: neither (a log line, a header map, a placeholder in a path)."""
    if block.is_request:
        form = "{" not in page.text[block.start : block.start + 1]
        return FactKind.REQUEST_BODY if not form or _is_form(page, block) else None
    content = page.text[block.start : min(block.end, block.start + 2_000)]
    before = page.text[max(0, block.start - 240) : block.start]
    if (
        _LOG_KEYS.search(content[:400])
        or _HEADERS_BEFORE.search(before[-30:])
        or page.text[block.start - 1 : block.start] in ("/", "$", "{", "%")
        or before.rstrip(" ").endswith(")")
        or _STRUCT.search(before[-60:])
    ):
        return None
    if page.text[block.start - 1 : block.start] in ("`", "'") and len(content) < 12:
        return None
    said = FactKind.RESPONSE_BODY if _ERROR_BODY.match(content) else _said(before)
    if said is None:
        said = _by_keys(content)
    if said is None:
        return FactKind.RESPONSE_BODY if previous is FactKind.REQUEST_BODY else FactKind.REQUEST_BODY
    return said


def _is_form(page: Page, block: _Block) -> bool:
    """A form body needs its command, its label or a line of its own; `a=1&b=2` inside a sentence or a URL is none."""
    before = page.before(block.start, 60)
    return (
        "curl" in page.text[max(0, block.start - 2_000) : block.start]
        or not before.strip(" \t>'\"`")
        or _REQUEST.search(before) is not None
    )


def _said(before: str) -> FactKind | None:
    """The nearest line above that names one of them; on one line the last word wins ("response to our request")."""
    for line in reversed(before.split("\n")[-7:]):
        stripped = line.strip()
        if not stripped or stripped.startswith("```"):
            continue
        requests = [found.start() for found in _REQUEST.finditer(line)]
        responses = [found.start() for found in _RESPONSE.finditer(line)]
        if requests and responses and re.search(r"(?i)respon\w+|returned|antwort|réponse|respuesta|resposta|risposta", stripped[:12]):
            return FactKind.RESPONSE_BODY
        if requests or responses:
            return FactKind.REQUEST_BODY if max(requests, default=-1) > max(responses, default=-1) else FactKind.RESPONSE_BODY
    return None


def _by_keys(content: str) -> FactKind | None:
    if re.search(r"(?i)[\"'](?:errors?|error_description|fault|error_?code|statusText)[\"']\s*:", content):
        return FactKind.RESPONSE_BODY
    asked = len(_REQUEST_KEYS.findall(content))
    answered = len(_RESPONSE_KEYS.findall(content))
    if asked == answered:
        return None
    return FactKind.REQUEST_BODY if asked > answered else FactKind.RESPONSE_BODY
