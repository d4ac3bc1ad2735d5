"""Which sentences state the business impact: what the partner or their customers cannot do, how many are affected, what it costs; also
"no impact".

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
_CANNOT = (
    r"(?:can ?not|can'?t|can’t|could ?n[o'’]t|unable to|not able to|no longer|aren'?t able to|impossible"
    r" to|prevent(?:s|ed|ing)?\b.{0,40}\bfrom|nobody can|no one can|(?:is|are) (?:completely |currently"
    r" )?blocked from|stops? us from|(?:had to|have to) (?:stop|pause|suspend|disable|switch off|halt|turn"
    r" off))"
)
_BUSINESS_VERB = (
    r"(?:pay(?:ing)?|paying out|pay out|payout\w*|send(?:ing)?|process(?:ing)?|fund(?:ing)?"
    r"|onboard(?:ing)?|complet(?:e|ing)|settl(?:e|ing)|disburs(?:e|ing)|withdraw\w*|receiv(?:e|ing)"
    r"|serv(?:e|ing)|execut(?:e|ing)|"
    r"transfer\w*|check(?:ing)? out|checkout|log(?:ging)? in|sign(?:ing)? up|register\w*|launch\w*|go live"
    r"|release|accept(?:ing)?|operat(?:e|ing)|refund\w*|reconcil(?:e|ing)|offer(?:ing)?|trad(?:e|ing)"
    r"|run(?:ning)?|deliver\w*|invoic\w+|mov(?:e|ing) money|clos(?:e|ing)|see their|get (?:their|paid|a"
    r" quote)|creat(?:e|ing)|add(?:ing)?|use|top up|issu(?:e|ing)|order\w*|collect\w*|convert\w*|quote"
    r"|book(?:ing)?|initiat(?:e|ing)|submit\w*|make|making|payroll|access)"
)
_WHO = (
    r"(?:we|our|us|customers?|users?|clients?|merchants?|partners?|sellers?|employees?|contractors?"
    r"|freelancers?|suppliers?|vendors?|tenants?|people|they|nobody|no one|payroll|finance|operations|ops"
    r"|support)"
)
_THINGS = (
    r"(?:payouts?|payments?|transfers?|transactions?|withdrawals?|customers?|users?|clients?|merchants?"
    r"|orders?|invoices?|salar(?:y|ies)|payrolls?|refunds?|settlements?|disbursements?|quotes?|sellers?"
    r"|employees?|contractors?|traffic|cards?|onboardings?|sign-?ups?|registrations?|batch(?:es)?"
    r"|suppliers?|vendors?|contractors?|freelancers?|staff|people|loads?|payment runs?|top-?ups?|deposits?"
    r"|remittances?)"
)
_BROKEN = (
    r"(?:not (?:yet )?(?:been |being )?(?:paid|sent|processed|credited|executed|settled|refunded|delivered"
    r"|received|funded)|bounced|blocked|failing|fail\b|failed|stuck|delayed|affected|impacted|on hold"
    r"|queued|stopped|halted|down\b|broken|paused|piling up|pending|rejected|waiting|at a standstill"
    r"|suspended|not going (?:out|through)|backed up|late|unpaid|lost|overdue|frozen|disabled|unavailable"
    r"|outstanding|declin\w+|not (?:being )?(?:paid|processed|executed|sent))"
)
_AMOUNT = (
    r"(?:(?:[€$£]|\b(?:EUR|USD|GBP|PLN|CHF|BRL|HUF)\b)\s?\d[\d.,' ]*\s?(?:k|m|mn|million|mio|thousand|bn)?"
    r"|\b\d[\d.,']*\s?(?:k|m|mn|million|mio|thousand)?\s?(?:EUR|USD|GBP|PLN|CHF|BRL|HUF|euros?|dollars?"
    r"|pounds?|€|\$|£)(?!\w))"
)
_PATTERNS = tuple(
    re.compile(f"(?i){pattern}")
    for pattern in (
        rf"\b{_WHO}\b.{{0,60}}\b{_CANNOT}\s+(?:(?:currently|now|at all|even|to|properly|successfully|be)\s+){{0,2}}{_BUSINESS_VERB}\b",
        rf"(?:^|[,;:–-]\s|\b(?:so|and|meaning|means|thus|therefore|currently)\s){_CANNOT}\s+{_BUSINESS_VERB}\b",
        rf"\b(?:all|every|most|many|some|no|none|several|two|three|four|five|six|seven|eight|nine|ten|twenty"
        rf"|fifty|hundreds|thousands|dozens|half|around|about|approximately|approx\.?|over|roughly|nearly|~"
        rf"|more than|\d[\d.,]*\s?%?|\d+k?)\b[^.!?]{{0,40}}\b{_THINGS}\b[^.!?]{{0,50}}\b(?:are|is|were|was|have"
        rf"|has|been|being|get|getting|remain|now|currently|went|keep)\b[^.!?]{{0,25}}\b{_BROKEN}\b",
        rf"\b(?:all|every|most|many|hundreds of|thousands of|dozens of|half of|\d[\d.,]*\s?%?"
        rf"|\d+k?)\s(?:of\s)?(?:\w+\s){{0,3}}{_THINGS}\s(?:\w+\s){{0,2}}(?:failed|fail|blocked|stuck|delayed"
        rf"|bounced|lost|failing|pending|on hold|affected|impacted)\b",
        rf"\b(?:our|the|customer|live|outgoing)\s(?:\w+\s){{0,2}}{_THINGS}\b[^.!?]{{0,30}}\b(?:are|is|have been"
        rf"|has been|remain|now)\s(?:\w+\s){{0,2}}(?:blocked|stuck|delayed|affected|impacted|on hold|halted|at"
        rf" a standstill|piling up|suspended|not going (?:out|through)|paused|down\b)",
        rf"\baffect(?:s|ed|ing)?\b[^.!?]{{0,60}}(?:\b{_THINGS}\b|\d\s?%|\bproduction|\bbusiness|\beveryone|\ball of)",
        rf"(?:\b{_THINGS}\b|\d\s?%)[^.!?]{{0,40}}\b(?:is|are|were|was|being|been) (?:\w+ )?(?:affected|impacted)\b",
        rf"\bimpact(?:s|ed|ing)\b[^.!?]{{0,60}}(?:\b{_THINGS}\b|\d\s?%|\bproduction|\bbusiness|\bus\b|\brevenue|\bour\b)",
        r"\bno (?:(?:customer|business|user|production|real|direct|financial|immediate|operational|current"
        r"|end[- ]user|client)[- ]?)*impact\b|\bimpact (?:is|:) (?:none|low|small|minimal|limited|high|severe"
        r"|critical|medium|huge|significant)|\bnot (?:\w+ )?(?:affect|impact)(?:ing"
        r"|ed)?\b[^.!?]{0,40}\b(?:customers?|users?|production|clients?|business)|\b(?:low|high|huge|severe"
        r"|significant|major|minor|big|serious|minimal|limited|critical) (?:business |customer |financial "
        r"|operational )?impact\b",
        r"^\s*[*-]?\s*(?:business |customer |user |the )?impact(?:o|s)?\b(?: on \w+| (?:for|to) us)?\*?\s*(?:[:|–-]|is\b)\s*\S",
        rf"{_AMOUNT}[^.!?]{{0,60}}\b(?:blocked|stuck|pending|on hold|delayed|waiting|not (?:paid|sent"
        rf"|processed)|lost|affected|at risk|outstanding|frozen|overdue|unpaid)\b|\b(?:blocked|stuck|lost"
        rf"|losing|lose|worth|delayed|costs?|costing|at risk)\b[^.!?]{{0,40}}{_AMOUNT}[^.!?]{{0,40}}",
        r"\b(?:block(?:s|ed|ing)|delay(?:s|ed|ing)|hold(?:s|ing)? up|jeopardi[sz]\w+|threaten\w*|stopp(?:ed"
        r"|ing)|stalls?|stalling)\b\s(?:is\s|for\s)?(?:our|us|all|the|today'?s|tomorrow'?s|every|their|several"
        r"|some|customers?|a)\b[^.!?]{0,50}\b(?:payroll|salar\w+|release|go-?live|launch|customers?|clients?"
        r"|users?|merchants?|payouts?|payments?|transfers?|operations?|business|migration|rollout|onboarding"
        r"|settlements?|checkout|withdrawals?|integration|certification|testing|sprint|team|development|pilot"
        r"|production)",
        r"\b(?:losing|lost|lose) (?:\w+ ){0,2}(?:money|customers|revenue|business|orders|sales|trust)\b"
        r"|\brevenue (?:loss|impact)|\bbreach(?:ing|ed)? (?:of )?(?:our |the )?sla|\bcustomers?(?: are| have"
        r" been| started| keep)? complain\w*|\b(?:complaints|support tickets|calls) from (?:our |angry |the"
        r" )?(?:\w+ )?(?:customers|users|clients|merchants)|\bour (?:customers|users|clients|merchants) (?:are"
        r"|keep|were) (?:\w+ )?(?:complaining|angry|escalating|waiting|calling|seeing errors|stuck|unhappy"
        r"|upset|left)|\b(?:payroll|salaries) (?:is|are|has|have|will|for|must|cannot|can'?t|run)\b|\b(?:full"
        r"|complete|total|partial) (?:outage|standstill|stop) (?:for|of|on)\b|\bshowstopper\b|\bour"
        r" (?:checkout|app|platform|service|product|payroll|payouts?) (?:is|are) (?:\w+ ){0,2}(?:down|offline"
        r"|unusable|blocked|stopped)|\b(?:purely |only |just )?(?:cosmetic|a nuisance|an annoyance)\b"
        r"|\bnothing (?:is )?urgent\b.{0,30}\bworkaround|\bwe (?:do )?have a workaround|\bmanual(?:ly)?"
        r" (?:work|process\w*|workaround|retry|re-?send\w*)",
        r"\b(?:had|have|has|having|forced) to (?:stop|pause|suspend|disable|switch off|halt|turn off|take down"
        r"|shut down|delay|postpone|refund|apologi\w+|process \w+ (?:by hand|manually))\b",
        r"(?<![\w.])\d[\d.,]*k?\s(?:\w+\s){0,2}(?!requests|calls|tests|attempts|times|retries|minutes|hours"
        r"|seconds|days)[a-z]+s\b[^.!?]{0,20}\b(?:have|has|had|were|are|was|did|do|does|could|can)(?:\s?not"
        r"|n['’]t)\b",
        rf"\b(?:our|their|the) (?:\w+ )?(?:{_WHO[3:-1]}|drivers?|students?|staff)\b[^.!?]{{0,30}}\b(?:see(?:s"
        rf"|ing)? (?:an |only )?error|get(?:s|ting)? (?:an )?error|report(?:s|ed|ing)?\b|fac(?:e|ing)\b"
        rf"|experienc\w+|wait(?:s|ing)?\b|without (?:their )?(?:money|pay|funds)|(?:have|has|did|do|does)(?:"
        rf" not|n['’]t) (?:been |get |got |receive)\w*|cannot\b|can ?not\b|can['’]t\b)",
        r"\b(?:business|mission|time)[- ]critical\b|\bcritical (?:for|to) (?:us|our)\b|\b(?:payroll|salar(?:y"
        r"|ies)|wages|pay ?day|settlement)\b[^.!?]{0,30}\b(?:due|tomorrow|today|tonight|this (?:week|friday"
        r"|afternoon)|deadline|cut-?off|at risk)\b|\bnobody (?:gets?|is getting|was) paid\b|\bdead in the"
        r" water\b",
        r"\b\d[\d.,]*\s?(?:%|percent|per cent)\s(?:of\s)?(?:\w+\s){0,3}(?:requests|calls|traffic|volume|quotes"
        r"|attempts)\b[^.!?]{0,20}\b(?:fail|error|time out|timing out|affected|lost|reject)\w*",
        r"\b(?:kund\w+ warten|clients? (?:attend|se plaign)\w*|clientes? (?:est(?:á|a)n? |sigue[n]? )?(?:esper"
        r"|se quej|reclam)\w+|clienti (?:aspett|si lament|attend)\w+|klant(?:en)? (?:wacht|klag)\w*|klien\w+"
        r" (?:czeka|skarż)\w+)",
        # German
        r"\b(?:wir|unsere|die|kunden|nutzer|kund\w+|mitarbeiter|händler)\b[^.!?]{0,60}\b(?:können|kann"
        r"|konnten)\b[^.!?]{0,60}\b(?:nicht|keine?n?|nichts)\b[^.!?]{0,60}\b(?:auszahl\w+|zahl\w+|überweis\w+"
        r"|ausführ\w+|abschlie\w+|abwickel\w+|verarbeit\w+|bezahl\w+|senden|versenden|anlegen|onboard\w+"
        r"|nutzen|ausgezahlt|auslösen|tätigen|arbeiten)|\b(?:alle|sämtliche|viele|rund|etwa|ca\."
        r"|\d[\d.,]*\s?%?)\s[^.!?]{0,40}(?:auszahlung\w*|zahlung\w*|überweisung\w*|kunden|nutzer"
        r"|transaktion\w*)[^.!?]{0,40}\b(?:betroffen|blockiert|hängen|gestoppt|fehlgeschlagen|verzögert"
        r"|ausgefallen|scheitern|stehen|offen)|\bauswirkung(?:en)?\b\s*(?:auf[^.!?:]{0,30})?(?::|\bsind|\bist"
        r"|\bhat)|\bkeine? auswirkung|\bgeschäftliche auswirkung|\bbetroffen (?:sind|ist)\b|\bgehälter\b"
        r"|\blohnlauf\b|\bblockiert (?:unsere?n?|den|die|alle)\b|\bunsere (?:kunden"
        r"|nutzer)\b[^.!?]{0,40}\b(?:warten|beschweren|betroffen)",
        # French
        r"\b(?:nous|nos|les|clients|utilisateurs|on)\b[^.!?]{0,60}\b(?:ne (?:peuvent|pouvons|peut|parvien\w+"
        r"|pouvaient)|n['’]arriv\w+|impossible (?:de|d['’])|incapables? de|dans"
        r" l['’]impossibilité)[^.!?]{0,60}\b(?:pay\w+|envoy\w+|effectu\w+|trait\w+|vers\w+|vir\w+|transf\w+"
        r"|cré\w+|retir\w+|finalis\w+|utilis\w+)|\b(?:tous|toutes|plusieurs|environ|la plupart"
        r"|\d[\d.,]*\s?%?)\b[^.!?]{0,40}\b(?:paiements?|virements?|transferts?|clients|utilisateurs"
        r"|transactions|versements)[^.!?]{0,40}\b(?:bloqu\w+|impact\w+|échou\w+|touché\w*|retard\w*|affecté\w*"
        r"|en attente|suspendu\w*)|\bimpact (?:métier|business|client|commercial|:)|\b(?:aucun|pas"
        r" d['’])\s?impact|\bbloqu(?:e|ant) (?:nos|notre|la|les|tous)\b|\bsalaires\b",
        # Spanish
        r"\b(?:no (?:podemos|pueden|puede|podían|logramos|logran)|imposible|incapaces"
        r" de)\b[^.!?]{0,40}\b(?:pag\w+|envi\w+|proces\w+|transfer\w+|complet\w+|realiz\w+|cobrar|retirar"
        r"|crear|ejecutar|operar|dispersar|usar)|\b(?:todos|todas|varios|muchos|unos|aproximadamente|el"
        r"|\d[\d.,]*\s?%?)\b[^.!?]{0,40}\b(?:pagos?|transferencias?|clientes|usuarios|transacciones"
        r"|operaciones|nóminas?)[^.!?]{0,40}\b(?:bloquead\w+|afectad\w+|fall\w+|detenid\w+|retrasad\w+"
        r"|pendientes?|parad\w+|atascad\w+)|\bimpacto\b\s?(?:de negocio|en (?:el )?negocio|comercial)?\s?(?::"
        r"|es\b)|\b(?:sin|ningún|no hay) impacto|\bafecta (?:a|al)\b[^.!?]{0,40}(?:client|usuari|%|nómina"
        r"|pago)|\bbloquea\w* (?:la|las|los|el|nuestr\w+)\b",
        # Portuguese
        r"\b(?:não (?:conseguimos|conseguem|consegue|podemos|podem|é possível)|impossibilitad\w+"
        r"|incapazes)\b[^.!?]{0,40}\b(?:pag\w+|envi\w+|process\w+|transfer\w+|conclu\w+|realiz\w+|receber"
        r"|sacar|criar|efetu\w+|finaliz\w+|usar)|\b(?:todos|todas|vários|muitos|cerca de|aproximadamente"
        r"|\d[\d.,]*\s?%?)\b[^.!?]{0,40}\b(?:pagamentos?|transferências?|clientes|usuários|utilizadores"
        r"|transações|repasses|salários)[^.!?]{0,40}\b(?:bloquead\w+|afetad\w+|impactad\w+|falh\w+|parad\w+"
        r"|atrasad\w+|pendentes?|travad\w+)|\bimpacto\b\s?(?:no negócio|de negócio)?\s?(?::|é\b)|\b(?:sem"
        r"|nenhum) impacto|\bafeta\w*\b[^.!?]{0,40}(?:client|usuári|utilizador|%|pagament)|\bfolha de"
        r" pagamento\b",
        # Italian, Dutch, Polish
        r"\b(?:non (?:possiamo|possono|riusciamo|riescono|può))\b[^.!?]{0,40}\b(?:pag\w+|invi\w+|elabor\w+"
        r"|trasfer\w+|complet\w+|effettu\w+|creare|incass\w+|prelevare)|\b(?:tutti|tutte|molti|circa"
        r"|\d[\d.,]*\s?%?)\b[^.!?]{0,40}\b(?:pagamenti|bonifici|trasferimenti|clienti|utenti"
        r"|stipendi)[^.!?]{0,40}\b(?:bloccat\w+|fallit\w+|fall\w+|interessat\w+|ferm\w+|ritardo)"
        r"|\bimpatto\b\s?(?:sul business)?\s?:|\bnessun impatto",
        r"\b(?:kunnen|kan)\b[^.!?]{0,50}\b(?:niet|geen)\b[^.!?]{0,50}\b(?:betal\w+|uitbetal\w+|verstur\w+"
        r"|verwerk\w+|overmak\w+|opnemen|uitvoeren|aanmaken)|\b(?:alle|veel|ongeveer"
        r"|\d[\d.,]*\s?%?)\b[^.!?]{0,40}\b(?:betalingen|uitbetalingen|klanten|gebruikers|transacties"
        r"|overboekingen)[^.!?]{0,40}\b(?:geblokkeerd|getroffen|mislukken|vertraagd|stil|vast)|\bgeen impact"
        r"|\bimpact\s?:",
        r"\bnie (?:możemy|mogą|może|jesteśmy w stanie|są w stanie)\b[^.!?]{0,50}\b(?:wypłac\w+|płac\w+"
        r"|wysył\w+|wysła\w+|przetw\w+|zleca\w+|zleci\w+|realiz\w+|dokon\w+|tworz\w+|opłac\w+|zapłac\w+)"
        r"|\b(?:wszystkie|wszyscy|wielu|około|ok\.|\d[\d.,]*\s?%?)\b[^.!?]{0,40}(?:płatno\w+|przelew\w+"
        r"|wypłat\w+|klien\w+|użytkowni\w+)[^.!?]{0,40}\b(?:zablokowan\w+|wstrzyman\w+|dotkni\w+|opóźnion\w+"
        r"|stoj\w+|nie przechodz\w+)|\bwpływ na (?:biznes|klientów)|\bbrak wpływu",
    )
)
# Every statement of an impact holds one of these; most sentences do not, and no pattern is tried on them.
_TRIGGER = starts(
    r"wacht|klag|attend|plaign|esper|quej|reclam|aspett|lament|czeka|skar|can ?not|can.?t\b|could|unable"
    r"|able to|no longer|impossib|n.t\b|apolog|refund|postpone|switch|turn"
    r" off|take down|shut|critical|due\\b|today|tomorrow|tonight|deadline|cut-?off|paid|error|percent|%"
    r"|report|facing|face|experienc|without|prevent|bloqu|nobody|no one|block|stops|had to|have to|fail"
    r"|stuck|delay|affect|impact|on hold|queue|stop|halt|down\b|broke|pause|pil|pend|reject|wait"
    r"|standstill|suspend|"
    r"not go|back|late\b|unpaid|los[et]|overdue|frozen|disabl|unavail|outstand|declin|not |risk|worth|cost"
    r"|hold|jeopard|threat|stall|revenue|breach|complain|complaint|ticket|calls|angry|escalat|seeing"
    r"|unhappy|upset|left|payroll|salar|outage|showstop|offline|unusab|"
    r"cosmetic|nuisance|annoy|urgent|workaround|manual|k.nn|kann|konnt|betroff|h.ng|gestoppt|fehlgesch"
    r"|verz.g|ausgefall|scheiter|stehen|offen|auswirk|geh.lt|lohn|warten|beschwer|ne p|arriv|incapab|.chou"
    r"|touch|retard|attente|suspen|"
    r"no p|no log|incapac|detenid|retras|pendient|parad|atasc|impacto|afecta|n.o co|n.o po|n.o . "
    r"|impossibil|travad|atrasad|folha|afeta|non |bloccat|fallit|ferm|ritardo|impatto|kunnen|kan |geblok"
    r"|getroff|misluk|vertraag|stil|vast|nie |wstrzym|dotkni|stoj|przechodz|wp.yw|zablok|op..n"
)
# People, money and the running of a business; transfers, quotes and calls are technical objects and not among them.
_BUSINESS = starts(
    r"\b(?:customers|clients|end users|our users|users|shoppers|buyers|guests|travellers|teachers|parents"
    r"|doctors|investors|donors|players|hosts|couriers|riders|agents|members|subscribers|consumers"
    r"|invoices|bookings|reservations|the books|accounting|finance department|merchants?|sellers|drivers"
    r"|workers|employees"
    r"|staff|suppliers|vendors|contractors|freelancers|patients|students|tenants|people|payrolls?"
    r"|salar(?:y|ies)|wages|revenue|sales|conversion|"
    r"orders|our business|money|cash|month-end|closing|close|accountants|bookkeepers|(?:finance|operations"
    r"|support|treasury) team|call cent(?:re|er)|throughput|checkout|launch|go-live|rollout|roll-out"
    r"|deadline|beneficiary|payouts|withdrawals|refunds|traders?|creators|landlords|farmers|families|"
    r"kunden|kundinnen|buchhaltung|monatsabschluss|rechnungen|verk.ufer|fahrer|lehrer|nutzer|h.ndler"
    r"|mitarbeiter|geh.lter|l.hne|umsatz|geld|auszahlungen|lieferanten"
    r"|clients|utilisateurs|salari.s|salaires|vendeurs|chauffeurs|commer.ants|b.n.ficiaires|comptabilit."
    r"|conductores|vendedores|comerciantes|contabilidad|facturas|lojistas|motoristas|contabilidade|folha"
    r"|venditori|autisti|fatture|verkopers|chauffeurs|facturen|boekhouding|kierowc\w+|sprzedawc\w+|chiffre"
    r" d.affaires|ventes|argent|fournisseurs|clientes"
    r"|usuarios|ventas|n.minas?|dinero|proveedores|empleados|comercios|"
    r"usu.rios|utilizadores|vendas|dinheiro|fornecedores|funcion.rios|sal.rios|clienti|utenti|vendite"
    r"|stipendi|fornitori|denaro|klanten|gebruikers|omzet|leveranciers|salarissen|geld|klien\w+"
    r"|u.ytkownic\w*|sprzeda.|wynagrodze\w+|pieni.dz\w+|dostawc\w+)\b"
)
_HARM = starts(
    r"\b(?:(?:is|are|been|still|keep|kept|left) (?:\w+ )?waiting|waits?|delayed|late\b|dropped|dropp?ing"
    r"|fell|falling|declining|lost|losing|lose|stuck|blocked|queue?ing|queued up|backlog|piling|pile up"
    r"|angry|furious|complain\w*|complaints|churn\w*|cannot|can.t|no \w+ (?:can|could|gets?)|nobody (?:can"
    r"|gets?)|"
    r"unable|impossible to|abandon\w*|hold(?:ing)? back|held back|blank page|see(?:s|ing)? (?:an |only"
    r" )?errors?|(?:have|has|had|did)(?: not|n.t) (?:got|get|gotten|received?|been|seen)|in danger|had to"
    r" (?:switch|move|send|refund|turn)|turn(?:ed|ing)? away|leaving|stopped|at risk|urgently|needs?"
    r" (?:the|their|his|her|it)\b|unpaid|overdue"
    r"|suffer\w*|hurt\w*|damag\w+|penalt\w+|manually|by hand|escalat\w+|affected|impacted|without (?:their"
    r"|his|her|any) (?:money|pay|salary|funds|wages)|not (?:been )?paid|missed|miss(?:ing)? (?:the|our|a)"
    r" (?:deadline|cut-?off)|standstill|frozen|"
    r"warten|wartet|kann\b.{0,60}\bnicht\b|k.nnen\b.{0,60}\bnicht\b|no (?:han|ha|pueden|puede|reciben"
    r"|cobran)\b|sem receber|n.o (?:receberam|recebem|conseguem|podem)|attendent|ne (?:peuvent|re.oivent"
    r"|sont pas)|n.ont pas|non (?:hanno|ricevono|possono)|niet (?:betaald|ontvangen)|geen geld|nie"
    r" (?:otrzyma\w+|dosta\w+|mog.)|verz.ger\w+|h.ngen|verlieren|verloren|blockiert|beschwer\w+"
    r"|attend(?:ent|ons)"
    r"|retard\w*|bloqu\w+|perd(?:ons|ent|u|us)|se plaign\w+|esper(?:an|ando|am)|retras\w+|perdiendo"
    r"|perdemos|perden|se quejan|quej\w+|atras\w+|reclam\w+|aspett\w+|in ritardo|bloccat\w+|perdendo"
    r"|perdiamo|"
    r"wachten|wacht\b|vertraag\w*|verliezen|geblokkeerd|klagen|czekaj.|op..nion\w*|tracimy|zablokowan\w+|skar.. si.)"
)
_HYPOTHETICAL = re.compile(
    r"(?i)\b(?:would|might|could|will|may|should) (?:this|it|that|there|the|any)\b|\bif (?:we|our|you|this"
    r"|there|a|the)\b[^.!?]{0,60}\b(?:would|will|could|might)\b|\bin case\b|\bwhat happens\b|\bwonder\w*"
    r"|\bplan(?:ning)? to\b|\bplease (?:let us know|tell us|confirm|advise) (?:if|whether|what)|\bno"
    r" longer (?:affect|block|stuck)|\b(?:were|was|had been|got) (?:\w+ )?(?:resolved|fixed|solved)\b"
    r"|\b(?:resolved|fixed|solved) now\b"
)
_DEVELOPER_ONLY = re.compile(
    r"(?i)\b(?:reproduc\w+|find (?:any|the|it|out|an?)|see (?:any|why|what|it|the (?:docs|documentation"
    r"|problem|issue|reason|difference))|understand|figure out|tell (?:if|whether)|attach|log in to (?:the"
    r" )?(?:jira|portal|docs))\b"
)


def impacts(page: Page) -> Iterator[Fact]:
    for sentence in sentences(page.text):
        if states_impact(sentence):
            value = " ".join(sentence.text.split()).lstrip("-*•· ")[:_MAX_LENGTH]
            yield Fact(FactKind.BUSINESS_IMPACT, value, (sentence.start, sentence.end), original=sentence.text[:_MAX_LENGTH])


def states_impact(sentence: Sentence) -> bool:
    text = sentence.text[:1_000]
    if not (_TRIGGER.search(one_byte(text)) or _is_harm_to_business(text)) or sentence.is_question or _HYPOTHETICAL.search(text):
        return False
    flat = " ".join(text.split())
    if not _is_harm_to_business(flat) and not any(pattern.search(flat) for pattern in _PATTERNS):
        return False
    return _DEVELOPER_ONLY.search(flat) is None or len(flat) > 160


def _is_harm_to_business(text: str) -> bool:
    """People or money on one side, harm on the other, in one sentence; which words join them is anybody's style."""
    flat = one_byte(text)
    return _BUSINESS.search(flat) is not None and _HARM.search(flat) is not None
