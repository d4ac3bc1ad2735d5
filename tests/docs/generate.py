"""`python -m tests.docs.generate` (`make docs`): writes the generated parts of docs/ anew from the code. A test says when that is due.

A part stands between `<!-- generated: NAME -->` and `<!-- end: NAME -->`; everything around it is written by hand.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby, pairwise
from pathlib import Path

from sim.mutations import MUTATIONS
from tests.model.planted import PLANTED
from tests.model.worlds import WORLDS
from tests.style.source import ROOT, modules
from triage.cli.install import as_printed
from triage.cli.json_case_shapes import Shape
from triage.cli.json_schema import rows
from triage.cli.json_shapes import SHAPES
from triage.cli.systemd_units import Installation, units
from triage.core.cases.case import Status
from triage.core.cases.commands import COMMANDS
from triage.core.cases.events import EventKind
from triage.core.cases.transitions import OPENINGS, TRANSITIONS, Transition
from triage.core.metrics import METRICS, Kind
from triage.core.oncall.page import PageEventKind, PageState
from triage.core.oncall.transitions import PAGE_TRANSITIONS
from triage.core.rules.actions import ACTIONS, Refers
from triage.core.rules.fields import FIELDS
from triage.core.rules.operators import OPERATORS
from triage.store.tables import TABLES, columns

DOCS = ROOT / "docs"
_PART = re.compile(r"(<!-- generated: (?P<name>[a-z-]+) -->\n)(?P<text>.*?)(<!-- end: (?P=name) -->)", re.DOTALL)
_RFC = re.compile(r"RFC ?(\d{3,5})(?!\d|\.)")


def rewritten(text: str) -> str:
    """The document with its generated parts as they should be. KeyError for a part that nobody generates."""
    return _PART.sub(lambda found: f"{found[1]}{PARTS[found['name']]()}{found[4]}", text)


def case_diagram() -> str:
    """Only what changes the status; the table below has every row."""
    arrows: dict[tuple[str, str], list[str]] = defaultdict(list)
    for kind, opening in OPENINGS.items():
        assert opening.to is not None
        arrows["[*]", opening.to.value].append(kind.value)
    for (status, kind), row in TRANSITIONS.items():
        if row.to is not None:
            arrows[status.value, row.to.value].append(kind.value)
    return _mermaid(arrows)


def case_table() -> str:
    lines = ["| in | event | then | why | does |", "| --- | --- | --- | --- | --- |"]
    for kind, opening in OPENINGS.items():
        lines.append(_case_row("no case", kind, opening))
    for kind in EventKind:
        rows = [(status, TRANSITIONS[status, kind]) for status in Status]
        for row, group in groupby(rows, key=lambda pair: pair[1]):
            statuses = [status.value for status, _ in group]
            lines.append(_case_row("any" if len(statuses) == len(Status) else ", ".join(statuses), kind, row))
    return "\n".join(lines) + "\n"


def page_diagram() -> str:
    arrows: dict[tuple[str, str], list[str]] = defaultdict(list)
    arrows["[*]", PageState.PAGING.value].append("opened")
    for (state, kind), row in PAGE_TRANSITIONS.items():
        for to in sorted(row.to - {state}, key=lambda each: each.value):
            arrows[state.value, to.value].append(kind.value)
    return _mermaid(arrows)


def page_table() -> str:
    """Every state and event, with the states it can lead to; "stays" where nothing changes it."""
    lines = [f"| event | {' | '.join(state.value for state in PageState)} |", f"| --- |{' --- |' * len(PageState)}"]
    for kind in PageEventKind:
        cells = []
        for state in PageState:
            row = PAGE_TRANSITIONS[state, kind]
            ends = [each.value for each in PageState if each in row.to and each is not state]
            stays = ["stays"] if state in row.to else []
            cells.append(" or ".join([*stays, *ends]))
        lines.append(f"| {kind.value} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def model_properties() -> str:
    """Each property once, under the first world that it is asked of."""
    rows = {}
    for world in WORLDS:
        for claim in world.properties:
            rows.setdefault(claim, f"| {world.name} | {claim.__name__.replace('_', ' ')} | {claim.__doc__} |")
    return "\n".join(["| world | property | |", "| --- | --- | --- |", *rows.values()]) + "\n"


def model_planted() -> str:
    rows = [f"| {each.mistake} | {each.breaks.__name__.replace('_', ' ')} |" for each in PLANTED]
    return "\n".join(["| mistake | is found by |", "| --- | --- |", *rows]) + "\n"


def simulation_planted() -> str:
    rows = [f"| `{each.name}` | {each.about} | {each.seed}{', `--lose`' * each.lose} | … {each.says} … |" for each in MUTATIONS]
    return "\n".join(["| | mistake | a seed that finds it | because |", "| --- | --- | --- | --- |", *rows]) + "\n"


def module_map() -> str:
    """One line per module: the first sentence of its docstring."""
    blocks: dict[str, list[str]] = defaultdict(list)
    for module in modules("triage"):
        sentence = _first_sentence(ast.get_docstring(module.tree) or "")
        folder, _, name = module.where.rpartition("/")
        if sentence:
            blocks[folder].append(f"| `{name}` | {sentence} |")
    return "\n".join(f"**{folder}/**\n\n| | |\n| --- | --- |\n" + "\n".join(lines) + "\n" for folder, lines in sorted(blocks.items()))


def rfc_index() -> str:
    """Which module cites which RFC, so that the section can be read beside the code."""
    cited: dict[int, set[str]] = defaultdict(set)
    for module in modules("triage"):
        for number in _RFC.findall(module.text):
            cited[int(number)].add(module.where.removeprefix("triage/"))
    rows = (f"| {number} | {', '.join(f'`{where}`' for where in sorted(places))} |" for number, places in sorted(cited.items()))
    return "\n".join(["| RFC | cited in |", "| --- | --- |", *rows]) + "\n"


def rule_fields() -> str:
    rows = []
    for row in FIELDS.values():
        options = ": " + ", ".join(f"`{option}`" for option in row.options) if row.options else ""
        rows.append(f"| `{row.name}` | {row.type.value} | {row.doc}{options} |")
    return "\n".join(["| field | kind | |", "| --- | --- | --- |", *rows]) + "\n"


def rule_operators() -> str:
    rows = [f"| `{row.name}` | {', '.join(kind.value for kind in row.types)} | {row.doc} |" for row in OPERATORS.values()]
    return "\n".join(["| operator | on | |", "| --- | --- | --- |", *rows]) + "\n"


def rule_actions() -> str:
    rows = []
    for row in ACTIONS.values():
        named = "" if row.refers is Refers.NOTHING else f"; must be a known {row.refers.value}"
        rows.append(f"| `{row.name}` | {row.kind.expected} | {row.doc}{named} |")
    return "\n".join(["| action | takes | |", "| --- | --- | --- |", *rows]) + "\n"


def json_shapes() -> str:
    """Every command that takes --json, the lines it prints, and their fields."""
    blocks, told = [], dict[str, tuple[Shape, ...]]()
    for name, kinds in SHAPES.items():
        blocks.append(f"## triage {name}\n")
        same = next((other for other, others in told.items() if others == kinds), "")
        if same:
            blocks.append(f"As `triage {same}`.\n")
        for number, shape in enumerate(() if same else kinds):
            between = "or\n\n" if number else ""
            base = next((other for other, (one, *_) in told.items() if len(one) > 5 and one.items() <= shape.items()), "")
            rest = {field: kind for field, kind in shape.items() if not base or field not in told[base][0]}
            listed = "\n".join(f"| `{field}` | {kind} | {doc} |" for field, kind, doc in _json_rows(rest))
            first = f"Every field of `triage {base}`, and:\n\n" if base else ""
            blocks.append(f"{between}{first}| field | type | |\n| --- | --- | --- |\n{listed}\n")
        told[name] = kinds
    return "\n".join(blocks)


def _json_rows(shape: Shape) -> Iterator[tuple[str, str, str]]:
    """A list of what another command prints line by line is not told again."""
    for field, one in shape.items():
        other = next((name for name, kinds in SHAPES.items() if one == [kinds[0]]), "")
        yield from [(f"{field}[]", "object", f"as a line of `triage {other}`")] if other else rows({field: one})


def notice_values() -> str:
    """The fields of NoticeValues, with the line under each."""
    source = next(module for module in modules("triage/core/cases") if module.path.name == "notices.py")
    values = next(node for node in ast.walk(source.tree) if isinstance(node, ast.ClassDef) and node.name == "NoticeValues")
    rows = []
    for field, doc in pairwise(values.body):
        if isinstance(field, ast.AnnAssign) and isinstance(doc, ast.Expr) and isinstance(doc.value, ast.Constant):
            rows.append(f"| `{ast.unparse(field.target)}` | {doc.value.value} | {'may be missing' if field.value else ''} |")
    return "\n".join(["| value | what it is | |", "| --- | --- | --- |", *rows]) + "\n"


def mail_commands() -> str:
    rows = [f"| {', '.join(f'`{usage}`' for usage in row.usage.split(', '))} | {row.doc} |" for row in COMMANDS]
    return "\n".join(["| line | |", "| --- | --- |", *rows]) + "\n"


def store_tables() -> str:
    """Every table, what it is for, and its columns."""
    blocks = []
    for name, listed in columns().items():
        rows = "\n".join(f"| `{column.name}` | {column.type} | {column.note} |" for column in listed)
        blocks.append(f"## {name}\n\n{TABLES[name]}\n\n| column | type | |\n| --- | --- | --- |\n{rows}\n")
    return "\n".join(blocks)


def metrics() -> str:
    rows = []
    for row in METRICS.values():
        labels = ", ".join(f"`{label}`" for label in row.labels)
        life = "" if row.kind is Kind.GAUGE else f", {row.life.value}"
        rows.append(f"| `{row.name}` | {row.kind.value}{life} | {labels} | {row.doc} |")
    return "\n".join(["| metric | kind | labels | |", "| --- | --- | --- | --- |", *rows]) + "\n"


def systemd_units() -> str:
    """What `triage install` prints on a host that is set up as docs/install.md says."""
    paths = [Path(each) for each in ("/opt/triage/bin/triage", "/etc/triage/config.toml", "/var/lib/triage")]
    return f"```ini\n{as_printed(units(Installation(*paths, credentials=('imap', 'smtp'))))}\n```\n"


PARTS: Mapping[str, Callable[[], str]] = {
    "case-diagram": case_diagram,
    "case-table": case_table,
    "page-diagram": page_diagram,
    "page-table": page_table,
    "model-properties": model_properties,
    "model-planted": model_planted,
    "module-map": module_map,
    "simulation-planted": simulation_planted,
    "rfc-index": rfc_index,
    "rule-fields": rule_fields,
    "rule-operators": rule_operators,
    "rule-actions": rule_actions,
    "notice-values": notice_values,
    "store-tables": store_tables,
    "json-shapes": json_shapes,
    "mail-commands": mail_commands,
    "metrics": metrics,
    "units": systemd_units,
}


def _mermaid(arrows: Mapping[tuple[str, str], Iterable[str]]) -> str:
    lines = [f"    {start} --> {end}: {', '.join(labels)}" for (start, end), labels in arrows.items()]
    return "```mermaid\nstateDiagram-v2\n" + "\n".join(lines) + "\n```\n"


def _case_row(statuses: str, kind: EventKind, row: Transition) -> str:
    to = row.to.value if row.to is not None else "stays"
    return f"| {statuses} | {kind.value} | {to} | {row.reason.value} | {', '.join(do.value for do in row.do)} |"


def _first_sentence(docstring: str) -> str:
    """Up to the first full stop before a space, in one line; table cells cannot hold a bar."""
    paragraph = " ".join(docstring.partition("\n\n")[0].split())
    return re.split(r"(?<=[.!?])\s+(?=[A-Z`])", paragraph)[0].replace("|", "\\|")


def documents() -> list[Path]:
    return [path for path in sorted(DOCS.glob("*.md")) if _PART.search(path.read_text("utf-8"))]


def main() -> None:
    for path in documents():
        text = path.read_text("utf-8")
        new = rewritten(text)
        if new != text:
            path.write_text(new, "utf-8")
            print(f"{path.relative_to(ROOT)} written")


if __name__ == "__main__":
    main()
