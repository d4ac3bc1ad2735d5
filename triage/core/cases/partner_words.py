"""The partners' two words: `resolved` closes their case, `status` in a mail of its own asks for the cases they have open.

A word counts when it is the first line and all of it, and nothing else is said but thanks and a name. When unsure there is no word: a
case that stays open costs a look, a question that is closed away costs a partner. Never decides who may say it: workers/partner_words.py
does. Pure, and never raises.
"""

from __future__ import annotations

from enum import Enum

from triage.core.cases.greetings import bare, is_greeting, is_of_signature, is_sign_off, is_thanks, pieces
from triage.core.mail.line_shape import lines_of, plain
from triage.core.mail.message import InboundMessage
from triage.core.mail.phrases import phrases
from triage.core.mail.subjects import is_forward, normalise

_LONGEST_MAIL = 2_000
_MAX_LINES = 12
_DOUBTS = frozenset(
    phrases(
        "not|still|but|however|except|again|yet|until|when|why|error|errors|fail|fails|failing|nicht|aber|noch|pas|encore|mais|no|pero"
        "|aún|não|mas|ainda"
    )
)


class PartnerWord(Enum):
    RESOLVED = "resolved"
    STATUS = "status"


RESOLVED = frozenset(
    phrases(
        "resolved|solved|this is resolved|it is resolved|it's resolved|issue resolved|problem solved|gelöst|erledigt|behoben|résolu"
        "|résolue|c'est résolu|resuelto|resuelta|solucionado|solucionada|resolvido|resolvida|está resolvido|risolto|risolta|opgelost"
        "|rozwiązane|rozwiązany|vyřešeno|vyriešené|megoldva|megoldódott|rezolvat|решено|решён|вирішено|решен|λύθηκε|çözüldü|löst"
        "|løst|ratkaistu|解決しました|解決済み|解決|已解决|已解決|해결되었습니다|해결됨"
    )
)
STATUS = frozenset(
    phrases(
        "status|statut|état|estado|estatus|stato|stand|status bitte|status please|status update|stav|stan|állapot|stare|статус"
        "|κατάσταση|durum|tila|ステータス|状态|狀態|상태"
    )
)
_OF_NO_SUBJECT = (
    frozenset(
        phrases(
            "my|our|the|of|all|for|on|open|case|cases|request|requests|update|please|query|list|hi|hello|question|meine|unsere|fälle"
            "|anfragen|offene|bitte|mes|nos|demandes|mis|nuestros|casos|meus|nossos|pedidos|i miei|casi|richieste"
        )
    )
    | STATUS
)


def read_word(message: InboundMessage) -> PartnerWord | None:
    """What a partner's mail says by one of the words alone."""
    if len(message.new_text) > _LONGEST_MAIL or is_forward(message.subject) or _shows_something(message):
        return None
    lines = [line for raw in lines_of(message.new_text) if (line := plain(raw))]
    if lines and is_greeting(lines[0]):
        lines = lines[1:]
    if not lines or len(lines) > _MAX_LINES or not lines[0][0].isalnum() or not _says_nothing_more(lines[1:]):
        return None
    if bare(lines[0]) in STATUS and not _words(message.subject) - _OF_NO_SUBJECT:
        return PartnerWord.STATUS
    said = pieces(lines[0])
    if said and said[0] in RESOLVED and not _asks(lines[0]) and all(is_thanks(piece) for piece in said[1:]):
        return PartnerWord.RESOLVED
    return None


def _words(subject: str) -> set[str]:
    return {word for each in normalise(subject).split() if (word := bare(each))}


def _shows_something(message: InboundMessage) -> bool:
    """A picture may be a company's logo; any other attachment wants to be read."""
    return any(not one.content_type.startswith("image/") for one in message.attachments)


def _says_nothing_more(lines: list[str]) -> bool:
    """Thanks, then a sign-off, then what stands in a signature."""
    return all(not _asks(line) and line[0] not in ">|" and (is_thanks(line) or is_sign_off(line) or _is_name(line)) for line in lines)


def _is_name(line: str) -> bool:
    return is_of_signature(line) and not {bare(word) for word in line.split()} & _DOUBTS


def _asks(line: str) -> bool:
    return any(mark in line for mark in "?？؟")
