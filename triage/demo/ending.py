"""The end of the demo's story: the cases as they stand, what it took, and where to look further.

Called by `story`. Everything but the list of commands is read from the store.
"""

from __future__ import annotations

from triage.demo.stage import Stage
from triage.demo.telling import Teller
from triage.demo.wording import partner_name, waits_for

COMMANDS = (
    ("triage demo --stay", "the same in real time, for your own mail client"),
    ("triage explain mail.eml", "what would be done with a mail of yours, and why"),
    ("triage check", "is config.toml right, do the servers let us in"),
    ("triage run", "the daemon, on your own mailbox (see the README)"),
    ("triage cases", "its queue, worst first"),
    ("triage case 1001", "one case: facts, timeline with reasons, window"),
)


def tell_ending(teller: Teller, stage: Stage, seconds: float) -> None:
    teller.say()
    rows = [
        (f"#{one.number}", str(one.severity), one.status.value, partner_name(one.partner), one.subject, waits_for(one))
        for one in stage.news.cases()
    ]
    teller.table(("Case", "Sev", "Status", "Partner", "Subject", "Waits for"), rows, wraps="Subject")
    teller.say()
    counts, hours = stage.counts, round((stage.now - stage.start).total_seconds() / 3600)
    teller.say(
        f"{hours} hours in {seconds:.1f} seconds. {stage.news.messages} messages in the mailbox, each with exactly one outcome;"
        f" {counts['Notice']} notices; {counts['Ring']} messages to people on call. The journal adds up to the cases."
    )
    teller.say()
    teller.say("Look further", "bold")
    teller.pairs(list(COMMANDS))
    teller.say()
    teller.say("The demo keeps nothing: its mailboxes, its store and its rules go with it.", "dim")
