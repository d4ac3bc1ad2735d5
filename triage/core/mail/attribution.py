"""Attribution lines: "On Mon, 23 Nov 2026 at 10:14, Jane Doe <jane@example.com> wrote:" in the dialects of many clients and languages.

Decides whether one to four lines introduce quoted text, and how sure that is. It never cuts anything: `new_text` does, which also knows
whether quoted lines follow. Every line is looked at a bounded number of times, so that the cost is linear in the text.

An address, a date and a time in front of a final colon are an attribution in any language. The verbs below carry the lines that lack one
of them, and prose words ("our", "the colleague", "we wrote") take the certainty away again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

MAX_LINES = 4
MAX_LINE = 240
MAX_JOINED = 480


class Strength(IntEnum):
    """What an attribution allows. HINT: quote marks below are believed. QUOTED: it also leaves with them. CERTAIN: it cuts even "
    "unmarked text."""

    NONE = 0
    HINT = 1
    QUOTED = 2
    CERTAIN = 3


@dataclass(frozen=True, slots=True)
class Attribution:
    """Lines `start` to `end` (exclusive) say who wrote what follows."""

    start: int
    end: int
    strength: Strength


_VERBS_SPACED = (
    # en de fr es pt it nl
    "wrote|writes|schrieb|geschrieben|a [ée]crit|escribi[óo]|escreveu|ha scritto|schreef|geschreven"
    # pl cs sk sv da no fi
    "|napisała?|pisze|napisana przez|napsala?|píše|napísala?|skrev|kirjoitti"
    # ru uk bg hr sr sl
    "|пишет|написала?|писал|пише|написав|написа|napisao|napisala?|napisal"
    # tr ro hu el vi id ca gl et lt lv sq he ar
    "|yazdı|yazmış|a scris|írta|έγραψε|viết|menulis|va escriure|escribiu|kirjutas|rašė|rakstīja|shkroi|כתב|כתבה|كتب|كتابة"
)
_VERB = re.compile(rf"(?<!\w)(?:{_VERBS_SPACED})(?!\w)|写道|寫道|书写|書きました|のメール|님이 작성|작성|썼습니다|เขียน")
_SPEECH = re.compile(r"(?<!\w)(?:said|says|asked|asks|wrote|writes|quote|quoting|zitat|citation|you wrote|citando|cita)(?!\w)")

_EMAIL = re.compile(r"[^\s<>()\[\]\"',;:@]{1,80}@[^\s<>()\[\]\"',;:@]{1,200}")
_YEAR = re.compile(r"(?<!\d)(?:19|20|25)\d\d(?!\d)|(?<!\d)\d{1,2}[./-]\d{1,2}[./-]\d{2}(?!\d)")
_TIME = re.compile(r"(?<!\d)\d{1,2}[:.hH]\d{2}(?!\d)|(?<!\d)\d{1,2} ?[apAP]\.?[mM](?!\w)")

