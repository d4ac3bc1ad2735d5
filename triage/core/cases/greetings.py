"""Lines that say nothing about a case: greetings, thanks, sign-offs. For the few mails whose every line must be accounted for.

Decides about single lines only, and errs on the side of "this says something". Called by commands.py and partner_words.py. Pure.
"""

from __future__ import annotations

import re

from triage.core.mail.phrases import folded, phrases

_LONGEST_GREETING = 5
_GREETINGS = frozenset(
    phrases(
        "hi|hello|hey|hiya|dear|good morning|good afternoon|good evening|morning|hallo|moin|guten morgen|guten tag|servus|liebe|lieber"
        "|sehr geehrte|bonjour|bonsoir|salut|cher|chère|hola|buenos días|buenas tardes|buenas|estimado|estimada|estimados|olá|ola"
        "|bom dia|boa tarde|boa noite|caro|cara|prezado|prezada|prezados|ciao|buongiorno|salve|gentile|goedemorgen|goedemiddag|beste"
        "|dag|hej|hei|moi|dzień dobry|cześć|witam|dobrý den|ahoj|szia|bună|здравствуйте|добрый день|привет|доброго дня|merhaba"
        "|こんにちは|お世話になっております|您好|你好|안녕하세요"
    )
)
_THANKS = frozenset(
    phrases(
        "thanks|thank you|thank you very much|thank you so much|many thanks|thanks a lot|thanks again|thanks all|thanks team|thx|ty"
        "|cheers|great|great thanks|perfect|all good|all good now|it works|it works now|works now|everything works|everything works now"
        "|thanks for your help|thank you for your help|thanks for the help|thanks for your quick help|thanks for your support"
        "|thank you for your support|thanks for the quick help|danke|vielen dank|besten dank|danke schön|danke sehr|herzlichen dank"
        "|danke für die hilfe|vielen dank für die hilfe|merci|merci beaucoup|merci bien|merci pour votre aide|gracias|muchas gracias"
        "|gracias por la ayuda|gracias por su ayuda|obrigado|obrigada|muito obrigado|muito obrigada|obrigado pela ajuda"
        "|obrigada pela ajuda|grazie|grazie mille|bedankt|dank u wel|dank je wel|hartelijk dank|dziękuję|dzięki|děkuji|ďakujem"
        "|köszönöm|mulțumesc|спасибо|дякую|благодаря|ευχαριστώ|teşekkürler|teşekkür ederim|tack|tack så mycket|tak|mange tak|takk"
        "|tusen takk|kiitos|ありがとうございます|ありがとうございました|谢谢|謝謝|감사합니다"
    )
)
_SIGN_OFFS = frozenset(
    phrases(
        "best|best regards|kind regards|warm regards|regards|all the best|yours|yours sincerely|sincerely|best wishes|br|kr|rgds|bye"
        "|have a nice day|have a good day|have a great day|have a nice weekend|have a good weekend|viele grüße|liebe grüße"
        "|beste grüße|freundliche grüße|mit freundlichen grüßen|mit freundlichen grüssen|grüße|gruß|lg|vg|mfg|cordialement"
        "|bien cordialement|bonne journée|saludos|un saludo|saludos cordiales|cumprimentos|com os melhores cumprimentos|abraço"
        "|atenciosamente|cordiali saluti|saluti|distinti saluti|groet|groeten|met vriendelijke groet|pozdrawiam|s pozdravem|hälsningar"
        "|vänliga hälsningar|hilsen|med venlig hilsen|med vennlig hilsen|ystävällisin terveisin|üdvözlettel|с уважением|з повагою"
    )
)
_PIECES = re.compile(r"[,.;:!…–—·、。，！~]+|\s-\s")
_EDGES = re.compile(r"^[^\w]+|[^\w]+$")
_LONGEST = 80
_CONTACT = re.compile(r"@|://|\bwww\.|\+?[0-9][0-9 ()/.-]{5,}")


def is_greeting(line: str) -> bool:
    """ "Hi team,": one of the words people begin with, and at most a few more."""
    words = bare(line).split()
    if not 0 < len(words) <= _LONGEST_GREETING:
        return False
    return any(" ".join(words[:length]) in _GREETINGS for length in (1, 2, 3))


def is_thanks(line: str) -> bool:
    """Nothing but thanks: "Perfect, thank you very much!"."""
    said = pieces(line)
    return bool(said) and all(piece in _THANKS for piece in said)


def is_sign_off(line: str) -> bool:
    return bare(line) in _SIGN_OFFS


def is_of_signature(line: str) -> bool:
    """A name, a company, an address, a telephone number: every word begins like one, and nothing is asked."""
    if len(line) > _LONGEST or "?" in line:
        return False
    if _CONTACT.search(line):
        return True
    return all(not word[:1].isalpha() or word[:1].isupper() for word in line.split())


def pieces(line: str) -> list[str]:
    """What stands between marks of punctuation, folded."""
    return [piece for part in _PIECES.split(line[: 4 * _LONGEST]) if (piece := bare(part))]


def bare(text: str) -> str:
    """Folded, without the punctuation and pictures around it."""
    return _EDGES.sub("", folded(text[: 4 * _LONGEST]))
