"""Ids of users, profiles, transfers, quotes, recipients, accounts and batches, when the mail says whose id it is.

The label may be a word (`transfer 987654321`, `Profil-ID: 12`), a JSON or form key (`"profileId": 12`, `targetAccount`), a column header
or a path segment (`/v3/profiles/12/quotes`). Amounts ("transfer 10000 EUR") and bank account numbers are no ids.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from triage.core.mail.facts.layout import Page
from triage.core.mail.message import Fact, FactKind
from triage.core.mail.scanning import starts

_UUID = r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
_ID = rf"(?:{_UUID}|[A-Za-z]{{0,5}}[-_]?\d{{2,20}}(?![\w-])|\d{{2,20}}(?![\w]))"
_NOUNS = {
    "user_id": r"users?|benutzer|nutzer|utilisateurs?|usuarios?|usu(?:á|a)rios?|utent[ei]|gebruikers?|u(?:ż|z)ytkownik\w?",
    "profile_id": r"profiles?|membership|wise membership|profils?|profil\w?|perfil|perfiles|perfis|profil[io]|profielen|profiel|profilu",
    "transfer_id": (
        r"transfers?|(?:ü|ue)berweisung(?:en|s)?|transferts?|virements?|transferencias?|transfer(?:ê|e)ncias?"
        r"|trasferiment[io]|overboeking(?:en)?|przelew\w{0,2}"
    ),
    "quote_id": r"quotes?|angebots?|devis|cotizaci(?:ó|o)n|cota(?:ç|c)(?:ã|a)o|preventiv[io]",
    "recipient_id": (
        r"recipients?|beneficiar(?:y|ies)|target[-_ ]?accounts?|empf(?:ä|a)nger|bénéficiaires?|destinatarios?"
        r"|benefici(?:á|a)rios?|destinat(?:á|a)rios?|beneficiario|ontvanger|odbiorc\w{1,2}"
    ),
    "account_id": r"(?:balance|borderless|source|multi-currency)?[-_ ]?accounts?|konto|compte|cuenta|conta",
    "balance_id": r"balances?",
    "batch_id": r"batch(?:es)?(?:[-_ ]?(?:groups?|payments?))?|payment[-_ ]?groups?",
    "card_id": r"cards?",
    "subscription_id": r"(?:webhook[-_ ]?)?subscriptions?",
    "payment_id": r"payments?|payouts?|zahlung|paiement|pagos?|pagamento",
    "customer_id": r"customers?|clients?",
}
_NOUN = "|".join(rf"(?P<{label}>{words})" for label, words in _NOUNS.items())
_ID_WORD = r"(?:ids?|uuids?|identifiers?|identifiants?|identificador(?:es)?|ident)"
_NUMBER_WORD = r"(?:numbers?|nummern?|nr\.?|no\.|num\.?|numéro|número|n°|nº|#)"
_SEP = r"[\"'`*\\)]{0,3}\s{0,3}(?:(?:is|was|are|ist|est|es|(?:é)|sind|sono|:|=>|=|\||->|%3[aAdD])\s{0,3}){0,2}[\"'`*\\(\[#]{0,3}"
_WITH_ID = re.compile(
    rf"(?i)(?<![a-z])(?:{_NOUN})(?:[-_ ]{{0,2}}{_ID_WORD}|\s(?:with|mit|avec|con|com|met|o|z)\s(?:the |der |l'|el |la |il |o |a "
    rf"|het )?{_ID_WORD}|[-_ ]{{1,2}}{_NUMBER_WORD}|\s?#)(?![a-z]){_SEP}(?P<id>{_ID})"
)
_ID_FIRST = re.compile(
    rf"(?i)\b{_ID_WORD}\s(?:of (?:the |our )?|de (?:l['’]|la |le )?|do |da |del |della |van |der |des |for"
    rf" (?:the )?)?(?:{_NOUN})(?![a-z]){_SEP}(?P<id>{_ID})"
)
_BARE = re.compile(
    rf"(?i)(?<![\w/-])(?:{_NOUN})(?:\s|\s?[#(:]\s?|\s?=\s?)[\"'`*]?(?P<id>{_UUID}|[PT]?\d{{5,20}}|\d{{2,20}}(?= id\b))(?![\w.,]\d|[\w%])"
)
_KEYS = re.compile(
    rf"(?i)[\"'\\](?:(?P<recipient_id>targetAccount|recipientAccount|targetAccountId)|(?P<quote_id>quote"
    rf"|quoteUuid)|(?P<profile_id>profile)|(?P<user_id>user)|"
    rf"(?P<transfer_id>transfer)|(?P<account_id>sourceAccount))\\?[\"']\s{{0,3}}[:=]\s{{0,3}}\\?[\"']?(?P<id>{_UUID}|\d{{2,20}})(?![\w.-])"
)
_SEGMENTS = {
    "users": "user_id", "profiles": "profile_id", "transfers": "transfer_id", "quotes": "quote_id",
    "accounts": "account_id", "recipients": "recipient_id",
    "borderless-accounts": "account_id", "balances": "balance_id", "batch-groups": "batch_id", "batch-payments": "batch_id",
    "subscriptions": "subscription_id",
    "cards": "card_id", "contacts": "recipient_id", "payouts": "payment_id",
}  # fmt: skip
_IN_PATH = re.compile(rf"(?i)/(?P<segment>{'|'.join(_SEGMENTS)})/(?P<id>{_UUID}|[PT]?\d{{2,20}})(?![\w-])")
_MORE = re.compile(
    rf"\s{{0,2}}(?:[,;/&+]|and|und|et|y|e|i|en|or|oder|oraz)\s{{0,2}}(?:and\s|#)?[\"'`#]?(?P<id>{_UUID}"
    rf"|[PT]?\d{{4,20}})(?![\w.,]\d|[\w%-])[\"'`]?"
)
_AMOUNT_AFTER = re.compile(
    r"(?i)[\"'`]?\s?(?:eur|usd|gbp|pln|chf|brl|huf|jpy|aud|cad|sgd|inr|[€$£]|euros?|dollars?|pounds?|of\b"
    r"|times|per\b|k\b|transfers|payments|users|customers|requests|items|records|mal\b)"
)
_NOUN_STARTS = starts(
    r"user|membership|benutzer|nutzer|utilisateur|usuario|usu.rio|utent|gebruiker|u.ytkownik|profi|perfi|transf"
    r"|.berweisung|ueberweisung|virement|trasferiment|overboeking|przelew|quote|angebot|devis|cotiza|cota"
    r"|preventiv|recipient|"
    r"beneficiar|target|empf|b.n.ficiaire|destinat|benefici|ontvanger|odbiorc|balance|borderless|source"
    r"|multi-currency|account|konto|compte|cuenta|conta|batch|payment|card|webhook|subscription|payout"
    r"|zahlung|paiement|pago|pagamento|customer|client"
)
_ID_STARTS = starts(r"\b(?:id|uuid|ident)")
_KEY_STARTS = starts(r"[\"'\\](?:target|recipient|quote|profile|user|transfer|source)")
_PATH_STARTS = starts(f"/(?:{'|'.join(_SEGMENTS)})/")

_BANK_ACCOUNT = re.compile(rf"(?i){_NUMBER_WORD}")


def identifiers(page: Page) -> Iterator[Fact]:
    for where, pattern in ((_NOUN_STARTS, _WITH_ID), (_ID_STARTS, _ID_FIRST), (_KEY_STARTS, _KEYS), (_NOUN_STARTS, _BARE)):
        for found in page.scan(where, pattern):
            if pattern is _BARE and _AMOUNT_AFTER.match(page.after(found.end(), 16)):
                continue
            label = next(name for name in _NOUNS if name in found.groupdict() and found[name])
            if label == "account_id" and _BANK_ACCOUNT.search(found[0]):
                continue
            yield _identifier(label, found["id"], found.span("id"))
            yield from _listed(page, label, found)
    for found in page.scan(_PATH_STARTS, _IN_PATH):
        yield _identifier(_SEGMENTS[found["segment"].lower()], found["id"], found.span("id"))
    yield from _in_columns(page)


def _identifier(label: str, value: str, span: tuple[int, int]) -> Fact:
    return Fact(FactKind.IDENTIFIER, value.lower() if value.count("-") == 4 else value, span, label, value)


def _listed(page: Page, label: str, first: re.Match[str]) -> Iterator[Fact]:
    """`transfers 1001, 1002 and 1003`."""
    end = first.end("id")
    while page.text[end : end + 1] in ('"', "'", "`"):
        end += 1
    for _ in range(50):
        more = _MORE.match(page.text, end)
        if not more or _AMOUNT_AFTER.match(page.after(more.end(), 16)):
            return
        yield _identifier(label, more["id"], more.span("id"))
        end = more.end()


_HEADER = re.compile(rf"(?i)^(?:{_NOUN})(?:[-_ ]{{0,2}}(?:{_ID_WORD}|{_NUMBER_WORD}))?$")
_CELL = re.compile(rf"\s*[\"'`#]?(?P<id>{_UUID}|[PT]?\d{{4,20}})[\"'`]?\s*$")


def _in_columns(page: Page) -> Iterator[Fact]:
    for cell in page.cells:
        header = _HEADER.match(cell.header)
        value = _CELL.match(page.text[cell.start : cell.end]) if header else None
        if header and value:
            label = next(name for name in _NOUNS if header[name])
            yield _identifier(label, value["id"], (cell.start + value.start("id"), cell.start + value.end("id")))
