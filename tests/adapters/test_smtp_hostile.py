"""SmtpSubmission and a server that asks to slow down, or whose answers never end."""

from __future__ import annotations

import asyncio
import tracemalloc

import pytest

from tests.adapters.test_smtp import ANA, FROM, RAW, send_once, server_at
from tests.servers.faulty_smtp import DRIP, ENDLESS_ANSWER, ENDLESS_LINE, FaultySmtp
from triage.adapters.smtp import SlowDowns, SmtpSubmission
from triage.core.seams import SendOutcome, SendResult


@pytest.mark.parametrize(
    ("answers", "slow"),
    [
        ({"GREETING": "421 4.7.0 Too many connections from your network"}, True),
        ({"MAIL": "432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded"}, True),
        ({"MAIL": "451 4.7.500 Server busy. Please try again later"}, True),
        ({"DOT": "550 5.4.5 Daily user sending limit exceeded"}, True),
        ({"DOT": "554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException"}, True),
        ({"RCPT": "450 4.7.1 Error: too much mail, rate limit exceeded"}, True),
        ({"RCPT": "450 4.7.1 Greylisted, see the website"}, False),
        ({"RCPT": "452 4.5.3 Too many recipients"}, False),
        ({"RCPT": "450 4.2.1 The user is receiving mail too quickly"}, False),
        ({"MAIL": "451 4.3.0 later"}, False),
        ({"MAIL": "550 5.7.1 not you"}, False),
    ],
)
def test_a_server_that_asks_to_slow_down_is_understood(answers: dict[str, str], slow: bool) -> None:
    result = send_once(FaultySmtp(answers))
    assert result.throttled is slow
    assert not slow or result.outcome is SendOutcome.TEMPORARY


def test_after_a_mail_that_came_too_fast_none_is_tried_until_that_is_written_down() -> None:
    faulty = FaultySmtp({"MAIL": ["451 4.7.0 slow down", "250 ok"]})

    async def five() -> list[SendResult]:
        async with faulty:
            submission = SmtpSubmission(server_at(faulty.port), ehlo_name="triage.test", holds_back=True)
            some = await asyncio.gather(*(submission.send(RAW, FROM, [ANA]) for _ in range(3)))
            handed_out_before = await submission.send(RAW, FROM, [ANA])
            submission.go_on()
            return [*some, handed_out_before, await submission.send(RAW, FROM, [ANA])]

    results = asyncio.run(asyncio.wait_for(five(), 20))
    assert [(one.outcome, one.throttled) for one in results] == [(SendOutcome.TEMPORARY, True)] * 4 + [(SendOutcome.ACCEPTED, False)]
    assert sum(command.startswith("MAIL") for command in faulty.commands) == 2


def test_what_the_server_said_on_one_connection_holds_back_receipts_on_all_but_nothing_urgent() -> None:
    faulty = FaultySmtp({"MAIL": ["451 4.7.0 slow down", "250 ok"]})

    async def three() -> list[SendResult]:
        async with faulty:
            slow_downs, server = SlowDowns(), server_at(faulty.port)
            urgent = SmtpSubmission(server, ehlo_name="triage.test", slow_downs=slow_downs)
            receipts = SmtpSubmission(server, ehlo_name="triage.test", slow_downs=slow_downs, connections=2, holds_back=True)
            return [await submission.send(RAW, FROM, [ANA]) for submission in (urgent, receipts, urgent)]

    results = asyncio.run(asyncio.wait_for(three(), 20))
    assert [one.outcome for one in results] == [SendOutcome.TEMPORARY, SendOutcome.TEMPORARY, SendOutcome.ACCEPTED]
    assert results[1].detail.startswith("not tried")


STEPS = ("GREETING", "EHLO", "MAIL", "RCPT", "DATA", "DOT")


@pytest.mark.parametrize("endless", [ENDLESS_LINE, ENDLESS_ANSWER])
@pytest.mark.parametrize("step", STEPS)
def test_an_answer_without_end_is_given_up(step: str, endless: str) -> None:
    """At once, long before the time for an answer is over, and without keeping what comes."""
    faulty = FaultySmtp({step: endless})
    tracemalloc.start()
    try:
        result = send_once(faulty, timeout_s=300)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert result.outcome is (SendOutcome.UNKNOWN if step in {"DATA", "DOT"} else SendOutcome.TEMPORARY)
    assert "too long" in result.detail
    assert faulty.poured < 4_000_000, "what the two sockets hold"
    assert most < 3_000_000


@pytest.mark.parametrize("step", STEPS)
def test_a_line_now_and_then_does_not_hold_the_connection_for_ever(step: str) -> None:
    result = send_once(FaultySmtp({step: DRIP}), timeout_s=0.2)
    assert result.outcome is (SendOutcome.UNKNOWN if step in {"DATA", "DOT"} else SendOutcome.TEMPORARY)
    assert "imed out" in result.detail or "in time" in result.detail
