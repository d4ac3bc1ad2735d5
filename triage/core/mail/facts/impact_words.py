"""The vocabulary of business impact: who or what is concerned, what happens to it, how much and until when, in partners' languages.

Words only; `impact` decides what they amount to. They are matched against lower-case text without accents, by one RE2 set, so that one pass
over a sentence names every feature in it, however many words there are.
"""

from __future__ import annotations

from enum import IntEnum
from functools import lru_cache
from typing import Any

import re2

from triage.core.mail.facts import concern_words, harm_words


class Feature(IntEnum):
    PEOPLE = 0
    BUSINESS = 1
    """Money, orders, payroll, the books: what a business lives on."""
    SERVICE = 2
    """What the partner offers: their app, checkout, wallet."""
    OBJECT = 3
    """Payments, transfers, cards: things of business and of software alike."""
    OURS = 4
    INABILITY = 5
    ACTIVITY = 6
    """What a business does all day: pay, invoice, ship; "parse the response" is none of it."""
    HARM = 7
    FAULT = 8
    """Fails, is down, is rejected: a technical fault that may be a harm."""
    MEASURE = 9
    """What had to be done about it: switched off, by hand, refunded."""
    SCOPE = 10
    AMOUNT = 11
    DEADLINE = 12
    DUTY = 13
    """Agreements, regulators, penalties."""
    COST = 14
    NO_IMPACT = 15
    STATED = 16
    """Says "impact" or "affects us" in so many words."""
    SHARE = 17
    """A part of a whole: 30% of, 1 in 5."""
    HENCE = 18
    """So, as a result, which means: what follows is a consequence."""
    NEGATION = 19
    MACHINE = 20
    """Requests, fields, tests: the sentence tells how it works or was tried, not what it does to anybody."""
    COURTESY = 21
    LABEL = 22
    """A word that labels or heads a statement of impact."""


_HENCE = r"""
so|hence|therefore|thus|consequently|as a (?:result|consequence)|which means|meaning|this means|that means|because of (?:this|that|it)
due to this|in the meantime
deshalb|daher|dadurch|somit|deswegen|folglich|inzwischen|donc|du coup|par consequent|resultat|de ce fait|por eso|por lo que|asi que
por lo tanto|por isso|com isso
portanto|quindi|di conseguenza|percio|daardoor|dus|hierdoor|dlatego|przez to|w efekcie|mientras tanto|enquanto isso|entretanto
nel frattempo|ondertussen
"""
_NEGATION = r"""
not|no|never|none|nothing|neither|without|\w+n.t|nicht|keine?[nmrs]?|nie|pas|aucune?|jamais|rien|sans|ni|nada|nunca|sin|nao|sem|non|senza
mai|niente|niet|geen|nooit|bez|brak
"""
_MACHINE = r"""
api|apis|requests?|endpoints?|https?|headers?|fields?|param(?:eter)?s?|payloads?|json|xml|tokens?|responses?|retr(?:y|ies|ied)|logs?|codes?
sdk|version|webhooks?|body
calls?|called|calling your|url|urls|validat\w*|schema|documentation|docs|integrat\w*|implement\w*|tests?|testing|tested|tried|try|debug\w*
upgrad\w*|config\w*|array
work(?:s|ed|ing)? (?:fine|well|ok|for|before|until|yesterday|last|perfectly|as)|as expected|same (?:customers?|users?|clients?)
(?:asked|confirmed|checked|verified|contacted)
enter(?:s|ed)?|provid\w*|passed|passing|populat\w*|script|thread|stack ?trace|exception|null|undefined|anfragen?|aufruf\w*|appels?
llamadas a|requete|parametr\w*
peticion\w*|requisic\w*|chiamat\w*|aanroep\w*|zapytan\w*
panicked|unwrap|timeout|ssl|tls|certificat\w*|signature|dns|ip|regex|enum|boolean|string
"""
_COURTESY = r"""
please|thanks?|thank you|could you|can you|would you|let us know|let me know|regards|cheers|hope|appreciat\w*|kindly|looking forward|bitte
danke|merci|s.il vous plait
por favor|gracias|obrigad\w*|per favore|grazie|alstublieft|bedankt|dank|prosze|dziekuj\w*|happy to|feel free|fyi|sorry|apologies
"""
_LABEL = r"""
impacts?|impacted|blast radius|consequen\w*|effects?|affected|auswirkung\w*|betroffen\w*|folgen|clients? touches|impactos?|afectados
afetados|impatto
clienti (?:interessati|coinvolti)|gevolgen|wplyw|skutki|severity|sev|urgency|priority|criticality|schweregrad|prioritat|dringlichkeit
severite|gravite
severidad|gravedad|severidade|gravidade|severita|urgenza|ernst
"""
_NO_IMPACT = r"""
no (?:(?:\w+[- ]?)(?:facing )?(?:or )?){0,4}(?:impact|effect on|consequences?)|zero (?:\w+ )?impact|impact\W{1,3}(?:none|nil|zero|no\b|n/a)
(?:not|isn.t|aren.t|doesn.t|nobody|no one|none|nothing|n.t)(?: \w+){0,4} (?:affect\w*|impact\w*|block(?:ing|ed|s) (?:us|any|our|live\
|anyone|for|customers?))
not blocking|not a blocker|non-blocking|(?:only|just|merely|purely) (?:\w+ ){0,2}(?:affects?|affecting|impacts?|concerns?|hits?|blocks?)
(?:affects?|affecting|impacts?|concerns?|blocks?|limited to|visible in) (?:only|just)|cosmetic|a nuisance|an annoyance|nothing urgent
(?:customers?|users?|clients?|production|nobody) (?:is|are|was|were) (?:not |un)(?:affected|impacted)|unaffected
(?:nobody|no one|no (?:customers?|users?|clients?|merchants?)) (?:\w+ ){0,3}(?:affected|impacted|noticed|complained|involved)
keine? (?:\w+ )?(?:auswirkung\w*|beeintr\w*)|nicht betroffen|betrifft (?:bisher |derzeit )?nur|nur (?:\w+ )?(?:test\w*|intern\w*) betroffen
(?:aucun|pas d.|sans) ?(?:\w+ )?impact\w*|n.affecte (?:que|pas)|ne concerne que
(?:sin|ningun|sem|nenhum|nessun|senza|geen|brak|bez) (?:\w+ ){0,2}impact\w*
(?:nessun|senza) (?:\w+ )?(?:impatto|effetto)|(?:geen) (?:\w+ )?gevolgen|no (?:nos )?afecta|nao (?:nos )?afeta
(?:solo|apenas|so) (?:nos )?(?:afect|afet)a
sem (?:\w+ )?impacto|non (?:ci )?(?:impatta|riguarda|tocca)|raakt (?:geen|alleen)|nie ma (?:\w+ )?wplywu|brak wplywu|nie wplywa
"""
_STATED = r"""
(?:business|customer|user|financial|operational|commercial|client|production|revenue)[ -]impact(?:ing)?
impact (?:on|to|for) (?:\w+ )?(?:us|our|customers?)
(?:high|huge|severe|significant|major|minor|big|serious|minimal|limited|critical|massive|low|direct|noticeable|real) (?:\w+ )?impact
impact (?:on|to) (?:\w+ )?(?:clients?|users?|business|production|payouts?|operations?)
impact (?:is|was) (?:\w+ )?(?:low|high|severe|critical|small)
impact (?:is|was) (?:\w+ )?(?:minimal|limited|medium|huge|significant|major|minor|none)|(?:business|mission|time)[ -]critical
critical (?:for|to) (?:us|our)
(?:affect|impact|hit)(?:s|ing|ted|ed)? (?:\w+ ){0,4}(?:us|our|customers?|clients?|users?|business|production|everyone|everybody|merchants?\
|payouts?|\d[\d.,]*)
show ?stopper
(?:blocks?|blocking|blocked) (?:us|our|the|all|a) (?:\w+ ){0,2}(?:team|release|launch|go[ -]?live|roll ?out|migration|certification)
(?:blocks?|blocking|blocked) (?:us|our|the|all|a) (?:\w+ ){0,2}(?:integration|testing|sprint|pilot|development|production|payroll|project\
|uat)
(?:full|complete|total|partial|major) (?:outage|standstill|stop) (?:for|of|on|at)|geschaftskritisch\w*|auswirkung\w* (?:auf|sind|ist|fur)
betrifft (?:\w+ ){0,3}(?:kunden|nutzer|alle)|impact (?:metier|business|client|commercial|fort|majeur|sur)
impacto (?:en|no|sobre|alto|critico|de negocio)
afecta (?:a|al)|afeta (?:a|o|os|as|nossos|nossas|todos)|impatto (?:su|sul|sui|alto|grave)|impact op
bloqu\w+ (?:nos|notre|la|les|tous|nuestr\w+|nossos?|nossas?)|blockiert (?:uns|unser\w*|den|die|alle)|blokkeert (?:ons|onze)
raakt (?:\w+ )?(?:klanten|alle|onze)|wplyw na
"""

