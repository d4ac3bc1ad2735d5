"""Partners: whom an address belongs to."""

from __future__ import annotations

import re2
from hypothesis import given
from hypothesis import strategies as st

from triage.core.cases.partners import FREE_MAIL_DOMAINS, NOBODY, Partner, PartnerBook, as_the_partner_means, is_free_mail, ticket_refs
from triage.core.mail.message import Automatic, InboundMessage, MayAnswer, Origin

ACME = Partner(
    key="acme", name="Acme", domains=("acme.com", "Acme.CO.UK."), addresses=("acme.payments@gmail.com", "cto@shared.example"), is_named=True
)
EU = Partner(key="acme-eu", name="Acme EU", domains=("eu.acme.com",), is_named=True)
BOOK = PartnerBook([ACME, EU])


def test_a_named_partner_is_found_by_domain() -> None:
    assert BOOK.partner_of("Ana@ACME.com") is ACME


def test_subdomains_belong_to_the_domain() -> None:
    assert BOOK.partner_of("ana@mail.ops.acme.co.uk") is ACME


def test_the_longest_domain_wins() -> None:
    assert BOOK.partner_of("ana@mail.eu.acme.com") is EU


def test_an_exact_address_wins_over_its_free_mail_domain() -> None:
    assert BOOK.partner_of("acme.payments@gmail.com") is ACME


def test_a_domain_that_only_ends_alike_is_another_company() -> None:
    assert BOOK.partner_of("ana@notacme.com").key == "notacme.com"


def test_an_unknown_domain_is_a_partner_of_its_own() -> None:
    assert BOOK.partner_of("bo@Fintech.example") == Partner(key="fintech.example", name="fintech.example", domains=("fintech.example",))


def test_free_mail_is_by_address() -> None:
    assert BOOK.partner_of("Bo@Yahoo.co.uk").key == "bo@yahoo.co.uk"


def test_two_people_at_one_provider_are_two_partners() -> None:
    assert BOOK.partner_of("bo@gmail.com").key != BOOK.partner_of("al@gmail.com").key


def test_a_provider_never_names_a_company_even_when_listed() -> None:
    book = PartnerBook([Partner(key="oops", domains=("gmail.com",))])
    assert book.partner_of("bo@gmail.com").key == "bo@gmail.com"


def test_no_address_belongs_to_nobody() -> None:
    assert BOOK.partner_of("") is BOOK.partner_of("not an address") is BOOK.partner_of("@acme.com") is NOBODY


@given(st.sampled_from(["acme", "acme-eu"]), st.text("abc.", min_size=0, max_size=5))
def test_a_strangers_domain_never_reads_as_a_named_key(key: str, before: str) -> None:
    book = PartnerBook([ACME, EU, Partner(key="dotted.example", domains=("other.example",))])
    assert book.partner_of(f"x@{key}").key != key
    assert book.partner_of("x@dotted.example").key != "dotted.example"


def test_the_list_of_providers_covers_the_world() -> None:
    assert len(FREE_MAIL_DOMAINS) >= 80
    assert all(
        map(
            is_free_mail,
            ["gmail.com", "qq.com", "web.de", "mail.ru", "outlook.com.br", "hotmail.fr", "live.co.za", "uol.com.br", "naver.com"],
        )
    )
    assert not any(map(is_free_mail, ["wise.com", "acme.com", "outlook.acme.com", "yahoo-inc.com"]))


SPEAKS = Partner(key="acme", domains=("acme.com",), is_named=True, machines_speak=True)


def machine_mail(origin: Origin) -> InboundMessage:
    return InboundMessage("", 0, automatic=Automatic(True, origin, ("Auto-Submitted: x",)), may_answer=MayAnswer(False, "automatic mail"))


def test_generated_mail_counts_as_a_persons_where_the_partner_says_so_and_is_still_not_answered() -> None:
    counted = as_the_partner_means(machine_mail(Origin.AUTO_GENERATED), SPEAKS)
    assert (counted.automatic.is_automatic, counted.may_answer.allowed) == (False, False)
    assert "partners.toml" in counted.automatic.evidence[0]


def test_other_automatic_mail_and_other_partners_mail_stays_what_it_is() -> None:
    for origin in set(Origin) - {Origin.AUTO_GENERATED, Origin.HUMAN}:
        assert as_the_partner_means(machine_mail(origin), SPEAKS).automatic.is_automatic
    assert as_the_partner_means(machine_mail(Origin.AUTO_GENERATED), ACME).automatic.is_automatic


def test_ticket_numbers_are_the_patterns_first_group() -> None:
    patterns = (re2.compile(r"\[(ACME-\d+)\]"), re2.compile(r"INC\d{6}"))
    assert ticket_refs(patterns, "Re: [ACME-4711] and INC123456, [acme-1], [ACME-4711]") == ("ACME-4711", "INC123456")


def test_a_named_partner_is_found_by_key() -> None:
    assert BOOK.by_key("acme") is ACME
    assert BOOK.by_key("nobody") is None
