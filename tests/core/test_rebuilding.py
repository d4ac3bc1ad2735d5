"""What our own mails tell of cases that are lost."""

from __future__ import annotations

from datetime import UTC, datetime

from triage.core.mail.own_ids import make_message_id
from triage.core.rebuilding import Trace, next_free, numbers_told, read_trace
from triage.core.settings import Limits

KEY, DOMAIN = b"k" * 32, "wise.example"
AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
RECEIPT = b"""From: api@wise.example\r
Message-ID: <r1@wise.example>\r
In-Reply-To: <q1@acme.example>\r
References: <q0@acme.example> <q1@acme.example>\r
X-Triage-Case: 1042\r
X-Triage-Notice: receipt\r
\r
"""


def trace(header: bytes) -> Trace | None:
    return read_trace(header, (KEY,), {DOMAIN}, Limits())


def test_a_notice_names_its_case_and_what_it_answers() -> None:
    assert trace(RECEIPT) == Trace("<r1@wise.example>", 1042, "receipt", ("<q1@acme.example>", "<q0@acme.example>"))


def test_a_message_id_of_ours_is_enough_where_the_fields_were_taken_off() -> None:
    own = make_message_id(1042, "closed", "abc", DOMAIN, KEY)
    found = trace(f"Message-ID: {own}\r\nIn-Reply-To: <q1@acme.example>\r\n\r\n".encode())
    assert found is not None
    assert (found.case_number, found.notice) == (1042, "closed")


def test_a_reply_of_the_team_is_none_of_ours() -> None:
    assert trace(b"From: api@wise.example\r\nMessage-ID: <t1@wise.example>\r\nIn-Reply-To: <q1@acme.example>\r\n\r\n") is None


def test_a_case_number_that_is_no_number_names_no_case() -> None:
    found = trace(RECEIPT.replace(b"1042", b"1042; DROP"))
    assert found is not None
    assert found.case_number is None


def numbers(*traces: Trace, **circles: str) -> dict[str, int]:
    """`circles`: the partners on each mail, by the name before the @."""
    return numbers_told(traces, lambda one: {f"<{name}@x>": {partner} for name, partner in circles.items()}.get(one))


def test_the_earliest_notice_that_answers_a_mail_tells_its_number() -> None:
    told = numbers(Trace("<r1@x>", 1, "receipt", ("<a@x>",)), Trace("<r2@x>", 2, "receipt", ("<b@x>", "<a@x>")))
    assert told == {"<a@x>": 1, "<b@x>": 2}


def test_a_notice_that_only_refers_to_a_mail_tells_its_number_where_none_answers_it() -> None:
    first, second = Trace("<r1@x>", 1, "receipt", ("<b@x>", "<a@x>", "<c@x>")), Trace("<r2@x>", 2, "receipt", ("<a@x>",))
    told = numbers(first, second, r1="acme", r2="acme", a="acme", b="acme", c="acme")
    assert told == {"<b@x>": 1, "<a@x>": 2, "<c@x>": 1}


def test_what_a_stranger_has_referred_to_is_not_of_the_strangers_case() -> None:
    """The References of the answer to them are their own."""
    told = numbers(Trace("<r1@x>", 1025, "receipt", ("<s@x>", "<a@x>")), r1="stranger", s="stranger", a="acme")
    assert told == {"<s@x>": 1025}


def test_a_case_that_nobody_names_gets_the_next_number_that_is_free() -> None:
    assert next_free(1001, 1001, {1002, 1003}) == 1004
    assert next_free(0, 1001, set()) == 1001
