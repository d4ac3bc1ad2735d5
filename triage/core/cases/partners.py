"""Partners: which company an address belongs to, and how a partner's own ticket numbers look.

A named partner (rules/partners.toml) is found by exact address, then by domain with its subdomains. Any other company domain is a
partner of its own until it is named; at a free-mail provider every address is. Never reads files: the loader compiles the patterns
(google-re2, linear time) and reports mistakes. Called by follow-up matching, rules and agreements.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from triage.core.mail.message import Automatic, InboundMessage, Origin


class TicketMatch(Protocol):
    def group(self, group: int = 0) -> str | None: ...


class TicketPattern(Protocol):
    """A compiled pattern; google-re2's and the standard library's both are one."""

    @property
    def groups(self) -> int: ...

    def finditer(self, text: str) -> Iterator[TicketMatch]: ...


@dataclass(frozen=True, slots=True)
class Partner:
    """A company. `key` is the table's name in partners.toml, or the domain or address of one that nobody has named yet."""

    key: str
    name: str = ""
    domains: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    ticket_patterns: tuple[TicketPattern, ...] = ()
    """A pattern's first group is the ticket number; without a group the whole match is."""
    zone: str = "UTC"
    language: str = ""
    tier: str = ""
    agreement: str = ""
    is_named: bool = False
    machines_speak: bool = False
    """Its people write through a system that marks mail as auto-generated: such mail counts as theirs (`automatic_mail = "human"`)."""


MACHINE_TAG = "machine-written"
"""On a case that such a system has opened: the clock sends its requester nothing."""

NOBODY = Partner("")
"""The partner of a mail without a usable author; belongs to no case."""

_MAX_DOMAIN = 255
_MAX_TICKET_REFS = 10
_MAX_SUBJECT = 1000

# Providers where a domain says nothing about the company. By usage worldwide; country variants of the big ones are covered below.
_FREE_MAIL = """
    gmail.com googlemail.com icloud.com me.com mac.com aol.com aim.com ymail.com rocketmail.com myyahoo.com msn.com passport.com
    hotmail.com outlook.com live.com windowslive.com yahoo.com gmx.com gmx.net gmx.org proton.me protonmail.com protonmail.ch pm.me
    tutanota.com tutanota.de tutamail.com tuta.io tuta.com keemail.me fastmail.com fastmail.fm hey.com zoho.com zohomail.com zohomail.eu
    mail.com email.com usa.com inbox.com hushmail.com mailbox.org posteo.de posteo.net runbox.com startmail.com disroot.org riseup.net
    duck.com skiff.com mailfence.com kolabnow.com web.de t-online.de freenet.de arcor.de online.de email.de magenta.de
    orange.fr wanadoo.fr free.fr laposte.net sfr.fr neuf.fr bbox.fr aliceadsl.fr libero.it virgilio.it alice.it tin.it tiscali.it
    telefonica.net terra.es sapo.pt clix.pt bluewin.ch hispeed.ch telenet.be skynet.be ziggo.nl kpnmail.nl planet.nl xs4all.nl
    btinternet.com btopenworld.com sky.com virginmedia.com talktalk.net ntlworld.com blueyonder.co.uk eircom.net
    comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net charter.net earthlink.net optonline.net juno.com
    rogers.com shaw.ca sympatico.ca videotron.ca telus.net bigpond.com bigpond.net.au optusnet.com.au iinet.net.au xtra.co.nz
    mail.ru bk.ru inbox.ru list.ru internet.ru rambler.ru yandex.ru yandex.com ya.ru ukr.net i.ua meta.ua
    wp.pl o2.pl onet.pl interia.pl op.pl poczta.fm seznam.cz centrum.cz email.cz post.cz azet.sk zoznam.sk freemail.hu citromail.hu
    abv.bg mail.bg inbox.lv mail.ee hot.ee online.no telia.com spray.se
    qq.com foxmail.com vip.qq.com 163.com 126.com yeah.net sina.com sina.cn sohu.com aliyun.com 139.com 189.cn 21cn.com tom.com
    naver.com hanmail.net daum.net nate.com kakao.com docomo.ne.jp ezweb.ne.jp softbank.ne.jp i.softbank.jp nifty.com
    rediffmail.com sify.com indiatimes.com uol.com.br bol.com.br terra.com.br ig.com.br globo.com globomail.com r7.com
    prodigy.net.mx walla.com walla.co.il 012.net.il mynet.com webmail.co.za mweb.co.za vodamail.co.za
"""
FREE_MAIL_DOMAINS = frozenset(_FREE_MAIL.split())
_COUNTRY_VARIANT = re.compile(r"(?:yahoo|hotmail|live|outlook|gmx|yandex|aol|zoho)\.(?:[a-z]{2}|co\.[a-z]{2}|com\.[a-z]{2})")


