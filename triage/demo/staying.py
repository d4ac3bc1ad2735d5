"""`triage demo --stay`: the same company in real time, for an ordinary mail client, until Ctrl-C.

Prints how to connect, then what happens as it happens. Called by `story.run`.
"""

from __future__ import annotations

import time

from triage.adapters.clock import SystemClock
from triage.demo.cast import ELSEWHERE, PASSWORD, PEOPLE, SHARED, SHORTENED
from triage.demo.news import News
from triage.demo.telling import Teller
from triage.demo.turns import Interrupted
from triage.demo.world import World, open_world

LOOK_EVERY_S = 0.2


def stay_open(teller: Teller) -> int:
    """Until interrupted; then 0, because that is how it is meant to end."""
    clock = SystemClock()
    with open_world(clock, SHORTENED) as world:
        try:
            world.daemon.settle()
            _tell_how(teller, world)
            news = News(world)
            while True:
                teller.happened(clock.now(), news.collect())
                time.sleep(LOOK_EVERY_S)
        except Interrupted:
            teller.say()
            teller.say("Stopped. The demo keeps nothing: its mailboxes, its store and its rules go with it.", "dim")
    return 0


def _tell_how(teller: Teller, world: World) -> None:
    minutes = {name: round(getattr(SHORTENED, name).total_seconds() / 60) for name in ("reply_window", "remind_after", "second_level_at")}
    config = world.config.path
    teller.title("triage demo --stay: the daemon is running, in real time")
    teller.pairs(
        [
            ("IMAP", f"127.0.0.1, port {world.office.imap.port}, no encryption"),
            ("SMTP", f"127.0.0.1, port {world.office.smtp.port}, no encryption, with login"),
            ("Password", f"{PASSWORD}, for every mailbox; the user name is the address"),
        ]
    )
    teller.say()
    teller.pairs(
        [
            (SHARED, "the shared mailbox: partners write to it, the team answers from it"),
            *((person.address, person.plays) for person in PEOPLE),
            (ELSEWHERE, "gets the mail to everybody else"),
        ]
    )
    teller.say()
    teller.say(
        f"Time is short here: a case closes {minutes['reply_window']} minutes after a team reply (72 hours in life), the reminder"
        f" comes after {minutes['remind_after']}, and the second level is paged after {minutes['second_level_at']}. Put “urgent” into a"
        " subject to page Ana."
    )
    teller.say()
    teller.say("In another terminal:", "bold")
    teller.pairs(
        [(f"triage {command} --config {config} {number}", "") for command, number in (("cases", ""), ("case", "1001"), ("ack", "1001"))]
    )
    teller.say()
    teller.say("Ctrl-C ends it. Until then, what happens, as it happens (times are UTC):", "bold")