_WORDS = {
    Feature.PEOPLE: concern_words.PEOPLE,
    Feature.BUSINESS: concern_words.BUSINESS,
    Feature.SERVICE: concern_words.SERVICE,
    Feature.OBJECT: concern_words.OBJECT,
    Feature.OURS: concern_words.OURS,
    Feature.INABILITY: harm_words.INABILITY,
    Feature.ACTIVITY: concern_words.ACTIVITY,
    Feature.HARM: harm_words.HARM,
    Feature.FAULT: harm_words.FAULT,
    Feature.MEASURE: harm_words.MEASURE,
    Feature.SCOPE: concern_words.SCOPE,
    Feature.AMOUNT: concern_words.AMOUNT,
    Feature.DEADLINE: harm_words.DEADLINE,
    Feature.DUTY: harm_words.DUTY,
    Feature.COST: harm_words.COST,
    Feature.NO_IMPACT: _NO_IMPACT,
    Feature.STATED: _STATED,
    Feature.SHARE: concern_words.SHARE,
    Feature.HENCE: _HENCE,
    Feature.NEGATION: _NEGATION,
    Feature.MACHINE: _MACHINE,
    Feature.COURTESY: _COURTESY,
    Feature.LABEL: _LABEL,
}


def _compiled() -> Any:
    """One set of all features; RE2's types are not exported. Text may hold any byte; only ASCII is looked for."""
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.max_mem = 256 << 20
    words = re2.Set.SearchSet(options)
    for feature in Feature:
        lines = _WORDS[feature].replace("\\\n", "").strip().split("\n")
        words.Add(rf"(?:^|[^\w])(?:{'|'.join(lines)})(?:[^\w]|$)".encode("latin-1"))
    words.Compile()
    return words


_SET = _compiled()


def features(plain: str) -> frozenset[Feature]:
    """Of a sentence in lower case, without accents."""
    return _named(tuple(_SET.Match(plain.encode("latin-1", "replace")) or ()))


@lru_cache(maxsize=4_096)
def _named(numbers: tuple[int, ...]) -> frozenset[Feature]:
    return frozenset(map(Feature, numbers))
