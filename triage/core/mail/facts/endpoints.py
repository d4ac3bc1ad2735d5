"""Which API endpoints and URLs a mail speaks of: `POST /v1/transfers/{id}`, `/v3/profiles/123/quotes`, full URLs with their query masked.

The value of an endpoint is its method (when the mail names one) and its path as written. Links to documentation, web sites and tickets
are no endpoints. A path that is also named with a method is reported once, with the method.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from triage.core.mail.facts.layout import Page
from triage.core.mail.message import Fact, FactKind
from triage.core.mail.scanning import starts

METHODS = "GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS"
_URL = re.compile(r"(?i)\bhttps?://(?:[^\s<>\"'`|\\^\]\[)]|<[\w-]{1,40}>){3,2000}")
_BARE_HOST = re.compile(
    r"(?i)(?<![\w@./:-])((?:[a-z0-9-]{1,63}\.){1,6}[a-z]{2,24}(?::\d{2,5})?)(/(?:v\d|api|oauth|gateway"
    r"|webhook)(?:[^\s<>\"'`|\\^,;)\]]|<[\w-]{1,40}>){0,500})"
)
_PATH = re.compile(
    r"(?:(?<![\w/.:@%~\\<>-])|(?<=HOST)|(?<=URL)|(?<=BASE)|(?<=_API)|(?<=ENDPOINT)|(?<=ROOT)|(?<=_host)|(?<=_url))/(?=[A-Za-z{:])(?:[^\s<>\"'`|\\,;()\[\]]|<[\w-]{1,40}>){1,500}"
    r"|(?<![\w/.@:-])v[1-9]\d?/[a-z](?:[\w/{}.:-]){2,200}"
)
_API_PATH = re.compile(r"(?i)/?(?:v\d{1,2}(?:\.\d)?|api|gateway|oauth2?|open-banking|spend|twcard-data|webhooks?)(?=[/?]|$)(?!/?$)")
_NOT_AN_API = re.compile(
    r"(?i)^(?:docs?|developers?|status|help|support|jira|confluence|wiki|github|gitlab|www|blog|sentry|grafana|kibana|app|pastebin|gist)\."
)
_SOURCE_FILE = re.compile(r"(?i)\.(?:py|js|ts|java|go|rb|php|cs|md|html?|png|jpe?g|gif|log|txt|pdf|csv|conf|ya?ml|sh|so|jar)(?::\d+)?$")
_ENDPOINT_WORD = re.compile(
    r"(?i)(?:endpoints?|endpunkte?|path|pfad|route|resource|ressource|uri|url|calls? to|calling|requests?"
    r" to|hitting|invoking|against|:path|point de terminaison)"
    r"[\"'`*]{0,2}\s{0,2}(?:is|are|was|[:=|])?\s{0,2}[\"'`*(]{0,2}$"
)
_METHOD_BEFORE = re.compile(
    rf"(?<![A-Za-z])({METHODS})[\"'`*)\]]{{0,3}}(?:\s{{1,3}}(?:-?requests?|-?calls?|Anfragen?|an?|to|on|at"
    rf"|for|the|our|your|auf|an|sur|vers|à|a|al|su|naar|do|na|em|para|against|"
    r"endpoint|method|url|path|route|--url|--location|-L|--request-target|==>|->|=>)){0,4}\s{0,3}[:"
    r"|,→>-]{0,2}\s{0,3}[\"'`*(\[]{0,2}(?:\$?\{{1,2}\s?[\w.-]{1,40}\s?\}{1,2}|[$%][A-Za-z_]{2,40}%?)?$"
)
_LINE_END_BEFORE = re.compile(rf"(?<![A-Za-z])({METHODS})[\"'`]?\s?\n\s?[\"'`]?$")
_CALL_BEFORE = re.compile(
    r"(?i)[.](get|post|put|patch|delete|head)(?:_async|async|json|forobject|forentity)?\(\s{0,20}(?:url=)?[rf]?[\"'`]$"
)
_GO_BEFORE = re.compile(r"\b(Get|Post|Put|Patch|Delete|Head) \\?\"$")
_KEY_BEFORE = re.compile(
    rf"(?i)(?:method|verb|verbo?|methode)[\"']?\s{{0,3}}[:=|]\s{{0,3}}[\"']?({METHODS})[\"']?[,;"
    rf"|]?\s{{0,12}}(?:[\"']?(?:[\w-]{{1,20}}[._ -])?(?:url|path|uri|target|endpoint|route)[\"']?\s{{0,3}}[:="
    rf"|]\s{{0,3}})[\"']?$"
)
_METHOD_AFTER = re.compile(
    rf"^[\"'`*,]{{0,3}}\s{{0,12}}(?:[(\[|]\s?({METHODS})\b|(?:request[- ]?)?method[\"']?\s{{0,2}}[:="
    rf"|]\s{{0,2}}[\"']?({METHODS})\b|(?:with|using|via|per) ({METHODS})\b)",
    re.IGNORECASE,
)
_CURL_METHOD = re.compile(rf"(?:\s-X|--request)[\s=]{{0,3}}[\"']?({METHODS})\b")
_CURL_DATA = re.compile(r"\s(?:-d|--data(?:-raw|-binary|-urlencode|-ascii)?|--json|-F|--form)[\s=\"'@]")
_TWO_VERSIONS = re.compile(r"/?v\d+/v\d")
_TWO_LETTERS = re.compile(r"[A-Za-z]{2}")
_URL_STARTS = starts("https?://")
_HOST_STARTS = starts(r"\b(?:[a-z0-9-]+\.)+[a-z]+(?::\d+)?/(?:v\d|api|oauth|gateway|webhook)")
_PATH_STARTS = starts(r"/[a-z{:]|\bv[1-9]\d?/[a-z]")


def endpoints(page: Page) -> Iterator[Fact]:
    """URL and ENDPOINT facts. A path under a method wins over the same path without one."""
    found = [*_from_urls(page), *_from_paths(page)]
    with_method = {fact.value.partition(" ")[2] for fact in found if fact.kind is FactKind.ENDPOINT and " " in fact.value}
    for fact in found:
        if fact.kind is FactKind.URL or fact.value not in with_method:
            yield fact


def masked_query(url: str) -> str:
    """`?token=abc&x=1` becomes `?token=***&x=***`: what is asked for stays readable, what it is asked with is nobody's business."""
    head, mark, query = url.partition("?")
    if not mark:
        return head.partition("#")[0]
    pairs = (pair.partition("=") for pair in query.partition("#")[0].split("&") if pair)
    return f"{head}?{'&'.join(name + ('=***' if equals else '') for name, equals, _ in pairs)}"


