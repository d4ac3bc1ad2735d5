"""One run: the rig is set up, the post office and the nemesis do their work, all faults end, and the reconciler says what came of it."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chaos.nemesis import KILL, Diary, Nemesis
from chaos.plan import Plan
from chaos.post_office import PostOffice
from chaos.reconcile import Findings, reconcile
from chaos.rig import Rig
from chaos.service import GIVES_UP, TRY_AGAIN, faketime_library

AHEAD_S = 1200
"""Further than the pauses between the first tries of a mail."""


@dataclass(frozen=True, slots=True)
class Result:
    findings: Findings
    diary: Diary
    inflicted: dict[str, int]
    """Faults that came to pass on a connection."""
    starts: int
    exit_codes: tuple[int, ...]
    """Of processes that ended by themselves."""
    took_s: float
    last_words: str


def run(plan: Plan, tell: Callable[[str], None] = print) -> Result:
    begun = time.monotonic()
    dice = random.Random(plan.seed)
    with Rig(dice, plan.window_s) as rig:
        post_office = PostOffice(rig.dovecot, plan, random.Random(dice.random()))
        nemesis = Nemesis(rig, post_office, plan, dice)
        nemesis.first_start()
        post_office.start()
        try:
            nemesis.carry_out(tell)
            while not post_office.is_done:
                nemesis.keep_up()
                time.sleep(0.1)
        finally:
            post_office.stop()
        _settle(rig, post_office, plan, nemesis.diary)
        findings = reconcile(rig, post_office.posted, nemesis.diary, plan.window_s)
        judge(nemesis.diary, rig.service.exits, findings)
        inflicted: dict[str, int] = {}
        for proxy in rig.proxies:
            for fault, count in proxy.inflicted.items():
                inflicted[fault.value] = inflicted.get(fault.value, 0) + count
        service = rig.service
        return Result(
            findings, nemesis.diary, inflicted, service.starts, tuple(service.exits), time.monotonic() - begun, service.last_words()
        )


def _settle(rig: Rig, post_office: PostOffice, plan: Plan, diary: Diary) -> None:
    """No fault any more. Until everything is decided and sent, and every window that nobody answered in is over."""
    with diary.entry(KILL):
        rig.service.kill()
    before = rig.swept_at()
    ahead = plan.hurry and faketime_library() is not None
    rig.service.start(own_clock=ahead)
    until = time.monotonic() + plan.settle_s
    letters = {letter.message_id for letter in post_office.posted}
    while time.monotonic() < until and (rig.swept_at() == before or not _is_settled(rig, letters)):
        if ahead and letters <= _decided(rig):
            rig.service.set_clock(AHEAD_S)
        time.sleep(0.2)
    last = rig.swept_at()
    while time.monotonic() < until and rig.swept_at() == last:
        time.sleep(0.2)
    time.sleep(2.0)  # for copies of the last notices to come back through Sent
    code = rig.service.stop()
    if code != 0:
        diary.never_recovered.append(f"the last stop: exit code {code}\n{rig.service.last_words()}")


def _decided(rig: Rig) -> set[str]:
    return {row["message_id"] for row in rig.rows_so_far("SELECT message_id FROM ledger WHERE outcome IS NOT NULL")}


def _is_settled(rig: Rig, letters: set[str]) -> bool:
    waiting = rig.number_so_far("SELECT count(*) FROM outbox WHERE settled_at IS NULL AND channel != 'page'")
    pending = rig.number_so_far("SELECT count(*) FROM cases WHERE status = 'pending'")
    return not waiting and not pending and letters <= _decided(rig)


def judge(diary: Diary, exits: Sequence[int], findings: Findings) -> None:
    """`exits`: of processes that ended by themselves. One code alone says that nothing is wrong with the program or its set-up."""
    findings.count("troubles got over", sum(map(len, diary.recovered_s.values())))
    findings.count("restarts by systemd meanwhile", diary.restarts.total())
    findings.must_be_none("troubles not got over", diary.never_recovered)
    findings.must_be_none("given up for good", (f"exit code {code}" for code in exits if code in GIVES_UP))
    mistakes = (f"exit code {code}" for code in exits if code not in {*GIVES_UP, TRY_AGAIN})
    findings.must_be_none("ended by a mistake of its own", mistakes)