def is_free_mail(domain: str) -> bool:
    """Whether a domain is a mail provider's, so that it names no company. The loader refuses such a domain in partners.toml."""
    domain = domain.lower()
    return domain in FREE_MAIL_DOMAINS or _COUNTRY_VARIANT.fullmatch(domain) is not None


class PartnerBook:
    """The named partners of one ruleset, indexed. Immutable after construction; the first of two with the same domain wins."""

    __slots__ = ("_by_address", "_by_domain", "_by_key", "partners")

    def __init__(self, partners: Iterable[Partner] = ()) -> None:
        self.partners = tuple(partners)
        self._by_key = {each.key: each for each in reversed(self.partners)}
        self._by_address = {address.lower(): each for each in reversed(self.partners) for address in each.addresses}
        # A provider's domain would put strangers into one company: it never counts, whoever lists it.
        self._by_domain = {
            name: each for each in reversed(self.partners) for name in map(_plain, each.domains) if name and not is_free_mail(name)
        }

    def partner_of(self, address: str) -> Partner:
        """The partner an address belongs to; `NOBODY` when it is no address at all."""
        address = address.strip().lower()
        local, at, domain = address.rpartition("@")
        domain = _plain(domain)
        if not at or not local or not domain or len(domain) > _MAX_DOMAIN:
            return NOBODY
        named = self._by_address.get(address) or self._by_suffix(domain)
        if named is not None:
            return named
        if is_free_mail(domain):
            return Partner(key=address, name=address, addresses=(address,))
        # Named keys are words ("acme"): a stranger's domain must never read as one, so a domain without a dot is marked.
        key = domain if "." in domain and domain not in self._by_key else f"@{domain}"
        return Partner(key=key, name=domain, domains=(domain,))

    def by_key(self, key: str) -> Partner | None:
        """A named partner by its key."""
        return self._by_key.get(key)

    def _by_suffix(self, domain: str) -> Partner | None:
        labels = domain.split(".")
        suffixes = (".".join(labels[start:]) for start in range(len(labels)))
        return next((self._by_domain[suffix] for suffix in suffixes if suffix in self._by_domain), None)


def as_the_partner_means(message: InboundMessage, partner: Partner) -> InboundMessage:
    """The message as it counts: a partner's people may write through a system that calls their mail auto-generated.

    Only that is believed: reports and automatic answers stay what they are. That nobody may answer it stays, too.
    """
    if not partner.machines_speak or message.automatic.origin is not Origin.AUTO_GENERATED or message.delivery_report is not None:
        return message
    evidence = (f'{partner.key} has automatic_mail = "human" in partners.toml', *message.automatic.evidence)
    return replace(message, automatic=Automatic(evidence=evidence))


def ticket_refs(patterns: Sequence[TicketPattern], subject: str) -> tuple[str, ...]:
    """The partner's own ticket numbers in a subject, upper case, each once, in order."""
    text = unicodedata.normalize("NFKC", subject)[:_MAX_SUBJECT]
    found: dict[str, None] = {}
    for pattern in patterns:
        for match in pattern.finditer(text):
            reference = (match.group(1) if pattern.groups else match.group(0)) or ""
            if reference.strip():
                found[" ".join(reference.upper().split())] = None
    return tuple(found)[:_MAX_TICKET_REFS]


def _plain(domain: str) -> str:
    return domain.strip().strip(".").lower()