def _from_urls(page: Page) -> Iterator[Fact]:
    for match in page.scan(_URL_STARTS, _URL):
        url = _trimmed(match[0])
        scheme, _, rest = url.partition("://")
        yield from _url_facts(page, match.start(), url, rest, f"{scheme.lower()}://")
    for match in page.scan(_HOST_STARTS, _BARE_HOST):
        url = _trimmed(match[0])
        yield from _url_facts(page, match.start(), url, url, "https://")


def _url_facts(page: Page, start: int, written: str, rest: str, scheme: str) -> Iterator[Fact]:
    host, slash, tail = rest.partition("/")
    host = host.partition("?")[0].rpartition("@")[2]
    path = f"/{tail}" if slash else ""
    plain_path = path.partition("?")[0].partition("#")[0]
    method = _method(page, start, start + len(written))
    if not _is_api(host, plain_path, method):
        return
    span = (start, start + len(written))
    yield Fact(FactKind.URL, f"{scheme}{host.lower()}{masked_query(path)}", span, original=written)
    if len(plain_path) > 1:
        value = plain_path if not method else f"{method} {plain_path}"
        yield Fact(FactKind.ENDPOINT, value, span, original=written)


def _is_api(host: str, path: str, method: str) -> bool:
    if _NOT_AN_API.match(host) and not _API_PATH.match(path):
        return False
    labels = re.split(r"[.:-]", host.lower())
    named = any(label.startswith("api") or label in ("sandbox", "gateway", "webhook", "webhooks", "hooks", "callback") for label in labels)
    return (
        named or bool(_API_PATH.match(path)) or (bool(method) and len(path) > 1) or "webhook" in path.lower() or "callback" in path.lower()
    )


def _from_paths(page: Page) -> Iterator[Fact]:
    for match in page.scan(_PATH_STARTS, _PATH):
        written = _trimmed(match[0])
        path = written.partition("?")[0].partition("#")[0]
        if len(path) < 3 or _TWO_VERSIONS.match(path):
            continue
        method = _method(page, match.start(), match.start() + len(written))
        named = method or _API_PATH.match(path) or (match[0][0] == "/" and _ENDPOINT_WORD.search(page.before(match.start(), 40)))
        if not named or (not method and _SOURCE_FILE.search(path)) or not _TWO_LETTERS.search(path):
            continue
        path = path if path.startswith("/") else f"/{path}"
        value = f"{method} {path}" if method else path
        yield Fact(FactKind.ENDPOINT, value, (match.start(), match.start() + len(written)), original=written)


def _trimmed(written: str) -> str:
    """Without the sentence's punctuation; a closing bracket stays when its opening one is inside."""
    while written and (
        written[-1] in ".,;:!?*_'\"…" or (written[-1] in ")}" and written.count("({"[written[-1] == "}"]) < written.count(written[-1]))
    ):
        written = written[:-1]
    return written


def _method(page: Page, start: int, end: int) -> str:
    before = page.text[max(0, start - 80) : start]
    line_before = before.rpartition("\n")[2]
    for found in (
        _METHOD_BEFORE.search(line_before),
        _LINE_END_BEFORE.search(before),
        _CALL_BEFORE.search(before),
        _GO_BEFORE.search(before),
        _KEY_BEFORE.search(before),
    ):
        if found:
            return found[1].upper()
    curl = _curl_method(page.text, start, end)
    if curl:
        return curl
    after = _METHOD_AFTER.match(page.text[end : end + 50])
    return next(group for group in after.groups() if group).upper() if after else ""


def _curl_method(text: str, start: int, end: int) -> str:
    """The method of the curl command this URL is an argument of: `-X`, else what its data flags imply (curl(1), `--data`)."""
    head = text.rfind("curl", max(0, start - 2_000), start)
    if head < 0 or "\n\n" in text[head:start] or re.search(r"[^\\^`]\s*\n(?!\s*(?:-|'|\"|>))", text[head:start]):
        return ""
    if re.match(r"curl(?:\s{1,4}-|\s{1,4}[\"'$]?https?:|\s{1,4}\\|\.exe|\s{1,4}-*\w+ )", text[head : head + 40]) is None:
        return ""
    command = text[head : end + command_length(text, end)]
    named = _CURL_METHOD.search(command)
    if named:
        return named[1]
    if re.search(r"\s(?:-I|--head)\b", command):
        return "HEAD"
    return "POST" if _CURL_DATA.search(command) else "GET"


def command_length(text: str, at: int) -> int:
    """How far a shell command goes on from `at`: to the first line end that no backslash and no open quote continues."""
    here = at
    limit = min(len(text), at + 20_000)
    quote = ""
    while here < limit:
        character = text[here]
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"" and here > at:
            quote = character
        elif character == "\n" and text[max(at, here - 2) : here].rstrip()[-1:] not in ("\\", "^", "`"):
            break
        here += 1
    return here - at
