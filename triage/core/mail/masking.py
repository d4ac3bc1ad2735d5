"""Which characters of a text are secrets, and what is shown in their place.

It decides for tokens, keys, passwords, card numbers and IBANs; it never stores, logs or returns what it hid, only the kinds. Trace ids,
UUIDs, transfer ids and timestamps pass through unless a label calls them a secret. Called by the parser on every text before anything else
reads it, and by the fact extractors on the values they build.

Bounded: every pattern is anchored on a literal or a boundary and every repetition is limited, so the time is linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from triage.core.mail.numbers import CARD, mask_card, mask_ibans
from triage.core.mail.scanning import any_of, one_byte

STARS = "***"


@dataclass(frozen=True, slots=True)
class Masked:
    """`kinds`: what was hidden (`"bearer token"`), each once, in the order of the rules; empty when the text is as it came."""

    text: str
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Rule:
    """`hint`: an RE2 pattern, wider than the rule's own and without lookaround; all hints are looked for in one pass, and only the rules
    whose hint occurs are tried (most mails hold no secret at all)."""

    kind: str
    hint: str
    replace: Callable[[str], str]


def mask(text: str) -> Masked:
    """Hide every secret. Idempotent: repeated until nothing changes, which takes one extra pass over a text that held a secret."""
    kinds: dict[str, None] = {}
    for _ in range(4):
        before = text
        for number in sorted(_HINTS.Match(one_byte(text)) or ()):
            masked = _RULES[number].replace(text)
            if masked != text:
                kinds[_RULES[number].kind] = None
                text = masked
        if text == before:
            break
    return Masked(text, tuple(kinds))


# --- what looks like a secret at all ---------------------------------------------------------------------------------

_ORDINARY_WORDS = """
    required missing invalid incorrect wrong expired none null nil true false string empty yes no is was are the a an we our
    your this that it not undefined unauthorized unauthorised denied see attached below above hidden redacted removed masked
    omitted xxx xxxx xxxxx optional revoked rotated changed reset unknown valid bearer basic token type and or has with for
    in on of from to must should you i please generated refreshed authentication authorization secret password
