"""The language of a text, by its script or by its most common words.

Decides between the languages partners write in; empty when unsure. It is a guess for choosing the words of a notice and for rules, never a
reason to treat a mail differently. `understanding` calls it when no header says the language.
"""

from __future__ import annotations

import re
from collections import Counter

MAX_LOOKED_AT = 8000
MIN_HITS = 4
_MIN_SCRIPT = 8
_SCRIPT_SHARE = 0.15
_LEAD = 1.25
"""The best language must have this many times the hits of the second."""

_COMMON = {
    "en": "the and is are was we you our your for with this that have has not from when please which been can will it to of in on "
    "be as or any "
    "they their would could there what after hi hello thanks regards",
    "de": "der die das und ist nicht wir sie ein eine einen mit für auf bitte ich auch dass haben wird werden zu den dem bei von es "
    "im sind seit "
    "wurde können oder aber noch nach uns ihre unser unsere hallo grüße danke",
    "fr": "le la les des est et une nous vous pour dans pas avec sur que qui ne ce cette sont par au aux du avons votre notre "
    "bonjour merci il "
    "depuis mais être plus cordialement lors",
    "es": "el la los las es y una que en por para con del no se su nos como más pero está estamos hemos este esta al hola gracias "
    "desde cuando "
    "tenemos ha son lo sus saludos",
    "pt": "o os as é e uma um que em por para com do da não se dos nos como mais está estamos ao foi na no sua você olá obrigado "
    "obrigada desde "
    "quando temos são seu pelo isso recebemos",
    "it": "il lo gli è e una un che di per con del della non si sono nel come più ma questo questa alla abbiamo stiamo ci grazie "
    "buongiorno "
    "dal quando ha saluti vostro nostra dei delle salve",
    "nl": "de het een en is niet wij we u voor met van op dat deze zijn wordt bij naar ook om te hebben graag er aan onze maar "
    "heeft kunnen uw "
    "bedankt hallo groet dit als geen sinds",
    "pl": "jest nie się na do w z i że to co po od dla przez jak oraz są czy o ale już został proszę dzień dobry dziękuję mamy nasz "
    "nasze "
    "państwa pozdrawiam który które od wszystkie błąd",
    "sv": "och är att det som en ett på för inte vi ni har med av till den från kan om när får men hej tack vår våra vara eller "
    "ingen detta "
    "också blir hälsningar sedan",
    "da": "og er at det som en et på for ikke vi har med af til den fra kan om når får men hej tak vores være eller ingen dette "
    "også bliver jeg "
    "hilsen siden nogle kunne venlig blev",
    "no": "og er at det som en et på for ikke vi har med av til den fra kan om når får men hei takk vår våre være eller ingen dette "
    "også blir jeg "
    "hilsen siden noen kunne vennlig ble",
    "fi": "ja on ei että se me ovat kun mutta myös tai jos olemme voi sekä kanssa tämä joka ole kiitos hei meidän teidän kuin niin "
    "mitä jo vielä "
    "saamme virhe ystävällisin terveisin sitten",
    "cs": "a je se na v že to nebo jsou není pro jako ale při od za po do s z jsme máme prosím dobrý den děkuji náš naše který "
    "která byl bylo "
    "bude jak pozdravem už také",
    "hu": "a az és nem hogy is van egy de meg ez azt kérem köszönöm üdvözlettel szia vagy már csak volt mert lehet kapunk nálunk "
    "minden után "
    "amikor ha még hiba jó napot",
    "ro": "și si este nu în la cu de pe pentru că sunt am avem din ce o un mai dar care vă rugăm mulțumesc bună ziua să fost sau "
    "după când noi "
    "către acest salut",
    "tr": "ve bir bu için ile da de değil olarak var çok ama daha gibi olan biz sizin bizim lütfen teşekkürler merhaba ne kadar "
    "sonra hata "
    "alıyoruz mı mi iyi ediyoruz yok selamlar",
    "id": "dan yang di ke dari untuk dengan ini itu tidak kami anda pada adalah akan sudah ada atau juga dapat saya mohon terima "
    "kasih bisa "
    "karena telah",
}
_LANGUAGES_BY_WORD: dict[str, list[str]] = {}
for _language, _words in _COMMON.items():
    for _word in dict.fromkeys(_words.split()):
        _LANGUAGES_BY_WORD.setdefault(_word, []).append(_language)

_LATIN_WORD = re.compile(r"[^\W\d_]+")
_NOISE = re.compile(r"[/@=_{}<>\\\d]|\w\.\w")
"""Addresses, paths, code and ids say nothing about the language."""

_SCRIPTS = {
    "ja": re.compile(r"[\u3041-\u30ff]"),
    "ko": re.compile(r"[\uac00-\ud7a3]"),
    "zh": re.compile(r"[\u4e00-\u9fff]"),
    "cyrillic": re.compile(r"[\u0400-\u04ff]"),
    "el": re.compile(r"[\u0370-\u03ff\u1f00-\u1fff]"),
    "ar": re.compile(r"[\u0620-\u06ff]"),
    "he": re.compile(r"[\u05d0-\u05ea]"),
    "th": re.compile(r"[\u0e01-\u0e5b]"),
}
_UKRAINIAN = re.compile(r"[іїєґІЇЄҐ]")
_RUSSIAN = re.compile(r"[ыэъёЫЭЪЁ]")


def guess(text: str) -> str:
    """ISO 639-1 code, or "" when too few words speak for one language."""
    words = text[:MAX_LOOKED_AT].split()
    cleaned = " ".join(word for word in words if word.isalpha() or not (word.isascii() and _NOISE.search(word)))
    if not cleaned.isascii() and (script := _by_script(cleaned)):
        return script
    return _by_words(cleaned)


def _by_script(text: str) -> str:
    letters = sum(c.isalpha() for c in text) or 1
    counts = {name: len(pattern.findall(text)) for name, pattern in _SCRIPTS.items()}
    name, count = max(counts.items(), key=lambda item: item[1])
    if name == "zh" and counts["ja"] * 10 > counts["zh"]:
        name, count = "ja", counts["ja"] + counts["zh"]
    if count < _MIN_SCRIPT or count / letters < _SCRIPT_SHARE:
        return ""
    if name != "cyrillic":
        return name
    return "uk" if len(_UKRAINIAN.findall(text)) > len(_RUSSIAN.findall(text)) else "ru"


def _by_words(text: str) -> str:
    hits: Counter[str] = Counter()
    for word, times in Counter(_LATIN_WORD.findall(text.casefold())).items():
        for language in _LANGUAGES_BY_WORD.get(word, ()):
            hits[language] += times
    ranking = hits.most_common(2)
    if not ranking or ranking[0][1] < MIN_HITS:
        return ""
    if len(ranking) == 2 and ranking[0][1] < _LEAD * ranking[1][1]:
        return ""
    return ranking[0][0]
