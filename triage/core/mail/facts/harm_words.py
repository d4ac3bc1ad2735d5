"""Words for what a business impact is: what cannot be done, what harm is felt, what was done about it.

One line is one alternation, in lower case without accents; lines go by language.
"""

INABILITY = r"""
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
HARM = r"""
(?:sees?|seeing|gets?|getting|shows?|shown|shown|displays?) (?:\w+ ){0,2}(?:empty|blank|wrong|old|outdated|incorrect|missing|no) \w+
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
FAULT = r"""
problems?|issues?|troubles?|difficult\w*|hassle|probleme?n?|problemas?|problemi|klopot\w*
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
MEASURE = r"""
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
COST = r"""
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
DEADLINE = r"""
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
DUTY = r"""
declarer (?:l.|cet |un )?incident|meld(?:en|ing)\w* (?:an|bei|doen|maken)|notificar (?:al|a la|ao|a)|segnalare|zglosic|an die aufsicht
banque de france|banco de espana|bundesbank
slas?|service[ -]levels?|breach\w*|contractual\w*|penalt(?:y|ies)|fines|fined|regulator|regulators|regulatory
(?:report|notify|inform|tell|to|explain|with)(?: \S+){0,5} (?:bafin|fca|acpr|cnmv|finma|dnb|knf|central bank|authorit(?:y|ies))|reportable
report (?:the |this |an |it )*(?:incident|outage|to (?:the |our )?\w+)|lawsuit|legal (?:action|team)|lawyers?|chargebacks?
vertragsstrafe\w*|aufsicht\w*|meldepflicht\w*|penalites?|reglementaire\w*|regulador\w*|regulatori\w+|multas?|banco central|boetes?
toezichthouder|kar[ayey]\b|nadzor\w*|sanctions?|sanciones
"""