_OPENING = re.compile(
    r"(?:on|am|le|el|em|no dia|il|op|den|på|w dniu|dnia|dne|dňa|v|в|на|στις|pe|în|in|la|vào|pada|a las|el día|el dia|data|kuupäev|ob|u"
    r"|at|在|于|於|في|בתאריך|ในวันที่|date|vom"
    r"|mon|tue|wed|thu|fri|sat|sun|mo|di|mi|do|fr|sa|so|lun|mar|mer|jeu|ven|sam|dim|mié|jue|vie|sáb|dom"
    r"|pon|wt|śr|czw|pt|sob|niedz|ndz|man|tir|ons|tor|fre|lør|søn|mån|tis|lör|sön|ma|ti|ke|to|pe|la|su"
    r"|po|út|st|čt|pá|so|ne|пн|вт|ср|чт|пт|сб|вс|нд|pirmd|pr"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch"
    r"|понедельник|вторник|среда|четверг|пятница|суббота|воскресенье)[.,]?(?=[\s\d,])|[(\"'*\[]?\d"
)
_POSSESSIVE = re.compile(
    r"(?<!\w)(?:your|our|my|his|her|their|someone|somebody|[Uu]nser(?:e[mnrs]?)?|[Ii]hr(?:e[mnrs]?)?|eure[mnrs]?|mein(?:e[mnrs]?)?|notre|votre|nos|vos|nuestr[oa]|vuestr[oa]"
    r"|noss[oa]|voss[oa]|nostr[oa]|vostr[oa]|onze|jullie|vår|vårt|deres|vores|nasz|wasz|наш|ваш)(?!\w)"
)
_PROSE = re.compile(
    r"(?<!\w)(?:the|this|that|these|when|because|which|as|after|before|from|someone|colleagues?|engineers?|team|support|server"
    r"|system|log|logs"
    r"|response|request|error|file|script|service|user|kolleg(?:e|in|en)|entwickler|kunde|système|serveur|collègue|sistema"
    r"|servidor|compañero"
    r"|colega|collega|systeem|kollega)(?!\w)"
)
_PRONOUN_WORDS = (
    "we I you he she they it who wir ich er sie il elle nous ik hij zij ze wij vi jag jeg ni du han hun hon io lui noi yo él eu ele "
    "ela nós "
    "ja my они он она мы я вы ми він вона"
)
_PRONOUNS = frozenset(_PRONOUN_WORDS.split())
_HALF_DATE = re.compile(r"\d{1,2},? \d{4}|\d{4}(?![-/.年\d])|\d{1,2}[:.]\d{2}(?![./\d])")
_GROUPWISE = re.compile(r">>> \S.{3,200} >>>")
_NOTES = re.compile(r"[^-]{2,100} ?---\d{1,4}[./-]\d{1,2}[./-]\d{2,4},? \d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?: [AP]M)?---")
_MID_SENTENCE = re.compile(r"(?:on|am|le|el|em|il|op|den|at) ")
_NAME_AFTER_COMMA = re.compile(r"\d[^,]{0,12}, ?[^,]{2,60}$")
_WORD = re.compile(r"\w+")
_UNENDED = re.compile(r"(?:^|\s)\S{1,6}\.$")


def find(lines: Sequence[str]) -> dict[int, Attribution]:
    """Attributions by their first line. `lines` are normalised (see `line_shape.plain`): stripped, blank ones empty."""
    found: dict[int, Attribution] = {}
    for end, line in enumerate(lines):
        if _terminates(line):
            best = _best_ending_at(lines, end)
            if best is not None:
                found[best.start] = best
    return found


def is_groupwise(line: str) -> bool:
    """GroupWise puts its attribution between marks (">>> Jane Doe <jane@example.com> 23.11.2026 10:14 >>>") and marks nothing below."""
    return line.startswith(">>> ") and _GROUPWISE.fullmatch(line) is not None and _TIME.search(line) is not None


def is_notes(line: str) -> bool:
    """Lotus Notes writes the author, the time and the first words of what it quotes on one line: "Ana Diaz ---23.11.2026 10:14:01---Hi"."""
    return len(line) <= MAX_LINE and "---" in line and _NOTES.match(line) is not None


def _terminates(line: str) -> bool:
    if not line or len(line) > MAX_LINE or line[0] in ">{|":
        return False
    ended = line.rstrip("*_ \"'")
    return ended.endswith((":", "：")) or (ended.endswith("---") and line.startswith(("-", "wrote", "<")) and "wrote" in line)


def _best_ending_at(lines: Sequence[str], end: int) -> Attribution | None:
    """The shortest run of lines that is certain; else the strongest. A run grows upwards over wrapped lines."""
    best: Attribution | None = None
    joined = ""
    for start in range(end, max(-1, end - MAX_LINES), -1):
        if start < end and not _wraps(lines[start]):
            break
        joined = f"{lines[start]} {joined}" if joined else lines[start]
        if len(joined) > MAX_JOINED:
            break
        strength = _strength(joined)
        if strength is not Strength.NONE and (best is None or strength > best.strength):
            best = Attribution(start, end + 1, strength)
        if strength is Strength.CERTAIN:
            return _grown(lines, Attribution(start, end + 1, strength))
    return best


