"""Follow-ups: every name of a case in a mail is a claim, and only a participant's claim joins."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st

from triage.core.cases.case import Status
from triage.core.cases.follow_up import CaseCard, FollowUp, MatchedBy, MatchReason, collect, match, match_report, thread_root
from triage.core.cases.partners import NOBODY, Partner, PartnerBook
from triage.core.mail.message import Address, DeliveryReport, InboundMessage
from triage.core.mail.own_ids import make_message_id, plus_address

KEY = b"k" * 32
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
OWN = ("api@wise.com",)
ACME = Partner(key="acme", domains=("acme.com",), ticket_patterns=(re2.compile(r"\[(ACME-\d+)\]"),), is_named=True)
BOOK = PartnerBook([ACME])
ANA = Address("ana@acme.com", "Ana")
EVE = Address("eve@evil.example")
THREAD_INDEX = base64.b64encode(bytes(range(22)) + b"12345").decode()


@dataclass
class Cases:
    """A `Lookup` over plain dicts."""

    cards: dict[int, CaseCard] = field(default_factory=dict)
    ids: dict[str, tuple[int, ...]] = field(default_factory=dict)
    tickets: dict[tuple[str, str], tuple[int, ...]] = field(default_factory=dict)
    subjects: dict[tuple[str, str], tuple[int, ...]] = field(default_factory=dict)
    threads: dict[str, tuple[int, ...]] = field(default_factory=dict)
    merged: dict[int, int] = field(default_factory=dict)
    split: frozenset[str] = frozenset()
    asked: int = 0

    def cases_by_message_ids(self, ids: Sequence[str]) -> Mapping[str, tuple[int, ...]]:
        self.asked = len(ids)
        return {each: self.ids[each] for each in ids if each in self.ids}

    def split_off(self, ids: Sequence[str]) -> bool:
        return not self.split.isdisjoint(ids)

    def case_card(self, number: int) -> CaseCard | None:
        return self.cards.get(self.merged.get(number, number))

    def cases_by_ticket(self, partner_key: str, reference: str) -> tuple[int, ...]:
        return self.tickets.get((partner_key, reference), ())

    def recent_by_subject(self, partner_key: str, normalised: str) -> tuple[int, ...]:
        return self.subjects.get((partner_key, normalised), ())

    def by_thread_index(self, root: str) -> tuple[int, ...]:
        return self.threads.get(root, ())


def card(number: int, partner: str = "acme", participants: Sequence[str] = (), **changes: object) -> CaseCard:
    made = CaseCard(number, partner, frozenset(participants), Status.OPEN, NOW - timedelta(hours=1), subject_normalised="payment fails")
    return replace(made, **changes)  # type: ignore[arg-type]


def mail(author: Address = ANA, **fields: object) -> InboundMessage:
    made = InboundMessage(content_hash="", size=0, message_id="<m@x>", author=author, authors=(author,), to=(Address(OWN[0]),))
    return replace(made, **fields)  # type: ignore[arg-type]


def follow(message: InboundMessage, cases: Cases, *, is_team: bool = False) -> FollowUp:
    partner = BOOK.partner_of(message.author.address)
    claims = collect(message, partner, keys=[KEY], domains={"wise.com"}, own_addresses=OWN)
    return match(message, claims, cases, partner=partner, is_team=is_team, now=NOW)


def own_id(number: int) -> str:
    return make_message_id(number, "receipt", "abc", "wise.com", KEY)


ONE = Cases(
    cards={1042: card(1042)},
    ids={"<known@acme.com>": (1042,)},
    tickets={("acme", "ACME-4711"): (1042,)},
    subjects={("acme", "payment fails"): (1042,)},
    threads={thread_root(THREAD_INDEX): (1042,)},
)
CLAIMS: list[tuple[MatchedBy, dict[str, object]]] = [
    (MatchedBy.OWN_ID, {"in_reply_to": (own_id(1042),)}),
    (MatchedBy.OWN_ID, {"references": ("<x@y>", own_id(1042).upper())}),
    (MatchedBy.OWN_ID, {"to": (Address(plus_address("api@wise.com", 1042, KEY)),)}),
    (MatchedBy.IN_REPLY_TO, {"in_reply_to": ("<known@acme.com>",)}),
    (MatchedBy.REFERENCES, {"references": ("<known@acme.com>", "<unknown@x>")}),
    (MatchedBy.REFERENCES, {"message_id": "<known@acme.com>"}),
    (MatchedBy.SUBJECT_TOKEN, {"subject": "Re: payment [#1042]"}),
    (MatchedBy.TICKET, {"subject": "[ACME-4711] payment"}),
]


@pytest.mark.parametrize(("by", "fields"), CLAIMS)
def test_a_claim_by_somebody_of_the_partner_joins(by: MatchedBy, fields: dict[str, object]) -> None:
    assert follow(mail(**fields), ONE) == FollowUp(1042, by, MatchReason.SAME_PARTNER)


@pytest.mark.parametrize(("by", "fields"), CLAIMS[:7])
def test_the_same_claim_by_an_outsider_is_only_possibly_related(by: MatchedBy, fields: dict[str, object]) -> None:
    assert follow(mail(EVE, **fields), ONE) == FollowUp(None, by, MatchReason.OUTSIDER, (1042,))


def test_a_strangers_ticket_number_is_no_claim_at_all() -> None:
    assert follow(mail(EVE, subject="[ACME-4711] payment"), ONE) == FollowUp(None, None, MatchReason.NO_CLAIM)


@pytest.mark.parametrize(("by", "fields"), CLAIMS[:7])
def test_the_same_claim_by_a_team_member_joins(by: MatchedBy, fields: dict[str, object]) -> None:
    assert follow(mail(Address("bo@wise.com"), **fields), ONE, is_team=True) == FollowUp(1042, by, MatchReason.TEAM_MEMBER)


def test_a_named_participant_of_another_company_joins() -> None:
    cases = Cases(cards={1042: card(1042, participants=["eve@evil.example"])})
    assert follow(mail(EVE, subject="[#1042]"), cases).reason is MatchReason.PARTICIPANT


def test_a_forged_own_id_claims_nothing() -> None:
    forged = make_message_id(1042, "receipt", "abc", "wise.com", b"x" * 32)
    assert follow(mail(in_reply_to=(forged,)), ONE) == FollowUp(None, None, MatchReason.NO_CLAIM)


def test_an_author_without_an_address_never_joins() -> None:
    cases = Cases(cards={1042: card(1042, partner=NOBODY.key, participants=[""])})
    assert not follow(mail(Address(""), subject="[#1042]"), cases).joined


def test_two_people_at_a_free_mail_provider_do_not_share_a_case() -> None:
    cases = Cases(cards={1042: card(1042, partner="al@gmail.com", participants=["al@gmail.com"])})
    assert follow(mail(Address("bo@gmail.com"), subject="[#1042]"), cases).reason is MatchReason.OUTSIDER


def test_a_second_author_from_outside_spoils_the_first_ones_place() -> None:
    assert follow(mail(authors=(ANA, EVE), subject="[#1042]"), ONE) == FollowUp(
        None, MatchedBy.SUBJECT_TOKEN, MatchReason.SEVERAL_AUTHORS, (1042,)
    )


def test_a_colleague_as_second_author_does_not() -> None:
    assert follow(mail(authors=(ANA, Address("bo@acme.com")), subject="[#1042]"), ONE).joined


def test_an_own_id_counts_before_references_and_those_before_the_token() -> None:
    cases = replace(ONE, cards={1: card(1), 2: card(2), 3: card(3)}, ids={"<two@x>": (2,)})
    assert follow(mail(subject="[#3]", references=(own_id(1),), in_reply_to=("<two@x>",)), cases).case_number == 1
    assert follow(mail(subject="[#3]", in_reply_to=("<two@x>",)), cases).case_number == 2


def test_below_a_message_that_was_split_off_the_thread_counts_before_an_own_id() -> None:
    own = make_message_id(1, "receipt", "abcdefgh", "wise.com", KEY)
    cases = Cases(cards={1: card(1), 2: card(2)}, ids={"<split@acme.com>": (2,)}, split=frozenset({"<split@acme.com>"}))
    found = follow(mail(references=(own, "<split@acme.com>")), cases)
    assert (found.case_number, found.by) == (2, MatchedBy.REFERENCES)


def test_the_newest_reference_counts() -> None:
    cases = Cases(cards={1: card(1), 2: card(2)}, ids={"<old@x>": (1,), "<new@x>": (2,)})
    assert follow(mail(references=("<old@x>", "<new@x>")), cases).case_number == 2


def test_of_two_cases_that_know_an_id_the_open_one_counts() -> None:
    cases = Cases(cards={1: card(1, status=Status.CLOSED, last_activity=NOW), 2: card(2)}, ids={"<a@x>": (1, 2)})
    assert follow(mail(in_reply_to=("<a@x>",)), cases).case_number == 2


def test_a_refused_claim_does_not_stop_the_next_one() -> None:
    cases = Cases(cards={1: card(1, partner="other"), 2: card(2)}, ids={"<theirs@x>": (1,)})
    assert follow(mail(in_reply_to=("<theirs@x>",), subject="[#2]"), cases) == FollowUp(
        2, MatchedBy.SUBJECT_TOKEN, MatchReason.SAME_PARTNER, (1,)
    )


def test_a_merged_case_redirects() -> None:
    cases = Cases(cards={7: card(7)}, merged={1042: 7})
    assert follow(mail(subject="[#1042]"), cases).case_number == 7


def test_a_case_that_does_not_exist_is_said_so() -> None:
    assert follow(mail(subject="[#99]"), Cases()) == FollowUp(None, MatchedBy.SUBJECT_TOKEN, MatchReason.UNKNOWN_CASE)


@pytest.mark.parametrize("fields", [fields for _, fields in CLAIMS[:7] if "to" not in fields])
def test_a_forward_to_somebody_new_proposes_and_does_not_join(fields: dict[str, object]) -> None:
    fields = {**fields, "subject": f"Fwd: {fields.get('subject', 'x')}", "to": (Address("api@wise.com"), Address("cfo@acme.com"))}
    assert follow(mail(**fields), ONE).reason is MatchReason.FORWARDED
    assert follow(mail(**fields), ONE).possibly_related == (1042,)


def test_a_forward_to_us_alone_joins() -> None:
    assert follow(mail(subject="WG: payment [#1042]", to=(Address("API@wise.com".lower()),)), ONE).joined


def test_a_forward_among_participants_joins() -> None:
    cases = Cases(cards={1042: card(1042, participants=["ana@acme.com", "bo@acme.com"])})
    assert follow(mail(subject="Fwd: [#1042]", cc=(Address("bo@acme.com"),)), cases).joined


def test_the_same_recent_subject_is_only_possibly_related() -> None:
    assert follow(mail(subject="RE: Payment fails"), ONE) == FollowUp(None, MatchedBy.SUBJECT, MatchReason.RESEMBLES, (1042,))


def test_an_old_case_with_the_same_subject_is_not_related() -> None:
    cases = replace(ONE, cards={1042: card(1042, last_activity=NOW - timedelta(days=60))}, threads={})
    assert follow(mail(subject="RE: Payment fails"), cases) == FollowUp(None, None, MatchReason.NO_CLAIM)


def test_the_same_thread_index_is_only_possibly_related() -> None:
    assert follow(mail(thread_index=THREAD_INDEX), ONE) == FollowUp(None, MatchedBy.THREAD_INDEX, MatchReason.RESEMBLES, (1042,))


def test_a_strangers_thread_index_is_not_even_that() -> None:
    assert follow(mail(EVE, thread_index=THREAD_INDEX), ONE).possibly_related == ()


def test_a_token_in_the_body_claims_nothing() -> None:
    assert not follow(mail(text="[#1042]", new_text="[#1042]"), ONE).joined


def test_a_thousand_references_are_bounded_and_keep_the_root() -> None:
    cases = Cases(cards={1: card(1)}, ids={"<0@x>": (1,)})
    references = tuple(f"<{number}@x>" for number in range(1000))
    assert follow(mail(references=references), cases).case_number == 1
    assert cases.asked <= 200


def test_references_that_name_each_other_or_themselves_end() -> None:
    assert not follow(mail(message_id="<a@x>", in_reply_to=("<a@x>",), references=("<a@x>", "<b@x>", "<a@x>")), ONE).joined


@pytest.mark.parametrize("value", ["", "!!", "AAAA", "ä" * 40, "A" * 10_001])
def test_a_broken_thread_index_has_no_root(value: str) -> None:
    assert thread_root(value) in {"", "00" * 22}


@given(
    st.sampled_from([fields for _, fields in CLAIMS]),
    st.sampled_from([fields for _, fields in CLAIMS]),
    st.emails().map(str.lower).filter(lambda address: not address.endswith("acme.com")),
    st.sampled_from(["", "Re: ", "Fwd: "]),
)
def test_an_outsider_never_joins(one: dict[str, object], other: dict[str, object], address: str, prefix: str) -> None:
    fields = {**one, **other, "thread_index": THREAD_INDEX}
    fields["subject"] = f"{prefix}{fields.get('subject', 'payment fails')}"
    assert not follow(mail(Address(address), **fields), ONE).joined


def report_on(original: str, recipients: tuple[str, ...] = ("ana@acme.com",), **fields: object) -> FollowUp:
    message = mail(Address("mailer-daemon@acme.com"), delivery_report=DeliveryReport("failed", "5.1.1", recipients, original), **fields)
    cases = replace(ONE, cards={1042: card(1042, participants=["ana@acme.com"])})
    claims = collect(message, NOBODY, keys=[KEY], domains={"wise.com"}, own_addresses=OWN)
    return match_report(message, claims, cases, keys=[KEY], domains={"wise.com"})


def test_a_report_on_our_notice_joins_its_case_whoever_wrote_it() -> None:
    assert report_on(own_id(1042), ("forwarded@elsewhere.example",)) == FollowUp(1042, MatchedBy.OWN_ID, MatchReason.REPORT_ON_OWN_MAIL)


def test_a_report_on_a_known_mail_joins_its_case() -> None:
    assert report_on("<known@acme.com>") == FollowUp(1042, MatchedBy.REFERENCES, MatchReason.REPORT_ON_KNOWN_MAIL)


def test_a_report_that_only_answers_a_known_mail_must_name_a_participant() -> None:
    assert report_on("", ("x@y.example",), in_reply_to=("<known@acme.com>",)).reason is MatchReason.OUTSIDER
    assert report_on("", in_reply_to=("<known@acme.com>",)).joined


def test_a_report_on_an_unknown_mail_joins_nothing() -> None:
    assert report_on("<other@x>") == FollowUp(None, None, MatchReason.NO_CLAIM)
