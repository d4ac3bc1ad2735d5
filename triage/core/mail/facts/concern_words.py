"""Words for who and what a business impact concerns: people, money, the partner's own service, how much of it. Read by `impact_words` only.

One line is one alternation, in lower case without accents; lines go by language.
"""

PEOPLE = r"""
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
(?:\w*[^e\W])?kunden\w*|\w*(?:mitarbeiter|lieferanten|handler|fahrer|mieter)\w*
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
BUSINESS = r"""
activite|actividad|atividade|attivita|geschaftsbetrieb|bedrijf|dzialalnosc
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
SERVICE = r"""
(?:our|the|their|whole|entire)(?: \w+)? (?:apps?|website|site|shop|web ?shop|store|check ?out|platform|product|portal|service|wallets?)
our (?:\w+ )?(?:pos|terminals?|marketplace|programme|program|dashboard|integration|exchange)|check ?out|store ?front|wallets?
card program\w*
(?:notre|nos|l.|une?) ?(?:application|site|plateforme|service|boutique)|unsere?r? (?:app|plattform|webseite|shop|dienst|kasse|portal)
die app
(?:nuestr[oa]|nossa|nosso|nostr[oa]|la|el|o) (?:app|aplicacion|sitio|plataforma|tienda|servicio|site|servico|loja|aplicativo|piattaforma)
(?:nostro servizio|onze|het|de) (?:app|site|platform|dienst|webwinkel|winkel)|nasz\w* (?:aplikacj\w+|sklep\w*|platform\w+|serwis\w*)
"""
OBJECT = r"""
payments?|recipients?|transfers|transactions|cards?|accounts|balances|mandates|direct debits|batch(?:es)?|traffic|wires?|quotes
payment files?
zahlung(?:en)?|uberweisungen|ueberweisungen|transaktionen|karten|konten|buchungen|paiements?|virements?|transferts|cartes?|comptes
pagos?|transferencias|transacciones|operaciones|tarjetas?|cuentas|dispersion\w*|pagamentos?|transacoes|cartoes|contas|pix
pagament[io]|bonifici|trasferimenti|transazioni|carte|conti|betaling(?:en)?|overboekingen|transacties|rekeningen
platnos\w*|przelew\w*|transakcj\w*|karty
"""
OURS = r"""
we|we.re|we.ve|we.ll|us|our|ours|i|my|wir|uns|unser\w*|nous|nos|notre|nosotros|nuestr\w+|estamos|nossos?|nossas?|noi|ci|nostr[oiae]
ons|onze|wij|nasz\w*|nam|\w{2,}(?:amos|emos|imos)|\w{2,}iamo|(?:pouv|av|dev)ons|mozemy|musimy|\w+lismy|konnen wir|konnten wir
"""
ACTIVITY = r"""
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
SCOPE = r"""
all|every|each|entire|whole|everything|most|many|several|hundreds|thousands|dozens|scores|half|third|quarter|majority|multiple|none
\d[\d.,']*k? (?:\w+ ){0,2}[a-z]{3,}s
(?:two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|thirty|fifty|a dozen) (?:of )?(?:our|the)
alle|s(?:a|ae)mtliche|viele|mehrere|rund|etwa|tous|toutes|plusieurs|chaque|la plupart|environ|todos|todas|varios|muchos|cada|muitos
cerca de
tutti|tutte|molti|circa|veel|ongeveer|wszystk\w+|wiel[ue]|kazd\w+|okolo
"""
SHARE = r"""
\d[\d.,]* ?(?:%|percent|per cent|prozent|pour cent|por ciento|por cento|procent|per cento)
\d{1,3} (?:in|out of|von|sur|de cada|em cada|su|op) \d+
one in \w+|(?:half|a third|two thirds|a quarter|most|the majority|three quarters) of
(?:die halfte|la moitie|la mitad|metade|la meta|de helft|polowa)
"""
AMOUNT = r"""
(?:[$\xa3\xa4]|\b(?:eur|usd|gbp|pln|chf|brl|huf|mxn|inr|aud|cad|sgd|nok|sek|dkk|php|jpy|zar|aed|r\$|rs\.?)) ?\d
\d[\d.,']* ?(?:k|m|mn|mio|million|thousand|bn|lakh|crore|tsd|mil|milhoes|millones|tys|mln)?\.? ?(?:eur|usd|gbp|pln|chf|brl|mxn|inr|zl\
|[$\xa3\xa4])
\d[\d.,']* ?(?:k|m|million|thousand)? ?(?:euros?|dollars?|pounds?|francs?|reais|pesos|rupees)|(?:six|seven|five)[ -]figure|half a million
millions
"""
