"""The story of `triage demo`: four days of a small support team in some seconds, on the real daemon under a pushed clock.

The script says only what people do and what must come of it. What is told is read from the store, the mails and the phones (`news`); if
it is not what must have come of it, the demo says so and ends with 1. Called by the command line through `run`.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

from rich.console import Console

from triage.demo.cast import ANA, BO, MALLORY, OLGA, PRIYA, REAL_NUMBERS, SAM, SHARED, TEAM
from triage.demo.clock import PushedClock
from triage.demo.ending import tell_ending
from triage.demo.letters import Letter, answer, new
from triage.demo.stage import Stage
from triage.demo.staying import stay_open
from triage.demo.telling import Teller
from triage.demo.turns import Deviation, Interrupted, interruptible
from triage.demo.world import open_world

MONDAY, TUESDAY, WEDNESDAY, THURSDAY = range(4)
START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""A Monday morning."""
INTERRUPTED = 130

TRANSFERS = """\
Hello,

since 08:40 UTC about one in ten calls of POST /v1/transfers in production
fails with 503. Our payroll run is stuck behind it.

x-trace-id: 6f1c2b9e77a04f0e9d6a0b1f4a5c3d21

Priya
"""
PAYOUTS = """\
All our payouts fail since 02:05 UTC, in every currency. No salary goes out.

Olga
"""


def run(stay: bool, console: Console) -> int:
    """The whole demo; the exit code: 0, or 1 when the program did something else than it must, or 130 when interrupted before its end."""
    teller = Teller(console)
    with interruptible():
        try:
            return stay_open(teller) if stay else _tell(teller)
        except Interrupted:
            teller.say("Interrupted. Nothing is left of the demo.")
            return INTERRUPTED


def _tell(teller: Teller) -> int:
    began = time.monotonic()
    clock = PushedClock(START)
    with open_world(clock, REAL_NUMBERS) as world:
        teller.title("triage demo: four days of partner support in a few seconds")
        teller.say(
            f"An IMAP server (port {world.office.imap.port}), an SMTP server (port {world.office.smtp.port}) and the daemon run in this"
            " process, all of them real; only the clock is pushed. What you see is read from the store, the mails and the phones after"
            " it has happened. Times are UTC."
        )
        stage = Stage(world, clock, teller, START)
        try:
            stage.settle()
            solved = _monday(stage)
            _night(stage)
            _clock_decides(stage, solved)
            stage.check_promises()
        except Deviation as deviation:
            teller.deviation(str(deviation))
            return 1
        tell_ending(teller, stage, time.monotonic() - began)
    return 0


def _monday(stage: Stage) -> EmailMessage:
    """A question, a reply, a colleague's answer, a forger, a second reply, an out-of-office. Returns the second reply."""
    stage.until(MONDAY, 9, 2)
    question = stage.mails(PRIYA, new(PRIYA, "Transfers fail with 503", TRANSFERS))
    stage.then(["case #1001", f"receipt to {PRIYA.address}"], {1001: "new 3"})

    stage.until(MONDAY, 10, 5)
    asked = stage.replies(ANA, question, "Thank you, Priya. Could you send us a failing request and its response?")
    stage.then(["team-reply #1001"], {1001: "pending 3"})

    stage.until(MONDAY, 11, 40)
    answered = stage.mails(SAM, answer((SAM.name, SAM.address), asked, "Priya is in a meeting; the request and the response are below."))
    stage.then(["follow-up #1001"], {1001: "open 3"})

    stage.until(MONDAY, 11, 52)
    text = "This is solved on our side, you can close the case."
    stage.mails(MALLORY, answer((ANA.name, ANA.address), question, text, cc=SHARED))
    stage.then(["team-comment #1001"], {1001: "open 3"})

    stage.until(MONDAY, 14, 0)
    solved = stage.replies(ANA, answered, "We have mended it at 13:50. Do your calls go through now?", also_to=PRIYA)
    stage.then(["team-reply #1001"], {1001: "pending 3"})

    window = stage.case(1001).reply_window_ends_at
    stage.until(MONDAY, 14, 1)
    subject = f"Out of office: {solved['Subject']}"
    headers = {"Auto-Submitted": "auto-replied"}
    stage.mails(PRIYA, Letter((PRIYA.name, PRIYA.address), SHARED, subject, "I am back on Thursday.", solved, headers=headers))
    stage.then(["automatic #1001", f"warning to {TEAM.address}"], {1001: "pending 3"})
    if stage.case(1001).reply_window_ends_at != window:
        raise Deviation("the out-of-office has moved the reply window")
    return solved


