"""Consequences: what every letter must have done to its case, by the time it has an outcome.

The ledger's outcome and the entry in the case's journal are one commit. A message that was judged, joined and then forgotten is as lost as
one that was never fetched, and nobody looks for it any more.
"""

from __future__ import annotations

from collections import defaultdict

from sim.model import Model
from sim.records import Row
from sim.trace import Violation
from sim.truth import Kind, Letter

WROTE = {"partner-wrote"}
MUST_CAUSE = {
    (Kind.PARTNER, "case"): WROTE,
    (Kind.PARTNER, "follow-up"): WROTE,
    (Kind.FORGED_REPLY, "case"): WROTE,
    (Kind.FORGED_COMMAND, "case"): WROTE,
    (Kind.TEAM_REPLY, "case"): {"team-replied"},
    (Kind.TEAM_REPLY, "team-reply"): {"team-replied", "team-reply-overtaken"},
    (Kind.TEAM_COMMENT, "team-comment"): {"team-commented"},
    (Kind.FORGED_REPLY, "team-comment"): {"noted"},
    (Kind.FORGED_COMMAND, "team-comment"): {"noted"},
    (Kind.AUTOMATIC, "automatic"): {"automatic-mail"},
    (Kind.BOUNCE, "delivery-report"): {"delivery-failed", "automatic-mail"},
}
"""By kind and outcome: one of these stands in the journal of the case that the ledger names, with this letter as its cause."""
ON_A_CASE = {"case", "follow-up", "team-reply"}
"""Outcomes that are one of a case."""
COMMANDS = {"sev": "severity-set", "close": "closed-by-team", "hold": "held", "note": "noted", "tag": "tagged"}


def check_consequences(model: Model, letters: dict[str, Letter]) -> None:
    """Of what was decided since the last look. Raises Violation."""
    caused: dict[int, set[str]] = defaultdict(set)
    for entry in model.written:
        if entry.ledger_id is not None:
            caused[entry.ledger_id].add(entry.event)
    for row in model.decided:
        letter = letters.get(row.message_id)
        if letter is not None and row.outcome != "duplicate":
            _check(row, letter, caused[row.id], model.restored or _is_overtaken(model, row, letter) or _is_over(model, row, letter))


def _is_overtaken(model: Model, row: Row, letter: Letter) -> bool:
    """After a downtime urgent mail is decided before an older command, which may then not close the case any more."""
    wrote_at = model.cases[row.number].partner_at if row.number is not None else None
    return letter.sent_at is not None and wrote_at is not None and wrote_at > letter.sent_at


def _is_over(model: Model, row: Row, letter: Letter) -> bool:
    """A closed case cannot be held. As it stands after this look: one that was closed in the same look, after the command, counts too."""
    return letter.command.startswith("hold") and row.number is not None and model.cases[row.number].status == "closed"


def _check(row: Row, letter: Letter, caused: set[str], may_be_refused: bool) -> None:
    """`may_be_refused`: a command, because the partner has written since, because a closed case cannot be held, or because cases may have
    other numbers than those that people have learned."""
    allowed = MUST_CAUSE.get((letter.kind, row.outcome), set())
    if row.number is None:
        if row.outcome in ON_A_CASE:
            raise Violation(f"{letter.kind.value} {letter.message_id} ended as {row.outcome}, and on no case")
        return
    if letter.kind is Kind.COMMAND:
        allowed = {COMMANDS[letter.command.split()[0]]} | ({"team-commented"} if may_be_refused else set())
    told = f"{letter.kind.value} {letter.message_id} ended as {row.outcome} on #{row.number}"
    if allowed and not allowed & caused:
        raise Violation(f"{told}, and did nothing there: {', '.join(sorted(caused)) or 'no entry'}, not {' or '.join(sorted(allowed))}")
    if letter.kind is Kind.PARTNER and letter.word and "severity-raised" not in caused:
        raise Violation(f"{told}, newly says urgent or critical, and raised nothing")
