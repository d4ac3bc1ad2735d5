"""The vocabulary of business impact: who or what is concerned, what happens to it, how much and until when, in partners' languages.

Words only; `impact` decides what they amount to. They are matched against lower-case text without accents, by one RE2 set, so that one pass
over a sentence names every feature in it, however many words there are. One line is one alternation; lines go by language.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any

import re2


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


_PEOPLE = r"""
(?:our|my|the) (?:\w+ ){0,2}(?:teams?|department|engineers|developers|colleagues|management|ceo|cfo|cto|boss|directors?|board|controllers?)
(?:angry|worried|phone|support) (?:calls|mails|e-?mails|messages)
(?:unser\w*|notre|nuestro|nosso|nostro|ons|nasz) (?:\w+ )?(?:team|equipe|equipo|zespol)|nosso time
policyholders?|\w+(?:holders|owners|workers|keepers|givers|goers|women|smen)|clinics?|landlady|nadie|ninguem|niemand|nessuno|nikt|personne
children|kids
widows?|refugees?|villagers?|residents?|citizens|taxpayers?|athletes?|musicians?|writers?|developers we pay|translators?|tutors?
volunteers?|pilots
captains?|seafarers?|sailors?|growers?|producers?|publishers?|affiliates?|ambassadors?|franchise\w*|dealers?|importers?|exporters?
wholesalers?|grandm\w+
studenti|docenti|malati|famiglie|ospedal[ei]|scuole|ospiti|locatari|corrieri|rider|koeriers?|studenten|ouders|scholen|ziekenhui\w+
chauffeur|zzp\w*
etudiants|enseignants|hopital|hopitaux|ecoles?|locataires?|voyageurs|agriculteurs|artistes|medecins?|soignants|coursiers|familles?|patients
hospital(?:es)?
escuelas?|familias?|pacientes?|agricultores?|viajeros|maestros|profesores|medicos?|huespedes|escolas?|alunos|professores|produtores
entregadores?|hospitais
studen\w+|nauczyciel\w*|pacjen\w*|rodzin\w*|szpital\w*|kurier\w*|rolni\w+|podwykonawc\w*
\w*(?:kunden|mitarbeiter|lieferanten|handler|fahrer|mieter)\w*
studierende\w*|kuriere?|krankenh\w+|schulen|schuler\w*|eltern|familien|reisende\w*|gaste|bauern|kunstler\w*|arzte|pfleger\w*
freiberufler\w*|rentner\w*
customers?|clients?|clientele|consumers?|users?|shoppers?|buyers?|guests?|travell?ers?|teachers?|parents?|famil(?:y|ies)|doctors?|nurses?
patients?|hospitals?|students?|pupils?|schools?|universit(?:y|ies)|players?|hosts?|couriers?|riders?|drivers?|members?|subscribers?|nobody
merchants?|sellers?|vendors?|suppliers?|workers?|employees?|staff|contractors?|freelancers?|crews?|creators?|authors?|artists?|tenants?
landlords?|farmers?|people|persons?|retirees?|pensioners?|beneficiar(?:y|ies)|payees?|migrants?|donors?|charit(?:y|ies)|ngos?
investors?|traders?|brokers?|compan(?:y|ies)|businesses|firms|smes?|retailers?|resellers?|stores|shops|bakery|restaurants?|hotels?|no one
accountants?|bookkeepers?|cardholders?|account ?holders?|passengers?|households?|everybody|everyone|anyone|anybody|wife|husband|banks
notary
agents|bookers|nannies|carers|caregivers|lenders|borrowers|influencers|streamers|(?:end|power|test) ?users?|cleaners|crew|volunteers
partners
kund(?:e|en|in|innen|schaft)|(?:end|gross|privat|firmen)kund\w+|nutzer\w*|anwender\w*|mitarbeite\w*|angestellt\w*|h(?:a|ae)ndler\w*|leute
verk(?:a|ae)ufer\w*|fahrer\w*|lieferant\w*|mandant\w*|lehrer\w*|mieter\w*|rentner\w*|empf(?:a|ae)nger\w*|filialen|menschen|patienten
fahrgaste
utilisateurs?|salaries|employes?|vendeurs?|commercants?|fournisseurs?|chauffeurs?|livreurs?|beneficiaires?|marchands?|abonnes|etudiants?
usuari[oa]s?|clientes?|vendedore?s?|comerci(?:o|ante)s?|proveedore?s?|empleados?|trabajador\w*|conductor\w*|beneficiarios?|personas|alumnos
inquilinos?|estudiantes?|repartidor\w*|utilizador\w*|lojistas?|motoristas?|fornecedor\w*|funcionarios?|trabalhador\w*|colaborador\w*
pessoas
clienti|utenti|venditori|fornitori|dipendenti|lavoratori|autisti|persone|esercenti|commercianti|pazienti|famiglie
klant(?:en)?|gebruikers?|verkopers?|leveranciers?|medewerkers?|werknemers?|mensen|ondernemers?|huurders?|patienten
klien\w+|uzytkowni\w+|sprzedaw\w+|dostawc\w+|pracowni\w+|kierowc\w+|ludzie|osob\w*|kontrahen\w+|najemc\w+
"""
_BUSINESS = r"""
claims|relief|supply chain|production line|aid|groceries|fuel|flights?|tickets are|subscriptions? are|trips?|customs|containers?|ships?
stock|closing date
\w*(?:auszahlung|gehalts|lohn|umsatz|zahlungsl|bestell|auftrags|uitbetaling|loonbetaling|salaris)\w*|betrieb|operacion|operacao|operacoes
operazioni
la facturation|les paies|trattenut\w+|rette|bollette|affitti|colis|livraisons?|mercancia|mercadoria|merce|towar\w*|goederen|waren?
lieferung(?:en)?|biznes\w*
our (?:margin|books|close|reputation|brand|rating|nps|inbox|phones?|bank|auditors?|board|ceo|cfo|licen[cs]e|liquidity|competitors?)
app store|trustpilot
pay[ -]?rolls?|pay[ -]?outs?|pay[ -]?runs?|pay ?days?|pay ?che(?:ck|que)s?|salar(?:y|ies)|wages|pensions?|revenues?|turnover|conversions?
orders?|invoices|invoicing|bookings?|reservations?|month[ -]end|year[ -]end|the books|accounting|bookkeeping|reconciliations?|treasury
finance|liquidity|cash|cashflow|money|funds|settlements?|disbursements?|withdrawals?|refunds?|remittances?|top[ -]?ups?|deposits?|rents?
vat|tax(?:es)?|audits?|onboardings?|sign[ -]?ups?|registrations?|go[ -]?lives?|launch|roll[ -]?outs?|our (?:next )?release|our business
support(?: team| desk| line| staff| phones?| inbox)?|help ?desk|call cent(?:er|re)|customer (?:service|care)|(?:our |the )ops(?: team)?
queues?|backlog|throughput|volumes?|corridors?|shipments?|inventory|goods|cargo|purchase|mortgages?|tuition|medication|treatment|operations
reputation|trust|trading|business|salary run|(?:payment|bank) runs?|supplier payments?|direct debit run|insurance|claims payments?|sales
commissions?|bonuses|royalt(?:y|ies)|dividends?|grants?|stipends?|allowances?|cash[ -]?outs?|merchandise
auszahlung\w*|geh(?:a|ae)lt\w*|lohn\w*|l(?:o|oe)hne|umsatz\w*|geld\w*|bestellung\w*|rechnungen|buchhaltung|(?:monats|jahres)abschluss\w*
warteschlange|r(?:u|ue)ckstand|gesch(?:a|ae)ft\w*|auftr(?:a|ae)g\w*|abrechnung\w*|erstattung\w*|kunden(?:service|dienst)|hotline|zahllauf
steuer\w*|versements?|salaires?|paie|ventes?|argent|chiffre d.affaires|commandes?|factur\w+|comptabilite|tresorerie|cloture|service client
remboursements?|file d.attente|loyers?|inscriptions?|nominas?|dinero|ventas?|contabilidad|pedidos?|cierre|reembolsos?|sueldos?|ingresos
cola|remesas?|negocio|alquiler(?:es)?|impuestos?|atencion al cliente|folha|salarios?|dinheiro|vendas?|faturamento|fechamento|repasses?
receita
remessas?|saques?|fila|aluguel|impostos?|atendimento|ordens|stipendi\w*|denaro|soldi|vendite|fattur\w+|contabilita|ordini|rimborsi|chiusura
coda|incassi|affitt[oi]|salaris\w*|omzet|boekhouding|facturen|geld|uitbetaling\w*|bestellingen|wachtrij|maandafsluiting|loon\w*|huur
wynagrodze\w*|pensj\w+|pieni[ae]d[zh]?\w*|sprzedaz\w*|faktur\w*|ksiegow\w*|wyplat\w*|zamowie\w*|kolejk\w*|zwrot\w*|rozlicze\w*|czynsz\w*
"""
_SERVICE = r"""
(?:our|the|their|whole|entire)(?: \w+)? (?:apps?|website|site|shop|web ?shop|store|check ?out|platform|product|portal|service|wallets?)
our (?:\w+ )?(?:pos|terminals?|marketplace|programme|program|dashboard|integration|exchange)|check ?out|store ?front|wallets?
card program\w*
(?:notre|nos|l.|une?) ?(?:application|site|plateforme|service|boutique)|unsere?r? (?:app|plattform|webseite|shop|dienst|kasse|portal)
die app
(?:nuestr[oa]|nossa|nosso|nostr[oa]|la|el|o) (?:app|aplicacion|sitio|plataforma|tienda|servicio|site|servico|loja|aplicativo|piattaforma)
(?:nostro servizio|onze|het|de) (?:app|site|platform|dienst|webwinkel|winkel)|nasz\w* (?:aplikacj\w+|sklep\w*|platform\w+|serwis\w*)
"""
_OBJECT = r"""
payments?|recipients?|transfers|transactions|cards?|accounts|balances|mandates|direct debits|batch(?:es)?|traffic|wires?|quotes
payment files?
zahlung(?:en)?|uberweisungen|ueberweisungen|transaktionen|karten|konten|buchungen|paiements?|virements?|transferts|cartes?|comptes
pagos?|transferencias|transacciones|operaciones|tarjetas?|cuentas|dispersion\w*|pagamentos?|transacoes|cartoes|contas|pix
pagament[io]|bonifici|trasferimenti|transazioni|carte|conti|betaling(?:en)?|overboekingen|transacties|rekeningen
platnos\w*|przelew\w*|transakcj\w*|karty
"""
_OURS = r"""
we|we.re|we.ve|we.ll|us|our|ours|i|my|wir|uns|unser\w*|nous|nos|notre|nosotros|nuestr\w+|estamos|nossos?|nossas?|noi|ci|nostr[oiae]
ons|onze|wij|nasz\w*|nam|\w{2,}(?:amos|emos|imos)|\w{2,}iamo|(?:pouv|av|dev)ons|mozemy|musimy|\w+lismy|konnen wir|konnten wir
"""
_INABILITY = r"""
can ?not|can.?t|could ?n.?t|could not|unable|not (?:\w+ )?(?:able|possible)|incapable|no longer|impossible|inability
(?:nobody|no ?one|none|no|not (?:a|one)|neither|hardly any)(?: \w+){0,5} (?:can|could|gets?|got|is|are|was|were|has|have|receives?|works?\
|went)
(?:did|does|do|has|have|had|is|are|was|were)(?: not|n.?t)(?: \w+)? (?:get|gotten|got|receiv\w*|see|seen|been|finish\w*|paid|arriv\w*|come\
|work\w*)
(?:did|does|do|has|have|had|is|are|was|were)(?: not|n.?t)(?: \w+)? (?:go|gone|complet\w*|reach\w*|know|let|allow\w*|happen\w*|execut\w*\
|shown?|land\w*)
not (?:yet |been |being |be |going to be )*(?:paid|sent|processed|credited|executed|settled|refunded|delivered|received|funded|submitted\
|completed)
not (?:yet |been |being |be |going to be )*(?:booked|released|reconciled|arrived|finished|shipped|issued|visible|reaching|getting|receiving)
not (?:been )?(?:going (?:out|through)|served|posted|cleared|filed|matched)|never (?:arriv\w+|came|receiv\w+|got|reach\w*|went|show\w*)
prevent\w* (?:us|our|them|from|the|all|any)|(?:keep|stop|hinder)(?:s|ing)? (?:us|our|them) from|out of reach|locked out|shut out|cut off
without (?:their |his |her |any |access|our )*(?:money|pay|salary|funds|wages|income|access|cash|card|work)
missing (?:money|salar\w+|pay\w*)
(?:k(?:o|oe)nn\w+|kann|lasst|laesst|lassen|konnt\w+)(?: \S+){0,10} (?:nicht|keine?[nrms]?|nichts|weder)
nicht (?:mehr )?(?:m(?:o|oe)glich|in der lage)|kein\w* \w+ (?:kann|konnen|koennen|mehr)
(?:bekommen|erhalten|erhielten|sehen) (?:\w+ )?kein\w*
(?:nicht|keine?n?|nie|kein)(?: \S+){0,4} (?:bezahlt|ausgezahlt|ausgef\w+|erhalten|bekommen|angekommen|abgeschlossen|verarbeitet\
|gutgeschrieben)
unm(?:o|oe)glich\w*|ne (?:\S+ ){0,2}(?:peu\w+|pouv\w+|parvien\w+|recoi\w+|sont|est)|n.arriv\w+|impossib\w+|incapables?
n.(?:ont|avons|a) (?:pas|rien|plus)
n.ont toujours|plus (?:aucun\w*|personne|possible)
no (?:\S+ ){0,2}(?:podemos|pueden|puede|podian?|logra\w*|consigu\w+|recib\w+|cobra\w*|llega\w*|es posible)
no (?:nos )?(?:han|ha|hemos) \w+|imposible|incapaces|sin (?:poder|cobrar|recibir|acceso|dinero)|nadie|ningun\w* \w+ puede|ninguem
nao (?:\S+ ){0,2}(?:consegu\w+|podemos|podem|pode|receb\w+|e possivel|cheg\w+|foram|foi|temos como)|impossibilitad\w+
sem (?:receber|poder|acesso)
non (?:\S+ ){0,2}(?:possiamo|possono|puo|riusc\w+|riesc\w+|ricev\w+|hanno|abbiamo|e possibile|arriva\w*)|impossibile|nessuno
senza (?:poter|soldi)
(?:kunnen|kan|konden)(?: \S+){0,10} (?:niet|geen|niets|nooit)|niet (?:meer )?(?:mogelijk|betaald|ontvangen|verwerkt|uitbetaald|in staat)
(?:kan|kunnen) niemand|niemand kan|geen (?:geld|salaris|toegang)|onmogelijk
nie (?:\S+ ){0,2}(?:moz\w+|mog[ae]?|jestesmy w stanie|sa w stanie|otrzyma\w+)
nie (?:\S+ ){0,2}(?:widz\w+|dosta\w+|docier\w*|dotar\w+|udaje|da sie)|niemozliw\w+|bez (?:wyplat\w*|pieniedzy|dostepu)|nikt nie
"""
_ACTIVITY = r"""
pay|paying|pay ?out|invoicing|invoice (?:our|any\w*|the|them|customers|clients)|bill(?:ing)?|disburs\w+|settl(?:e|ing)|reconcil\w+
onboard\w*|ship(?:ping)?|sell(?:ing)?|trad(?:e|ing)
remit\w*
withdraw\w*|refund\w*|check(?:ing)? out|top(?:ping)?[ -]?up|operat(?:e|ing)|go(?:ing)? live|launch\w*|releas(?:e|ing)|collect\w*|disperse
(?:send|mov|transfer|receiv|accept|process|mak|tak|handl|creat|initiat|get|execut|submit|book|serv|complet|fund|place|confirm|convert)(?:e\
|ing)? (?:\w+ ){0,4}(?:money|funds|payments?|payouts?|orders?|anything|transfers?|transactions?|customers?|clients?|purchases?|cards?\
|wallets?|trades?)
log(?:ging)? in|sign(?:ing)? (?:up|in)|clos(?:e|ing) (?:the|our|their|his) \w+|file (?:the |our )?(?:\w+ )?(?:returns?|taxes|reports?)|file
(?:run|start|finish) (?:our|the|any) (?:\w+ )?(?:pay\w*|run|close|settlement|reconciliation|business)|offer\w*|buy|spend|work\b|do business
(?:connect|link|see|access|reach|verify|use|open) (?:their|his|her|our|a|any) (?:\w+ )?(?:accounts?|money|balances?|banks?|funds|cards?\
|wallets?|app)
auszahl\w*|(?:be)?zahlen|(?:u|ue)berweis\w*|abrechn\w+|abwickel\w+|abschlie\w+|verarbeit\w+|arbeiten|versenden|verkaufen|annehmen
ausf(?:u|ue)hr\w+
payer|verser|envoyer|encaisser|facturer|effectuer|traiter|finaliser|retirer|expedier|travailler|regler|virer|vendre|afficher
pagar|enviar|cobrar|procesar|retirar|facturar|completar|realizar|operar|dispersar|ejecutar|vender|receber|sacar|processar|faturar|concluir
efetuar|finalizar|transferir|pagare|inviare|incassare|fatturare|elaborare|completare|effettuare|prelevare|vendere|lavorare|accreditare
(?:uit)?betalen|versturen|verwerken|factureren|overmaken|opnemen|verkopen|afsluiten|werken|wyplac\w+|(?:za|o)?plac\w+|wysyl\w+|wysla\w+
przetw\w+|zlec\w+|realiz\w+|fakturow\w+|pracowa\w+|sprzedawa\w+
"""
_HARM = r"""
invisible|empty[- ]handed|refuse[sd]? to|competit\w+|below cost|at a loss|gone|left us|walk(?:ed|ing)? out|quit|quitting|desperate
embarrass\w*
chaos|nightmare
mess|panic|frustrat\w*|disappoint\w*|confus\w*|scared|worried|worry|crisis|emergency|starv\w*|hungry|cold|struggl\w*|stress\w*|pain|painful
hostage|stop(?:s|ped)? (?:working|trading|shipping)
worse|worst|terrible|awful|disaster\w*|catastroph\w*|shouting|yelling|screaming|crying|ringing|on fire|burn\w*|bleed\w*|sink\w*|collaps\w*
melt\w*|tank(?:s|ed|ing)
through the (?:floor|roof)|skyrocket\w*|spik(?:e|es|ed|ing)|doubl(?:ed|ing)|tripl\w+|off the (?:charts|shelf)|backing up
stack(?:s|ed|ing)? up|build(?:s|ing)? up|mount(?:s|ing)
reversed|returned to sender|sent home|turned up|nothing to
no (?:money|pay|salary|cash|funds|way|income|food|work|access|wages|visibility|trace)|forced|void|forfeit\w*|seiz\w*|impound\w*
short(?:age|fall)|exposed|exposure|leaking|fraud\w*|illegal|trapped|homeless|closed (?:the|their|our) doors|shut|close(?:d)? (?:early|down)
one[- ]star|bad reviews?|reputation\w*
ruh(?:t|en)|stock(?:t|en)|kundig\w*|storn\w*|flieg(?:t|en)|wutend|panik|chaos|notfall|katastroph\w*|eskalier\w*|hangen geblieben
auf dem trockenen|leer aus|kein geld|droht
cay(?:endo|o|eron)|cae|caos|panico|desespera\w*|crisis|urgencia|amenaz\w*|abandon\w*|cancelad\w*|sufr\w*|imped\w*|fer[mn]at\w*|colapso
ficou sem|ficaram sem|sin (?:cobrar|sueldo)
desesper\w*|ameac\w*|cancelam\w*|cancelando|sofr\w*|emperrad\w*|engasgad\w*|caos|arrancad\w*|danneggi\w*|minacci\w*|annull\w*|disdett\w*
disper\w+|proteste|protest\w*
menac\w*|resili\w*|annulations?|desesper\w*|catastroph\w*|chaos|urgence|coinc\w+|pris en otage|lopen vast|lopen weg|weglopen|dreig\w*
opgezegd|annuleren|wanhop\w*|paniek|rezygn\w*
chaos|grozi|groza|odchodz\w*|anuluj\w*|panik\w*|sparaliz\w*|zator\w*|paralyz\w*
stuck|block(?:ed|s|ing)|on hold|held (?:up|back)|holding (?:up|back)|waiting|waits?|delay\w*|late|overdue|unpaid|unfunded|unsettled|lost
losing
lose|loses|missed
miss(?:es|ing)? (?:the|our|a|their|its|today.s) (?:\w+ )?(?:run|deadline|cut|pay\w*|window|flight|date|salar\w+|close|release)
pil(?:e|es|ed|ing)[ -]?up|queue?(?:d|ing)|growing|grows|backed up|expire
drop(?:ped|s|ping)|fell|falls|falling|declining|shrink\w*|angry|furious|upset|unhappy|annoyed|nervous|panick?\w*|complain\w*|churn\w*
expires
abandon\w*|leav(?:e|ing) (?:us|our|for|the)|walk(?:ing|ed) away|cancel(?:l?ing|led) (?:their|orders?|bookings?|the|our)|escalat\w*
threat\w*
flood\w*|overwhelm\w*|swamp\w*|overload\w*|inundat\w*|chas(?:e|es|ing)|calling|keeps? (?:calling|writing)|suffer\w*|hurt\w*|damag\w*
harm(?:s|ed|ing)?|jeopardi[sz]\w*|(?:at|in) (?:risk|danger|jeopardy)|endanger\w*|standstill|frozen|stranded|standing|suspended|halted
paused
to a halt|dead|cripple\w*|crippling|paraly[sz]\w*|outage|offline|unusable|unavailable|(?:error|blank|white|empty) (?:page|screen|message)s?
(?:see|sees|seeing|gets?|getting|got|shown|shows?) (?:an? |only |nothing but |just )*(?:\w+ )?(?:errors?|nothing|zero|spinner)|idle
wrong (?:balances?|amounts?|numbers|data|rates?|statements?|figures|prices?|account|person|beneficiary|currency)
double[ -]?(?:charg|pa|deb)\w+
(?:charged|paid|debited|credited) (?:twice|double|two times)
(?:outdated|stale|incorrect|yesterday.s) (?:rates?|balances?|figures|data|numbers|prices)
turn(?:ed|ing)? (?:\w+ )?away|interrupt\w*|disrupt\w*|hamper\w*|degrad\w*|impair\w*|stall\w*|grind\w*|outstanding|slow(?:s|ing|ed) us
need(?:s|ed)? (?:the|their|his|her|this|its) (?:money|funds|cash|salary|payment|wages|refund|pay)\w*|needs? it|urgently|evict\w*|default\w*
bankrupt\w*|insolven\w*|affected|impacted|in limbo|unprocessed|rotting|asking (?:us )?(?:where|when|why|what)|wondering where|left with\w*
hit(?:s|ting)? (?:our|us|all)|struggl\w*|not paid|short of|at a loss|sits? (?:\w+ )?(?:there|unpaid|idle|in)|pending
zero (?:sales|orders|revenue)
wart(?:en|et)|h(?:a|ae)ng(?:en|t)|blockier\w*|gesperrt|verz(?:o|oe)ger\w*|betroffen|gestoppt|stillst\w+|steh(?:t|en) (?:still|offen|an)
offen
scheiter\w*|fehlgeschlagen|beschwer\w*|verlier\w*|verlor\w*|verluste?|ver(?:a|ae)rgert|sauer|w(?:a|ae)chst|stau(?:t|en)|(?:u|ue)berlastet
lahm\w*
gef(?:a|ae)hrdet|droh(?:t|en)|liegen (?:geblieben|auf)|liegt lahm|springen ab|verpass\w*|auf eis|verspatet|laufen (?:\w+ )?auf|ausgefallen
bloqu\w+|attend(?:ent|ons|ez)?|en attente|retard\w*|suspendu\w*|perd(?:ons|ent|u|us|ue|ues|re)|pertes?|plaign\w*|plaintes?|reclamations?
mecontent\w*|furieu\w*|touche\w*|impactee?s?|echou\w*|a l.arret|paralys\w*|debord\w*|s.accumul\w*|s.allonge\w*|en souffrance|indisponib\w*
inutilisab\w*|(?:est|sont|reste\w*) (?:gele\w*|en suspens)|parad[oa]s?|detenid\w*|retras\w*|pendientes?|atascad\w*|esper(?:an|ando|am|amos)
perdi\w+|perd(?:emos|en|er|endo|em)|quej\w+|reclam\w*|afectad\w*|saturad\w*|colapsad\w*|suspendid\w*|caid[oa]s?|enfadad\w*|molest[oa]s
acumul\w*|crec(?:iendo|e)|vencid\w*|varad[oa]s?|travad\w*|atrasad\w*|atras[oa]|pres[oa]s|afetad\w*|prejui\w*|prejudic\w*|irritad\w*
aguard\w*
cresc(?:endo|e)|sobrecarregad\w*|lotad\w*|suspens[oa]s?|congestionad\w*|parou|bloccat\w*|ferm[oiae]|in ritardo|attesa|aspett\w*|lament\w*
perd(?:iamo|ono|ite)|arrabbiat\w*|sospes\w*|in coda|intasat\w*|stann?o aspettando|geblokkeerd|vertraag\w*|wacht(?:en)?|ligt stil|staan stil
stilgelegd|vastgelopen|zitten vast|verliez\w*|klag\w+|klachten|boos|getroffen|loopt (?:\w+ )?op|groeit|overspoeld|liggen stil|zablokowan\w*
wstrzyman\w*|opozn\w*|czeka\w*|stoi|stoja|trac\w*|skarz\w*|skarg\w*|wsciek\w*|zagrozon\w*|utkn\w*|rosn\w*|zaleg\w*|dotkni\w*
"""
_FAULT = r"""
errore|erro|erreurs?|fout|blad\w*|fehler|glitch\w*|throttl\w*|empty (?:list|response|result|page)|timeouts?|giv(?:es?|ing) up|gave up
malfunction\w*
fail|fails|failed|pending|bounc\w+|failing|failures?|broken|down|errors?|reject\w*|declin\w*|refus\w*|stopped|not working|crash\w*
times? out
timed out|timing out
hang(?:s|ing)?|do(?:es)?(?: not|n.t) (?:work|go|come|arrive|load)|fehler\w*|ausfall\w*|echec\w*|en panne|falla|fallan|fallando|rechazad\w*
no funciona\w*|falh\w+|fora do ar|recusad\w*|fallisc\w+|fallit\w+|non funziona\w*|rifiutat\w*|mislukk\w*|mislukt|werkt niet|werken niet
foutmelding\w*|fehlermeldung\w*|messages? d.erreur|mensajes? de error|mensage\w* de erro|messaggi\w* di errore|komunikat\w* o bled\w*
nie dziala\w*|nie przechodz\w*|awari\w*|odrzuc\w*|funktionier\w* (?:\w+ )?nicht|abgelehnt|nao funciona\w*|ne passe\w*|ne fonctionne\w*
geweigerd
"""
_MEASURE = r"""
(?:had|having|forced|obliged) to \w+|(?:m(?:u|ue)ssten|musste)(?: \S+){1,8} \w+en|(?:avons|ont|a) (?:du|ete obliges?) \w+
(?:tuvimos|tuvieron|tuvo|hemos tenido) que \w+
(?:tivemos|tiveram|teve) (?:de|que) \w+|(?:abbiamo|hanno|ha) dovuto \w+|(?:moesten|moest)(?: \S+){1,8} \w+en
(?:musielismy|musieli|musial\w*) \w+
(?:had|have|has|having|forced|need|needed|obliged|about|decided) to (?:\w+ )?(?:switch|turn|shut|take|stop|pause|suspend|disable|halt|delay)
(?:had|have|has|having|forced|need|needed|obliged|about|decided) to (?:\w+ )?(?:postpone|refund|apologi\w+|reroute|move|pay|close|cancel\
|hide)
(?:had|have|has|having|forced|need|needed|obliged|about|decided) to (?:\w+ )?(?:fall back|remove|limit|refuse|tell|compensate|freeze\
|decline|inform)
(?:had|have|has|having|forced|obliged) to (?:\w+ )?(?:send|enter|process|rekey|put|block|notify|use|go back|turn)
(?:switched|turned|shut|closed|put|taken|took) (?:\w+ ){0,3}(?:off|down|on hold)
(?:are|were|been|started|be|keep) (?:\w+ )?(?:refunding|apologi\w+)
(?:are|were|been|started|be|keep) (?:\w+ )?(?:compensating|paying) (?:\w+ ){0,3}(?:customers|clients|them|people|back)|refunding
reimbursing
(?:we|we.ve|we have|have|has) (?:\w+ )?(?:stopped|paused|suspended|disabled|halted|postponed|refunded|switched|removed|hidden|closed|frozen)
by hand|manually|manual (?:work|process\w*|workaround|payments?|retr\w+|re-?send\w*|intervention|transfers?|payouts?|entry|effort)|overtime
(?:fall(?:ing|en)?|fell) back (?:to|on)|back to (?:spreadsheets?|paper|swift|manual)|have a workaround|working (?:weekends?|nights?|late)
(?:m(?:u|ue)ssten|m(?:u|ue)ssen|musste)(?: \S+){0,9} (?:abschalt\w+|abgeschalt\w+|stoppen|aussetz\w+|deaktivier\w+|erstatt\w+|stornier\w+\
|manuell)
(?:m(?:u|ue)ssten|m(?:u|ue)ssen|musste)(?: \S+){0,9} (?:verschieb\w+|schlie\w+|vertr\w+|pausier\w+|sperren|einstell\w+)|manuell|von hand
abgeschaltet
(?:avons|ont|devons|doit|doivent|avons du|a du) (?:\S+ ){0,2}(?:suspend\w+|ferm\w+|desactiv\w+|arret\w+|rembours\w+|coup\w+|annul\w+)
a la main|manuellement
(?:hemos|tuvimos|tenemos|tuvieron|ha|estamos) (?:\w+ ){0,2}(?:suspend\w+|parar|parado|desactiv\w+|deten\w+|devolv\w+|devolviendo|cancel\w+\
|cerr\w+|apag\w+)
reembolsando|a mano|manualmente
(?:tivemos|precisamos|estamos|temos|foi preciso) (?:\w+ ){0,2}(?:suspend\w+|parar|desativ\w+|deslig\w+|estorn\w+|cancel\w+)
(?:abbiamo|dobbiamo|stiamo) (?:\w+ ){0,2}(?:sospe\w+|disattiv\w+|blocc\w+|ferm\w+|rimbors\w+|annull\w+|rimand\w+)|handmatig|met de hand
(?:moesten|moeten|hebben)(?: \S+){0,9} (?:uitzetten|stopzetten|stilleggen|terugbetalen|annuleren|uitgeschakeld|stopgezet|uitgezet\
|gepauzeerd)
(?:musielismy|musimy|musieli)(?: \S+){0,4} (?:wstrzym\w+|wylacz\w+|zwr\w+|anulow\w+|przeloz\w+)|recznie
"""
_SCOPE = r"""
all|every|each|entire|whole|everything|most|many|several|hundreds|thousands|dozens|scores|half|third|quarter|majority|multiple|none
\d[\d.,']*k? (?:\w+ ){0,2}[a-z]{3,}s
(?:two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|thirty|fifty|a dozen) (?:of )?(?:our|the)
alle|s(?:a|ae)mtliche|viele|mehrere|rund|etwa|tous|toutes|plusieurs|chaque|la plupart|environ|todos|todas|varios|muchos|cada|muitos
cerca de
tutti|tutte|molti|circa|veel|ongeveer|wszystk\w+|wiel[ue]|kazd\w+|okolo
"""
_SHARE = r"""
\d[\d.,]* ?(?:%|percent|per cent|prozent|pour cent|por ciento|por cento|procent|per cento)
\d{1,3} (?:in|out of|von|sur|de cada|em cada|su|op) \d+
one in \w+|(?:half|a third|two thirds|a quarter|most|the majority|three quarters) of
(?:die halfte|la moitie|la mitad|metade|la meta|de helft|polowa)
"""
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
_AMOUNT = r"""
(?:[$\xa3\xa4]|\b(?:eur|usd|gbp|pln|chf|brl|huf|mxn|inr|aud|cad|sgd|nok|sek|dkk|php|jpy|zar|aed|r\$|rs\.?)) ?\d
\d[\d.,']* ?(?:k|m|mn|mio|million|thousand|bn|lakh|crore|tsd|mil|milhoes|millones|tys|mln)?\.? ?(?:eur|usd|gbp|pln|chf|brl|mxn|inr|zl\
|[$\xa3\xa4])
\d[\d.,']* ?(?:k|m|million|thousand)? ?(?:euros?|dollars?|pounds?|francs?|reais|pesos|rupees)|(?:six|seven|five)[ -]figure|half a million
millions
"""
_DEADLINE = r"""
(?:is|are|was|were|be|falls?|fall) due|due (?:today|tonight|tomorrow|on|by|this|in|at|next|before)|deadlines?|cut[ -]?off|last day
(?:must|have to|has to|needs? to|supposed to|required to|had to) (?:\w+ )?(?:be |go |get |have )?(?:\w+ )?(?:paid|filed|sent|submitted|out\
|settled)
(?:must|have to|has to|needs? to|supposed to|required to|had to) (?:\w+ )?(?:be |go |get )?(?:\w+ )?(?:reported|delivered|closed|live\
|credited|executed)
(?:before|by|until|till) (?:the )?(?:end of |close of )?(?:\w+ )?(?:noon|midnight|tonight|tomorrow|eod|cob|business|today|\w+day|weekend\
|week|month)
(?:pay\w*|salar\w+|wages|settlement|run|launch|release|close|go[ -]live)(?: \w+){0,4} (?:today|tonight|tomorrow|this (?:\w+day|evening\
|afternoon))
pay ?day|appointment|faellig|fallig|frist|stichtag
m(?:u|ue)ss(?:en|t)?(?: \S+){0,6} (?:raus|ausgezahlt|bezahlt|(?:u|ue)berwiesen|abgegeben|verschickt)
(?:gehalt\w*|gehalter|lohn\w*|auszahlung\w*|zahllauf)(?: \S+){0,5} (?:heute|morgen)|echeance|delai|date limite
doivent etre (?:pay\w*|vers\w*)
vence\w*|plazo|fecha limite
(?:nomina|salarios?|paie|salaires|stipendi|salariss\w+|pagos)(?: \S+){0,5} (?:hoy|manana|hoje|amanha|demain|ce soir|oggi|domani)
prazo|vencimento|scadenza|uiterlijk|deben (?:pagar|salir)\w*|devem ser pag\w+|moeten (?:\S+ ){0,4}(?:betaald|verstuurd)|termin\w*
musz[ae] byc
"""
_DUTY = r"""
declarer (?:l.|cet |un )?incident|meld(?:en|ing)\w* (?:an|bei|doen|maken)|notificar (?:al|a la|ao|a)|segnalare|zglosic|an die aufsicht
banque de france|banco de espana|bundesbank
slas?|service[ -]levels?|breach\w*|contractual\w*|penalt(?:y|ies)|fines|fined|regulator|regulators|regulatory
(?:report|notify|inform|tell|to|explain|with)(?: \S+){0,5} (?:bafin|fca|acpr|cnmv|finma|dnb|knf|central bank|authorit(?:y|ies))|reportable
report (?:the |this |an |it )*(?:incident|outage|to (?:the |our )?\w+)|lawsuit|legal (?:action|team)|lawyers?|chargebacks?
vertragsstrafe\w*|aufsicht\w*|meldepflicht\w*|penalites?|reglementaire\w*|regulador\w*|regulatori\w+|multas?|banco central|boetes?
toezichthouder|kar[ayey]\b|nadzor\w*|sanctions?|sanciones
"""
_COST = r"""
(?:higher|extra|additional|real) (?:costs?|fees?|price)|mehrkosten|surcouts?|sobrecostes?|custos? extra|costi extra
cost(?:s|ing)? (?:us|our)|los(?:e|ing|es|t) (?:\w+ ){0,3}(?:money|customers|clients|revenue|business|orders|sales|trust|users)
out of pocket
los(?:e|ing|t) (?:\w+ ){0,2}\S?\d|(?:losses|loss|damages?) (?:of|amount\w*|so far|in) \S+|revenue (?:loss|impact)
\d per (?:hour|minute|day)
kostet uns|verlieren (?:wir )?(?:\S+ ){0,3}(?:umsatz|geld|kunden)|coute|perdons (?:\S+ ){0,3}(?:clients|argent|ventes)|nos cuesta|ci costa
(?:perdiendo|perdendo|perdemos) (?:\S+ ){0,3}(?:ventas|dinero|clientes|pedidos|vendas|dinheiro|clienti|vendite|ordini)|kost ons
kosztuje nas
verliezen (?:\S+ ){0,3}(?:omzet|klanten|geld)|tracimy
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
    Feature.PEOPLE: _PEOPLE, Feature.BUSINESS: _BUSINESS, Feature.SERVICE: _SERVICE, Feature.OBJECT: _OBJECT, Feature.OURS: _OURS,
    Feature.INABILITY: _INABILITY, Feature.ACTIVITY: _ACTIVITY, Feature.HARM: _HARM, Feature.FAULT: _FAULT, Feature.MEASURE: _MEASURE,
    Feature.SCOPE: _SCOPE, Feature.AMOUNT: _AMOUNT, Feature.DEADLINE: _DEADLINE, Feature.DUTY: _DUTY, Feature.COST: _COST,
    Feature.NO_IMPACT: _NO_IMPACT, Feature.STATED: _STATED, Feature.SHARE: _SHARE,
    Feature.HENCE: _HENCE, Feature.NEGATION: _NEGATION, Feature.MACHINE: _MACHINE, Feature.COURTESY: _COURTESY, Feature.LABEL: _LABEL,
}  # fmt: skip


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
    return frozenset(Feature(index) for index in _SET.Match(plain.encode("latin-1", "replace")) or ())