"""
_NOT_SECRET = frozenset(_ORDINARY_WORDS.split())
# A placeholder names a secret and is not one: <token>, {{client_secret}}, ${API_KEY}, $TOKEN, %(key)s, [REDACTED].
_PLACEHOLDER = re.compile(r"[<{$%\[*(]|x{3,}$|\.{3}|…|your[-_ ]|os\.|process\.|env\b|settings\.|config\.|self\.", re.IGNORECASE)


def _is_word(value: str) -> bool:
    return value.strip("\"'`.,;:!?()").lower() in _NOT_SECRET


def _is_random(value: str) -> bool:
    """Made by a machine rather than written: long enough, and digits among the letters (or no vowel pattern a word would have)."""
    if len(value) < 8 or _is_word(value):
        return False
    has_digit = any(character.isdigit() for character in value)
    mixed = not value.islower() and not value.isupper() and not value.istitle()
    return has_digit or (len(value) >= 20 and mixed)


def _is_passwordlike(value: str) -> bool:
    return not _is_word(value) and any(not character.isalpha() for character in value.rstrip(".,;:!?)"))


# --- private keys ----------------------------------------------------------------------------------------------------

_KEY_BEGIN = re.compile(r"-----BEGIN ([A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?)-----")
_KEY_BODY = re.compile(r"(?:[A-Za-z0-9+/=\s:,\\-]|\\[rn])*")


def _mask_private_keys(text: str) -> str:
    """A block without its END line (cut by the writer) is hidden up to the last character that can belong to it."""
    pieces: list[str] = []
    done = 0
    for begin in _KEY_BEGIN.finditer(text):
        if begin.start() < done:
            continue
        end_line = f"-----END {begin[1]}-----"
        end = text.find(end_line, begin.end())
        if end < 0:
            body = _KEY_BODY.match(text, begin.end())
            end, after = (body.end(),) * 2 if body else (begin.end(),) * 2
            ending = "\n"
        else:
            after = end + len(end_line)
            ending = f"\n{end_line}"
        pieces += [text[done : begin.end()], f"\n{STARS}", ending]
        done = after
    return "".join((*pieces, text[done:]))


# --- tokens ----------------------------------------------------------------------------------------------------------

_JWT = re.compile(r"\beyJ[A-Za-z0-9_-]{6,8192}(?:\.[A-Za-z0-9_-]{1,16384}){1,4}")
_PREFIXED = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"((?:sk|rk|pk|whsec)_(?:live|test)_|whsec_|gh[pousr]_|github_pat_|glpat-|xox[abeoprs]-|npm_|pypi-"
    r"|dop_v1_|shpat_|sk-(?:ant-|proj-)?|SG\.)"
    r"[A-Za-z0-9._=+/-]{10,512}"
    r"|(AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])"
    r"|(AIza)[A-Za-z0-9_-]{30,45}"
    r"|(ya29\.)[A-Za-z0-9._-]{16,512}"
    r"|(hooks\.slack\.com/services/)[A-Za-z0-9/]{16,128})"
)
_SCHEMES = "bearer|basic|token|apikey|api-key|negotiate|ntlm|oauth|jwt"
_AUTHORIZATION = re.compile(
    r"(?i)(authorization[\"'`*\\]{0,3}\s{0,3}(?::|=>|=|\||,|%3a)\s{0,3}[\"'`\\]{0,3})"
    rf"(?:((?:{_SCHEMES})(?:\s{{1,4}}|%20|\+))([^\s\"'`,;|<>\\]{{1,8192}})|((?:digest|aws4-hmac-sha256|hmac"
    rf"|signature)\s)([^\r\n\"]{{1,4096}})|([^\s\"'`,;|<>\\]{{8,8192}}))"
)
_BEARER = re.compile(r"(?i)(\bbearer(?:\s{1,4}|\s{0,2}[:=]\s{0,3}|%20)(?:token\s{0,2}[:=]?\s{0,2})?[\"'`]?)([A-Za-z0-9._~+/=-]{8,8192})")


def _mask_prefixed(text: str) -> str:
    return _PREFIXED.sub(lambda found: next(group for group in found.groups() if group) + STARS, text)


def _authorization(found: re.Match[str]) -> str:
    head, scheme, value, long_scheme, _, bare = found.groups()
    if scheme:
        return found[0] if _PLACEHOLDER.match(value) or _is_word(value) else f"{head}{scheme}{STARS}"
    if long_scheme:
        return f"{head}{long_scheme}{STARS}"
    return f"{head}{STARS}" if _is_random(bare) and not _PLACEHOLDER.match(bare) else found[0]


def _bearer(found: re.Match[str]) -> str:
    return f"{found[1]}{STARS}" if _is_random(found[2].rstrip(".")) else found[0]


# --- names and passwords in URLs and commands ------------------------------------------------------------------------

_USERINFO = re.compile(r"(://[^\s/:@?#\"'<>]{0,128}:)([^\s/?#\"'<>]{1,256})@")
_LONE_USERINFO = re.compile(r"(://)([A-Za-z0-9_-]{16,256})@")
_CURL_USER = re.compile(
    r"((?:^|\s)(?:-u|-U|--user|--proxy-user)(?:\s{1,4}|=)?[\"']?[^\s:\"'-][^\s:\"']{0,256}:)([^\s\"']{1,256})", re.MULTILINE
)
_CURL_KEY_USER = re.compile(r"((?:^|\s)(?:-u|--user)(?:\s{1,4}|=)[\"']?)([A-Za-z0-9_-]{16,256})(?=:(?:[\s\"']|$))", re.MULTILINE)


def _mask_userinfo(text: str) -> str:
    text = _USERINFO.sub(lambda found: f"{found[1]}{STARS}@", text)
    return _LONE_USERINFO.sub(lambda found: f"{found[1]}{STARS}@" if _is_random(found[2]) else found[0], text)


def _mask_curl(text: str) -> str:
    text = _CURL_USER.sub(lambda found: found[0] if _PLACEHOLDER.match(found[2]) else f"{found[1]}{STARS}", text)
    return _CURL_KEY_USER.sub(lambda found: f"{found[1]}{STARS}" if _is_random(found[2]) else found[0], text)


# --- labelled values -------------------------------------------------------------------------------------------------

_PASSES = (
    r"pass(?:word|wd|phrase|code)|passwort|kennwort|mot de passe|contrase(?:ñ|n)a|senha|has(?:ł|l)o|wachtwoord|(?<![a-z])pwd|"
    r"(?:client|webhook|signing|shared|api|app|consumer)[-_ ]?secret|secret[-_ ]?(?:access[-_ ]?)?key|refresh[-_ ]?token|"
    r"access[-_ ]?token|id_token|client_assertion|private[-_ ]?key"
)
_KEYS = (
    r"(?:x-)?api[-_ ]?key|apikey|(?:api|auth|user|session|security|personal|oauth|csrf|one[- ]time)[-_ ]?token|subscription[-_]key|"
    r"(?<![a-z])secret|(?<![a-z])token|jsessionid|session[-_]?id|x-auth-token"
)
_SEPARATOR = r"[\"'`*\\]{0,3}\s{0,3}(?::|=>|=|\||%3d|\s(?:is|ist|est|es|lautet)\s)\s{0,3}"
_QUOTED = r"\\\"([^\"\\\r\n]{1,4096})\\\"|\"((?:[^\"\\\r\n]|\\.){1,4096})\"|'([^'\r\n]{1,4096})'"
_BARE = r"([^\s\"'&,;|<>\\][^\s\"'&,;|<>\\]{0,4095})"
_LABELLED_PASSWORD = re.compile(rf"(?i)((?:{_PASSES})({_SEPARATOR}))(?:{_QUOTED}|{_BARE})")
_LABELLED_TOKEN = re.compile(rf"(?i)((?:{_KEYS})({_SEPARATOR}))(?:{_QUOTED}|{_BARE})")
_COOKIE = re.compile(r"(?i)((?:set-)?cookie[\"']?\s{0,2}:\s{0,3}[\"']?)([\w.-]{1,64}=[^\r\n\"]{1,4096})")
_CARD_CODE = re.compile(
    r"(?i)(\b(?:cvv2?|cvc2?|card[-_ ]?(?:security|verification)[-_ ]?code|pin(?:[-_ ]?code)?)[\"']?\s{0,2}[:=]\s{0,2}[\"']?)(\d{3,8})\b"
)


def _hide_value(found: re.Match[str], value: str) -> str:
    """The matched text with the value gone and its quotes kept; a full stop that ends the sentence stays."""
    whole = found[0]
    at = whole.rfind(value)
    tail = value[len(value.rstrip(".)]}!?")) :] if found[6] is not None else ""
    return f"{whole[:at]}{STARS}{tail}{whole[at + len(value) :]}"


def _value(found: re.Match[str]) -> str:
    return found[3] or found[4] or found[5] or found[6] or ""


def _password(found: re.Match[str]) -> str:
    value = _value(found)
    if not value or value == STARS or _is_word(value) or _PLACEHOLDER.match(value):
        return found[0]
    written = found[6] is not None and "=" not in found[2]
    if written and not _is_passwordlike(value) and not _stands_alone(found):
        return found[0]
    return _hide_value(found, value)


def _stands_alone(found: re.Match[str]) -> bool:
    """`Password: sunshine` and nothing else on the line is a credential; `password: please reset it` is prose."""
    rest = found.string[found.end() : found.end() + 40].split("\n", 1)[0]
    return not rest.strip() and not re.search(r"\s", found[2].strip())


def _token(found: re.Match[str]) -> str:
    value = _value(found)
    core = value.rstrip(".)]}!?")
    assigned = "=" in found[2] and " " not in found[2] and not core.isdigit()
    if not value or value == STARS or _PLACEHOLDER.match(value) or _is_word(value) or not (_is_random(core) or assigned):
        return found[0]
    return _hide_value(found, value)


def _cookie(found: re.Match[str]) -> str:
    return f"{found[1]}{STARS}"


# What RE2 sees is one byte a character: a space beyond ASCII is `\xa0`, `\x85` or the `?` of anything beyond Latin-1.
_GAP = r"[\s\xa0\x85?]{0,3}"
_AFTER_LABEL = rf"[\"'`*\\]{{0,3}}{_GAP}(?::|=|\||%3d|[\s\xa0\x85?](?:is|ist|est|es|lautet))"
_RULES = (
    _Rule("private key", r"private key(?: block)?-----", _mask_private_keys),
    _Rule("JSON web token", r"eyj[a-z0-9_-]{6}", lambda text: _JWT.sub(f"eyJ{STARS}", text)),
    _Rule(
        "API key",
        r"whsec_|(?:sk|rk|pk)_(?:live|test)_|gh[pousr]_|github_pat_|glpat-|xox[abeoprs]-|npm_|pypi-|dop_v1_|shpat_|sk-|sg\."
        r"|akia[a-z0-9]|asia[a-z0-9]|aiza|ya29\.|hooks\.slack\.com/services/",
        _mask_prefixed,
    ),
    _Rule("authorization header", "authorization", lambda text: _AUTHORIZATION.sub(_authorization, text)),
    _Rule("bearer token", "bearer", lambda text: _BEARER.sub(_bearer, text)),
    _Rule("password in a URL", r"://[^\s/?#\"'<>]*@|://[^\s/@]*\?", _mask_userinfo),
    _Rule("password in a command", r"(?:^|[\s\xa0\x85?])(?:-u|--user|--proxy-user)", _mask_curl),
    _Rule(
        "password",
        r"(?:pass\w*|kennwort|mot de passe|contrase..?a|senha|has..?o|wachtwoord|pwd|secret|key|token|assertion)" + _AFTER_LABEL,
        lambda text: _LABELLED_PASSWORD.sub(_password, text),
    ),
    _Rule(
        "API token",
        r"(?:key|token|secret|session[-_]?id)" + _AFTER_LABEL,
        lambda text: _LABELLED_TOKEN.sub(_token, text),
    ),
    _Rule("cookie", rf"cookie[\"']?{_GAP}:", lambda text: _COOKIE.sub(_cookie, text)),
    _Rule(
        "card security code",
        rf"(?:cvv2?|cvc2?|code|pin)[\"']?{_GAP}[:=]{_GAP}[\"']?[\d?]",
        lambda text: _CARD_CODE.sub(rf"\g<1>{STARS}", text),
    ),
    _Rule("card number", r"[2-6][\d?]{3}(?:[ \xa0-]?[\d?]){8}", lambda text: CARD.sub(lambda found: mask_card(found[0]), text)),
    _Rule("IBAN", r"[a-z]{2}[\d?]{2}(?:[ \xa0-]?[a-z0-9]){11}", mask_ibans),
)
_HINTS = any_of([rule.hint for rule in _RULES])
