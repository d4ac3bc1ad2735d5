"""Which items of a useful request a mail lacks, and whether it describes a failure at all (a general question is asked for nothing).

It never looks into attachments: a log, HAR or Postman file by name counts as request and response. Called by the parser for a message and
by `triage case N` for a whole case.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from triage.core.mail.facts import extract
from triage.core.mail.facts.layout import smoothed
from triage.core.mail.facts.sentences import Sentence, is_offering, sentences
from triage.core.mail.message import Attachment, Fact, FactKind, Missing
from triage.core.mail.scanning import compiled, one_byte

_SATISFIED_BY = {
    Missing.ENDPOINT: (FactKind.ENDPOINT, FactKind.URL),
    Missing.BUSINESS_IMPACT: (FactKind.BUSINESS_IMPACT,),
    Missing.TRACE_ID: (FactKind.TRACE_ID,),
    Missing.ENVIRONMENT: (FactKind.ENVIRONMENT,),
    Missing.TIMESTAMPS: (FactKind.TIMESTAMP,),
    Missing.IDENTIFIERS: (FactKind.IDENTIFIER,),
}
_MAX_CHARS = 65_536
_DUMP = re.compile(r"(?i)\.(?:har|json|log|txt|xml|saz|pcap|http|curl|gz|zip)$")
_BODILESS = re.compile(r"(?:GET|HEAD|DELETE|OPTIONS) ")

_FAILURE = re.compile(
    r"(?i)\b(?:errors?|fail(?:s|ed|ing|ures?)?|issues? with|problems?|broken|stopped|stops|outage|not"
    r" work(?:ing)?|(?:doesn|don|isn|didn|won)['’]?t work|stopped work\w*|unable|can(?:no|')t|can not"
    r"|reject(?:ed|s|ing)?|declined|"
    r"time[sd]?[- ]?outs?|timing out|unavailable|stuck|missing webhook\w*|exceptions?|incorrect\w*|wrong"
    r"|unexpected\w*|crash\w*|hang(?:s|ing)?|degrad\w+|(?:is|are|very|extremely|too|so|unusually|terribly|really|getting) slow(?:er)?"
    r"|latency|intermittent\w*|refused|blocked|down"
    r"|no longer|never (?:arriv|receiv|came|fire)\w*|not (?:receiv|arriv|updat|process|deliver|respond"
    r"|reachable|return)\w*|haven['’]?t received|didn['’]?t receive|bug|incident|duplicate[sd]?|delayed"
    r"|invalid|empty (?:list|response|result|body|array|page)"
    r"|fehler\w*|fehlgeschlagen|schl(?:ä|a)gt fehl|schlagen fehl|funktioniert nicht|funktionieren nicht"
    r"|geht nicht|problem\w*|st(?:ö|oe)rung|ausfall|abgelehnt|nicht erreichbar|kommen nicht an|h(?:ä"
    r"|ae)ngt"
    r"|erreurs?|(?:é|e)chou\w+|(?:é|e)chec\w*|ne fonctionnent?|ne marchent?|ne répond|problèmes?|panne|bloqu\w+|rejeté\w*|impossible"
    r"|errore?s?|fall(?:a|an|o|os|ando|ó)\b|no funciona\w*|problemas?|ca(?:í|i)d[oa]|rechazad\w+|no podemos|no llega\w*"
    r"|erros?|falh\w+|n(?:ã|a)o funciona\w*|fora do ar|recusad\w+|rejeitad\w+|n(?:ã|a)o conseguimos|n(?:ã|a)o estamos"
    r"|errori|non funziona\w*|fallisc\w+|fallit\w+|problemi|rifiutat\w+|non riusciamo"
    r"|fout(?:en|melding\w*)?|mislukt\w*|mislukken|werkt niet|blijft hangen|gaat iets mis|werken niet|storing|geweigerd|problemen"
    r"|b(?:łą|la)d\w*|błęd\w*|nie dzia(?:ł|l)a\w*|awari\w+|odrzucon\w+|nie mo(?:ż|z)emy|problemy?)\b"
)
_STRONG_FAILURE = re.compile(
    r"(?i)\b(?:(?:is|are|was|were|keeps?|started|seem\w*) (?:\w+ )?(?:failing|down|broken|unavailable"
    r"|rejected|stuck|timing out|not working|blocked|refused)|we (?:get|are getting|got|keep getting"
    r"|receive|see|are seeing|have been seeing|are facing|face|experienc\w+|are experiencing|have (?:an?"
    r"|another|the))\b.{0,40}(?:error|\b[45]\d\d\b|timeout|fail|problem|issue|outage)"
    r"|(?:we|i) (?:see|saw|observe|notice)d? (?:that|this|it|them)\b|\b(?:this|it) (?:happens|happened|keeps happening|started|began)\b)"
)
_ASKING = re.compile(
    r"(?i)^\W*(?:(?:hi|hello|hey|dear|hallo|bonjour|hola|olá)\b[^,\n]{0,30},?\s*)?(?:(?:also|and|so|one"
    r" more|quick|another|second|first|a|two|we have|i have|just|general)\b[^?]{0,20}\bquestions?\b|how"
    r"|what|which|where|when(?! we| our| i)|why do(?:es)? (?:the (?:docs|documentation))|is (?:there|it"
    r" (?:possible|ok|safe|allowed|expected))|are there|do you|does (?:the|your|wise)|can (?:we|you|i|the)"
    r"|could (?:you|we|i)|should (?:we|i)|would (?:it|you|we)|may (?:we|i)|will (?:the|you|there)|wie|was"
    r"|welche\w*|wo|gibt es|k(?:ö|oe)nn(?:en|ten) (?:wir|sie)|ist es|comment|quels?|quelles?|est-ce|existe"
    r"|y a-t-il|pouv(?:ez|ons)|pourriez|c(?:ó|o)mo|qu(?:é|e)|cu(?:á|a)l\w*|hay|podr\w+|pueden|como|qual"
    r"|quais|h(?:á|a)|poderiam|podem|come|quali?|c'è|esiste|hoe|welke|is er|kunnen|jak|jaki\w*|czy|we"
    r" (?:would|'d) like to (?:know|understand|ask)|we are (?:wondering|planning|preparing|building"
    r"|evaluating|implementing)|i (?:would|'d) like to|please (?:explain|clarify|confirm|document|let us"
    r" know (?:how|what|which|whether|if))|i(?:'m| am) (?:wondering|trying to understand)|wondering)\b"
)
_RESOLVED = re.compile(
    r"(?i)\b(?:resolved|solved|fixed|works? (?:again|now|fine|perfectly|as expected)|working (?:again|now"
    r"|fine)|(?:is|are) gone|no longer (?:occur|happen|see|fail|get)\w*|all good|back to normal|back online|recovered|restored"
    r"|(?:flowing|running|going through|succeed\w*|operational|up|stable) again"
    r"|(?:stopped|went away|disappeared|ceased) (?:after|by|on (?:its|their)|at|again|since)|no action (?:is )?(?:needed|required)"
    r"|caught up"
    r"|(?:works?|working|fine|ok|good|again|stable)\b.{0,40} since your (?:fix|change|deploy\w*)|(?:you|we) can close"
    r"|no further (?:issues|errors|problems)|false alarm|(?:was"
    r"|is) on our side|can be"
    r" closed|please close|thank(?:s| you)\b.{0,40}\b(?:fix|help|quick|resol)|behoben|gelöst|funktioniert"
    r" (?:jetzt|wieder)|résolu|réglé|fonctionne (?:à nouveau|de nouveau|maintenant)|resuelto|solucionado"
    r"|resolvido|funcionando (?:agora|novamente)|risolto|opgelost|rozwiązan\w+)\b"
)
# Each of `_RESOLVED` holds one of these; most mails hold none.
_MAY_BE_RESOLVED = compiled(
    r"solved|fixed|works?\b|working|gone|no longer|all good|normal|online|recovered|restored|again|stopped|went away|disappeared|ceased"
    r"|no action|caught up|since your|clos|no further|false alarm|on our side|thank|behoben|gel.st|funktioniert|r.sol|r.gl|fonctionne"
    r"|resuelto|solucionado|resolvido|funcionando|risolto|opgelost|rozwi"
)
# Of a forwarded mail: its own status ("[resolved]") is not what the partner says.
_SUBJECT_LINE = re.compile(r"(?i)\W*(?:subject|betreff|objet|asunto|assunto|oggetto|onderwerp|temat)\*?\s?:")
_NOT_YET = re.compile(r"(?i)\b(?:until|till|unless|once|be|not|yet|never|bis|wenn|nicht|jusqu\w*|pas|hasta|até|não|no)\b[^.!?]{0,30}$")
_HYPOTHETICAL = re.compile(
    r"(?i)\b(?:if|in case|whenever|should|might|would|could happen|test (?:failed|failing|error)"
    r"|simulat\w+|handle|handling|documentation|docs|document(?:ed)?|page (?:says|lists)|error"
    r" codes?\b.{0,20}\b(?:list|mean|document)|falls|wenn|si|en cas|caso|se|jeśli|als|join us|register (?:now|here|today)|webinar)\b"
)
_SUPPOSITION = re.compile(
    r"(?i)\bif\b[^.!?]{0,60}\b(?:were|would)\b|\bunder maintenance\b|\b(?:planned|scheduled) (?:maintenance|downtime)\b|"
    r"\bfor anything that\b|\bstuck in traffic\b"
)
_NO_IMPACT = re.compile(
    r"(?i)\b(?:no|keine?|aucun|pas d.|sin|sem|nessun|geen|brak)\s(?:[\w-]+\s){0,3}(?:impact\w*|impatto"
    r"|auswirk\w+|wpływ\w*)|\bnot (?:\w+ )?(?:affect|impact)\w*|impact\w*:? none"
)
_NO_FAILURE = re.compile(
    r"(?i)\b(?:not|n['’]t) (?:yet )?(?:received?|got|get) (?:the|an?|any|your)? ?(?:\w+ )?(?:invoice|answer|reply|form|contract"
    r"|update|feedback|credentials|nda)"
    r"|\bno (?:errors?|problems?|issues?|failures?)\b|\bwithout (?:any )?(?:errors?|problems?|issues?)"
    r"|\bincident response|\berror (?:rates? of|handling)|\bno problem"
)
_NETWORK_ERROR = re.compile(r"ERR_|E(?:[A-Z]{4,}|AI_)|SSL_|CERT|UNABLE_TO")
_FAILING_STATUS = re.compile(r"[45]")


def missing(facts: Iterable[Fact], subject: str, new_text: str, attachments: Sequence[Attachment] = ()) -> tuple[Missing, ...]:
    """What one mail lacks, in the order of the partner documentation; nothing when it describes no failure.

    What only the subject says ("401 in sandbox") is not lacking either, though it is no fact with a place in the text.
    """
    known = tuple(facts)
    return lacking(known, subject, attachments) if describes_failure(subject, new_text, known) else ()


def lacking(facts: Iterable[Fact], subject: str, attachments: Sequence[Attachment] = ()) -> tuple[Missing, ...]:
    """The same for a mail that is known to describe a failure."""
    return missing_of_case((*facts, *extract(subject)), attachments)


def asks_only(subject: str, new_text: str) -> bool:
    """Of a mail that describes no failure: whether it plainly asks something. What says neither ("see attachment") is no question."""
    text = smoothed(new_text[:_MAX_CHARS])
    if is_offering(text):
        return False
    prose = _prose(text)
    return subject.rstrip().endswith("?") or any(sentence.is_question or _ASKING.match(sentence.text) for sentence in prose)


def _prose(text: str) -> list[Sentence]:
    return [sentence for sentence in sentences(text) if ":" not in sentence.text or not _SUBJECT_LINE.match(sentence.text)]


def missing_of_case(facts: Iterable[Fact], attachments: Sequence[Attachment] = ()) -> tuple[Missing, ...]:
    """What all messages of a case together lack: `facts` and `attachments` of all of them. Ask only when one of them describes a
    failure."""
    known = tuple(facts)
    kinds = {fact.kind for fact in known}
    return tuple(item for item in Missing if not _has(item, known, kinds, attachments))


def _has(item: Missing, facts: Sequence[Fact], kinds: set[FactKind], attachments: Sequence[Attachment]) -> bool:
    if item is not Missing.REQUEST_AND_RESPONSE:
        return any(kind in kinds for kind in _SATISFIED_BY[item])
    if any(_DUMP.search(attachment.name) for attachment in attachments):
        return True
    return FactKind.RESPONSE_BODY in kinds and (FactKind.REQUEST_BODY in kinds or _is_bodiless(facts))


def _is_bodiless(facts: Sequence[Fact]) -> bool:
    """Only GET and the like: there is no request body to send (RFC 9110 section 9.3.1)."""
    endpoints = [fact.value for fact in facts if fact.kind is FactKind.ENDPOINT and " " in fact.value]
    return bool(endpoints) and all(_BODILESS.match(endpoint) for endpoint in endpoints)


def describes_failure(subject: str, new_text: str, facts: Iterable[Fact]) -> bool:
    """Something went wrong and is not mended: said in a statement, or shown by a trace id, a failing status or a body with an error.

    Questions ("which error codes can this return?") and thanks ("the error is gone") describe none.
    """
    text = smoothed(new_text[:_MAX_CHARS])
    if is_offering(text):
        return False
    prose = _prose(text)
    known = tuple(fact for fact in facts if not (_fails(fact) and _is_supposed(prose, fact.span[0])))
    may_be = _MAY_BE_RESOLVED.search(one_byte(text)) is not None
    going_on = [sentence for sentence in prose if not (may_be and _is_resolved(sentence))]
    resolved = len(going_on) < len(prose)
    if _shown(known) and not resolved:
        return True
    statuses = [fact.span[0] for fact in known if _fails(fact)]
    if any(_states_failure(sentence, statuses) for sentence in going_on):
        return not resolved or any(_STRONG_FAILURE.search(sentence.text) for sentence in going_on if not sentence.is_question)
    asks_only = bool(prose) and any(sentence.is_question or _ASKING.match(sentence.text) for sentence in prose)
    if resolved or asks_only:
        return False
    return bool(statuses) or (_FAILURE.search(subject) is not None and not subject.rstrip().endswith("?"))


def _is_supposed(prose: Sequence[Sentence], at: int) -> bool:
    """It stands in a sentence that supposes: "if we got a 503, we would ..."."""
    return any(sentence.start <= at < sentence.end and _SUPPOSITION.search(sentence.text) for sentence in prose)


def _is_resolved(sentence: Sentence) -> bool:
    """It says that the problem is over; "until this is solved" and "not fixed" say that it is not."""
    found = _RESOLVED.search(sentence.text)
    return found is not None and _NOT_YET.search(sentence.text[: found.start()]) is None


def _fails(fact: Fact) -> bool:
    """A 4xx or 5xx status, or an error of the network that no request gets on purpose."""
    if fact.kind is FactKind.ERROR_CODE:
        return fact.label == "curl" or _NETWORK_ERROR.match(fact.value) is not None
    return fact.kind is FactKind.HTTP_STATUS and _FAILING_STATUS.match(fact.value) is not None


def _shown(facts: Sequence[Fact]) -> bool:
    """Evidence nobody pastes without a failure."""
    kinds = {fact.kind for fact in facts}
    failing = any(fact.kind is FactKind.HTTP_STATUS and _FAILING_STATUS.match(fact.value) for fact in facts)
    harmed = any(fact.kind is FactKind.BUSINESS_IMPACT and _NO_IMPACT.search(fact.value) is None for fact in facts)
    return (
        FactKind.TRACE_ID in kinds
        or harmed
        or any(_fails(fact) for fact in facts if fact.kind is FactKind.ERROR_CODE)
        or (failing and (FactKind.RESPONSE_BODY in kinds or FactKind.TIMESTAMP in kinds))
        or (FactKind.RESPONSE_BODY in kinds and FactKind.ERROR_CODE in kinds)
    )


def _states_failure(sentence: Sentence, statuses: Sequence[int]) -> bool:
    text = " ".join(sentence.text.split())
    if _SUPPOSITION.search(text):
        return False
    if _STRONG_FAILURE.search(text) and not _ASKING.match(text):
        return True
    if not _FAILURE.search(text) and not any(sentence.start <= at < sentence.end for at in statuses):
        return False
    if _NO_FAILURE.search(text):
        return False
    return not sentence.is_question and not _ASKING.match(text) and not _HYPOTHETICAL.search(text)
