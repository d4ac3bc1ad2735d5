"""Whether the author of a mail is proven: read from the receiving server's Authentication-Results (RFC 8601), never checked here.

Only the topmost header of a configured authserv-id counts, because a stranger can write any number of older ones. Microsoft 365 writes
the header without an authserv-id: it counts when the configuration names `"microsoft"`, and only then. Everything else is unproven,
with the reason. Called by intake for what the team does by mail (promise 8) and shown on the case for everybody else.

Alignment is by suffix: the signing domain is the author's domain, its parent or its child. DMARC (RFC 7489 section 3.1) would also
accept two children of one organisation; telling those apart needs the public suffix list, and refusing them errs on the safe side.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum

from triage.core.mail.authentication_results import Result, Results, parse
from triage.core.mail.look_alikes import look_alike
from triage.core.mail.message import Address, InboundMessage

MICROSOFT = "microsoft"
"""The entry of `trusted_authserv` that accepts Microsoft 365's form, which names no server."""

_MAX_HEADERS = 50
# Suffixes under which strangers register: a signature by one of these says nothing about the domains below it.
_SHARED_SECOND_LEVEL = frozenset({"co", "com", "net", "org", "ac", "gov", "edu", "gob", "or", "ne"})


class ProofReason(Enum):
    """Why the author is proven, or is not."""

    IN_SENT_FOLDER = "in the Sent folder, which only the team can write to"
    DMARC = "dmarc=pass for the author's domain"
    DKIM = "dkim=pass by an aligned domain"
    SPF = "spf=pass for an aligned return path"
    NO_AUTHOR = "no author address"
    SEVERAL_AUTHORS = "more than one author"
    NAME_SHOWS_OTHER_ADDRESS = "the display name shows another address"
    LOOK_ALIKE = "the domain looks like one of ours"
    NO_TRUSTED_SERVER = "no trusted server is configured"
    NO_TRUSTED_RESULT = "no Authentication-Results by a trusted server"
    MALFORMED = "the trusted Authentication-Results cannot be read"
    DMARC_FAILED = "dmarc did not pass"
    SUSPECT = "the server's own verdict (compauth) is fail"
    OTHER_DOMAIN = "what passed is another domain than the author's"
    NOTHING_PASSED = "neither dmarc, dkim nor spf passed"


@dataclass(frozen=True, slots=True)
class Proof:
    """`domain` is the author's; it is proven only when `proven` is."""

    proven: bool
    domain: str
    reason: ProofReason
    detail: str = ""


def prove(message: InboundMessage, trusted_authserv: Collection[str], team_domains: Collection[str] = ()) -> Proof:
    """The verdict on the author of one message; `team_domains` are guarded against look-alikes."""
    domain = message.author.domain
    doubt = _doubt_about_author(message, team_domains)
    if doubt is not None:
        return doubt
    trusted = frozenset(each.strip().lower() for each in trusted_authserv if each.strip())
    if not trusted:
        return Proof(False, domain, ProofReason.NO_TRUSTED_SERVER)
    results = _topmost_trusted(message.authentication_results, trusted)
    if results is None:
        return Proof(False, domain, ProofReason.NO_TRUSTED_RESULT)
    if results.malformed:
        return Proof(False, domain, ProofReason.MALFORMED)
    return _judge(results, domain)


def is_aligned(signing: str, author: str) -> bool:
    """Relaxed alignment by suffix; domains under which strangers register align only with themselves."""
    if signing == author:
        return bool(signing)
    shorter, longer = sorted((signing, author), key=len)
    return not _is_shared(shorter) and longer.endswith("." + shorter)


def _doubt_about_author(message: InboundMessage, team_domains: Collection[str]) -> Proof | None:
    author, domain = message.author, message.author.domain
    if "@" not in author.address or not domain:
        return Proof(False, domain, ProofReason.NO_AUTHOR)
    # A second From header counts even when no address can be read out of it: clients may show either.
    if len(message.authors) > 1 or sum(name == "from" for name, _ in message.headers) > 1:
        return Proof(False, domain, ProofReason.SEVERAL_AUTHORS, ", ".join(each.address for each in message.authors[:5]))
    shown = _other_address_in_name(author)
    if shown:
        return Proof(False, domain, ProofReason.NAME_SHOWS_OTHER_ADDRESS, shown)
    original = look_alike(domain, team_domains)
    if original:
        return Proof(False, domain, ProofReason.LOOK_ALIKE, original)
    return None


def _other_address_in_name(author: Address) -> str:
    """An address at another domain inside the display name: many clients show nothing but the name."""
    for word in author.name.replace("＠", "@").split()[:50]:
        local, at, rest = word.strip("<>()[]\"',;:").rpartition("@")
        shown = rest.lower().rstrip(".")
        if at and local and "." in shown and shown != author.domain:
            return f"{local}@{rest}"
    return ""


def _topmost_trusted(headers: tuple[str, ...], trusted: frozenset[str]) -> Results | None:
    for header in headers[:_MAX_HEADERS]:
        results = parse(header)
        if (results.authserv_id or MICROSOFT) in trusted and (results.authserv_id != MICROSOFT):
            return results
    return None


def _judge(results: Results, domain: str) -> Proof:
    dmarc = results.of("dmarc")
    if any(each.value == "fail" for each in results.of("compauth")):
        return Proof(False, domain, ProofReason.SUSPECT)
    if dmarc and all(each.value == "pass" for each in dmarc):
        named = {each.properties["header.from"] for each in dmarc if each.properties.get("header.from")}
        if all(_domain_of(each) == domain for each in named):
            return Proof(True, domain, ProofReason.DMARC)
        return Proof(False, domain, ProofReason.OTHER_DOMAIN, ", ".join(sorted(named)))
    failed = [each.value for each in dmarc if each.value in {"fail", "permerror", "temperror"}]
    if failed or any(each.value == "pass" for each in dmarc):
        return Proof(False, domain, ProofReason.DMARC_FAILED, "dmarc=" + (failed or ["mixed"])[0])
    return _judge_without_dmarc(results, domain)


def _judge_without_dmarc(results: Results, domain: str) -> Proof:
    """The author's domain publishes no DMARC record: an aligned DKIM or SPF pass is what DMARC would have asked for."""
    signers = [_signer(each) for each in results.of("dkim") if each.value == "pass"]
    envelopes = [_domain_of(_envelope(each)) for each in results.of("spf") if each.value == "pass"]
    for reason, passed in ((ProofReason.DKIM, signers), (ProofReason.SPF, envelopes)):
        aligned = next((each for each in passed if is_aligned(each, domain)), "")
        if aligned:
            return Proof(True, domain, reason, aligned)
    others = sorted({each for each in signers + envelopes if each})
    if others:
        return Proof(False, domain, ProofReason.OTHER_DOMAIN, ", ".join(others[:5]))
    return Proof(False, domain, ProofReason.NOTHING_PASSED)


def _envelope(result: Result) -> str:
    """The return path under the name of RFC 8601, or of its predecessors."""
    return next((result.properties[name] for name in ("smtp.mailfrom", "smtp.mail", "smtp.mfrom") if result.properties.get(name)), "")


def _signer(result: Result) -> str:
    return _domain_of(result.properties.get("header.d") or result.properties.get("header.i", ""))


def _domain_of(value: str) -> str:
    return value.rpartition("@")[2].strip().strip("<>").rstrip(".").lower()


def _is_shared(domain: str) -> bool:
    labels = domain.split(".")
    return len(labels) < 2 or (len(labels) == 2 and labels[0] in _SHARED_SECOND_LEVEL and len(labels[1]) == 2)
