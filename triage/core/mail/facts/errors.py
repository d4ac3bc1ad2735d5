"""HTTP status codes and error codes, where the words around them make them such.

`500 transfers`, `$500` and `order 404` are no statuses. Error codes are named constants (`NOT_SUPPORTED`, `invalid_grant`,
`error.quote.expired`) under an error key, in an error sentence, or of a well-known family (`ERR_...`, `ECONNRESET`, `SSL_...`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from triage.core.mail.facts.layout import Page
from triage.core.mail.message import Fact, FactKind
from triage.core.mail.scanning import starts

_REASONS = (
    "continue|switching protocols|ok|created|accepted|no content|moved permanently|found|see other|not"
    " modified|temporary redirect|permanent redirect|"
    "bad request|unauthori[sz]ed|payment required|forbidden|not found|method not allowed|not acceptable"
    "|request timeout|conflict|gone|precondition failed|"
    "payload too large|request entity too large|unsupported media type|unprocessable(?: entity| content)?"
    "|locked|too many requests|internal(?: server)? error|server error|client error|"
    "not implemented|bad gateway|service (?:temporarily )?unavailable|gateway time-?out|http version"
)
_CODE = r"(?P<code>[1-5]\d\d|[45]xx|[45]0x)"
_LABELS = (
    r"http(?:/\d(?:\.\d)?)?|https?[-_ ]?(?:status|code|response)|status(?:[-_ ]?codes?)?|statuscode"
    r"|(?:response|return|http|error|fehler|result)[-_ ]?(?:status|codes?)|codes?(?: http)?|http[-_"
    r" ]?codes?|http[-_ ]?(?:error|fehler|erreur)|código|codice|kod"
)
_NOUNS = r"error|errors|fehler|erreurs?|errore|errori|erros?|błąd|błędy|błędu|fout|fouten|statuscode"
_END = (
    r"(?![\w%€$£]|[.,]\d|[-/:]\d|\s?(?:eur|usd|gbp|k\b|ms\b|s\b|sec|min|%|€|transfers?\b|payments?\b"
    r"|payouts?\b|requests?\b|customers?\b|users?\b|quotes?\b|transactions?\b|records?\b|rows?\b|times\b"
    r"|items\b|hours?\b|days?\b|calls?\b|transf|pagos?\b|paiements?\b|zahlungen|pagamentos?\b"
    r"|recipients?\b|beneficiar))"
)
_STATUS = re.compile(
    "(?i)(?:"
    rf"(?<![\w/])(?:{_LABELS})[\"'`*]{{0,3}}\s{{0,3}}(?:(?:is|was|of|were|are|:|=|=>|\||-|status|code|error"
    rf"|errors|fehler)[\"'`*\s(]{{0,4}}){{0,3}}{_CODE}{_END}"
    rf"|(?<![\w.,$€£#/-])(?P<reason>[1-5]\d\d)[\"'*]{{0,2}}[ \t\-–:,(|]{{1,3}}[\"']?(?:{_REASONS})(?![\w])"
    rf"|(?<![\w.,$€£#/-])(?P<noun>[1-5]\d\d|[45]xx|[45]0x)(?:-?er)?[ -](?:http[- ])?(?:{_NOUNS}|status"
    rf"|responses?|antwort\w*|code|réponses?|respuestas?|exceptions?)(?![\w])"
    rf"|(?<!\w)(?:{_NOUNS})[:\s(]{{1,3}}(?:http\s|code\s|\()?(?P<after_noun>[1345]\d\d|[45]xx){_END}"
    r"|(?<![\w.,$€£#/-])(?P<plural>[45]\d\d)(?:'?s|er)(?![\w])"
    r"|(?<![\w.-])(?P<family>[45]xx)(?![\w])"
    r"|<Response \[(?P<python>[1-5]\d\d)\]>"
    r"|\bHTTP/\d(?:\.\d)?[\"']?\s(?P<protocol>[1-5]\d\d)(?!\d)"
    rf"|(?:->|=>|→|-->)\s?(?:HTTP\s)?(?P<arrow>[1-5]\d\d)(?![\w.])(?!\s?(?:eur|usd|gbp|ms))"
    rf"|\[(?P<bracket>[45]\d\d)(?=\]| [A-Z])"
    ")"
)
_VERB_LEAD = (
    r"(?:\b(?:returns?|returned|returning|get|gets|got|getting|gave|gives|giving|receive[sd]?|receiving"
    r"|answer(?:s|ed|ing)?|responds?|responded|responding|respond|response|throws?|throwing|threw|with|an?|see|seeing|saw"
    r"|fails?|failed|failing|"
    r"kommt|kommen|bekommen|bekomme|erhalten|erhalte|liefert|liefern|antwortet|mit|einen?|recevons"
    r"|recevoir|reçois|renvoie|retourne|avec|une?|devuelve|recibimos|recibo|con|un|recebemos|retorna"
    r"|retornando|com|um|restituisce|riceviamo|geeft|krijgen|met|een|zwraca|odpowiada|rispond\w+|responde|répond\w*|antwoordt|dá|da"
    r"|otrzymujemy|as|is|only|nur"
    r"|noch|immer|wieder|ends? in|intermittent|random|sporadic|many|occasional|constant|all|these|those"
    r"|and|or|und|oder|et|ou|y|o|e|i|lots of|the same)\s(?:(?:http|code|an?|status|error|eine?n?|un|um"
    r"|sporadic|intermittent|occasional|random|error|nur|noch|immer|plain|generic|consistent|the"
    r"|only)\s){0,3}|\s[-–:|]\s|[\"`]\s|/[\w}{-]+[\"'`]?\s?:?\s|\b[45]\d\d\s?[/,|&]\s?)"
)
# What may follow a status in a sentence; a counted noun may not.
_BEHIND = (
    r"(?=[\"'`*)\]]{0,3}(?:\s*$|[.,;:!?]|\s?[/|–&(]|\s-|\s(?:on|for|from|when|with|if|after|at|since|in"
    r"|instead|although|but|because|and|or|again|every|right|immediately|all|from our|instantly|whatever"
    r"|no matter|despite|about|errors?|ever|back|to|as|by|during|while|whenever|although|unless|without"
    r"|bei|beim|auf|von|für|wenn|seit|und|oder|statt|zurück|sur|pour|quand|depuis|et|ou|lors|à|en|al"
    r"|cuando|desde|y|o|ao|na|no|quando|desde|e|su|per|da|op|voor|bij|sinds|przy|od|dla|is|are|was|were"
    r"|now|today|this|the|is|intermittently|consistently|randomly|sporadically|constantly|HTTP|fine|ok"
    r"|[a-z0-9]+_[a-z0-9_]+)\b))"
)
_VERB = re.compile(
    rf"(?i){_VERB_LEAD}[\"'(*`]?(?P<code>20[0-4]|[345]\d\d)(?![\w%€$£]|[.,]\d|[-:]\d)" + _BEHIND,
    re.MULTILINE,
)
_LONE = re.compile(
    r"(?i)(?<![\w.,$€£#/+=&-])(?<!\d )(?P<code>4(?:0[0-689]|1[0-358]|2[2-9]|31|51)|50[0-8]|52[0-6])(?![\w%€$£]|[.,]\d|[-:/]\d|\s\d)"
    r"(?!\s?(?:eur|usd|gbp|pln|chf|ms|k|m|s|sec|min|mb|kb|gb|mal|people|staff|employees)\b)"
    r"(?!\s(?!(?:is|was|has|https|errors|responses|status|as|this|its|does|vs|always|sometimes|statuses"
    r"|codes|des|les|pas|dans|us|aus|las|los|nos|das|dos|ins|bis|als)\b)[^\W\d]{2,20}s\b)"
)
_LONE_STARTS = starts(r"\b(?:4[0-5]|5[02])\d\b")
_API_TALK = re.compile(
    r"\b[45]\d\d [A-Z]{2,}_[A-Z_]{2,}|\b(?:from|on|in) (?:your |the )?(?:production|live)\b(?! (?:engineer|line|team|manager))|\b(?:GET"
    r"|POST|PUT|PATCH|DELETE|HTTP)\b|/v\d|\bprod\b|(?i:producci|produção|produzione|productie|produkcj|produktion|odpowiada"
    r"|status|error|mix of|recib|receb|recev"
    r"|devuel|retorn|geeft|krijg|\bgets?\b|\bgot\b|fehler|erreur|\berro|fail|respon[sd]|répon|return"
    r"|zurück|liefer|\bapi\b|\btraces?\b|endpoint|requests?\b|\bcalls?\b|timeout|server|sandbox|umgebung)"
)
_COUNTED = re.compile(
    r"(?i)(?:(?<!mix )(?<!lot )(?<!lots )(?<!bunch )(?<!series )\bof|\b(?:about|around|approx\w*\.?|ca\."
    r"|circa|to|over|than|order|invoice|room|page|line|port|version|floor|amount|value|fee|total|limit"
    r"|contract|article|section|suite|ext\.?|extension|tel|phone|peaks?|next|first|last|all|id|ids"
    r"|number|nr\.?|no\.?|transfers?|for|by|from|until|took)|[€$£]|eur|usd|gbp)\s$"
)
_CELL = re.compile(r"\s*[\"']?([1-5]\d\d)[\"']?\s*$")
_STATUS_HEADER = re.compile(r"(?i)status|http|\bcode|response|result|antwort|réponse|respuesta")

_STATUS_STARTS = starts(
    r"\bhttp|\bstatus|\bresponse|\breturn|\berror|\bfehler|\bresult|\bcode|c.digo|codice|\bkod|erreur"
    r"|\berro|b..d|fout|[1-5][0-9][0-9][\"'* \t:,(|-]|[1-5][0-9][0-9][^\x00-\x7f]|[45][0x]x"
    r"|[45][0-9][0-9](?:'?s|er)|<response|->|=>|-->|\\?\[[45][0-9][0-9]"
)
_VERB_STARTS = starts(_VERB_LEAD + r"[\"'(*`]?(?:20[0-4]|[345][0-9][0-9])")
_KEY_STARTS = starts(
    r"[\"'`*]?(?:\berr|\bcode|\breason|\bfehlercode|\bfailure|\breject|\breturn|c.digo|codice|\bkod|\bfoutcode|\bmessage_code)"
)
_CONSTANT_STARTS = starts(r"\b[a-z][a-z0-9]{1,30}_[a-z0-9]")
_DOTTED_STARTS = starts(r"\berr(?:or|ors)?[._]")
_OAUTH_STARTS = starts(r"\b(?:invalid_|unauthorized_|unsupported_|access_|server_|temporarily_|insufficient_)")
_FAMILY_STARTS = starts(r"\b(?:ERR_|ECONN|ETIMED|EPIPE|EHOST|ENET|EAI_|ENOTFOUND|SSL_|CERTIFICATE_|UNABLE_TO)")
_CURL_STARTS = starts(r"curl: ")

_CODE_KEYS = (
    r"error[-_. ]?codes?|err[-_]?code|errorcode|code|error|error[-_]?type|error[-_]?key|reason"
    r"|error[-_]?name|fehlercode|failure[-_]?(?:code|reason)|reject(?:ion)?[-_]?(?:code|reason)|return[-_"
    r" ]?reason|code d'erreur|código de erro|código de error|codice (?:di )?errore|kod błędu|foutcode"
    r"|message_code"
)
_KEYED = re.compile(
    rf"(?i)(?<![\w.])[\"'`*]?(?:{_CODE_KEYS})[\"'`*]{{0,2}}\s{{0,3}}(?::|=|=>|\||is|was|of"
    rf"|ist)?\s{{0,3}}[\"'`*(]{{0,2}}(?P<code>[A-Za-z][\w]*(?:[._-][\w]+){{0,8}}|\d{{4,6}}"
    rf"|[A-Z]{{1,4}}-?\d{{1,6}})(?![\w({{])[\"'`*]?"
)
_CONSTANT = re.compile(r"(?<![\w./$%{-])[A-Z][A-Z0-9]{1,30}(?:_[A-Z0-9]{1,30}){1,8}(?![\w(=])")
_DOTTED = re.compile(r"(?<![\w./-])(?:error|errors|err)(?:[._][a-z0-9]+(?:[-_][a-z0-9]+)?){1,6}(?![\w/@(:=])", re.IGNORECASE)
_OAUTH = re.compile(
    r"(?<![\w./\"-])(?:invalid_(?:grant|client|request|token|scope)|unauthorized_client"
    r"|unsupported_grant_type|access_denied|server_error|temporarily_unavailable"
    r"|insufficient_scope)(?![\w])"
)
_FAMILY = re.compile(
    r"(?<![\w./-])(?:ERR_[A-Z0-9_]{2,40}|E(?:CONNRESET|CONNREFUSED|CONNABORTED|TIMEDOUT|PIPE|HOSTUNREACH"
    r"|NETUNREACH|AI_AGAIN|NOTFOUND)|SSL_ERROR_[A-Z_]{2,30}|CERTIFICATE_VERIFY_FAILED"
    r"|UNABLE_TO_[A-Z_]{4,40})(?!\w)"
)
_CURL = re.compile(r"\bcurl: \((\d{1,2})\)")
_ERROR_CONTEXT = re.compile(
    r"(?i)\b[45]\d\d\W{1,4}$|error|fail|reject|code|fault|exception|return|respond|receiv|\bgot\b|\bget(?:ting)?\b|message"
    r"|reason|fehler|erreur|échou|fallo|falha|erro\b|errore|błąd|fout|\bwith\b|declin|refus|blocked"
    r"|because|says|saying|\bmit\b|\bavec\b|\bcon\b|\bcom\b"
)
# Names in capitals that are no errors: transfer states, funding types, settings.
_HARMLESS_NAMES = """
INCOMING_PAYMENT_WAITING INCOMING_PAYMENT_INITIATED OUTGOING_PAYMENT_SENT FUNDS_CONVERTED FUNDS_REFUNDED BOUNCED_BACK
CHARGED_BACK BANK_TRANSFER DIRECT_DEBIT CONTENT_TYPE USER_AGENT API_KEY CLIENT_ID CLIENT_SECRET IN_PROGRESS REQUEST_ID
TRACE_ID PROFILE_ID TRANSFER_ID QUOTE_ID
"""
_STATES = frozenset(_HARMLESS_NAMES.split())


_OTHER_NUMBER = re.compile(
    r"(?i)(?:amount|value|price|fee|total|limit|eur|usd|gbp|betrag|montant|order|invoice|room|page|line"
    r"|port|version|floor)\W{0,4}(?:of\W)?$"
)
_OF_CALLS = re.compile(
    r"(?i)api|http|/v\d|endpoint|call|request|respon|return|error|fail|server|status|webhook|get|got|post"
    r"|put|receiv|throw|code|timeout|fehler|anfrage|aufruf|erreur|requête|appel|llamada|solicitud|chamada"
    r"|chiamata|zapytan|aanroep|zwraca|transfer|quote|payout|payment|curl|log|bounc|hang|reject|refus|answer"
    r"|came back|come back|comes back|authori|prod\b|sandbox|since|depuis|seit|desde|dopo|sinds|denied|declin|batch|card"
)
_KEY_OF_ERROR = re.compile(r"(?i)error|err|fehler|erreur|errore|erro\b")
_KEY_OF_CODE = re.compile(r"(?i)code")
_NAMED_OTHERWISE = re.compile(r"(?i)(?:http|https|utf|iso|rfc|java|python|v)[-_.\d]*")
_COMPOUND = re.compile(r"[A-Za-z][._][A-Za-z]")
_ASSIGNED = re.compile(r"(?i)[:=|]|code|\b(?:is|was|of|ist)\b")
_FILE_OR_HOST = re.compile(r"(?i)\.(?:py|js|java|go|com|io|tech|html?|org|net)$")
_CAMEL_OR_KEBAB = re.compile(r"[a-z]+(?:[A-Z][a-z]+)+|[A-Z][a-z]+(?:[A-Z][a-z]+)+|[a-z]+(?:-[a-z]+)+")
_VALUE_OF_FIELD = re.compile(
    r"(?i)(?:\bstatus|state|type|scope|method|currency|mode|kind|event|grant|export|env)[\"']?\s{0,2}[:=|]\s{0,2}[\"']?$|[$%]\{?$"
)
_BAD = re.compile(r"ERROR|INVALID|FAIL|NOT_|EXPIRED|DENIED|REJECT|UNSUPPORTED")
_SET_BEHIND = re.compile(r"\s{0,2}[=:]")
_NAME_BEFORE = re.compile(r"(?i)\b(?:status|state|header|variable|env var|in|to|type|field|scope)\s+[\"'`]?$")
_ERROR_BEHIND = re.compile(r"(?i)[\"'`)]?\s(?:error|code|response|exception)")


def statuses(page: Page) -> Iterator[Fact]:
    for found in page.scan(_STATUS_STARTS, _STATUS):
        group = next(name for name, value in found.groupdict().items() if value)
        yield _status(found[group], found.span(group))
        yield from _listed(page, found.end(group))
    for found in page.scan(_VERB_STARTS, _VERB):
        if _plausible(page, found):
            yield _status(found["code"], found.span("code"))
            yield from _listed(page, found.end("code"))
    for found in page.scan(_LONE_STARTS, _LONE):
        number = page.line_number(found.start())
        if any(_API_TALK.search(page.line(near)) for near in range(number - 3, number + 2)) and not _COUNTED.search(
            page.before(found.start(), 24)
        ):
            yield _status(found["code"], found.span("code"))
    for cell in page.cells:
        value = _CELL.match(page.text[cell.start : cell.end]) if _STATUS_HEADER.search(cell.header) else None
        if value:
            yield _status(value[1], (cell.start + value.start(1), cell.start + value.end(1)))


_LIST = re.compile(
    r"(?i)(?:s|er)?\s{0,2}(?:[/,|&+]|and|or|und|oder|et|ou|y|o|e|i|en)\s{0,2}(?:sometimes |occasionally "
    r"|manchmal |even |parfois |a few )?(?:an? |HTTP )?([1345]\d\d|5xx|4xx)(?![\w%€$£]|[.,]\d|\s?(?:eur"
    r"|usd|gbp|transfers?|payments?|customers?|users?)\b)"
)


def _listed(page: Page, end: int) -> Iterator[Fact]:
    """`500, 502 and 503`: what follows a status in a list is one too."""
    for _ in range(8):
        more = _LIST.match(page.text, end)
        if not more:
            return
        yield _status(more[1], more.span(1))
        end = more.end(1)


def _status(code: str, span: tuple[int, int]) -> Fact:
    return Fact(FactKind.HTTP_STATUS, code.lower(), span, original=code)


def _plausible(page: Page, found: re.Match[str]) -> bool:
    """The weak signs (`- 500`, `: 404`, "with 500") need a sentence about calls or failures."""
    line = page.line(page.line_number(found.start("code")))
    return _OTHER_NUMBER.search(page.before(found.start("code"), 24)) is None and _OF_CALLS.search(line) is not None


def error_codes(page: Page) -> Iterator[Fact]:
    for found in page.scan(_KEY_STARTS, _KEYED):
        code = found["code"]
        if _is_code(code, quoted=found[0][-1] in "\"'`*", key=found[0]):
            yield _error(code, found.span("code"))
    for found in page.scan(_CONSTANT_STARTS, _CONSTANT):
        if found[0] not in _STATES and _constant_in_error(page, found):
            yield _error(found[0], found.span())
    for where, pattern in ((_DOTTED_STARTS, _DOTTED), (_OAUTH_STARTS, _OAUTH), (_FAMILY_STARTS, _FAMILY)):
        for found in page.scan(where, pattern):
            if pattern is not _DOTTED or "." in found[0]:
                yield _error(found[0], found.span())
    for found in page.scan(_CURL_STARTS, _CURL):
        yield Fact(FactKind.ERROR_CODE, f"curl ({found[1]})", found.span(), "curl", found[0])


def _is_code(code: str, quoted: bool, key: str) -> bool:
    """A constant, a dotted or snake-case name, or a vendor number; never a plain English word (`error: connection refused`)."""
    if code.isdigit():
        return _KEY_OF_ERROR.search(key) is not None and len(code) > 3
    if code.upper() in _STATES or _NAMED_OTHERWISE.fullmatch(code):
        return False
    if code.isupper() and len(code) > 2:
        return quoted or "_" in code or any(character.isdigit() for character in code) or _KEY_OF_CODE.search(key) is not None
    if _COMPOUND.search(code):
        if not quoted and _ASSIGNED.search(key[: -len(code)]) is None:
            return "_" in code and "." not in code
        return _FILE_OR_HOST.search(code) is None
    return quoted and _KEY_OF_CODE.search(key) is not None and _CAMEL_OR_KEBAB.fullmatch(code) is not None


def _constant_in_error(page: Page, found: re.Match[str]) -> bool:
    before = page.before(found.start(), 80)
    if _VALUE_OF_FIELD.search(before):
        return _BAD.search(found[0]) is not None
    if _SET_BEHIND.match(page.after(found.end(), 4)) or _NAME_BEFORE.search(before):
        return False
    return _ERROR_CONTEXT.search(before) is not None or _ERROR_BEHIND.match(page.after(found.end(), 16)) is not None


def _error(code: str, span: tuple[int, int]) -> Fact:
    return Fact(FactKind.ERROR_CODE, code, span, original=code)
