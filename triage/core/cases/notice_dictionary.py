"""The words of every language that notices are shipped in, and plain signs for the others.

Data only. A language is one row of WORDS and a file `NAME.xx.txt` for each notice in rules/notices/. Portuguese is written as in Brazil.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from triage.core.cases.notice_words import IncidentWords, Words
from triage.core.mail.message import Missing

DEFAULT_LANGUAGE = "en"

ENGLISH = Words(
    weekdays=("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    months=("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    moment="{weekday} {day} {month} {year}, {time}",
    day="{weekday} {day} {month}",
    units={"day": ("day", "days"), "hour": ("hour", "hours"), "minute": ("minute", "minutes"), "second": ("second", "seconds")},
    # In the words of the owner's partner documentation.
    missing={
        Missing.ENDPOINT: "the API endpoint(s) you call, for example POST /v1/transfers",
        Missing.BUSINESS_IMPACT: "the business impact: what you or your customers cannot do",
        Missing.TRACE_ID: "the x-trace-id of one or more failing requests (it is in the response headers)",
        Missing.ENVIRONMENT: "the environment: production or sandbox",
        Missing.REQUEST_AND_RESPONSE: "a request and the response to it (leave out keys and tokens)",
        Missing.TIMESTAMPS: "when it happens: timestamps with time zone, since when, how often",
        Missing.IDENTIFIERS: "the user or profile ids concerned",
    },
    incidents=IncidentWords(
        incident='our status page reports an incident, "{name}": {status}{since}.',
        maintenance='our status page reports planned maintenance, "{name}": {status}{since}.',
        since=", since {at}",
        open="open",
        latest="Latest update: {text}",
        follow="Follow it at {link}",
        subscribe="To be told of every change, subscribe at {link}",
        statuses={},
    ),
)

_PORTUGUESE = Words(
    weekdays=("segunda-feira", "terça-feira", "quarta-feira", "quinta-feira", "sexta-feira", "sábado", "domingo"),
    months=(
        *("janeiro", "fevereiro", "março", "abril", "maio", "junho"),
        *("julho", "agosto", "setembro", "outubro", "novembro", "dezembro"),
    ),
    moment="{weekday}, {day} de {month} de {year}, {time}",
    day="{weekday}, {day} de {month}",
    units={"day": ("dia", "dias"), "hour": ("hora", "horas"), "minute": ("minuto", "minutos"), "second": ("segundo", "segundos")},
    missing={
        Missing.ENDPOINT: "os endpoints da API que vocês chamam, por exemplo POST /v1/transfers",
        Missing.BUSINESS_IMPACT: "o impacto no negócio: o que vocês ou seus clientes não conseguem fazer",
        Missing.TRACE_ID: "o x-trace-id de uma ou mais requisições com falha (está nos cabeçalhos da resposta)",
        Missing.ENVIRONMENT: "o ambiente: produção ou sandbox",
        Missing.REQUEST_AND_RESPONSE: "uma requisição e a resposta recebida (sem chaves nem tokens)",
        Missing.TIMESTAMPS: "quando acontece: horários com fuso, desde quando, com que frequência",
        Missing.IDENTIFIERS: "os ids de usuário ou de perfil afetados",
    },
    incidents=IncidentWords(
        incident='nossa página de status informa um incidente, "{name}": {status}{since}.',
        maintenance='nossa página de status informa uma manutenção programada, "{name}": {status}{since}.',
        since=", desde {at}",
        open="em aberto",
        latest="Última atualização: {text}",
        follow="Acompanhe em {link}",
        subscribe="Para ser avisado de cada mudança, inscreva-se em {link}",
        statuses={
            "investigating": "em investigação",
            "identified": "causa identificada",
            "monitoring": "correção em observação",
            "in_progress": "em andamento",
            "verifying": "em verificação",
            "scheduled": "agendada",
        },
    ),
)

_SPANISH = Words(
    weekdays=("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
    months=(
        *("enero", "febrero", "marzo", "abril", "mayo", "junio"),
        *("julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
    ),
    moment="{weekday} {day} de {month} de {year}, {time}",
    day="{weekday} {day} de {month}",
    units={"day": ("día", "días"), "hour": ("hora", "horas"), "minute": ("minuto", "minutos"), "second": ("segundo", "segundos")},
    missing={
        Missing.ENDPOINT: "los endpoints de la API a los que llaman, por ejemplo POST /v1/transfers",
        Missing.BUSINESS_IMPACT: "el impacto en el negocio: qué no pueden hacer ustedes o sus clientes",
        Missing.TRACE_ID: "el x-trace-id de una o varias peticiones fallidas (está en las cabeceras de la respuesta)",
        Missing.ENVIRONMENT: "el entorno: producción o sandbox",
        Missing.REQUEST_AND_RESPONSE: "una petición y su respuesta (sin claves ni tokens)",
        Missing.TIMESTAMPS: "cuándo ocurre: fechas y horas con zona horaria, desde cuándo, con qué frecuencia",
        Missing.IDENTIFIERS: "los ids de usuario o de perfil afectados",
    },
    incidents=IncidentWords(
        incident="nuestra página de estado informa de una incidencia, «{name}»: {status}{since}.",
        maintenance="nuestra página de estado informa de un mantenimiento programado, «{name}»: {status}{since}.",
        since=", desde {at}",
        open="en curso",
        latest="Última actualización: {text}",
        follow="Pueden seguirla en {link}",
        subscribe="Para recibir cada novedad, pueden suscribirse en {link}",
        statuses={
            "investigating": "en investigación",
            "identified": "causa identificada",
            "monitoring": "solución en observación",
            "in_progress": "en curso",
            "verifying": "en verificación",
            "scheduled": "programado",
        },
    ),
)

_GERMAN = Words(
    weekdays=("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
    months=(
        *("Januar", "Februar", "März", "April", "Mai", "Juni"),
        *("Juli", "August", "September", "Oktober", "November", "Dezember"),
    ),
    moment="{weekday}, {day}. {month} {year}, {time} Uhr",
    day="{weekday}, {day}. {month}",
    units={"day": ("Tag", "Tage"), "hour": ("Stunde", "Stunden"), "minute": ("Minute", "Minuten"), "second": ("Sekunde", "Sekunden")},
    missing={
        Missing.ENDPOINT: "die aufgerufenen API-Endpunkte, zum Beispiel POST /v1/transfers",
        Missing.BUSINESS_IMPACT: "die Auswirkung auf Ihr Geschäft: was Sie oder Ihre Kunden nicht tun können",
        Missing.TRACE_ID: "die x-trace-id einer oder mehrerer fehlgeschlagener Anfragen (sie steht in den Headern der Antwort)",
        Missing.ENVIRONMENT: "die Umgebung: Produktion oder Sandbox",
        Missing.REQUEST_AND_RESPONSE: "eine Anfrage und die Antwort darauf (bitte ohne Schlüssel und Token)",
        Missing.TIMESTAMPS: "wann es auftritt: Zeitpunkte mit Zeitzone, seit wann, wie oft",
        Missing.IDENTIFIERS: "die betroffenen Benutzer- oder Profil-IDs",
    },
    incidents=IncidentWords(
        incident="Unsere Statusseite meldet eine Störung, „{name}“: {status}{since}.",
        maintenance="Unsere Statusseite meldet eine geplante Wartung, „{name}“: {status}{since}.",
        since=", seit {at}",
        open="noch nicht behoben",
        latest="Letzter Stand: {text}",
        follow="Sie können sie hier verfolgen: {link}",
        subscribe="Über jede Änderung werden Sie benachrichtigt, wenn Sie sich hier eintragen: {link}",
        statuses={
            "investigating": "wird untersucht",
            "identified": "Ursache gefunden",
            "monitoring": "Lösung unter Beobachtung",
            "in_progress": "läuft",
            "verifying": "wird geprüft",
            "scheduled": "angekündigt",
        },
    ),
)

_FRENCH = Words(
    weekdays=("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    months=(
        *("janvier", "février", "mars", "avril", "mai", "juin"),
        *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
    ),
    moment="{weekday} {day} {month} {year} à {time}",
    day="{weekday} {day} {month}",
    units={"day": ("jour", "jours"), "hour": ("heure", "heures"), "minute": ("minute", "minutes"), "second": ("seconde", "secondes")},
    missing={
        Missing.ENDPOINT: "les endpoints de l'API que vous appelez, par exemple POST /v1/transfers",
        Missing.BUSINESS_IMPACT: "les conséquences pour votre activité : ce que vous ou vos clients ne pouvez pas faire",
        Missing.TRACE_ID: "le x-trace-id d'une ou de plusieurs requêtes en échec (il figure dans les en-têtes de la réponse)",
        Missing.ENVIRONMENT: "l'environnement : production ou sandbox",
        Missing.REQUEST_AND_RESPONSE: "une requête et sa réponse (sans clés ni jetons)",
        Missing.TIMESTAMPS: "quand cela se produit : dates et heures avec fuseau horaire, depuis quand, à quelle fréquence",
        Missing.IDENTIFIERS: "les identifiants d'utilisateur ou de profil concernés",
    },
    incidents=IncidentWords(
        incident="notre page d'état signale un incident, « {name} » : {status}{since}.",
        maintenance="notre page d'état signale une maintenance planifiée, « {name} » : {status}{since}.",
        since=", depuis {at}",
        open="en cours",
        latest="Dernière information : {text}",
        follow="Pour le suivre : {link}",
        subscribe="Pour être informé de chaque changement, abonnez-vous ici : {link}",
        statuses={
            "investigating": "en cours d'analyse",
            "identified": "cause identifiée",
            "monitoring": "correctif sous surveillance",
            "in_progress": "en cours",
            "verifying": "en cours de vérification",
            "scheduled": "annoncée",
        },
    ),
)

_SIGNS = replace(
    ENGLISH,
    moment="{date}, {time}",
    day="{date}",
    units={"day": ("d", "d"), "hour": ("h", "h"), "minute": ("min", "min"), "second": ("s", "s")},
)
"""For a language that is not in WORDS: dates and units that are read everywhere. Lists are in English then."""

WORDS: Mapping[str, Words] = {"en": ENGLISH, "pt": _PORTUGUESE, "es": _SPANISH, "de": _GERMAN, "fr": _FRENCH}


def words_of(language: str) -> Words:
    """The words for a language tag; `pt-BR` has those of `pt`."""
    return WORDS.get(language.partition("-")[0].lower(), _SIGNS)
