"""Is this run of digits a payment card number, or an IBAN: by length, prefix and check digits. Called by `masking` only."""

from __future__ import annotations

import re

# Nothing that continues a longer token: a UUID, a decimal, a hex string, an epoch with a fraction.
CARD = re.compile(r"(?<![\w.+-])[2-6]\d{3}(?:[ \u00a0-]?\d){8,15}(?![\w-]|\.\d)")
_IBAN_START = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?=[ \u00a0-]?[A-Za-z0-9])")

# Lengths from the IBAN registry (ISO 13616).
_IBAN_LENGTHS = {
    country: int(length)
    for length, countries in {
        "15": "NO",
        "16": "BE",
        "18": "DK FI FO GL NL SD FK",
        "19": "MK SI",
        "20": "AT BA EE KZ LT LU XK MN",
        "21": "CH HR LI LV",
        "22": "BG BH CR DE GB GE IE ME RS VA",
        "23": "AE GI IL IQ OM SO TL",
        "24": "AD CZ ES MD PK RO SA SE SK TN VG",
        "25": "LY PT ST",
        "26": "IS TR",
        "27": "BI DJ FR GR IT MC MR SM",
        "28": "AL AZ BY CY DO GT HU LB NI PL SV",
        "29": "BR EG PS QA UA",
        "30": "JO KW MU YE",
        "31": "MT SC",
        "32": "LC",
        "33": "RU",
    }.items()
    for country in countries.split()
}


def mask_card(run: str) -> str:
    """The run with the card number at its start hidden but for the last four; an expiry date that follows it stays."""
    digits = ""
    ends: dict[int, int] = {}
    for at, character in enumerate(run):
        if character.isdigit():
            digits += character
            if not run[at + 1 : at + 2].isdigit():
                ends[len(digits)] = at + 1
    for length in sorted(ends, reverse=True):
        if card_is_valid(digits[:length]):
            return f"**** **** **** {digits[length - 4 : length]}{run[ends[length] :]}"
    return run


def card_is_valid(digits: str) -> bool:
    """A brand's prefix and length (ISO/IEC 7812) and the Luhn check digit; epoch milliseconds begin with 1 and never pass."""
    if len(digits) not in _card_lengths(digits) or len(set(digits)) < 2:
        return False
    total = 0
    for position, character in enumerate(reversed(digits)):
        value = int(character) * (1 + position % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _card_lengths(digits: str) -> tuple[int, ...]:
    two, four = int(digits[:2]), int(digits[:4])
    if digits[0] == "4":
        return (13, 16, 19)
    if 51 <= two <= 55 or 2221 <= four <= 2720:
        return (16,)
    if two in (34, 37):
        return (15,)
    if two in (30, 36, 38, 39):
        return (14, 16)
    if two in (35, 50, 56, 57, 58, 60, 62, 63, 64, 65, 67, 68, 69):
        return (16, 17, 18, 19)
    return ()


def mask_ibans(text: str) -> str:
    """`DE89 3704 0044 0532 0130 00` becomes `DE89 **** 3000`."""
    pieces: list[str] = []
    done = 0
    for start in _IBAN_START.finditer(text):
        end = _iban_end(text, start.start())
        if start.start() >= done and end:
            iban = "".join(character for character in text[start.start() : end] if character.isalnum()).upper()
            pieces += [text[done : start.start()], f"{iban[:4]} **** {iban[-4:]}"]
            done = end
    return "".join((*pieces, text[done:])) if pieces else text


def _iban_end(text: str, start: int) -> int:
    """Where the IBAN that starts here ends, or 0. Groups may be parted by one space or dash."""
    wanted = _IBAN_LENGTHS.get(text[start : start + 2].upper(), 0)
    characters: list[str] = []
    at = start
    while wanted and at < len(text) and len(characters) < wanted:
        character = text[at]
        if character.isascii() and character.isalnum():
            characters.append(character.upper())
        elif character not in " \u00a0-" or not text[at - 1].isalnum():
            return 0
        at += 1
    if not wanted or len(characters) < wanted or (at < len(text) and text[at].isalnum()):
        return 0
    rearranged = "".join(characters[4:] + characters[:4])
    return at if int("".join(str(int(character, 36)) for character in rearranged)) % 97 == 1 else 0
