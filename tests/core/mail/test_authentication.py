"""Proven authors: only what the topmost trusted Authentication-Results says, and only about the author people see."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.core.mail.authentication import Proof, ProofReason, is_aligned, prove
from triage.core.mail.authentication_results import parse
from triage.core.mail.look_alikes import look_alike
from triage.core.mail.message import Address, InboundMessage

ANA = Address("ana@wise.com", "Ana")
GOOGLE = (
    "mx.google.com; dkim=pass header.i=@wise.com header.s=s1 header.b=AbC; spf=pass smtp.mailfrom=ana@wise.com; "
    "dmarc=pass (p=REJECT) header.from=wise.com"
)
MICROSOFT = (
    "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=wise.com; dkim=pass (signature was verified) header.d=wise.com;"
    "dmarc=pass action=none header.from=wise.com;compauth=pass reason=100"
)


def verdict(
    *headers: str, author: Address = ANA, authors: tuple[Address, ...] | None = None, trusted: tuple[str, ...] = ("mx.google.com",)
) -> Proof:
    message = InboundMessage(
        content_hash="", size=0, author=author, authors=(author,) if authors is None else authors, authentication_results=headers
    )
    return prove(message, trusted, {"wise.com"})


def test_dmarc_pass_proves_the_author() -> None:
    assert verdict(GOOGLE) == Proof(True, "wise.com", ProofReason.DMARC)


def test_the_server_id_is_compared_in_any_case_and_with_a_version() -> None:
    assert verdict(GOOGLE.replace("mx.google.com;", "MX.Google.com 1;")).proven


def test_nothing_is_proven_without_a_configured_server() -> None:
    assert verdict(GOOGLE, trusted=()).reason is ProofReason.NO_TRUSTED_SERVER


def test_nothing_is_proven_without_a_header() -> None:
    assert verdict().reason is ProofReason.NO_TRUSTED_RESULT


def test_a_strangers_header_counts_for_nothing() -> None:
    assert verdict(GOOGLE.replace("mx.google.com", "mx.evil.example")).reason is ProofReason.NO_TRUSTED_RESULT


def test_only_the_topmost_trusted_header_counts() -> None:
    assert verdict("mx.google.com; dmarc=fail header.from=wise.com", GOOGLE).reason is ProofReason.DMARC_FAILED


def test_a_forged_header_on_top_of_another_server_is_skipped() -> None:
    assert verdict("mx.evil.example; dmarc=pass header.from=wise.com", "mx.google.com; dmarc=fail").reason is ProofReason.DMARC_FAILED


def test_of_two_trusted_servers_the_topmost_decides() -> None:
    assert not verdict("inner.wise.com; none", GOOGLE, trusted=("mx.google.com", "inner.wise.com")).proven


def test_dmarc_for_another_domain_proves_nothing() -> None:
    assert verdict(GOOGLE.replace("header.from=wise.com", "header.from=evil.example")).reason is ProofReason.OTHER_DOMAIN


def test_dmarc_fail_beats_a_dkim_pass() -> None:
    assert verdict("mx.google.com; dkim=pass header.d=wise.com; dmarc=fail header.from=wise.com").reason is ProofReason.DMARC_FAILED


def test_two_dmarc_results_that_differ_prove_nothing() -> None:
    assert verdict("mx.google.com; dmarc=pass header.from=wise.com; dmarc=fail header.from=wise.com").reason is ProofReason.DMARC_FAILED


@pytest.mark.parametrize("dkim", ["header.d=wise.com", "header.i=@wise.com", "header.i=ana@mail.wise.com", "header.d=mail.wise.com"])
def test_an_aligned_signature_proves_the_author_where_there_is_no_dmarc(dkim: str) -> None:
    assert verdict(f"mx.google.com; dkim=pass {dkim}; dmarc=none").reason is ProofReason.DKIM


def test_an_aligned_return_path_proves_the_author() -> None:
    assert verdict("mx.google.com; spf=pass smtp.mailfrom=bounce@mail.wise.com").reason is ProofReason.SPF


def test_the_helo_name_proves_nothing() -> None:
    assert not verdict("mx.google.com; spf=pass smtp.helo=wise.com").proven


def test_a_signature_by_somebody_else_proves_nothing() -> None:
    assert verdict("mx.google.com; dkim=pass header.d=mailgun.org; spf=pass smtp.mailfrom=mailgun.org").reason is ProofReason.OTHER_DOMAIN


def test_one_good_signature_among_others_is_enough() -> None:
    assert verdict("mx.google.com; dkim=fail header.d=wise.com; dkim=pass header.d=esp.example; dkim=pass header.d=wise.com").proven


@pytest.mark.parametrize("value", ["fail", "softfail", "neutral", "none", "temperror", "bestguesspass", "passed"])
def test_only_pass_is_pass(value: str) -> None:
    assert not verdict(f"mx.google.com; spf={value} smtp.mailfrom=wise.com; dkim={value} header.d=wise.com; dmarc={value}").proven


def test_microsofts_form_counts_when_the_configuration_names_it() -> None:
    assert verdict(MICROSOFT, trusted=("microsoft",)) == Proof(True, "wise.com", ProofReason.DMARC)


def test_microsofts_form_counts_for_nothing_otherwise() -> None:
    assert verdict(MICROSOFT).reason is ProofReason.NO_TRUSTED_RESULT


def test_a_server_that_calls_itself_microsoft_is_not_microsofts_form() -> None:
    assert not verdict("microsoft; dmarc=pass header.from=wise.com", trusted=("microsoft",)).proven


def test_microsofts_own_doubt_counts() -> None:
    assert verdict(MICROSOFT.replace("compauth=pass", "compauth=fail"), trusted=("microsoft",)).reason is ProofReason.SUSPECT


def test_microsofts_guess_is_no_pass_but_an_aligned_signature_is() -> None:
    assert verdict(MICROSOFT.replace("dmarc=pass", "dmarc=bestguesspass"), trusted=("microsoft",)).reason is ProofReason.DKIM


@pytest.mark.parametrize(
    "envelope",
    [
        '"a); dmarc=pass header.from=wise.com ("@evil.example',
        '"; dmarc=pass header.from=wise.com; x="@evil.example',
        '"\\"; dmarc=pass ; \\""@evil.example',
    ],
)
def test_an_envelope_address_cannot_smuggle_a_result(envelope: str) -> None:
    assert not verdict(f"mx.google.com; spf=pass (google.com: domain of {envelope} designates 192.0.2.1) smtp.mailfrom={envelope}").proven


@pytest.mark.parametrize("tail", ["(", '"', "((((", '("'])
def test_what_does_not_balance_is_not_believed(tail: str) -> None:
    assert verdict(GOOGLE + tail).reason is ProofReason.MALFORMED


def test_two_authors_are_unproven() -> None:
    assert verdict(GOOGLE, authors=(ANA, Address("eve@evil.example"))).reason is ProofReason.SEVERAL_AUTHORS


def test_a_second_from_header_without_an_address_is_unproven() -> None:
    message = InboundMessage(
        content_hash="", size=0, author=ANA, authors=(ANA,), authentication_results=(GOOGLE,), headers=(("from", "Ana"), ("from", "Eve"))
    )
    assert prove(message, ("mx.google.com",)).reason is ProofReason.SEVERAL_AUTHORS


@pytest.mark.parametrize("name", ["ana@wise.com", "Ana <ana@wise.com>", '"ana@wise.com" via mail', "ana＠wise.com"])
def test_a_name_that_shows_another_address_is_unproven(name: str) -> None:
    assert verdict(GOOGLE, author=Address("eve@evil.example", name)).reason is ProofReason.NAME_SHOWS_OTHER_ADDRESS


def test_a_name_that_repeats_the_address_is_fine() -> None:
    assert verdict(GOOGLE, author=Address("ana@wise.com", "ana@wise.com")).proven


def test_no_author_is_unproven() -> None:
    assert verdict(GOOGLE, author=Address(""), authors=()).reason is ProofReason.NO_AUTHOR


def test_a_look_alike_is_unproven_even_when_its_own_dmarc_passes() -> None:
    proof = verdict("mx.google.com; dmarc=pass header.from=w1se.com", author=Address("ana@w1se.com"))
    assert (proof.proven, proof.reason, proof.detail) == (False, ProofReason.LOOK_ALIKE, "wise.com")


@pytest.mark.parametrize(
    "domain",
    [
        "w1se.com",
        "wíse.com",
        "wіse.com",
        "xn--wse-qma.com",
        "vvise.com",
        "wi-se.com",
        "wsie.com",
        "wise.co",
        "wise.com.evil.net",
        "wise-com.net",
        "mail.w1se.com",
    ],
)
def test_look_alikes_are_seen(domain: str) -> None:
    assert look_alike(domain, ["wise.com"]) == "wise.com"


@pytest.mark.parametrize(
    "domain", ["wise.com", "api.wise.com", "acme.com", "otherwise.com", "rise.com", "wise.evil.com", "xn--zzzzzzzz.com", ""]
)
def test_other_domains_are_none(domain: str) -> None:
    assert look_alike(domain, ["wise.com"]) == ""


def test_alignment_is_by_parent_or_child() -> None:
    assert is_aligned("mail.wise.com", "wise.com")
    assert is_aligned("wise.com", "team.wise.com")
    assert not is_aligned("a.wise.com", "b.wise.com")
    assert not is_aligned("wise.com", "otherwise.com")


@pytest.mark.parametrize("signing", ["com", "co.uk", "com.br", ""])
def test_a_registry_aligns_with_nobody(signing: str) -> None:
    assert not is_aligned(signing, "wise.com." + signing if signing else "")
    assert not is_aligned(signing, f"wise.{signing}")


@given(st.text(alphabet='ab=;()"\\ .@<>/\n\tdmarcps', max_size=200))
def test_any_header_is_read(header: str) -> None:
    parse(header)


@given(st.text(max_size=60))
def test_no_untrusted_text_proves_anybody(header: str) -> None:
    assert not verdict(f"mx.evil.example; {header}", f"x{header}").proven


@pytest.mark.parametrize("header", ["(" * 100_000, '"' * 100_000, "a=b;" * 50_000, "= " * 50_000])
def test_bombs_take_bounded_time(header: str) -> None:
    start = time.process_time()
    parse(header)
    look_alike(header, ["wise.com"])
    assert time.process_time() - start < 1
