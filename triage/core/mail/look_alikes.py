"""Look-alike domains: whether a domain is made to be taken for one of ours.

Confusable letters, punycode, swapped neighbours, another ending, our whole name as a prefix. A hit only makes an author unproven and
is shown; nothing is refused for it, so that a harmless hit costs nothing. Called by `authentication`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection

# Letters of other scripts and digits by what they look like (the part of Unicode TR 39's confusables that domains allow).
_CONFUSABLE = str.maketrans(
    {
        **dict(zip("аɑα", "aaa", strict=True)),
        **dict(zip("ЬƄᏏ", "bbb", strict=True)),
        **dict(zip("сϲᴄ", "ccc", strict=True)),
        **dict(zip("ԁɗ", "dd", strict=True)),
        **dict(zip("еєҽε3", "eeeee", strict=True)),
        **dict(zip("ƒғ", "ff", strict=True)),
        **dict(zip("ɡց9", "ggg", strict=True)),
        **dict(zip("һհ", "hh", strict=True)),
        **dict(zip("іıɩι1lјǀ|!", "iiiiiiiiii", strict=True)),
        **dict(zip("ĸкκ", "kkk", strict=True)),
        **dict(zip("мᴍ", "mm", strict=True)),
        **dict(zip("ոпη", "nnn", strict=True)),
        **dict(zip("оοօ0ø", "ooooo", strict=True)),
        **dict(zip("рρ", "pp", strict=True)),
        **dict(zip("гᴦ", "rr", strict=True)),
        **dict(zip("ѕ5ʂ", "sss", strict=True)),
        **dict(zip("тτ", "tt", strict=True)),
        **dict(zip("υцս", "uuu", strict=True)),
        **dict(zip("ѵνᴠ", "vvv", strict=True)),
        **dict(zip("ԝшωɯ", "wwww", strict=True)),
        **dict(zip("хχ", "xx", strict=True)),
        **dict(zip("уγʏ", "yyy", strict=True)),
        **dict(zip("ᴢʐ2", "zzz", strict=True)),
    }
)
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"), ("-", ""))
_MIN_LABEL = 4
_MAX_DOMAIN = 255


def look_alike(domain: str, known_domains: Collection[str]) -> str:
    """The known domain that `domain` could be taken for; empty when it is a known domain, below one, or resembles none."""
    domain = domain.lower().rstrip(".")[:_MAX_DOMAIN]
    known = [each.lower().rstrip(".") for each in known_domains if each]
    if not domain or any(domain == each or domain.endswith("." + each) for each in known):
        return ""
    return next((each for each in known if _resembles(domain, each)), "")


def _resembles(domain: str, known: str) -> bool:
    if domain.startswith((known + ".", known + "-", known.replace(".", "-") + ".", known.replace(".", "-") + "-")):
        return True
    seen, own = _skeleton(domain), _skeleton(known)
    if seen == own or seen.endswith("." + own):
        return True
    label, ending = _split(seen, own.count(".") + 1)
    own_label, own_ending = _split(own, own.count(".") + 1)
    if label == own_label or len(own_label) < _MIN_LABEL or ending != own_ending:
        return label == own_label and len(own_label) >= _MIN_LABEL
    return _is_swap(label, own_label)


def _split(domain: str, labels: int) -> tuple[str, str]:
    """The first of the last `labels` labels, and what follows it."""
    tail = domain.split(".")[-labels:]
    return tail[0], ".".join(tail[1:])


def _is_swap(one: str, other: str) -> bool:
    """Whether two neighbouring letters changed places."""
    if len(one) != len(other):
        return False
    differing = [index for index, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
    if len(differing) != 2 or differing[1] != differing[0] + 1:
        return False
    left, right = differing
    return one[left] == other[right] and one[right] == other[left]


def _skeleton(domain: str) -> str:
    """What the eye makes of it: accents dropped, confusable letters replaced."""
    text = unicodedata.normalize("NFKD", ".".join(_decoded(label) for label in domain.split(".")).casefold())
    text = "".join(char for char in text if not unicodedata.combining(char) and unicodedata.category(char) != "Cf")
    text = text.translate(_CONFUSABLE)
    for pair, single in _PAIRS:
        text = text.replace(pair, single)
    return text.translate(_CONFUSABLE)


def _decoded(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except (UnicodeError, ValueError, OverflowError):
        return label
