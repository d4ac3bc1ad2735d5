"""Subjects: what a thread is called, which case numbers it names, and which words a new message brings to it.

`normalise` is for comparing, `with_token` for what goes out, `new_words` for rules (`subject.new`). Nothing here decides whether a
message joins a case: a number in a subject is a claim, and `core/cases/follow_up.py` checks it. Called by follow-up matching, rules
and notices. Every scan is linear in the length of the subject.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import pairwise

# "VS" is a reply in Finnish and a forward in Danish and Norwegian. It counts as a reply: the participant check still stands before a join.
_REPLY_WORDS = (
    "re res rép rep réf aw antw antwort sv vs r rif ri odp odg ynt bls balas atb reply respuesta resp vast vá hl ha ats ot "
    "ответ отв відп отг одг απ απαντ σχετ השב תשובה رد ردّ ตอบ ตอบกลับ trả lời 回复 回覆 答复 答覆 回信 返信 回答 회신 답장"
)
_FORWARD_WORDS = (
    "fwd fw fd wg tr rv enc encam i vb vl vid fs pd ilt i̇lt trs trsl doorst doorgest tb továbbítás fvs přep preposl prep "
    "weitergeleitet weiterl пересл пер пренасочено προωθ πρθ הועבר إعادة توجيه ส่งต่อ chuyển tiếp 转发 轉寄 轉發 转寄 転送 전달"
)
_MULTI_WORD = {"trả lời": "trảlời", "chuyển tiếp": "chuyểntiếp", "إعادة توجيه": "إعادةتوجيه"}


def _folded(text: str) -> str:
    """NFKC and casefold until nothing changes (one round is not enough for a few letters), without invisible format characters."""
    if text.isascii():
        return text.lower()
    for _ in range(4):
        folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
        folded = "".join(c for c in folded if unicodedata.category(c) != "Cf")
        if folded == text:
            break
        text = folded
    return text


def _word_list(words: str) -> tuple[str, ...]:
    for spaced, joined in _MULTI_WORD.items():
        words = words.replace(spaced, joined)
    originals = {joined: spaced for spaced, joined in _MULTI_WORD.items()}
    return tuple(_folded(originals.get(word, word)) for word in words.split())


def _alternatives(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(set(words), key=len, reverse=True))


_FORWARDS = frozenset(_word_list(_FORWARD_WORDS))
_PREFIX_WORDS = _alternatives(_word_list(_REPLY_WORDS) + _word_list(_FORWARD_WORDS))
# "Re:", "Re :", "Re[2]:", "Re(3):", "Re^2:", "Re2:", full-width colons; Netscape's "[Fwd: ...]".
_PREFIX = re.compile(rf"\s*\[?\s*({_PREFIX_WORDS})\s?(?:[\[(^]?\s?[0-9]{{1,3}}\s?[\])]?)?\s?[:：]", re.IGNORECASE)
_REPLY_ONLY = re.compile(
    rf"\s*({_alternatives(_word_list(_REPLY_WORDS))})\s?(?:[\[(^]?\s?[0-9]{{1,3}}\s?[\])]?)?\s?[:：]\s*", re.IGNORECASE
)
# What gateways put in front of mail from outside.
_TAG = re.compile(
    r"\s*(?:[\[({<]\s?(?:ext|extern|external|externe|externo|esterno|ekstern|extern[ae]l?)"
    r"(?:[ :-]{1,3}(?:e-?mail|mail|sender|message|courriel))?\s?[\])}>]:?"
    r"|\*{1,3}\s?(?:ext|external|extern)(?:\s(?:e-?mail|sender|mail))?\s?\*{1,3}:?)",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"\[\s{0,2}#\s{0,2}([0-9]{1,12})\s{0,2}\]")
_MAX_NORMALISED = 1000
_MAX_OUTGOING = 180
_MAX_TOKENS = 20


def case_tokens(subject: str) -> tuple[int, ...]:
    """Case numbers named as `[#1042]`, anywhere in the subject, each once, in order. Only claims."""
    found = (int(match.group(1)) for match in _TOKEN.finditer(unicodedata.normalize("NFKC", subject)))
    return tuple(dict.fromkeys(found))[:_MAX_TOKENS]


def is_forward(subject: str) -> bool:
    """Whether the outermost prefix is a forward's: "Fwd: Re: x" is one, "Re: Fwd: x" is an answer to one."""
    text = _TOKEN.sub(" ", _folded(subject))
    position = _skip_tags(text, 0)
    match = _PREFIX.match(text, position)
    return match is not None and match.group(1) in _FORWARDS


