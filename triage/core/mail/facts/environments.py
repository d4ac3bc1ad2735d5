"""Which environment a mail speaks of: "production" or "sandbox" (staging and test environments count as sandbox), by host name and by word.

A word counts only where it names an environment: "live chat", "production line" and "we go live in May" do not. What the writer denies
("not in sandbox") is not reported. When a mail names both, both are reported: the reader decides which one fails.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from triage.core.mail.facts.layout import Page
from triage.core.mail.message import Fact, FactKind
from triage.core.mail.scanning import starts

PRODUCTION = "production"
SANDBOX = "sandbox"

_HOST = re.compile(r"(?i)(?<![\w@.-])(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}(?![\w@])")
_SANDBOX_LABEL = re.compile(r"sandbox|staging|^stage$|^stg$|^uat$|^test$|^preprod$|^demo$")
_OWN_DOMAIN = re.compile(r"(?:^|\.)(?:transferwise|wise)\.[a-z.]+$")
_NOT_API = frozenset("www docs status help community developer support wise transferwise business".split())  # noqa: SIM905 (reads as prose)

_ENV = (
    r"(?:environments?|env|systems?|apis?|accounts?|integrations?|keys?|credentials|tokens?|servers?"
    r"|hosts?|urls?|endpoints?|traffic|mode|instance|profiles?|platform|data|calls?|requests?|issue"
    r"|incident|outage|tenant|cluster|side|base url)"
)
_WORDS = (
    # (what it means, words that always name an environment)
    (
        SANDBOX,
        r"sandbox(?:es|ie|u|a|em|ow\w{1,3})?|sand-box|staging|pre-?prod(?:uction)?|uat|bac (?:à|a) sable|"
        r"test[- ]?(?:environments?|env|umgebung(?:en)?|systems?|omgeving|account)|testumgebung|testsystem|entorno de (?:pruebas?|test)|"
        r"environnement de (?:test|recette|pré-?production)|ambiente de (?:testes?|homologa(?:ç|c)(?:ã|a)o)"
        r"|homologa(?:ç|c)(?:ã|a)o|ambiente di (?:test|prova|collaudo)|"
        r"(?:ś|s)rodowisk\w{1,3} testow\w{1,3}|testow\w{1,3} (?:ś|s)rodowisk\w{1,3}",
    ),
    (
        PRODUCTION,
        r"produktions-?(?:api|schnittstelle|umgebung|systeme?|server|zugang)|produ(?:c|k)tion|prod|prd|produktion|produktiv(?:umgebung"
        r"|system|betrieb)|produktionsumgebung"
        r"|produktionssystem|produktiven? (?:umgebung|system)|"
        r"producci(?:ó|o)n|produ(?:ç|c)(?:ã|a)o|produzione|productie(?:omgeving)?|produkc(?:ja|ji|ję|yjn\w{1,3})|"
        rf"live[- ]?(?:umgebung|system|betrieb|omgeving|api)|live {_ENV}|(?:in|on|from|against) live|live-{_ENV}|(?<=[(,|] )live(?=[),"
        rf"|]|$)|(?<=[(\[|])live(?=[),|\]])",
    ),
)
_WORD = re.compile("|".join(rf"(?P<{name}>(?<![\w./@-])(?:{words})(?![\w@])(?![./-]\w))" for name, words in _WORDS), re.IGNORECASE)
_LABELLED_LIVE = re.compile(
    r"(?i)\b(?:environment|env|umgebung|environnement|entorno|ambiente|omgeving|(?:ś|s)rodowisko|stage"
    r"|mode)[\"'*]{0,2}\s{0,3}(?:[:=|]|is)\s{0,3}[\"'*]{0,2}(live|test|stage)\b"
)
_DENIED = re.compile(
    r"(?i)(?:\bnot|n't|\bnever|\bnicht|\bkein\w{0,2}|\bpas|\bno(?= (?:en|es|in|a)\b)|\bnão|\bnon|\bniet"
    r"|\bnie|\brather than|\binstead of|\bstatt|\bau lieu de|\bunlike|\bwithout)(?:\s+(?:yet|just"
    r"|only|blocking|affecting|impacting|touching))?(?:\s+(?:in|on|the|our|your|a|an|der|dem|die|im|en|em|la|le|el|no|na|auf|w|use"
    r"|using|testing"
    r"|about|from|for|any|other)){0,3}\s*[\"'(]?$"
)
_NOT_YET = re.compile(r"(?i)\b(?:is|ist) not yet\s*$")
_NO = re.compile(r"(?i)\bno\s$")
_NONE_OF_IT = re.compile(r"(?i)\s(?:impact|customers?|users?|traffic|issues?)\b")
_INDUSTRY_AFTER = re.compile(
    r"(?i)[ -](?:lines?|compan(?:y|ies)|managers?|planning|schedules?|costs?|facilit(?:y|ies)|plants?"
    r"|floor|volumes?|capacity|process|of\b(?! ours)|house|studio|halle|staff|workers|engineer\w*|director"
    r"|lead\b|support\b|goods|ready|readiness|grade|quality|d'|de (?!paiement)|des )"
)
_INDUSTRY_BEFORE = re.compile(
    r"(?i)(?:mass|film|video|food|line of|oil|energy|music|event|media|theatre|series|car|go(?:es|ing)?"
    r" (?:in)?to|move (?:in)?to|moving to|went to|before|prior to|launch(?:ing)? in|ready for|release to"
    r"|deploy to|promote to|access to|access for|switch(?:ing)? to|migrat(?:e|ing) to|credentials for"
    r"|keys? for|cutover to|passage en|mise en|avant la|puesta en|messa in|entrar em|Go-?[Ll]ive"
    r" in)\s*(?:the |our |a )?$"
)

_HOST_STARTS = starts(r"\b[a-z0-9-]+\.[a-z0-9]")
_WORD_STARTS = starts(
    r"sand-?box|staging|pre-?prod|uat\b|bac .{1,2}sable|test|entorno de|environnement de|ambiente d"
    r"|homologa|.rodowisk|prod|prd\b|live|in live|on live|from live|against live"
)
_LABEL_STARTS = starts(r"\b(?:environment|env|umgebung|environnement|entorno|ambiente|omgeving|.rodowisko|stage|mode)\b")


def environments(page: Page) -> Iterator[Fact]:
    yield from _by_host(page)
    yield from _by_word(page)


def _by_host(page: Page) -> Iterator[Fact]:
    for found in page.scan(_HOST_STARTS, _HOST):
        name = environment_of_host(found[0].lower())
        if name:
            yield Fact(FactKind.ENVIRONMENT, name, found.span(), "host", found[0])


def environment_of_host(host: str) -> str:
    """`api.sandbox.example` is sandbox; `api.wise.com` is production; a partner's own hosts say nothing about ours."""
    labels = host.split(".")
    if any(_SANDBOX_LABEL.search(label) for label in labels[:-1]) and ("api" in host or "sandbox" in host or _OWN_DOMAIN.search(host)):
        return SANDBOX
    if any(label in ("production", "prod", "live") for label in labels[:-1]) and "api" in host:
        return PRODUCTION
    if _OWN_DOMAIN.search(host) and labels[0].startswith("api") and labels[0] not in _NOT_API:
        return PRODUCTION
    return ""


def _by_word(page: Page) -> Iterator[Fact]:
    for found in page.scan(_WORD_STARTS, _WORD):
        name = found.lastgroup or ""
        before = page.before(found.start(), 40)
        if _DENIED.search(before) and not _NOT_YET.search(before):
            continue
        if _NO.search(before) and _NONE_OF_IT.match(page.after(found.end(), 20)):
            continue
        if name == PRODUCTION and (_INDUSTRY_AFTER.match(page.after(found.end(), 20)) or _INDUSTRY_BEFORE.search(before)):
            continue
        yield Fact(FactKind.ENVIRONMENT, name, found.span(), "word", found[0])
    for found in page.scan(_LABEL_STARTS, _LABELLED_LIVE):
        yield Fact(FactKind.ENVIRONMENT, PRODUCTION if found[1].lower() == "live" else SANDBOX, found.span(1), "word", found[1])