def _night(stage: Stage) -> None:
    """An emergency at night: Ana does not answer, Bo does. In the morning the team is told what waits, and lowers the severity."""
    stage.until(TUESDAY, 2, 13)
    emergency = stage.mails(OLGA, new(OLGA, "URGENT – no payouts since 02:05", PAYOUTS))
    paged_at = stage.now
    stage.then(
        ["case #1002", f"severity-1 to {OLGA.address}", "trigger ana by phone", "trigger ana by mail"],
        {1001: "pending 3", 1002: "new 1"},
    )

    stage.until(TUESDAY, 2, 20)
    stage.then(["trigger bo by phone", "trigger bo by mail"], {1001: "pending 3", 1002: "new 1"}, at=paged_at + timedelta(minutes=5))
    stage.acknowledges(BO, 1002)
    # An operator who wants no such notice takes its template away.
    taken = [f"taken to {OLGA.address}"] if "taken" in stage.world.daemon.rules.current.notices else []
    stage.then(["acknowledge ana by phone", "acknowledge ana by mail", *taken], {1001: "pending 3", 1002: "new 1"})

    stage.until(TUESDAY, 2, 31)
    found = stage.replies(BO, emergency, "I am on it. A queue is stuck; payouts will flow again within half an hour.")
    stage.then(["team-reply #1002"], {1001: "pending 3", 1002: "pending 1"})

    stage.until(TUESDAY, 7, 45)
    confirmed = stage.mails(OLGA, answer((OLGA.name, OLGA.address), found, "Payouts flow again. What was it?"))
    stage.then(["follow-up #1002"], {1001: "pending 3", 1002: "open 1"})

    stage.until(TUESDAY, 9, 10)
    stage.then([f"warning to {TEAM.address}"], {1001: "pending 3", 1002: "open 1"})
    stage.sets_severity(ANA, 1002, 2)
    told = [f"resolve {name} by {contact}" for name in (ANA.key, BO.key) for contact in ("phone", "mail")]
    stage.then(told, {1001: "pending 3", 1002: "open 2"})

    stage.until(TUESDAY, 16, 30)
    stage.replies(ANA, confirmed, "A worker had lost its connection. We have added a check that restarts it.")
    stage.then(["team-reply #1002"], {1001: "pending 3", 1002: "pending 2"})


def _clock_decides(stage: Stage, solved: EmailMessage) -> None:
    """Nobody answers: reminder at 48 hours, closing at 72. Then somebody answers after all."""
    replied_at = stage.case(1001).team_replied_at
    assert replied_at is not None  # noqa: S101 (the case is pending: the team has replied)
    stage.until(WEDNESDAY, 18, 0)
    stage.then([f"reminder to {PRIYA.address}"], {1001: "pending 3", 1002: "pending 2"}, at=replied_at + timedelta(hours=48))
    stage.until(THURSDAY, 9, 1)
    stage.then([f"warning to {TEAM.address}"], {1001: "pending 3", 1002: "pending 2"})

    stage.until(THURSDAY, 15, 20)
    stage.then([f"closed to {PRIYA.address}"], {1001: "closed 3", 1002: "pending 2"}, at=replied_at + timedelta(hours=72))

    stage.mails(PRIYA, answer((PRIYA.name, PRIYA.address), solved, "I am back, and I see three more 503s since noon."))
    stage.then(["follow-up #1001", f"reopened to {PRIYA.address}"], {1001: "open 3", 1002: "pending 2"})