def _grown(lines: Sequence[str], found: Attribution) -> Attribution:
    """A date cut in two by wrapping ("On Monday, November 23," / "2026 at 10:14 Jane wrote:") is certain without its first half: "
    "take that too."""
    above = found.start - 1
    if above < 0 or found.end - above > MAX_LINES or not _wraps(lines[above]):
        return found
    first, previous = lines[found.start].casefold(), lines[above].casefold()
    ends_open = previous[-1] in ",.<" or previous[-1].isdigit() or (_YEAR.search(previous) and len(previous.split()[-1]) <= 4)
    cut_date = _OPENING.match(previous) and len(previous.split()) <= 8 and ends_open
    if cut_date and (not _OPENING.match(first) or _HALF_DATE.match(first)):
        return Attribution(above, found.end, found.strength)
    if first.startswith("<") and len(previous) <= 60 and previous[-1] not in ".,!?":
        return Attribution(above, found.end, found.strength)
    return found


def _wraps(line: str) -> bool:
    """May the line above belong to the same attribution: not blank, not quoted, not a finished sentence."""
    if not line or len(line) > MAX_LINE or line[0] in ">|{}":
        return False
    if line.endswith("."):
        return bool(_UNENDED.search(line))
    return not line.endswith((":", "!", "?", ";", "：", "。"))


def _strength(joined: str) -> Strength:
    text = joined.strip("-—*_ \t")
    low = text.casefold()
    verb = _VERB.search(low)
    email, year, time = _EMAIL.search(text), _YEAR.search(text), _TIME.search(text)
    if verb is None:
        return _without_verb(text, low, bool(email), bool(year), bool(time))
    if _is_prose(text, low, verb, has_email=bool(email)):
        return Strength.HINT
    if _MID_SENTENCE.match(text):
        return Strength.QUOTED
    if email and (year or time):
        return Strength.CERTAIN
    if (
        year
        and time
        and _OPENING.match(low)
        and (_NAME_AFTER_COMMA.search(text[: verb.start()]) or (text[:1].isalpha() and "," in text[:5]))
    ):
        return Strength.CERTAIN  # clients put a comma between time and name; people who tell a story seldom do
    if email or year or len(_WORD.findall(low)) <= 7:
        return Strength.QUOTED
    return Strength.HINT


def _without_verb(text: str, low: str, email: bool, year: bool, time: bool) -> Strength:
    """Gmail in Russian and Japanese, Yandex, Mail.ru: a date, a name, an address, a colon, and no verb."""
    if email and year and time:
        opens = _OPENING.match(low) is not None
        closes = text.rstrip(": ：*\u2069\u202c").endswith((">", ")", "]"))
        prose = _PROSE.search(text) or _POSSESSIVE.search(low)
        return Strength.CERTAIN if opens and closes and not prose else Strength.HINT if prose else Strength.QUOTED
    if email and len(_WORD.findall(low)) <= 12 and not _POSSESSIVE.search(low):
        return Strength.QUOTED if _SPEECH.search(low) or text.rstrip(": ").endswith((">", "]")) else Strength.HINT
    if (year and time) or _SPEECH.search(low):
        return Strength.HINT
    return Strength.NONE


def _is_prose(text: str, low: str, verb: re.Match[str], *, has_email: bool) -> bool:
    """Somebody tells what somebody wrote: a pronoun next to the verb, a possessive, or (without an address) other words of prose."""
    if len(text) == len(low):
        before, after = _WORD.findall(text[: verb.start()][-40:]), _WORD.findall(text[verb.end() : verb.end() + 40])
        if (before and before[-1] in _PRONOUNS) or (after and after[0] in _PRONOUNS):
            return True
    if _POSSESSIVE.search(text) or _POSSESSIVE.match(low):
        return True
    return not has_email and _PROSE.search(text) is not None
