"""Which sentences state the business impact: what the partner or their customers cannot do, how many are affected, what it costs; also
"no impact".

A sentence is weighed: who or what is concerned, and what happens to it (`impact_words`). One that names both clearly enough counts; which
words join them is anybody's style. What stands under a label (`Impact: ...`, a heading) counts as it is. A question about a possible impact
is not a statement of one, and neither is what a developer cannot find or reproduce.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from triage.core.mail.facts.impact_words import Feature, features
from triage.core.mail.facts.layout import Page
from triage.core.mail.facts.sentences import Sentence, is_offering, plain, sentences
from triage.core.mail.message import Fact, FactKind
from triage.core.mail.scanning import compiled, one_byte

_MAX_LENGTH = 400
_MAX_READ = 1_000
_ENOUGH = 4
_CONCERN = {Feature.PEOPLE: 2, Feature.BUSINESS: 2, Feature.SERVICE: 2, Feature.OBJECT: 1, Feature.OURS: 1, Feature.AMOUNT: 1}
_TROUBLE = {
    Feature.INABILITY: 2,
    Feature.HARM: 2,
    Feature.MEASURE: 2,
    Feature.COST: 3,
    Feature.FAULT: 1,
    Feature.DEADLINE: 2,
    Feature.DUTY: 3,
}
# Enough by itself; the other troubles only count in a mail that tells of something broken: an invoice is due in any month.
_EVIDENT = frozenset({Feature.INABILITY, Feature.HARM, Feature.COST, Feature.FAULT, Feature.MEASURE})
_COUNTING = frozenset({*_TROUBLE, Feature.HENCE, Feature.NEGATION, Feature.NO_IMPACT, Feature.STATED, Feature.SHARE})
_BROKEN = frozenset({Feature.INABILITY, Feature.HARM, Feature.FAULT})

_CONCERNED = frozenset({Feature.PEOPLE, Feature.BUSINESS, Feature.SERVICE})
_CLAUSE = re.compile(r"[;:] |, (?:so|and|which|but|hence|und|et|y|e|en|i)\b| - |[()]")
_MAX_CLAUSES = 8
_CODE = re.compile(r"::|\w->\w|\w\(\)|\\\w+\\|exception\b|\buncaught\b|\w\.\w{1,5}:\d|fatal error|stack trace")

_LABEL_WORDS = (
    r"(?:(?:business|customer|client|user|end[- ]user|financial|operational|commercial|revenue|production|current|estimated|our"
    r"|the)[ -]+)*(?:impacts?|blast radius|consequences?)(?: (?:assessment|summary|statement|analysis|so far|to date|level|details?"
    r"|(?:on|for|to) (?:(?:our|the|end|your) )?\w+))?"
    r"|(?:business|customer|user) effects?|who(?:'s| is) affected|what is affected|scope of impact"
    r"|affected(?: (?:users?|customers?|clients?|merchants?|volumes?|amounts?|partners?|parties|business(?:es)?|employees|people|population"
    r"|flows?))?|(?:users?|customers?|clients?|merchants?|people|volumes?|amounts?|payouts?) (?:affected|impacted)|impacted(?: \w+)?"
    r"|(?:gesch(?:a|ae)ftliche |fachliche )?auswirkung(?:en)?(?: auf \w+| fur \w+)?|betroffen(?:e kunden|e nutzer| sind)?|folgen"
    r"|impact (?:metier|business|client|commercial)|consequences? (?:metier|business)|clients? (?:touches|impactes)"
    r"|impactos?(?: (?:de |del |en el |no |al |para o )?(?:negocio|comercial|cliente))?|afectados|afetados|consecuencias?|consequencias?"
    r"|impatto(?: (?:sul |di )?business| sui clienti)?|clienti (?:interessati|coinvolti)|gevolgen|zakelijke impact|wplyw(?: na \w+)?|skutki"
)
_LABELLED = re.compile(
    rf"^[\W_]*(?:\d+[.)]\s*)?(?:{_LABEL_WORDS})[\s*_]*(?:[:|=\u2013\u2014]|-\s|->|\?\s|\n)[\s*_-]*(?P<rest>\S.*)$", re.DOTALL
)
_HEADING = re.compile(rf"^[\W_]*(?:\d+[.)]\s*)?(?:{_LABEL_WORDS})[\s*_:#?=-]*$")
_SEVERITY = re.compile(
    r"^\W*(?:severity|sev|urgency|priority|criticality|schweregrad|prioritat|dringlichkeit|severite|gravite|severidad|gravedad|severidade"
    r"|gravidade|severita|urgenza|ernst)\W{0,3}[:|=-]\s*(?P<rest>(?:\S+\s+){2,}\S+)"
)
_UNKNOWN = re.compile(r"^\W*(?:tbd|tbc|unknown|unclear|n/?a|to be (?:confirmed|determined)|unbekannt|inconnu|\?+|-+)\W*$")
_OTHER_HEADING = re.compile(r"^\W*[a-z][\w /'-]{2,40}:?\W*$")

# Names of data and of software, which are neither people nor business: `customer id`, "the http client", `/v1/payouts`, "error.quote".
_TECHNICAL = compiled(
    r"https?://\S+|\S*[a-z\d}][/_=\\<>{}]\S*|/[a-z{]\S*|\b[a-z][\w-]*\.[a-z][\w.-]*|[\"`][^\"`\n]{1,80}[\"`]"
    r"|\b(?:customers?|users?|clients?|recipients?|beneficiary|orders?|merchants?|sellers?|payments?|payouts?|account ?holders?"
    r"|transfers?|invoices?"
    r"|company|person|business|cards?|accounts?)[ -](?:ids?|names?|numbers?|objects?|fields?|profiles?|tokens?|uuids?|types?|references?"
    r"|details|endpoints?|api|addresse?s?|secrets?|certificates?|libraries|library|code|agent|agreement|credentials?|library|sdk|model"
    r"|schema"
    r"|status|statuses|states?|purpose|requests?|creation|method|experience|success|stories|days?|hours?|manager|development)\b"
    r"|\b(?:http|rest|api|oauth|soap|ruby|python|java|go|php|node|mail|web|test|your|wise|sdk) (?:clients?|users?|customers?|accounts?"
    r"|support|team)\b"
    r"|\bclient[- ]side|\bsales (?:team|manager|rep\w*|person)|\bsupport (?:for|of|the|team at|article|page|ticket)|\bin order to\b"
    r"|\b(?:dear|hi|hello) (?:\w+ )?(?:support|team|customer\w*|all)\b|\b(?:does|do|will|is)(?:n't| not) support\w*|\bno longer support\w*"
)
# RE2 looks for most of it in a fraction of the time; what needs to look around is left to `re`.
_HYPOTHETICAL = compiled(
    r"\b(?:would|might|could|will|may|should|does|do|did) (?:this|it|that|there|the|any)\b"
    r"|\b(?:would|might|could|what|how|should) [^.!?]{0,80}\bif (?:we|our|you|this|a|the|an)\b"
    r"|\bin case\b|\bwhat happens\b|\bwonder(?:ing)? (?:if|whether|how)\b|\bplan(?:ning)? to\b"
    r"|\bplease (?:let us know|tell us|confirm|advise) (?:if|whether|what)|\bno longer (?:affect|block|stuck|see|get|happen|occur)"
    r"|\b(?:were|was|had been|got|is|are|been) (?:\w+ )?(?:resolved|fixed|solved)\b|\b(?:resolved|fixed|solved) now\b|\bas an example\b"
    r"|\b(?:for|in) (?:anything|everything|whatever)\b|\bwe (?:expect|aim|forecast)\b|\bstuck in traffic\b"
    r"|\bfor example\b|\bwe (?:would|'d) (?:like|love)\b|\bit would be (?:great|nice|helpful|good)\b|\b(?:are|is|now) (?:flowing"
    r"|working) again\b|\bback to normal\b|\bto (?:avoid|prevent)\b|\bso that\b[^.!?]{0,40}\b(?:can|do not|don't)\b"
    r"|\bfalls\b.{0,60}\b(?:konn|wurd)"
)
_HYPOTHETICAL_BY_WHAT_IS_AROUND = re.compile(
    r"\bif (?:we|our|you|this(?! (?:lasts|continues|persists|goes|is not|isn't|takes|drags))|there|a|the|an|one|someone)\b"
    r"[^.!?]{0,80}\b(?:would|will|could|might|should|what|how)\b|(?<!until it )(?<!once it )\bworks again now\b"
)
_DEVELOPER_ONLY = re.compile(
    r"\b(?:reproduc\w+|find (?:any|the|it|out|an?)|see (?:any|why|what|it|the (?:docs|documentation|problem|issue|reason|difference))"
    r"|understand|figure out|tell (?:if|whether)|attach|log in to (?:the )?(?:jira|portal|docs)|documentation|parse|compile"
    r"|deseriali[sz]\w+)\b"
)


def impacts(page: Page, is_failing: bool = False) -> Iterator[Fact]:
    """`is_failing`: the mail shows an HTTP status that means a failure."""
    prose = sentences(page.text)
    if not prose or is_offering(page.text):
        return
    read = [(sentence, plain(sentence.text[:_MAX_READ])) for sentence in prose]
    found = [features(flat) for _, flat in read]
    is_trouble_told = is_failing or any(
        named & _BROKEN and not sentence.is_question for (sentence, _), named in zip(read, found, strict=True)
    )
    heading_end = -1
    for (sentence, flat), named in zip(read, found, strict=True):
        if Feature.LABEL in named and _HEADING.match(flat):
            heading_end = sentence.end
            continue
        under_heading = heading_end >= 0 and "\n\n" not in page.text[heading_end : sentence.start].lstrip()
        if under_heading and not _UNKNOWN.match(flat) and not _OTHER_HEADING.fullmatch(flat.split("\n", 1)[0] + "\n"):
            is_impact, heading_end = not sentence.is_question, sentence.end if _is_item(page, sentence) else -1
        else:
            is_impact, heading_end = _states_impact(sentence, flat, named, is_trouble_told), -1
        if is_impact:
            value = " ".join(sentence.text.split()).lstrip("-*•· ")[:_MAX_LENGTH]
            yield Fact(FactKind.BUSINESS_IMPACT, value, (sentence.start, sentence.end), original=sentence.text[:_MAX_LENGTH])


def _is_item(page: Page, sentence: Sentence) -> bool:
    return page.before(sentence.start, 8).strip() in ("-", "*", "•", "·", "–") or sentence.text[:1] in "-*•·–"


def _states_impact(sentence: Sentence, flat: str, named: frozenset[Feature], is_trouble_told: bool) -> bool:
    label = (_LABELLED.match(flat) or _SEVERITY.match(flat)) if Feature.LABEL in named else None
    if label:
        return _UNKNOWN.match(label["rest"]) is None
    if not _might_count(named) or sentence.is_question:
        return False
    without = _without_names(flat)
    if without != flat:
        flat, named = without, features(without)
    return _might_count(named) and _amounts_to_it(flat, named, is_trouble_told) and not _CODE.search(flat) and not _is_hypothetical(flat)


def _amounts_to_it(flat: str, named: frozenset[Feature], is_trouble_told: bool) -> bool:
    if Feature.NO_IMPACT in named or (
        Feature.STATED in named and ("impact" in flat or named & {Feature.PEOPLE, Feature.BUSINESS, Feature.SERVICE, Feature.OURS})
    ):
        return True
    if Feature.SHARE in named and (named & _BROKEN or (named & _CONCERNED and is_trouble_told)):
        return True
    if _weighs_enough(flat, named, is_trouble_told):
        return True
    clauses = _CLAUSE.split(flat) if Feature.MACHINE in named else []
    return len(clauses) > 1 and any(_weighs_enough(clause, features(clause), is_trouble_told) for clause in clauses[:_MAX_CLAUSES])


def _is_hypothetical(flat: str) -> bool:
    return _HYPOTHETICAL.search(one_byte(flat)) is not None or _HYPOTHETICAL_BY_WHAT_IS_AROUND.search(flat) is not None


def _might_count(named: frozenset[Feature]) -> bool:
    return bool(named & _COUNTING)


def _without_names(flat: str) -> str:
    """One byte a character: what is beyond Latin-1 is `?` afterwards."""
    text = one_byte(flat)
    pieces, end = [], 0
    for found in _TECHNICAL.finditer(text):
        start, after = found.span()
        pieces += [text[end:start], b" "]
        end = after
    return b"".join((*pieces, text[end:])).decode("latin-1")


def _weighs_enough(flat: str, named: frozenset[Feature], is_trouble_told: bool) -> bool:
    """`is_trouble_told`: the mail tells of something broken, so that people and business in it are likely those that feel it."""
    trouble = sum(_TROUBLE[feature] for feature in named & _TROUBLE.keys())
    if not (named & _EVIDENT or is_trouble_told) or not (trouble or named & {Feature.HENCE, Feature.NEGATION}):
        return False
    concern = sum(_CONCERN[feature] for feature in named & _CONCERN.keys())
    if not concern and not (trouble > _ENOUGH or (trouble > 1 and Feature.SCOPE in named and is_trouble_told)):
        return False
    more = (Feature.SCOPE in named) + (Feature.ACTIVITY in named and Feature.INABILITY in named)
    if named & _CONCERNED or named >= {Feature.MEASURE, Feature.OURS}:
        more += is_trouble_told + (Feature.HENCE in named) + (Feature.NEGATION in named and not trouble)
    less = 2 * (_DEVELOPER_ONLY.search(flat) is not None) + 2 * (Feature.MACHINE in named) + (Feature.COURTESY in named)
    return min(concern, 3) + trouble + more - less >= _ENOUGH
