"""How long it has been going on: "for 20 minutes", "approx. 3h", "lasting 45s", "since 10:05 UTC", "since yesterday".

Values are `20 minutes`, `3 hours`, `since 2026-11-22T10:05:00+00:00`, `since yesterday`. Validity periods, retry intervals, deadlines and
ages of a contract are durations of something else and are not reported.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from triage.core.mail.facts.layout import Page
from triage.core.mail.message import Fact, FactKind
from triage.core.mail.scanning import starts

_UNITS = {
    "millisecond": r"ms|msecs?|milliseconds?|millis",
    "second": r"s|secs?|seconds?|sekunden?|sek|secondes?|segundos?|secondi|seconden|sekund\w?",
    "minute": r"m|mins?|minutes?|minuten?|minutos?|minuti|minut\w?",
    "hour": r"h|hrs?|hours?|stunden?|std|heures?|horas?|ore|ora|uur|uren|godzin\w?|godz",
    "day": r"d|days?|tagen?|tage?|jours?|d(?:í|i)as?|dias?|giorn[oi]|dagen?|dni|dzie(?:ń|n)",
    "week": r"weeks?|wochen?|semaines?|semanas?|settiman[ae]|weken|week|tygodn\w{1,3}",
}
_NUMBERS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "twelve": 12,
    "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fortyfive": 45, "ninety": 90, "last": 1, "past": 1,
    "einer": 1, "eine": 1, "einem": 1, "zwei": 2, "drei": 3, "vier": 4, "fünf": 5, "zehn": 10, "zwanzig": 20, "une": 1, "un": 1, "deux": 2,
    "trois": 3, "quatre": 4, "cinq": 5, "dix": 10, "vingt": 20, "una": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5,
    "diez": 10, "veinte": 20,
    "uma": 1, "duas": 2, "dois": 2, "três": 3, "dez": 10, "due": 2, "tre": 3, "un'": 1, "een": 1, "twee": 2, "drie": 3,
    "dwóch": 2, "trzech": 3,
}  # fmt: skip
_VAGUE = (
    r"a few|several|a couple of|some|half an|mehreren?|einigen?|ein paar|quelques|plusieurs|varias?|unas"
    r"|várias|algumas|alcune|diverse|enkele|kilku"
)
_NUMBER = rf"(?P<number>\d{{1,5}}(?:[.,]\d{{1,2}})?|{_VAGUE}|{'|'.join(sorted(map(re.escape, _NUMBERS), key=len, reverse=True))})"
_UNIT = "|".join(rf"(?P<{name}>{words})" for name, words in _UNITS.items())
_AMOUNT = re.compile(
    rf"(?i)(?<![\w.,:$€£+-]){_NUMBER}(?:(?:(?<=\d)|(?=[\s-]))\s{{0,2}}-?(?:full |long |solid |whole )?"
    rf"|(?<='))(?:{_UNIT})(?![^\W\d]|['_])(?:\s?(?:and\s)?(?P<more>\d{{1,2}})\s?(?P<more_unit>min(?:ute)?s?|m|s"
    rf"|sec(?:ond)?s?)\b)?"
)
_ABOUT = (
    r"(?:(?:about|around|approx(?:imately)?\.?|roughly|almost|nearly|over|more than|at least|up to|ca\.?"
    r"|circa|etwa|rund|ungefähr|über|fast|mehr als|environ|presque|plus de|unos|unas|casi|más de|cerca de"
    r"|quase|mais de|quasi|più di|oltre|ongeveer|bijna|meer dan|około|ponad|exactly|~|≈|>|the|last|past"
    r"|den letzten|der letzten|les dernières|las últimas|los últimos|últimas|a total of|now"
    r"|good)\s{0,2}){0,3}"
)
_LEAD = re.compile(
    rf"(?i)(?:\b(?:for|since|lasting|lasted|lasts|during|over|took|takes?|taking|seit|dauert\w?|dauerte"
    rf"|während|depuis|pendant|durant|desde hace|hace|durante|h(?:á|a)|por|da|per|sinds|al|gedurende|od"
    rf"|przez|in the|within the|spent|waited|hangs?|hung|hanging|stuck|down|unavailable|timed? ?out|times"
    rf" out)(?:\s(?:for|after|at|von|nach|après))?"
    rf"|\bafter|\bnach|\baprès|\bdespués de|\bapós|\bdopo|\bna|\b(?:duration|dauer|durée|duración|duração"
    rf"|durata|duur|elapsed|latency|downtime|outage|response time|time taken"
    rf"|time_total)[\"'*]{{0,2}}\s{{0,2}}(?:of|is|was|[:=|])?)[\s:]{{1,3}}{_ABOUT}$"
    rf"|(?i:\b(?:approx(?:imately)?\.?|approximately|roughly|ca\.|circa)|~|≈)\s{{0,2}}$"
)
_AFTER = re.compile(r"(?i)(?:after|nach|après|después de|após|dopo|na)\b")
# "since last week" names a start.
_SINCE_BEFORE = re.compile(r"(?i)\bsince\s$")
_ONGOING = re.compile(r"(?i)\s?(?:now\b|long\b|lang\b|of downtime|outage|downtime|already\b)")
_OTHER_BEHIND = re.compile(
    r"(?i)\s?(?:ago\b.{0,12}(?:we|i) (?:signed|joined|started using)|old\b|of (?:notice|validity)|window|interval|timeout setting)"
)
_STRONG_LEAD = re.compile(r"(?i)\b(?:duration|dauer|durée|duración|duração|durata|duur|elapsed|downtime|outage|lasting|lasted)\b")
_OTHER_THING = re.compile(
    r"(?i)\b(?:valid|expir\w+|wait\w*|retry\w*|retries|(?:every|each)(?=\s*(?:\w+\s)?$)|within (?!the last)|in the next|ttl"
    r"|cache\w*|lifetime|token|free|response within|sla|deadline|customers?|partners?|working with|using"
    r" you|live for|polling|interval|backoff|sleep|contract|experience|g(?:ü|u)ltig|warten|valable|válido"
    r"|rate limit|limit|window|per|respond|answer|back|hold|held|held for|gesperrt|hear|if \w+ (?:were|was|is|goes|went))\b[^.!?\n]{0,30}$"
)
_AFTER_FAILURE = re.compile(
    r"(?i)(?:time\w*[- ]?outs?|timed|hang\w*|fail\w*|abort\w*|clos\w+|drop\w*|cancel\w*|error\w*|504"
    r"|resets?|gives? up|stop\w*|recover\w*|went away|disappear\w*|over again|bricht|abgebrochen|scheitert|échoue|expire|falla"
    r"|falha)\b[^.!?\n]{0,30}$"
)
_FAILURE_BEHIND = re.compile(
    r"(?i)\s(?:(?:in|into|with|mit|en|avec|con|com)\s(?:an?\s|einen?\s|un\s|um\s)?)?(?:read )?(?:time"
    r"|abort|abgebr|fail|erreur|error)"
)
_SINCE = re.compile(
    rf"(?i)\b(?:since|as of|seit|ab|depuis|dès|à partir de|desde|a partir das?|dal(?:le)?|sinds|vanaf"
    rf"|od)[\s:]{{1,2}}(?:on |at |um |le |las |as |às |ore |godz\.? |dem |the |el |o |em |(?:mon|tues"
    rf"|wednes|thurs|fri|satur|sun)day,? )?{_ABOUT}$"
)
_SINCE_WORD = re.compile(
    r"(?i)\b(?:since|seit|depuis|desde|da|sinds|od)\s(?P<when>(?:early |late |about |around )?(?:yesterday"
    r"|last (?:night|week|weekend|evening|monday|tuesday|wednesday|thursday|friday|saturday|sunday|month)"
    r"|this (?:morning|afternoon|evening|week)|today|midnight|noon|(?:on )?(?:monday|tuesday|wednesday"
    r"|thursday|friday|saturday|sunday)(?: (?:morning|afternoon|evening|night))?|(?:your|the|our) (?:last "
    r"|latest )?(?:release|deploy\w*|maintenance|weekend|upgrade)"
    r"|gestern(?: (?:abend|morgen|nachmittag|nacht))?|heute(?: (?:früh|morgen|mittag|nacht))?|(?:letzter"
    r"|letzte|dieser|diesem) (?:nacht|woche|morgen)|montag|dienstag|mittwoch|donnerstag|freitag|samstag"
    r"|sonntag|hier(?: (?:soir|matin))?|ce matin|cette nuit|la nuit dernière|lundi|mardi|mercredi|jeudi"
    r"|vendredi|ayer|esta mañana|anoche|hoy|ontem(?: à (?:noite|tarde))?|hoje(?: de manhã)?|esta manhã"
    r"|ieri(?: (?:sera|mattina|pomeriggio))?|stamattina|oggi|gisteren(?:avond|middag)?|vanochtend"
    r"|vanmorgen|wczoraj|dzisiaj|rana))(?!\w)"
)
_WRITTEN = "|".join(sorted({*_VAGUE.split("|"), *_NUMBERS}, key=len, reverse=True))
# RE2 sees one byte a character, and calls few of them a space.
_GAP = r"(?:[\s\x0b\x1c-\x1f\x85\xa0?]{0,2}-?(?:full |long |solid |whole )?)"
_AMOUNT_STARTS = starts(
    rf"\b(?:\d{{1,5}}(?:[.,]\d{{1,2}})?|{_WRITTEN}){_GAP}(?:ms|[smhd](?:\b|\d)|m[si]|se[ckg]"
    r"|min|hr|ho|std|stu|heu|or[ea]|uur|ure|godz|da[yg]|tag|jou|d.{1,2}a|gio|dn|dz|we|wo|sem|set|tyg)"
)
_SINCE_STARTS = starts(r"\b(?:since|seit|depuis|desde|da|sinds|od)\s")


def durations(page: Page, times: Iterable[Fact]) -> Iterator[Fact]:
    """`times`: the timestamps of the same text, so that "since 10:05 UTC" says the same instant."""
    for found in page.scan(_AMOUNT_STARTS, _AMOUNT):
        if _is_duration(
            page.text[max(0, found.start() - 80) : found.start()].rpartition("\n\n")[2].replace("\n", " "), page.after(found.end(), 20)
        ):
            yield Fact(FactKind.DURATION, _value(found), found.span(), original=found[0])
    for fact in times:
        lead = _SINCE.search(page.text[max(0, fact.span[0] - 50) : fact.span[0]])
        if lead and fact.label != "epoch":
            start = max(0, fact.span[0] - 50) + lead.start()
            yield Fact(FactKind.DURATION, f"since {fact.value}", (start, fact.span[1]), "since", page.text[start : fact.span[1]])
    for found in page.scan(_SINCE_STARTS, _SINCE_WORD):
        yield Fact(FactKind.DURATION, f"since {found['when'].lower()}", found.span(), "since", found[0])


def _is_duration(before: str, after: str) -> bool:
    if _OTHER_BEHIND.match(after) or _SINCE_BEFORE.search(before):
        return False
    lead = _LEAD.search(before)
    ongoing = _ONGOING.match(after)
    if not lead and not ongoing:
        return False
    if lead and _STRONG_LEAD.search(lead[0]):
        return True
    if lead and _AFTER.match(lead[0]):
        return _AFTER_FAILURE.search(before[: lead.start()]) is not None or _FAILURE_BEHIND.match(after) is not None
    return _OTHER_THING.search(before) is None


def _value(found: re.Match[str]) -> str:
    unit = next(name for name in _UNITS if found[name])
    written = found["number"].lower()
    if written.startswith("half"):
        return "30 minutes" if unit == "hour" else f"half a {unit}"
    amount = str(_NUMBERS.get(written, written.replace(",", ".")))
    value = f"{amount} {unit}{'' if amount == '1' else 's'}"
    if found["more"]:
        more = "second" if found["more_unit"].startswith("s") else "minute"
        value += f" {int(found['more'])} {more}{'' if int(found['more']) == 1 else 's'}"
    return value
