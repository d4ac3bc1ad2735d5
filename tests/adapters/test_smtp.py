"""SmtpSubmission: after every attempt it says exactly what is known, and it never sends in the clear what was meant for TLS."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.servers.faulty_smtp import CUT, LATE, STALL, FaultySmtp
from tests.servers.loopback_tls import CA_FILE
from triage.adapters import smtp_connection
from triage.adapters.smtp import SmtpSubmission
from triage.core.failures import PermanentFailure, TemporaryFailure
from triage.core.mail.compose import Draft, compose
from triage.core.seams import SendOutcome, SendResult
from triage.core.settings import Security, Server
from triage.demo.smtp_sink import SmtpSink

RAW = b"From: api@wise.example\r\nTo: ana@x.example\r\nSubject: hi\r\nMessage-ID: <1@wise.example>\r\n\r\n.hello\r\n"
FROM = "api@wise.example"
ANA, BO = "ana@x.example", "bo@x.example"


def server_at(port: int, **changes: object) -> Server:
    plain = Server(host="127.0.0.1", port=port, security=Security.NONE, timeout_s=2.0)
    return replace(plain, **changes)  # type: ignore[arg-type]  # typed by each test


def run(
    faulty: FaultySmtp, test: Callable[[SmtpSubmission], Awaitable[SendResult]], *, noop_after_s: float = 30.0, **changes: object
) -> SendResult:
    async def scene() -> SendResult:
        async with faulty:
            submission = SmtpSubmission(
                server_at(faulty.port, **changes), data_timeout_s=0.4, noop_after_s=noop_after_s, ehlo_name="triage.test"
            )
            try:
                return await test(submission)
            finally:
                await submission.close()

    return asyncio.run(asyncio.wait_for(scene(), 20))


def send_once(faulty: FaultySmtp, recipients: tuple[str, ...] = (ANA,), raw: bytes = RAW, **changes: object) -> SendResult:
    return run(faulty, lambda submission: submission.send(raw, FROM, recipients), **changes)


def test_accepted_mail_arrives_unchanged_and_the_answer_is_kept() -> None:
    faulty = FaultySmtp()
    result = send_once(faulty, (ANA, BO))
    assert result == SendResult(SendOutcome.ACCEPTED, "250 2.0.0 queued as F1")
    assert faulty.mails[0].recipients == [ANA, BO]
    assert faulty.mails[0].raw == RAW.replace(b"\r\n.hello", b"\r\n..hello")
    assert faulty.mails[0].sender == f"MAIL FROM:<{FROM}> SIZE={len(RAW)}"


def test_null_return_path_is_possible() -> None:
    faulty = FaultySmtp()
    assert run(faulty, lambda s: s.send(RAW, "", [ANA])).outcome is SendOutcome.ACCEPTED
    assert faulty.mails[0].sender.startswith("MAIL FROM:<> ")


@pytest.mark.parametrize(
    ("answers", "outcome", "words"),
    [
        ({"GREETING": "421 too busy"}, SendOutcome.TEMPORARY, "too busy"),
        ({"GREETING": "554 go away"}, SendOutcome.TEMPORARY, "go away"),
        ({"GREETING": "hello there"}, SendOutcome.TEMPORARY, "hello there"),
        ({"GREETING": CUT}, SendOutcome.TEMPORARY, "no session"),
        ({"MAIL": "451 4.3.0 later"}, SendOutcome.TEMPORARY, "451 4.3.0 later"),
        ({"MAIL": "421 closing"}, SendOutcome.TEMPORARY, "421 closing"),
        ({"MAIL": "550 5.7.1 not you"}, SendOutcome.PERMANENT, "not you"),
        ({"MAIL": "530 5.7.0 authentication required"}, SendOutcome.TEMPORARY, "authentication required"),
        ({"MAIL": "550 5.4.5 daily user sending quota exceeded"}, SendOutcome.TEMPORARY, "quota"),
        ({"MAIL": "nonsense"}, SendOutcome.TEMPORARY, "nonsense"),
        ({"MAIL": CUT}, SendOutcome.TEMPORARY, "before the mail was handed over"),
        ({"MAIL": STALL}, SendOutcome.TEMPORARY, "before the mail was handed over"),
        ({"RCPT": "450 4.2.1 greylisted"}, SendOutcome.TEMPORARY, "greylisted"),
        ({"RCPT": "550 5.1.1 unknown"}, SendOutcome.PERMANENT, "unknown"),
        ({"RCPT": "552 5.2.2 mailbox full"}, SendOutcome.TEMPORARY, "mailbox full"),
        ({"RCPT": CUT}, SendOutcome.TEMPORARY, "before the mail was handed over"),
        ({"RCPT": "252 cannot verify, will try"}, SendOutcome.ACCEPTED, "queued"),
        ({"DATA": "451 4.3.0 no space"}, SendOutcome.TEMPORARY, "no space"),
        ({"DATA": "554 5.5.1 no"}, SendOutcome.PERMANENT, "554"),
        ({"DATA": CUT}, SendOutcome.UNKNOWN, "after DATA"),
        ({"DATA": STALL}, SendOutcome.UNKNOWN, "after DATA"),
        ({"DOT": "452 4.2.2 full"}, SendOutcome.TEMPORARY, "full"),
        ({"DOT": "554 5.7.1 content refused"}, SendOutcome.PERMANENT, "content refused"),
        ({"DOT": "251 taken"}, SendOutcome.ACCEPTED, "taken"),
        ({"DOT": "354 more"}, SendOutcome.UNKNOWN, "354"),
        ({"DOT": "nonsense"}, SendOutcome.UNKNOWN, "after DATA"),
        ({"DOT": CUT}, SendOutcome.UNKNOWN, "after DATA"),
        ({"DOT": STALL}, SendOutcome.UNKNOWN, "Timed out"),
    ],
)
def test_every_failure_is_the_outcome_it_is(answers: dict[str, str], outcome: SendOutcome, words: str) -> None:
    result = send_once(FaultySmtp(answers), timeout_s=0.4)
    assert (result.outcome, words in result.detail) == (outcome, True), result


def test_some_refused_recipients_do_not_stop_the_others() -> None:
    faulty = FaultySmtp({f"RCPT {BO}": "550 5.1.1 no such mailbox"})
    result = send_once(faulty, (ANA, BO))
    assert result.outcome is SendOutcome.ACCEPTED
    assert result.refused == {BO: "550 5.1.1 no such mailbox"}
    assert faulty.mails[0].recipients == [ANA]


def test_all_refused_is_permanent_only_when_every_refusal_is() -> None:
    mixed = send_once(FaultySmtp({f"RCPT {ANA}": "450 later", f"RCPT {BO}": "550 never"}), (ANA, BO))
    assert (mixed.outcome, set(mixed.refused)) == (SendOutcome.TEMPORARY, {ANA, BO})
    assert send_once(FaultySmtp({"RCPT": "550 never"}), (ANA, BO)).outcome is SendOutcome.PERMANENT


def test_an_address_that_would_be_cut_is_refused_before_the_server_sees_it() -> None:
    faulty = FaultySmtp()
    odd = "ana@x.example, bo@x.example"
    result = send_once(faulty, (odd, BO))
    assert result.outcome is SendOutcome.ACCEPTED
    assert "one plain mail address" in result.refused[odd]
    assert faulty.mails[0].recipients == [BO]


def test_no_usable_recipient_is_permanent_and_never_connects() -> None:
    faulty = FaultySmtp()
    assert send_once(faulty, ("Ana <ana@x.example>",)).outcome is SendOutcome.PERMANENT
    assert faulty.connections == 0


def test_a_return_address_with_a_line_end_is_refused() -> None:
    assert run(FaultySmtp(), lambda s: s.send(RAW, "a@x.example>\r\nRCPT TO:<evil@x.example", [ANA])).outcome is SendOutcome.PERMANENT


def test_the_domain_is_made_ascii_and_needs_no_smtputf8() -> None:
    faulty = FaultySmtp(extensions=())
    assert send_once(faulty, ("ana@bücher.example",)).outcome is SendOutcome.ACCEPTED
    assert faulty.mails[0].recipients == ["ana@xn--bcher-kva.example"]


def test_smtputf8_is_asked_for_only_when_an_address_needs_it() -> None:
    faulty = FaultySmtp()
    assert send_once(faulty, ("josé@x.example",)).outcome is SendOutcome.ACCEPTED
    assert faulty.mails[0].sender.endswith("SMTPUTF8")


def test_without_smtputf8_only_the_address_that_needs_it_is_refused() -> None:
    faulty = FaultySmtp(extensions=("SIZE 1000000",))
    result = send_once(faulty, ("josé@x.example", BO))
    assert result.outcome is SendOutcome.ACCEPTED
    assert "SMTPUTF8" in result.refused["josé@x.example"]
    assert "SMTPUTF8" not in faulty.mails[0].sender
    assert send_once(FaultySmtp(extensions=()), ("josé@x.example",)).outcome is SendOutcome.PERMANENT


def test_a_mail_over_the_size_limit_is_refused_here_with_both_numbers() -> None:
    faulty = FaultySmtp(extensions=("SIZE 50",))
    result = send_once(faulty)
    assert result.outcome is SendOutcome.PERMANENT
    assert (str(len(RAW)) in result.detail, "50" in result.detail, faulty.mails) == (True, True, [])


def test_eight_bit_mail_needs_8bitmime() -> None:
    raw = RAW + "é\r\n".encode()
    assert send_once(FaultySmtp(extensions=()), raw=raw).outcome is SendOutcome.PERMANENT
    faulty = FaultySmtp()
    assert send_once(faulty, raw=raw).outcome is SendOutcome.ACCEPTED
    assert "BODY=8BITMIME" in faulty.mails[0].sender


def test_one_connection_serves_many_mails() -> None:
    faulty = FaultySmtp()

    async def three(submission: SmtpSubmission) -> SendResult:
        results = await asyncio.gather(*(submission.send(RAW, FROM, [ANA]) for _ in range(3)))
        assert {result.outcome for result in results} == {SendOutcome.ACCEPTED}
        return results[0]

    run(faulty, three)
    assert (faulty.connections, len(faulty.mails)) == (1, 3)


def test_a_server_that_has_fallen_silent_is_told_goodbye_on_all_connections_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """One after the other they would take longer than the end of the service waits."""
    monkeypatch.setattr(smtp_connection, "_QUIT_TIMEOUT_S", 60.0)
    faulty = FaultySmtp({"QUIT": STALL})

    async def scene() -> None:
        async with faulty:
            submission = SmtpSubmission(server_at(faulty.port), ehlo_name="triage.test", connections=3)
            await asyncio.gather(*(submission.send(RAW, FROM, (ANA,)) for _ in range(3)))
            closing = asyncio.create_task(submission.close())
            while faulty.commands.count("QUIT") < 3:
                await asyncio.sleep(0.01)
            closing.cancel()

    asyncio.run(asyncio.wait_for(scene(), 20))


def test_several_connections_are_opened_as_they_are_needed() -> None:
    faulty = FaultySmtp({"DOT": [LATE + "250 first", "250 second", "250 third", "250 fourth"]})

    async def four() -> None:
        async with faulty:
            submission = SmtpSubmission(server_at(faulty.port), ehlo_name="triage.test", connections=3)
            slow, quick = await asyncio.gather(*(submission.send(RAW, FROM, [ANA]) for _ in range(2)))
            assert {slow.detail, quick.detail} == {"250 first", "250 second"}
            for _ in range(2):
                await submission.send(RAW, FROM, [ANA])
            await submission.close()

    asyncio.run(asyncio.wait_for(four(), 20))
    assert (faulty.connections, len(faulty.mails)) == (2, 4)


def test_an_idle_connection_is_asked_first_and_replaced_when_it_is_dead() -> None:
    faulty = FaultySmtp({"NOOP": ["250 ok", CUT]})

    async def three(submission: SmtpSubmission) -> SendResult:
        await submission.send(RAW, FROM, [ANA])
        await submission.send(RAW, FROM, [ANA])
        return await submission.send(RAW, FROM, [ANA])

    assert run(faulty, three, noop_after_s=0.0).outcome is SendOutcome.ACCEPTED
    assert (faulty.connections, len(faulty.mails), faulty.commands.count("NOOP")) == (2, 3, 2)


def test_a_reused_connection_that_dies_at_mail_is_replaced_once() -> None:
    faulty = FaultySmtp({"MAIL": ["250 ok", CUT, "250 ok"]})

    async def two(submission: SmtpSubmission) -> SendResult:
        await submission.send(RAW, FROM, [ANA])
        return await submission.send(RAW, FROM, [ANA])

    assert run(faulty, two).outcome is SendOutcome.ACCEPTED
    assert (faulty.connections, len(faulty.mails)) == (2, 2)


def test_a_mail_that_may_have_been_taken_is_not_sent_again_by_itself() -> None:
    faulty = FaultySmtp({"DOT": ["250 ok", CUT]})

    async def two(submission: SmtpSubmission) -> SendResult:
        await submission.send(RAW, FROM, [ANA])
        return await submission.send(RAW, FROM, [ANA])

    assert run(faulty, two).outcome is SendOutcome.UNKNOWN
    assert len(faulty.mails) == 2


def test_after_a_refusal_the_same_connection_goes_on() -> None:
    faulty = FaultySmtp({"RCPT": ["550 never", "250 ok"]})

    async def two(submission: SmtpSubmission) -> SendResult:
        await submission.send(RAW, FROM, [ANA])
        return await submission.send(RAW, FROM, [BO])

    assert run(faulty, two).outcome is SendOutcome.ACCEPTED
    assert (faulty.connections, "RSET" in faulty.commands) == (1, True)


def test_a_cancelled_send_does_not_leave_its_answers_to_the_next_one() -> None:
    faulty = FaultySmtp({"DOT": ["250 warm", LATE + "451 first", "250 second"]})

    async def two(submission: SmtpSubmission) -> SendResult:
        await submission.send(RAW, FROM, [ANA])
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(submission.send(RAW, FROM, [ANA]), 0.1)
        assert len(faulty.mails) == 2, "it was cancelled before DATA"
        return await submission.send(RAW, FROM, [BO])

    assert run(faulty, two).detail == "250 second"
    assert faulty.connections == 2


def test_after_an_answer_that_makes_no_sense_the_connection_is_not_used_again() -> None:
    faulty = FaultySmtp({"DOT": ["354 more", "250 second"]})

    async def two(submission: SmtpSubmission) -> SendResult:
        assert (await submission.send(RAW, FROM, [ANA])).outcome is SendOutcome.UNKNOWN
        return await submission.send(RAW, FROM, [BO])

    assert run(faulty, two).outcome is SendOutcome.ACCEPTED
    assert faulty.connections == 2


# --- TLS and login ---------------------------------------------------------------------------------------------------

TLS = {"security": Security.TLS, "ca_file": CA_FILE, "host": "localhost"}
STARTTLS = {"security": Security.STARTTLS, "ca_file": CA_FILE, "host": "localhost"}
LOGIN = {"username": "triage", "secret": lambda: "pässword"}


def test_implicit_tls_and_starttls_work() -> None:
    assert send_once(FaultySmtp(implicit_tls=True), **TLS).outcome is SendOutcome.ACCEPTED
    faulty = FaultySmtp(extensions=("STARTTLS",))
    assert send_once(faulty, **STARTTLS).outcome is SendOutcome.ACCEPTED
    assert faulty.commands.index("STARTTLS") < next(i for i, c in enumerate(faulty.commands) if c.startswith("MAIL"))


def test_starttls_that_is_not_offered_sends_neither_password_nor_mail() -> None:
    faulty = FaultySmtp()
    result = send_once(faulty, **STARTTLS, **LOGIN)
    assert result.outcome is SendOutcome.TEMPORARY
    assert "does not offer STARTTLS" in result.detail
    assert [command.split(" ")[0] for command in faulty.commands] == ["EHLO"]


@pytest.mark.parametrize("change", [{"ca_file": None}, {"host": "127.0.0.1", "ca_file": None}])
def test_a_certificate_that_is_not_trusted_sends_nothing(change: dict[str, object]) -> None:
    faulty = FaultySmtp(implicit_tls=True)
    result = send_once(faulty, **(TLS | change), **LOGIN)
    assert (result.outcome, "certificate" in result.detail, faulty.commands) == (SendOutcome.TEMPORARY, True, [])


def test_tls_to_a_plain_port_says_what_to_change() -> None:
    async def scene() -> None:
        async with FaultySmtp() as faulty:
            with pytest.raises(PermanentFailure) as failure:
                await SmtpSubmission(server_at(faulty.port, **TLS)).probe()
            assert "465" in failure.value.hint

    asyncio.run(scene())


def test_login_is_tried_once_and_its_refusal_keeps_the_mail() -> None:
    faulty = FaultySmtp({"AUTH": "535 5.7.8 wrong"})
    result = send_once(faulty, **LOGIN)
    assert result.outcome is SendOutcome.TEMPORARY
    assert "refused the login of triage: 535 5.7.8 wrong" in result.detail
    assert "pässword" not in result.detail
    assert faulty.passwords() == ["pässword"]


def test_login_uses_what_the_server_offers() -> None:
    login = FaultySmtp({"AUTH": "334 UGFzc3dvcmQ6"}, extensions=("AUTH LOGIN",))
    assert "500 what" in send_once(login, **LOGIN).detail
    none = FaultySmtp(extensions=("AUTH XOAUTH2",))
    assert "AUTH: xoauth2" in send_once(none, **LOGIN).detail


def test_probe_tells_what_it_found_and_sends_nothing() -> None:
    faulty = FaultySmtp(extensions=("SIZE 1000000", "STARTTLS", "AUTH PLAIN"))

    async def scene() -> None:
        async with faulty:
            found = await SmtpSubmission(server_at(faulty.port, **STARTTLS, **LOGIN)).probe()
            assert (found.size_limit, found.auth_methods, found.logged_in_as) == (1000000, ("plain",), "triage")
            assert (found.tls.startswith("TLSv1."), found.greeting) == (True, "220 faulty.test ready")

    asyncio.run(scene())
    assert faulty.commands[-1] == "QUIT"
    assert faulty.mails == []


def test_probe_failures_say_what_to_do() -> None:
    async def failure_of(server: Server) -> TemporaryFailure | PermanentFailure:
        with pytest.raises((TemporaryFailure, PermanentFailure)) as failure:
            await SmtpSubmission(server).probe()
        assert isinstance(failure.value, TemporaryFailure | PermanentFailure)
        assert failure.value.hint
        return failure.value

    async def scene() -> None:
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            assert "nothing listens" in (await failure_of(server_at(closed.getsockname()[1]))).message
        assert "cannot be resolved" in (await failure_of(server_at(587, host="no-such-host.invalid"))).message
        async with FaultySmtp({"GREETING": STALL}) as silent:
            assert "did not answer in time" in (await failure_of(server_at(silent.port, timeout_s=0.2))).message
        async with FaultySmtp({"AUTH": "535 no"}) as refusing:
            failure = await failure_of(server_at(refusing.port, **LOGIN))
            assert isinstance(failure, PermanentFailure)
        async with FaultySmtp({"AUTH": "454 4.7.0 try later"}) as busy:
            with pytest.raises(TemporaryFailure):
                await SmtpSubmission(server_at(busy.port, **LOGIN)).probe()

    asyncio.run(scene())


def test_a_missing_ca_file_is_said_by_name(tmp_path: object) -> None:
    result = send_once(FaultySmtp(implicit_tls=True), **(TLS | {"ca_file": f"{tmp_path}/none.pem"}))
    assert (result.outcome, "none.pem" in result.detail) == (SendOutcome.TEMPORARY, True)


def test_a_real_server_takes_what_compose_writes() -> None:
    raw = compose(Draft("<1@wise.example>", datetime(2026, 11, 22, tzinfo=UTC), FROM, (ANA,), "Olá", ".\n..\nFrom here on é\n"))
    with SmtpSink() as sink:
        result = asyncio.run(SmtpSubmission(server_at(sink.port)).send(raw, FROM, [ANA]))
        assert result.outcome is SendOutcome.ACCEPTED
        assert [mail.raw for mail in sink.mails()] == [raw]
