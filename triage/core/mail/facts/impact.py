"""Which sentences state the business impact: what the partner or their customers cannot do, how many are affected, what it costs; also "no impact".

A question about a possible impact is not a statement of one, and neither is what a developer cannot find or reproduce.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from triage.core.mail.facts.layout import Page
from triage.core.mail.facts.sentences import Sentence, sentences
from triage.core.mail.message import Fact, FactKind
from triage.core.mail.scanning import one_byte, starts

_MAX_LENGTH = 400
_CANNOT = r"(?:can ?not|can'?t|can’t|could ?n[o'’]t|unable to|not able to|no longer|aren'?t able to|impossible to|prevent(?:s|ed|ing)?\b.{0,40}\bfrom|nobody can|no one can|(?:is|are) (?:completely |currently )?blocked from|stops? us from|(?:had to|have to) (?:stop|pause|suspend|disable|switch off|halt|turn off))"
_BUSINESS_VERB = (
    r"(?:pay(?:ing)?|paying out|pay out|payout\w*|send(?:ing)?|process(?:ing)?|fund(?:ing)?|onboard(?:ing)?|complet(?:e|ing)|settl(?:e|ing)|disburs(?:e|ing)|withdraw\w*|receiv(?:e|ing)|serv(?:e|ing)|execut(?:e|ing)|"
    r"transfer\w*|check(?:ing)? out|checkout|log(?:ging)? in|sign(?:ing)? up|register\w*|launch\w*|go live|release|accept(?:ing)?|operat(?:e|ing)|refund\w*|reconcil(?:e|ing)|offer(?:ing)?|trad(?:e|ing)|run(?:ning)?|deliver\w*|invoic\w+|mov(?:e|ing) money|clos(?:e|ing)|see their|get (?:their|paid|a quote)|creat(?:e|ing)|add(?:ing)?|use|top up|issu(?:e|ing)|order\w*|collect\w*|convert\w*|quote|book(?:ing)?|initiat(?:e|ing)|submit\w*|make|making|payroll|access)"
)
_WHO = r"(?:we|our|us|customers?|users?|clients?|merchants?|partners?|sellers?|employees?|contractors?|freelancers?|suppliers?|vendors?|tenants?|people|they|nobody|no one|payroll|finance|operations|ops|support)"
_THINGS = r"(?:payouts?|payments?|transfers?|transactions?|withdrawals?|customers?|users?|clients?|merchants?|orders?|invoices?|salar(?:y|ies)|payrolls?|refunds?|settlements?|disbursements?|quotes?|sellers?|employees?|contractors?|traffic|cards?|onboardings?|sign-?ups?|registrations?|batch(?:es)?|payment runs?|top-?ups?|deposits?|remittances?)"
_BROKEN = r"(?:blocked|failing|fail\b|failed|stuck|delayed|affected|impacted|on hold|queued|stopped|halted|down\b|broken|paused|piling up|pending|rejected|waiting|at a standstill|suspended|not going (?:out|through)|backed up|late|unpaid|lost|overdue|frozen|disabled|unavailable|outstanding|declin\w+|not (?:being )?(?:paid|processed|executed|sent))"
_AMOUNT = r"(?:(?:[€$£]|\b(?:EUR|USD|GBP|PLN|CHF|BRL|HUF)\b)\s?\d[\d.,' ]*\s?(?:k|m|mn|million|mio|thousand|bn)?|\b\d[\d.,']*\s?(?:k|m|mn|million|mio|thousand)?\s?(?:EUR|USD|GBP|PLN|CHF|BRL|HUF|euros?|dollars?|pounds?|€|\$|£)(?!\w))"
_PATTERNS = tuple(
    re.compile(f"(?i){pattern}")
    for pattern in (
        rf"\b{_WHO}\b.{{0,60}}\b{_CANNOT}\s+(?:(?:currently|now|at all|even|to|properly|successfully|be)\s+){{0,2}}{_BUSINESS_VERB}\b",
        rf"(?:^|[,;:–-]\s|\b(?:so|and|meaning|means|thus|therefore|currently)\s){_CANNOT}\s+{_BUSINESS_VERB}\b",
        rf"\b(?:all|every|most|many|some|no|none|several|hundreds|thousands|dozens|half|around|about|approximately|approx\.?|over|roughly|nearly|~|more than|\d[\d.,]*\s?%?|\d+k?)\b[^.!?]{{0,40}}\b{_THINGS}\b[^.!?]{{0,50}}\b(?:are|is|were|was|have|has|been|being|get|getting|remain|now|currently|went|keep)\b[^.!?]{{0,25}}\b{_BROKEN}",
        rf"\b(?:our|the|customer|live|outgoing)\s(?:\w+\s){{0,2}}{_THINGS}\b[^.!?]{{0,30}}\b(?:are|is|have been|has been|remain|now)\s(?:\w+\s){{0,2}}(?:blocked|stuck|delayed|affected|impacted|on hold|halted|at a standstill|piling up|suspended|not going (?:out|through)|paused|down\b)",
        rf"\baffect(?:s|ed|ing)?\b[^.!?]{{0,60}}(?:\b{_THINGS}\b|\d\s?%|\bproduction|\bbusiness|\beveryone|\ball of)",
        rf"(?:\b{_THINGS}\b|\d\s?%)[^.!?]{{0,40}}\b(?:is|are|were|was|being|been) (?:\w+ )?(?:affected|impacted)\b",
        rf"\bimpact(?:s|ed|ing)\b[^.!?]{{0,60}}(?:\b{_THINGS}\b|\d\s?%|\bproduction|\bbusiness|\bus\b|\brevenue|\bour\b)",
        r"\bno (?:(?:customer|business|user|production|real|direct|financial|immediate|operational|current|end[- ]user|client)[- ]?)*impact\b|\bimpact (?:is|:) (?:none|low|small|minimal|limited|high|severe|critical|medium|huge|significant)|\bnot (?:\w+ )?(?:affect|impact)(?:ing|ed)?\b[^.!?]{0,40}\b(?:customers?|users?|production|clients?|business)|\b(?:low|high|huge|severe|significant|major|minor|big|serious|minimal|limited|critical) (?:business |customer |financial |operational )?impact\b",
        r"^\s*[*-]?\s*(?:business |customer |user |the )?impact(?:o|s)?\b(?: on \w+| (?:for|to) us)?\*?\s*(?:[:|–-]|is\b)\s*\S",
        rf"{_AMOUNT}[^.!?]{{0,60}}\b(?:blocked|stuck|pending|on hold|delayed|waiting|not (?:paid|sent|processed)|lost|affected|at risk|outstanding|frozen|overdue|unpaid)\b|\b(?:blocked|stuck|lost|losing|lose|worth|delayed|costs?|costing|at risk)\b[^.!?]{{0,40}}{_AMOUNT}[^.!?]{{0,40}}",
        r"\b(?:block(?:s|ed|ing)|delay(?:s|ed|ing)|hold(?:s|ing)? up|jeopardi[sz]\w+|threaten\w*|stopp(?:ed|ing)|stalls?|stalling)\b\s(?:is\s|for\s)?(?:our|us|all|the|today'?s|tomorrow'?s|every|their|several|some|customers?|a)\b[^.!?]{0,50}\b(?:payroll|salar\w+|release|go-?live|launch|customers?|clients?|users?|merchants?|payouts?|payments?|transfers?|operations?|business|migration|rollout|onboarding|settlements?|checkout|withdrawals?|integration|certification|testing|sprint|team|development|pilot|production)",
        r"\b(?:losing|lost|lose) (?:\w+ ){0,2}(?:money|customers|revenue|business|orders|sales|trust)\b|\brevenue (?:loss|impact)|\bbreach(?:ing|ed)? (?:of )?(?:our |the )?sla|\bcustomers?(?: are| have been| started| keep)? complain\w*|\b(?:complaints|support tickets|calls) from (?:our |angry |the )?(?:\w+ )?(?:customers|users|clients|merchants)|\bour (?:customers|users|clients|merchants) (?:are|keep|were) (?:\w+ )?(?:complaining|angry|escalating|waiting|calling|seeing errors|stuck|unhappy|upset|left)|\b(?:payroll|salaries) (?:is|are|has|have|will|for|must|cannot|can'?t|run)\b|\b(?:full|complete|total|partial) (?:outage|standstill|stop) (?:for|of|on)\b|\bshowstopper\b|\bour (?:checkout|app|platform|service|product|payroll|payouts?) (?:is|are) (?:\w+ ){0,2}(?:down|offline|unusable|blocked|stopped)|\b(?:purely |only |just )?(?:cosmetic|a nuisance|an annoyance)\b|\bnothing (?:is )?urgent\b.{0,30}\bworkaround|\bwe (?:do )?have a workaround|\bmanual(?:ly)? (?:work|process\w*|workaround|retry|re-?send\w*)",
        # German
        r"\b(?:wir|unsere|die|kunden|nutzer|kund\w+|mitarbeiter|händler)\b[^.!?]{0,60}\b(?:können|kann|konnten)\b[^.!?]{0,60}\b(?:nicht|keine?n?|nichts)\b[^.!?]{0,60}\b(?:auszahl\w+|zahl\w+|überweis\w+|ausführ\w+|abschlie\w+|abwickel\w+|verarbeit\w+|bezahl\w+|senden|versenden|anlegen|onboard\w+|nutzen|ausgezahlt|auslösen|tätigen|arbeiten)|\b(?:alle|sämtliche|viele|rund|etwa|ca\.|\d[\d.,]*\s?%?)\s[^.!?]{0,40}(?:auszahlung\w*|zahlung\w*|überweisung\w*|kunden|nutzer|transaktion\w*)[^.!?]{0,40}\b(?:betroffen|blockiert|hängen|gestoppt|fehlgeschlagen|verzögert|ausgefallen|scheitern|stehen|offen)|\bauswirkung(?:en)?\b\s*(?:auf[^.!?:]{0,30})?(?::|\bsind|\bist|\bhat)|\bkeine? auswirkung|\bgeschäftliche auswirkung|\bbetroffen (?:sind|ist)\b|\bgehälter\b|\blohnlauf\b|\bblockiert (?:unsere?n?|den|die|alle)\b|\bunsere (?:kunden|nutzer)\b[^.!?]{0,40}\b(?:warten|beschweren|betroffen)",
        # French
        r"\b(?:nous|nos|les|clients|utilisateurs|on)\b[^.!?]{0,60}\b(?:ne (?:peuvent|pouvons|peut|parvien\w+|pouvaient)|n['’]arriv\w+|impossible (?:de|d['’])|incapables? de|dans l['’]impossibilité)[^.!?]{0,60}\b(?:pay\w+|envoy\w+|effectu\w+|trait\w+|vers\w+|vir\w+|transf\w+|cré\w+|retir\w+|finalis\w+|utilis\w+)|\b(?:tous|toutes|plusieurs|environ|la plupart|\d[\d.,]*\s?%?)\b[^.!?]{0,40}\b(?:paiements?|virements?|transferts?|clients|utilisateurs|transactions|versements)[^.!?]{0,40}\b(?:bloqu\w+|impact\w+|échou\w+|touché\w*|retard\w*|affecté\w*|en attente|suspendu\w*)|\bimpact (?:métier|business|client|commercial|:)|\b(?:aucun|pas d['’])\s?impact|\bbloqu(?:e|ant) (?:nos|notre|la|les|tous)\b|\bsalaires\b",
        # Spanish
        r"\b(?:no (?:podemos|pueden|puede|podían|logramos|logran)|imposible|incapaces de)\b[^.!?]{0,40}\b(?:pag\w+|envi\w+|proces\w+|transfer\w+|complet\w+|realiz\w+|cobrar|retirar|crear|ejecutar|operar|dispersar|usar)|\b(?:todos|todas|varios|muchos|unos|aproximadamente|el|\d[\d.,]*\s?%?)\b[^.!?]{0,40}\b(?:pagos?|transferencias?|clientes|usuarios|transacciones|operaciones|nóminas?)[^.!?]{0,40}\b(?:bloquead\w+|afectad\w+|fall\w+|detenid\w+|retrasad\w+|pendientes?|parad\w+|atascad\w+)|\bimpacto\b\s?(?:de negocio|en (?:el )?negocio|comercial)?\s?(?::|es\b)|\b(?:sin|ningún|no hay) impacto|\bafecta (?:a|al)\b[^.!?]{0,40}(?:client|usuari|%|nómina|pago)|\bbloquea\w* (?:la|las|los|el|nuestr\w+)\b",
        # Portuguese
        r"\b(?:não (?:conseguimos|conseguem|consegue|podemos|podem|é possível)|impossibilitad\w+|incapazes)\b[^.!?]{0,40}\b(?:pag\w+|envi\w+|process\w+|transfer\w+|conclu\w+|realiz\w+|receber|sacar|criar|efetu\w+|finaliz\w+|usar)|\b(?:todos|todas|vários|muitos|cerca de|aproximadamente|\d[\d.,]*\s?%?)\b[^.!?]{0,40}\b(?:pagamentos?|transferências?|clientes|usuários|utilizadores|transações|repasses|salários)[^.!?]{0,40}\b(?:bloquead\w+|afetad\w+|impactad\w+|falh\w+|parad\w+|atrasad\w+|pendentes?|travad\w+)|\bimpacto\b\s?(?:no negócio|de negócio)?\s?(?::|é\b)|\b(?:sem|nenhum) impacto|\bafeta\w*\b[^.!?]{0,40}(?:client|usuári|utilizador|%|pagament)|\bfolha de pagamento\b",
        # Italian, Dutch, Polish
        r"\b(?:non (?:possiamo|possono|riusciamo|riescono|può))\b[^.!?]{0,40}\b(?:pag\w+|invi\w+|elabor\w+|trasfer\w+|complet\w+|effettu\w+|creare|incass\w+|prelevare)|\b(?:tutti|tutte|molti|circa|\d[\d.,]*\s?%?)\b[^.!?]{0,40}\b(?:pagamenti|bonifici|trasferimenti|clienti|utenti|stipendi)[^.!?]{0,40}\b(?:bloccat\w+|fallit\w+|fall\w+|interessat\w+|ferm\w+|ritardo)|\bimpatto\b\s?(?:sul business)?\s?:|\bnessun impatto",
        r"\b(?:kunnen|kan)\b[^.!?]{0,50}\b(?:niet|geen)\b[^.!?]{0,50}\b(?:betal\w+|uitbetal\w+|verstur\w+|verwerk\w+|overmak\w+|opnemen|uitvoeren|aanmaken)|\b(?:alle|veel|ongeveer|\d[\d.,]*\s?%?)\b[^.!?]{0,40}\b(?:betalingen|uitbetalingen|klanten|gebruikers|transacties|overboekingen)[^.!?]{0,40}\b(?:geblokkeerd|getroffen|mislukken|vertraagd|stil|vast)|\bgeen impact|\bimpact\s?:",
        r"\bnie (?:możemy|mogą|może|jesteśmy w stanie|są w stanie)\b[^.!?]{0,50}\b(?:wypłac\w+|płac\w+|wysył\w+|wysła\w+|przetw\w+|zleca\w+|zleci\w+|realiz\w+|dokon\w+|tworz\w+|opłac\w+|zapłac\w+)|\b(?:wszystkie|wszyscy|wielu|około|ok\.|\d[\d.,]*\s?%?)\b[^.!?]{0,40}(?:płatno\w+|przelew\w+|wypłat\w+|klien\w+|użytkowni\w+)[^.!?]{0,40}\b(?:zablokowan\w+|wstrzyman\w+|dotkni\w+|opóźnion\w+|stoj\w+|nie przechodz\w+)|\bwpływ na (?:biznes|klientów)|\bbrak wpływu",
    )
)
# Every statement of an impact holds one of these; most sentences do not, and no pattern is tried on them.
_TRIGGER = starts(
    r"can ?not|can.?t\b|could|unable|able to|no longer|impossib|prevent|bloqu|nobody|no one|block|stops|had to|have to|fail|stuck|delay|affect|impact|on hold|queue|stop|halt|down\b|broke|pause|pil|pend|reject|wait|standstill|suspend|"
    r"not go|back|late\b|unpaid|los[et]|overdue|frozen|disabl|unavail|outstand|declin|not |risk|worth|cost|hold|jeopard|threat|stall|revenue|breach|complain|complaint|ticket|calls|angry|escalat|seeing|unhappy|upset|left|payroll|salar|outage|showstop|offline|unusab|"
    r"cosmetic|nuisance|annoy|urgent|workaround|manual|k.nn|kann|konnt|betroff|h.ng|gestoppt|fehlgesch|verz.g|ausgefall|scheiter|stehen|offen|auswirk|geh.lt|lohn|warten|beschwer|ne p|arriv|incapab|.chou|touch|retard|attente|suspen|"
    r"no p|no log|incapac|detenid|retras|pendient|parad|atasc|impacto|afecta|n.o co|n.o po|n.o . |impossibil|travad|atrasad|folha|afeta|non |bloccat|fallit|ferm|ritardo|impatto|kunnen|kan |geblok|getroff|misluk|vertraag|stil|vast|nie |wstrzym|dotkni|stoj|przechodz|wp.yw|zablok|op..n"
)
_HYPOTHETICAL = re.compile(
    r"(?i)\b(?:would|might|could|will|may|should) (?:this|it|that|there|the|any)\b|\bif (?:we|our|you|this|there|a|the)\b[^.!?]{0,60}\b(?:would|will|could|might)\b|\bin case\b|\bwhat happens\b|\bwonder\w*|\bplan(?:ning)? to\b|\bplease (?:let us know|tell us|confirm|advise) (?:if|whether|what)|\bno longer (?:affect|block|stuck)|\b(?:were|was|had been|got) (?:\w+ )?(?:resolved|fixed|solved)\b|\b(?:resolved|fixed|solved) now\b"
)
_DEVELOPER_ONLY = re.compile(
    r"(?i)\b(?:reproduc\w+|find (?:any|the|it|out|an?)|see (?:any|why|what|it|the (?:docs|documentation|problem|issue|reason|difference))|understand|figure out|tell (?:if|whether)|attach|log in to (?:the )?(?:jira|portal|docs))\b"
)


def impacts(page: Page) -> Iterator[Fact]:
    for sentence in sentences(page.text):
        if states_impact(sentence):
            value = " ".join(sentence.text.split()).lstrip("-*•· ")[:_MAX_LENGTH]
            yield Fact(FactKind.BUSINESS_IMPACT, value, (sentence.start, sentence.end), original=sentence.text[:_MAX_LENGTH])


def states_impact(sentence: Sentence) -> bool:
    text = sentence.text[:1_000]
    if not _TRIGGER.search(one_byte(text)) or sentence.is_question or _HYPOTHETICAL.search(text):
        return False
    flat = " ".join(text.split())
    if not any(pattern.search(flat) for pattern in _PATTERNS):
        return False
    return _DEVELOPER_ONLY.search(flat) is None or len(flat) > 160
