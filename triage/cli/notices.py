"""`triage notices`: what partners get to read, before they get it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from triage.adapters.rulefiles import load_rules
from triage.cli.casenumber import CASE_NUMBER, find_case
from triage.cli.exits import Exit
from triage.cli.output import json_option, print_json, say
from triage.cli.session import Session, bounds_if_known, config_option, config_or_shipped, open_desk, pass_session
from triage.core.cases.case import Case
from triage.core.cases.events import NoticeKind
from triage.core.cases.notice_variants import is_language, languages_of, split_name
from triage.core.toml.document import nearest
from triage.core.wording.plain import plain
from triage.daemon.wiring import contact_kinds
from triage.store.database import open_memory_store
from triage.workers.desk import Desk
from triage.workers.notice_previews import Preview, preview_of_case, preview_sample


@click.group(short_help="The mails that partners get.")
@config_option
def notices() -> None:
    """The texts in rules/notices/, as partners get them.

    \b
    Example:   triage notices preview closed --lang pt
    """


@notices.command(short_help="Show notices as they would go out; nothing is sent.")
@click.argument("name", required=False)
@click.option("--case", "number", type=CASE_NUMBER, metavar="N", help="On the values of this case, not on sample values.")
@click.option("--lang", "language", metavar="LANGUAGE", default="", help="In this language, such as pt; by default the partner's.")
@json_option
@config_option
@pass_session
def preview(session: Session, name: str | None, number: int | None, language: str, as_json: bool) -> None:
    """Show the notice NAME, or all of them: the headers that matter, and the text. Nothing is sent.

    Without --case every value has a sample. With --case they are the case's own, as if the notice went out now. Without --lang and
    --case every language is shown.

    \b
    Examples:  triage notices preview
               triage notices preview closed --lang pt
               triage notices preview reminder --case 1042
    """
    if language and not is_language(language):
        raise click.UsageError(f"'{language}' is no language: use pt, pt-BR, de ...")
    now = session.clock.now()
    with open_desk(session) if number is not None else _sample_desk(session) as desk:
        case = find_case(desk.store, number).case if number is not None else None
        shown = [
            preview_of_case(desk, case, notice, language, now) if case else preview_sample(desk, notice, each, now)
            for notice in _chosen(desk, name)
            for each in _languages(desk, notice, language, case)
        ]
    if as_json:
        print_json({"notices": [_as_value(one) for one in shown]})
    else:
        say(("\n" + "-" * 76 + "\n\n").join("\n".join(_lines(one)) for one in shown))
    raise SystemExit(Exit.OK if all(one.text for one in shown) else Exit.MEND)


@contextmanager
def _sample_desk(session: Session) -> Iterator[Desk]:
    """For samples neither a store nor a config.toml is needed, so that texts can be written before anything is set up."""
    config = config_or_shipped()
    rules = load_rules(config.instance.rules_dir, session.clock.now(), contact_kinds(), bounds_if_known(config))
    with open_memory_store() as store:
        yield Desk(config, store, lambda: rules, session.entropy, (session.entropy.token(32).encode(),))


def _chosen(desk: Desk, name: str | None) -> list[str]:
    """In the order of a case's life, then the operator's own."""
    kinds = [kind.value for kind in NoticeKind]
    there = list(dict.fromkeys([*kinds, *(split_name(one)[0] for one in desk.rules().notices)]))
    if name is None:
        return there
    if name not in there:
        raise click.UsageError(f"there is no notice '{name}'. {nearest(name, there) or 'Notices: ' + ', '.join(there)}")
    return [name]


def _languages(desk: Desk, notice: str, language: str, case: Case | None) -> tuple[str, ...]:
    return (language,) if language or case is not None else languages_of(desk.rules().notices, notice)


def _lines(one: Preview) -> Iterator[str]:
    yield f"rules/notices/{one.template}.txt ({one.language})"
    yield ""
    for field, value in one.headers:
        yield f"{field}: {plain(value)}"
    yield ""
    yield from one.text.rstrip("\n").split("\n") if one.text else [f"does not render: {one.problem}"]


def _as_value(one: Preview) -> dict[str, object]:
    return {
        "notice": one.notice,
        "file": f"{one.template}.txt",
        "language": one.language,
        "headers": dict(one.headers),
        "text": one.text,
        "problem": one.problem,
    }
