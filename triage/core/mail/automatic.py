"""Who or what wrote a mail, and whether the program may answer it: two verdicts, each with its reason (RFC 3834).

A third one, whether it is a delivery report, is `reports`', and comes first: most Postfix reports also say "auto-replied". Signs of
automation and signs that forbid an answer are kept apart, because a person's mail through a list, a gateway or a forwarder carries many
of the latter. Never decides what is our own mail: intake does, by Message-ID. Called by `understanding`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from triage.core.mail import absence_words, bounces
from triage.core.mail.machine_signs import Sign, header_signs, report_signs
from triage.core.mail.mailing_lists import list_field
from triage.core.mail.message import Address, Automatic, DeliveryReport, MayAnswer, Origin
from triage.core.mail.phrases import folded
from triage.core.mail.structure import Headers, Part
from triage.core.mail.subjects import is_forward, is_reply

_MAX_EVIDENCE = 10
_TOP = 1_500
_OPENING = 600
_NEVER_PEOPLE = frozenset({"mailer-daemon", "mailerdaemon", "mailer_daemon", "mail-daemon", "maildaemon", "mdaemon"})
_ANSWERING_MACHINES = frozenset({"autoreply", "auto-reply", "auto_reply", "autoresponder", "auto-responder", "autoresponse", "autorespond"})
_NO_REPLY = (
    *(
        "noreply",
        "donotreply",
        "dontreply",
        "donotrespond",
        "noresponse",
        "nepasrepondre",
        "nicht-antworten",
        "nichtantworten",
        "keineantwort",
    ),
    *("naoresponda", "naoresponder", "noresponder", "noresponda", "norespondere", "nonrispondere", "nieodpowiadac", "nieodpowiadaj"),
    *("neodgovarjaj", "nevalaszolj", "yanitlamayin", "notreply", "unmonitored"),
)
_TITLE_ENDS = (":", "-", "–", "—", "]", "|", ")", "】")


@dataclass(frozen=True, slots=True)
class _Hints:
    """What no verdict rests on alone; each entry is evidence in words."""

    null_path: str = ""
    no_reply: str = ""
    suppress: str = ""
    loop: str = ""
    in_list: str = ""
    answers: bool = False

    @property
    def of_machine(self) -> tuple[str, ...]:
        return tuple(each for each in (self.null_path, self.no_reply, self.suppress, self.loop) if each)


def judge(headers: Headers, parts: Sequence[Part], text: str, report: DeliveryReport | None) -> tuple[Automatic, MayAnswer]:
    """Both verdicts; `report` is what `reports.read_report` says of the same mail. Never raises, whatever the mail says."""
    author = bounces.author_of(headers)
    hints = _hints(headers, author)
    signs = list(_signs(headers, parts, text, author, hints, report))
    if signs:
        evidence = tuple(dict.fromkeys(sign.evidence for sign in signs))[:_MAX_EVIDENCE]
        return Automatic(True, _origin(signs), evidence), MayAnswer(False, f"automatic mail ({signs[0].evidence})")
    return Automatic(), _may_answer(headers, author, hints)


def _origin(signs: Sequence[Sign]) -> Origin:
    """The first sign's; but Exchange calls its absence notes auto-generated, and many programs theirs bulk: an answer is an answer."""
    answers = signs[0].origin is Origin.AUTO_GENERATED and any(sign.origin is Origin.AUTO_REPLIED for sign in signs)
    return Origin.AUTO_REPLIED if answers else signs[0].origin


def is_no_reply(address: str) -> bool:
    """Whether an address says that nobody reads it, in any spelling: `No_Reply@`, `acme-noreply@`, `do.not.reply+1@`."""
    local = address.partition("@")[0].lower()
    plain = "".join(char for char in local if char.isalnum())
    return any(word.replace("-", "") in plain for word in _NO_REPLY)


def suppresses_answers(headers: Headers) -> str:
    """The X-Auto-Response-Suppress that forbids an answer ([MS-OXCMAIL] 2.1.3.2.20); receipts only (DR, RN, NRN) do not."""
    for value in headers.all("x-auto-response-suppress"):
        asked = {word.strip().lower() for word in value.replace(";", ",").split(",")}
        if asked - {"dr", "rn", "nrn", "none", "no", ""}:
            return _evidence("X-Auto-Response-Suppress", value)
    return ""


def _signs(
    headers: Headers, parts: Sequence[Part], text: str, author: Address, hints: _Hints, report: DeliveryReport | None
) -> Iterator[Sign]:
    """In the order in which they decide the origin."""
    if report is not None:
        yield Sign(Origin.DELIVERY_STATUS, f"a delivery report ({report.action})")
    yield from report_signs(headers, parts, text)
    yield from header_signs(headers)
    yield from _author_signs(author, hints)
    if not _says_person(headers):
        yield from _last_resort(headers, text, hints)


