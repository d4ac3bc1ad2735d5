"""The reconciler: mailbox, ledger, submission server and pager against the letters that were posted. It uses none of the program's code.

The mailbox is read by IMAP, past the proxy; the ledger by SQL; what was sent is what the sinks have taken. Called by `run` at the end.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from itertools import pairwise

from chaos.letters import Letter, Part, Story, story_of
from chaos.nemesis import Diary, Done
from chaos.rig import Rig
from chaos.sinks import Sent
from tests.servers.dovecot import Dovecot

ON_ITS_WAY = timedelta(seconds=10)
"""How long after a mail was taken by the server a kill or a fault can still explain that the program does not know: its timeout is 5 s."""
URGENT = {Story.URGENT, Story.URGENT_ANSWERED}
FORETOLD = {"receipt": 1, "severity-1": 1, "closed": 1, "reopened": 1, "taken": 1}
"""How many different notices of a kind a case can get from these letters."""


@dataclass(frozen=True, slots=True)
class InMailbox:
    folder: str
    uidvalidity: int
    uid: int
    message_id: str
    arrived_at: datetime
    """INTERNALDATE: whole seconds."""


@dataclass(frozen=True, slots=True)
class Threads:
    """What became of the shops' letters: the case of each, and the shops whose case began with the team's reply, as that was read first."""

    case_of: Mapping[Letter, int]
    overtaken: frozenset[int]


@dataclass
class Findings:
    """Counts to be told, and the promises that were broken, each with an example."""

    told: dict[str, int] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)

    def count(self, what: str, found: int) -> None:
        self.told[what] = found

    def must_be_none(self, what: str, found: Iterable[object]) -> None:
        faults = list(found)
        self.told[what] = len(faults)
        if faults:
            self.broken.append(f"{what}: {len(faults)}, such as {faults[0]}")


def reconcile(rig: Rig, posted: Mapping[Letter, datetime], diary: Diary, window_s: int) -> Findings:
    findings = Findings()
    mailbox = [one for folder in ("INBOX", "Sent") for one in read_folder(rig.dovecot, folder)]
    threads = _ledger(rig, posted, mailbox, findings)
    _pages(rig, posted, threads, diary, findings)
    _windows(rig, posted, threads, mailbox, findings, timedelta(seconds=window_s))
    _notices(rig, posted, threads, diary, findings)
    findings.must_be_none("deliveries of mail that are not settled", rig.rows(_UNSETTLED))
    checked = [row[0] for row in rig.rows("PRAGMA integrity_check") if row[0] != "ok"]
    findings.must_be_none("faults in the store's file", [*checked, *map(tuple, rig.rows("PRAGMA foreign_key_check"))])
    return findings


_UNSETTLED = "SELECT key, state, result FROM outbox WHERE settled_at IS NULL AND channel != 'page'"


def read_folder(dovecot: Dovecot, folder: str) -> list[InMailbox]:
    with dovecot.client() as client:
        client.select(folder, readonly=True)
        uidvalidity = int(client.response("UIDVALIDITY")[1][0] or 0)
        _, lines = client.fetch("1:*", "(UID INTERNALDATE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])")
    found = []
    for line in lines:
        if isinstance(line, tuple):
            told = line[0].decode()
            uid = int(re.search(r"UID (\d+)", told)[1])  # type: ignore[index]  # it was asked for
            at = datetime.strptime(re.search(r'INTERNALDATE "(.*?)"', told)[1].strip(), "%d-%b-%Y %H:%M:%S %z")  # type: ignore[index]
            found.append(InMailbox(folder, uidvalidity, uid, str(message_from_bytes(line[1])["Message-ID"]), at.astimezone(UTC)))
    return found


def _ledger(rig: Rig, posted: Mapping[Letter, datetime], mailbox: list[InMailbox], findings: Findings) -> Threads:
    """Every message in exactly one outcome, every letter on its case."""
    rows = {(row["folder"], row["uidvalidity"], row["uid"]): row for row in rig.rows("SELECT * FROM ledger")}
    there = {one.message_id for one in mailbox}
    findings.count("mails in the intake folder", sum(one.folder == "INBOX" for one in mailbox))
    findings.count("mails in Sent", sum(one.folder == "Sent" for one in mailbox))
    findings.must_be_none("mails posted and not in the mailbox", (one.message_id for one in posted if one.message_id not in there))
    undecided = [one for one in mailbox if not (row := rows.get((one.folder, one.uidvalidity, one.uid))) or row["outcome"] is None]
    findings.must_be_none("mails without an outcome", undecided)
    outcomes: dict[str, list[str]] = defaultdict(list)
    cases: dict[str, int] = {}
    openers = {row["ledger_id"] for row in rig.rows("SELECT ledger_id, min(id) FROM case_journal GROUP BY case_number")}
    opened_by: set[str] = set()
    for row in sorted(rows.values(), key=lambda row: row["id"]):
        if row["outcome"] not in {"duplicate", None}:
            outcomes[row["message_id"]].append(row["outcome"])
            cases[row["message_id"]] = row["case_number"]
            opened_by |= {row["message_id"]} if row["id"] in openers else set()
    wanted = {letter: {Part.QUESTION: "case", Part.REPLY: "team-reply", Part.ANSWER: "follow-up"}[letter.part] for letter in posted}
    wanted |= {letter: "automatic" for letter in posted if story_of(letter.shop) is Story.MACHINE}
    overtaken = frozenset(one.shop for one in posted if one.part is Part.REPLY and one.message_id in opened_by)
    wanted |= {Letter(shop, Part.QUESTION): "follow-up" for shop in overtaken} | {Letter(shop, Part.REPLY): "case" for shop in overtaken}
    findings.count("questions read after their reply", len(overtaken))
    wrong = (f"{letter.message_id} {outcomes[letter.message_id]}" for letter in posted if outcomes[letter.message_id] != [wanted[letter]])
    findings.must_be_none("letters with another outcome than one, the right one", wrong)
    of_letter = {letter: cases[letter.message_id] for letter in posted if cases.get(letter.message_id)}
    of_people = (one for one in posted if story_of(one.shop) is not Story.MACHINE)
    strayed = (one for one in of_people if of_letter.get(one, 0) != of_letter.get(Letter(one.shop, Part.QUESTION)))
    findings.must_be_none("letters on another case than their question", strayed)
    shared = Counter(case for one, case in of_letter.items() if one.part is Part.QUESTION)
    findings.must_be_none("cases with two shops", (case for case, count in shared.items() if count > 1))
    return Threads(of_letter, overtaken)


def _pages(rig: Rig, posted: Mapping[Letter, datetime], threads: Threads, diary: Diary, findings: Findings) -> None:
    urgent = [letter for letter in posted if letter.part is Part.QUESTION and story_of(letter.shop) in URGENT]
    reached = {one.page for one in (*rig.pages.taken, *rig.mails.taken) if one.kind == "page"}
    covered = {row["case_number"] for row in rig.rows("SELECT page_id, case_number FROM page_cases") if row["page_id"] in reached}
    findings.count("urgent mails", len(urgent))
    findings.must_be_none("urgent mails about which nobody was paged", (one for one in urgent if threads.case_of.get(one) not in covered))
    _repeats("pages", [one for one in (*rig.pages.taken, *rig.mails.taken) if one.kind == "page"], rig, diary, findings)


def _windows(
    rig: Rig,
    posted: Mapping[Letter, datetime],
    threads: Threads,
    mailbox: list[InMailbox],
    findings: Findings,
    window: timedelta,
) -> None:
    """Closed without an answer, and only then: the answer's INTERNALDATE against the reply's. A question that is read after its reply ends
    the wait like any mail of the partner."""
    status = {row["number"]: row["status"] for row in rig.rows("SELECT number, status FROM cases")}
    closings = defaultdict(list)
    for row in rig.rows("SELECT case_number, recorded_at FROM case_journal WHERE json_extract(changes, '$.status') = 'closed'"):
        closings[row["case_number"]].append(row["recorded_at"])
    arrived: dict[str, datetime] = {}
    for one in sorted(mailbox, key=lambda one: one.arrived_at, reverse=True):
        arrived[one.message_id] = one.arrived_at
    wrong, still_open, answered = [], [], 0
    for letter in (one for one in posted if one.part is Part.REPLY):
        case, answer = threads.case_of.get(letter, 0), arrived.get(Letter(letter.shop, Part.ANSWER).message_id)
        ends_at = arrived[letter.message_id] + window if letter.message_id in arrived else None
        in_time = answer is not None and ends_at is not None and answer < ends_at
        answered += in_time
        if in_time and closings[case]:
            wrong.append(f"case {case}: answered at {answer}, window until {ends_at}, closed at {closings[case]}")
        if answer is not None and status.get(case) == "closed":
            wrong.append(f"case {case}: closed in the end over the answer of {answer}")
        if letter.shop in threads.overtaken and status.get(case) == "closed":
            wrong.append(f"case {case}: closed in the end over the question, which was read after the reply")
        if answer is None and letter.shop not in threads.overtaken and status.get(case) != "closed":
            still_open.append(f"case {case} is {status.get(case)}")
    findings.count("reply windows", sum(one.part is Part.REPLY for one in posted))
    findings.count("reply windows answered in time", answered)
    findings.must_be_none("cases closed wrongly", wrong)
    findings.must_be_none("cases not closed though nobody answered", still_open)


def _notices(rig: Rig, posted: Mapping[Letter, datetime], threads: Threads, diary: Diary, findings: Findings) -> None:
    notices = [one for one in rig.mails.taken if one.kind in FORETOLD]
    different = Counter((case, kind) for case, kind, _ in {(one.case, one.kind, one.key) for one in notices})
    findings.must_be_none("notices written twice", (what for what, count in different.items() if count > FORETOLD[what[1]]))
    confirmed = {case for case, kind in different if kind in {"receipt", "severity-1"}}
    without = {shop for shop in threads.overtaken if story_of(shop) not in URGENT}
    questions = (one for one in posted if one.part is Part.QUESTION and story_of(one.shop) is not Story.MACHINE and one.shop not in without)
    findings.must_be_none("questions without a receipt", (one for one in questions if threads.case_of.get(one) not in confirmed))
    _repeats("notices", notices, rig, diary, findings)
    others = Counter(one.kind for one in rig.mails.taken if one.kind not in FORETOLD and one.kind != "page")
    findings.must_be_none("mails nobody has asked for", others.items())


def _repeats(what: str, taken: list[Sent], rig: Rig, diary: Diary, findings: Findings) -> None:
    """S5, the one possible repeat: the other side had it, and the program died, or was told nothing, before it had written that down."""
    by_key: dict[str, list[Sent]] = defaultdict(list)
    for one in sorted(taken, key=lambda one: one.at):
        by_key[one.key].append(one)
    accepted = _accepted(rig)
    repeated = [(first, again) for sends in by_key.values() for first, again in pairwise(sends)]
    findings.count(f"{what} sent", len(by_key))
    findings.count(f"{what} sent twice (S5)", len(repeated))
    known = (f"{again.key} at {again.at}" for first, again in repeated if any(first.at <= at < again.at for at in accepted[again.key]))
    findings.must_be_none(f"{what} sent again though it was written down that they were", known)
    unexplained = (f"{first.key} at {first.at} and {again.at}" for first, again in repeated if not explained(first, again, diary.done))
    findings.must_be_none(f"{what} sent twice without a kill or a fault between", unexplained)


def _accepted(rig: Rig) -> dict[str, list[datetime]]:
    """By Message-ID and by key: when it was written down that the other side has it."""
    found: dict[str, list[datetime]] = defaultdict(list)
    statement = "SELECT key, message_id, settled_at FROM outbox WHERE state = 'delivered' AND channel IN ('mail', 'page') AND attempts > 0"
    for row in rig.rows(statement):
        at = datetime.fromisoformat(row["settled_at"].replace("Z", "+00:00"))
        for key in {row["key"], row["message_id"]} - {""}:
            found[key].append(at if at.tzinfo else at.replace(tzinfo=UTC))
    return found


def explained(first: Sent, again: Sent, done: list[Done]) -> bool:
    return any(one.begun_at <= min(first.at + ON_ITS_WAY, again.at) and one.ended_at >= first.at - timedelta(seconds=1) for one in done)


def table(findings: Findings) -> str:
    broken = {line.split(":")[0] for line in findings.broken}
    width = max(map(len, findings.told))
    return "\n".join(f"  {what:<{width}}  {count:>6}{'   BROKEN' if what in broken else ''}" for what, count in findings.told.items())