def is_reply(subject: str) -> bool:
    """Whether the outermost prefix is an answer's."""
    text = _TOKEN.sub(" ", _folded(subject[:_MAX_NORMALISED]))
    return _REPLY_ONLY.match(text, _skip_tags(text, 0)) is not None


def normalise(subject: str) -> str:
    """The subject without reply and forward prefixes, gateway tags and case tokens; NFKC, casefolded, single spaces. Idempotent."""
    text = " ".join(_folded(subject).split())[:_MAX_NORMALISED].strip()
    while True:
        bare = _bare(text)
        if bare == text:
            return text
        text = bare


def with_token(subject: str, number: int) -> str:
    """The subject of a notice: one "Re:", one token, the partner's words. Controls and line breaks never go out."""
    clean = subject if subject.isprintable() else "".join(_shown(c) for c in subject)
    clean = " ".join(_TOKEN.sub(" ", clean).split())
    position = _skip_tags(clean, 0)
    while match := _REPLY_ONLY.match(clean, position):
        position = _skip_tags(clean, match.end())
    words = clean[position:].strip()
    if len(words) > _MAX_OUTGOING:
        words = words[: _MAX_OUTGOING - 1].rstrip() + "…"
    return f"Re: [#{number}] {words}".rstrip()


def _shown(character: str) -> str:
    return character if unicodedata.category(character)[0] != "C" or character == "\u200d" else " "


def new_words(subject: str, earlier: Sequence[str]) -> str:
    """The words this subject brings to the thread, in order, joined by one space.

    A word is inherited when it stands beside the same neighbour as in an earlier subject of the thread, or was a whole earlier subject.
    So "Re: URGENT: payouts fail" brings nothing after "URGENT: payouts fail", but "URGENT payouts down" does after "not urgent: a
    question". When in doubt a word is new: a lost page is worse than a false one. Words are compared whole.
    """
    threads = [_words(each) for each in earlier]
    pairs = {pair for words in threads for pair in pairwise(words)}
    alone = {words[0] for words in threads if len(words) == 1}
    known = {word for words in threads for word in words}
    words = [piece for word in _words(subject) for piece in ([word] if word in known else _unglued(word, pairs))]
    beside = {position + offset for position, pair in enumerate(pairwise(words)) if pair in pairs for offset in (0, 1)}
    return " ".join(word for position, word in enumerate(words) if position not in beside and word not in alone)


def _words(subject: str) -> list[str]:
    edged = (_strip_edges(word) for word in _bare(_folded(subject)).split())
    return [word for word in edged if word]


def _strip_edges(word: str) -> str:
    start, end = 0, len(word)
    while start < end and not word[start].isalnum():
        start += 1
    while end > start and not word[end - 1].isalnum():
        end -= 1
    return word[start:end]


def _unglued(word: str, pairs: set[tuple[str, str]]) -> list[str]:
    """A word like "urgent:payments" as the thread's "URGENT: payments" had it; other words as they are."""
    pieces = [piece for piece in re.split(r"\W+", word) if piece]
    return pieces if len(pieces) > 1 and all(pair in pairs for pair in pairwise(pieces)) else [word]


def _bare(text: str) -> str:
    """Without tokens, leading tags and leading prefixes; `text` is folded already."""
    text = _TOKEN.sub(" ", text)
    position = _skip_tags(text, 0)
    bracketed = 0
    while match := _PREFIX.match(text, position):
        bracketed += "[" in text[match.start() : match.start(1)]
        position = _skip_tags(text, match.end())
    rest = " ".join(text[position:].split())
    while bracketed and rest.endswith("]") and rest.count("[") < rest.count("]"):
        rest, bracketed = rest[:-1].rstrip(), bracketed - 1
    return rest


def _skip_tags(text: str, position: int) -> int:
    while match := _TAG.match(text, position):
        position = match.end()
    return position