def _author_signs(author: Address, hints: _Hints) -> Iterator[Sign]:
    local = author.address.partition("@")[0]
    if local in _NEVER_PEOPLE or local.endswith("-daemon"):
        yield Sign(Origin.AUTO_GENERATED, f"From: {author.address}")
    elif local in _ANSWERING_MACHINES:
        yield Sign(Origin.AUTO_REPLIED, f"From: {author.address}")
    elif hints.null_path and (local == "postmaster" or hints.no_reply):
        # Forwarders rewrite the return path of people's mail to null, but not the author's name.
        yield Sign(Origin.AUTO_GENERATED, f"From: {author.address} with {hints.null_path}")


def _last_resort(headers: Headers, text: str, hints: _Hints) -> Iterator[Sign]:
    """Titles of absence notes; and machines that say what they are, when something else hints at it."""
    subject = headers.first("subject")[:1000]
    if is_forward(subject):
        return
    top = folded(text[:_TOP])
    if _is_absence_note(subject, top, hints) or _is_receipt(subject, top):
        yield Sign(Origin.AUTO_REPLIED, _evidence("Subject", subject))
    elif hints.null_path or hints.no_reply:
        said = next((phrase for phrase in absence_words.MACHINE_TEXT if phrase in top), "")
        if said:
            yield Sign(Origin.AUTO_GENERATED, f'"{said}" with {hints.of_machine[0]}')


def _is_absence_note(subject: str, top: str, hints: _Hints) -> bool:
    """A title that is set off by a colon is enough. One that runs on ("Out of office until May") needs a hint, or a hint and the text."""
    title = folded(subject[:300]).lstrip("[(*<【 ")
    if _is_titled(title, absence_words.ANSWER_TITLES, _TITLE_ENDS) or _is_titled(title, absence_words.OFFICE_TITLES, (":",)):
        return True
    absent = any(phrase in top for phrase in absence_words.ABSENCE_TEXT)
    # "Away: server errors" is what people write as well.
    if _is_titled(title, absence_words.ABSENCE_TITLES, (":",)) and (absent or hints.answers or hints.of_machine):
        return True
    # Domino writes "AUTO: Ana is out of the office"; people write "Auto: ...".
    if subject.lstrip().startswith("AUTO:"):
        return True
    # A null return path and a text that says it twice: the note of a program that keeps the subject it answers.
    if hints.null_path and not hints.in_list and sum(phrase in top[:_OPENING] for phrase in absence_words.ABSENCE_TEXT) > 1:
        return True
    if hints.in_list or not _is_titled(title, (*absence_words.ANSWER_TITLES, *absence_words.ABSENCE_TITLES), (" ", "!", ",", ".", "(")):
        return False
    if hints.null_path or hints.no_reply:
        return True
    return absent and bool(hints.suppress or hints.loop or hints.answers)


def _is_receipt(subject: str, top: str) -> bool:
    """The receipt of a ticket system that sets no header: its subject says so, and its first sentences that a machine wrote it."""
    title = folded(subject[:300])
    if not any(phrase in title for phrase in absence_words.RECEIPT_TITLES) or is_reply(subject) or title.endswith("?"):
        return False
    return any(phrase in top[:_OPENING] for phrase in (*absence_words.MACHINE_TEXT, *absence_words.RECEIPT_TEXT))


def _is_titled(title: str, titles: Sequence[str], ends: tuple[str, ...]) -> bool:
    """Whether a subject is one of the titles, or begins with one that an end sets off from what follows."""
    if not title.startswith(tuple(titles)):
        return False
    rests = (title[len(each) :] for each in titles if title.startswith(each))
    return any(not rest or rest.startswith(ends) or rest.lstrip().startswith(":") for rest in rests)


def _may_answer(headers: Headers, author: Address, hints: _Hints) -> MayAnswer:
    """For mail that a person wrote, as far as we know."""
    if not author.address:
        return MayAnswer(False, "no author address")
    reasons = (hints.null_path, hints.no_reply, hints.in_list, hints.suppress, hints.loop)
    found = next((reason for reason in reasons if reason), "")
    if not found and bounces.is_daemon(author):
        found = f"From: {author.address}"
    if not found and _is_titled(folded(headers.first("subject")[:300]), absence_words.ABSENCE_TITLES, (":",)):
        found = _evidence("Subject", headers.first("subject"))
    return MayAnswer(False, found) if found else MayAnswer()


def _hints(headers: Headers, author: Address) -> _Hints:
    loops = headers.all("x-loop")
    return _Hints(
        null_path="Return-Path: <>" if bounces.has_null_path(headers) else "",
        no_reply=f"From: {author.address}" if is_no_reply(author.address) else "",
        suppress=suppresses_answers(headers),
        loop=_evidence("X-Loop", loops[0]) if loops else "",
        in_list=list_field(headers),
        answers="in-reply-to" in headers or "references" in headers,
    )


def _says_person(headers: Headers) -> bool:
    return any(value.strip().lower().startswith("no") for value in headers.all("auto-submitted"))


def _evidence(name: str, value: str) -> str:
    return f"{name}: {' '.join(value.split())[:120]}"
