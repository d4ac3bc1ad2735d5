"""What the documents say is there: links, files, make targets, settings, log events."""

from __future__ import annotations

import ast
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeGuard

import pytest

from tests.style.source import ROOT, modules
from tests.style.test_words import prose_lines
from triage.adapters.logs import LogEvent
from triage.core.cases.events import CommandAnswer, NoticeKind
from triage.core.cases.notices import NoticeValues

DOCS = ROOT / "docs"
DOCUMENTS = [ROOT / "CHANGELOG.md", ROOT / "README.md", *sorted(DOCS.glob("*.md"))]
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_PAGE = re.compile(r"\bdocs/[a-z-]+\.md(?:#[\w-]+)?")
_ROW = re.compile(r"^\| (.+?) \|", re.MULTILINE)


# --- links and files ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    broken = [target for target in _links(path) if not _resolves(path, target)]
    assert broken == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_files_that_are_named_exist(path: Path) -> None:
    """`workers/intake.py` in the text stands for triage/workers/intake.py."""
    named = re.findall(r"`((?:[a-z_]+/)+[a-z_0-9]+\.(?:py|toml|txt|md|json))`", path.read_text("utf-8"))
    missing = [name for name in named if not any((base / name).exists() for base in (ROOT, ROOT / "triage"))]
    assert [name for name in missing if name not in _OPERATORS_OWN] == []


def test_pages_that_the_program_and_its_files_name_exist() -> None:
    sources = [
        *(ROOT / "triage").rglob("*.py"),
        *(ROOT / "tests").rglob("*.py"),
        *(ROOT / "rules").rglob("*.toml"),
        ROOT / "config.example.toml",
    ]
    named = {found for path in sources for found in _PAGE.findall(path.read_text("utf-8"))}
    assert {"docs/logs.md", "docs/sign-in.md"} <= named
    assert [target for target in sorted(named) if not _resolves(ROOT / "README.md", target)] == []


_OPERATORS_OWN = {"rules/calendar.toml"}


def _links(path: Path) -> Iterator[str]:
    text = re.sub(r"```.*?```", "", path.read_text("utf-8"), flags=re.DOTALL)
    return (target for target in _LINK.findall(text) if "://" not in target)


def _resolves(path: Path, target: str) -> bool:
    name, _, anchor = target.partition("#")
    goal = path.parent / name if name else path
    if not goal.exists():
        return False
    return not anchor or anchor in {_anchor(line) for line in goal.read_text("utf-8").splitlines() if line.startswith("#")}


def _anchor(heading: str) -> str:
    words = heading.lstrip("# ").lower()
    return re.sub(r"[^\w\- ]", "", words).strip().replace(" ", "-")


def test_every_page_is_in_a_table_of_the_readme_once() -> None:
    rows = "\n".join(line for line in (ROOT / "README.md").read_text("utf-8").splitlines() if line.startswith("| "))
    assert {path.name: rows.count(f"(docs/{path.name})") for path in DOCS.glob("*.md") if rows.count(f"(docs/{path.name})") != 1} == {}


# --- make ----------------------------------------------------------------------------------------------------------------


def test_make_targets_that_are_named_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    texts = [path.read_text("utf-8") for path in DOCUMENTS] + [(ROOT / ".ci" / "run").read_text("utf-8")]
    named = {target for text in texts for target in re.findall(r"(?:^|`|\$ )make ([a-z]+)", text, re.MULTILINE)}
    assert {"demo", "test"} <= named
    assert named <= targets


def test_the_two_commands_stand_at_the_top_of_the_readme() -> None:
    top = (ROOT / "README.md").read_text("utf-8").splitlines()[:20]
    assert any(line.startswith("make demo") for line in top)
    assert any(line.startswith("make test") for line in top)


# --- settings ------------------------------------------------------------------------------------------------------------


def test_every_setting_is_documented_and_nothing_else() -> None:
    assert _documented_settings() == _settings_in_code()


def test_documented_defaults_are_those_of_the_example() -> None:
    """The example's own defaults are checked against the code in tests/config."""
    shown = _defaults_of_the_example()
    different = {
        f"{section}.{key}: {default} here, {shown[section][key]} in the example"
        for section, rows in _documented_rows().items()
        for key, default in rows.items()
        if key in shown[section] and default.startswith("`") and default.strip("`") != shown[section][key]
    }
    assert different == set()


def _documented_rows() -> dict[str, dict[str, str]]:
    """Section -> key -> the default column."""
    text = (DOCS / "configuration.md").read_text("utf-8")
    rows: dict[str, dict[str, str]] = {}
    for section, body in re.findall(r"^## \[([a-z]+)\]\n(.*?)(?=^## )", text, re.MULTILINE | re.DOTALL):
        cells = (line.split(" | ") for line in body.splitlines() if line.startswith("| `"))
        rows[section] = {key: row[1].strip() for row in cells for key in re.findall(r"`([a-z_]+)`", row[0])}
    return rows


def _documented_settings() -> dict[str, set[str]]:
    return {section: set(rows) for section, rows in _documented_rows().items()}


def _settings_in_code() -> dict[str, set[str]]:
    """Section -> every key that its function, or one that this calls, takes out of the table."""
    functions = {node.name: node for module in modules("triage/config") for node in module.nodes(ast.FunctionDef) if _is_function(node)}
    sections = re.findall(r"\b(\w+)\(\w+\.sub\(['\"](\w+)['\"]\)", ast.unparse(functions["read_config"]))
    return {section: _keys(functions, function) for function, section in sections}


def _is_function(node: ast.AST) -> TypeGuard[ast.FunctionDef]:
    return isinstance(node, ast.FunctionDef)


def _keys(functions: Mapping[str, ast.FunctionDef], name: str) -> set[str]:
    keys: set[str] = set()
    for call in ast.walk(functions[name]):
        if not isinstance(call, ast.Call):
            continue
        called = ast.unparse(call.func).removeprefix("table.").removeprefix("secrets.")
        if called in {"take", "need", "take_list", "sub"}:
            if isinstance(call.args[0], ast.Constant):
                keys.add(str(call.args[0].value))
        elif called == "read":
            name_given = next((each.value for each in call.keywords if each.arg == "name"), ast.Constant("password"))
            secret = str(ast.literal_eval(name_given))
            keys |= {secret, f"{secret}_file", "credential"}
        elif called in functions and called != name:
            keys |= _keys(functions, called)
    return keys


def _defaults_of_the_example() -> dict[str, dict[str, str]]:
    shown: dict[str, dict[str, str]] = defaultdict(dict)
    section = ""
    for line in (ROOT / "config.example.toml").read_text("utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        found = re.match(r"# ([a-z_]+) = ((?:\"[^\"]*\"|[^#\s]+))", line)
        if found and "# example" not in line and tomllib.loads(f"{found[1]} = {found[2]}"):
            shown[section][found[1]] = found[2]
    return shown


# --- notices and the log -------------------------------------------------------------------------------------------------


def test_every_notice_and_every_value_of_a_template_is_documented() -> None:
    text = (DOCS / "notices.md").read_text("utf-8")
    first_cells = set(re.findall(r"^\| `([a-z0-9_.-]+)` \|", text, re.MULTILINE))
    assert first_cells == {f"{kind.value}.txt" for kind in (*NoticeKind, *CommandAnswer)} | set(NoticeValues.__slots__)


def test_every_log_event_is_documented_and_nothing_else() -> None:
    text = (DOCS / "logs.md").read_text("utf-8")
    assert set(re.findall(r"^\| `([a-z-]+)` \|", text, re.MULTILINE)) == {event.value for event in LogEvent}


def test_every_log_event_happens_somewhere_with_the_fields_that_are_documented() -> None:
    text = (DOCS / "logs.md").read_text("utf-8")
    for event in LogEvent:
        row = re.search(rf"^\| `{event.value}` \|.*$", text, re.MULTILINE)
        assert row is not None
        fields = _fields_logged(event)
        assert fields is not None, f"{event} is never logged"
        if "as for" not in row[0]:
            assert set(re.findall(r"`([a-z_]+)`", row[0].split(" | ")[-1])) == fields, event


def _fields_logged(event: LogEvent) -> set[str] | None:
    """Of all calls `log(LogEvent.X, ...)`, or of the call that chooses between several events; None when there is no call."""
    found: set[str] | None = None
    for module in modules("triage"):
        if f"LogEvent.{event.name}" not in module.text:
            continue
        for call in module.nodes(ast.Call):
            assert isinstance(call, ast.Call)
            if ast.unparse(call.func) == "log" and (
                re.search(rf"LogEvent\.{event.name}\b", ast.unparse(call)) or _by_a_name(call, module.text, event)
            ):
                found = (found or set()) | {keyword.arg for keyword in call.keywords if keyword.arg}
    return found


def _by_a_name(call: ast.Call, text: str, event: LogEvent) -> bool:
    """`event = LogEvent.A if ... else LogEvent.B` before `log(event, ...)`."""
    first = call.args[0] if call.args else None
    return isinstance(first, ast.Name) and re.search(rf"^\s*{first.id} = .*LogEvent\.{event.name}\b", text, re.MULTILINE) is not None


# --- the form of the text ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", DOCUMENTS[1:], ids=lambda path: path.name)
def test_prose_fits_a_screen(path: Path) -> None:
    """Tables and code may be wider."""
    long = [number for number, line in enumerate(prose_lines(path), 1) if len(line) > 140 and not line.lstrip().startswith("|")]
    assert long == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_nothing_is_said_twice_in_the_same_words(path: Path) -> None:
    """Two branches that add the same to a page leave it there twice."""
    lines = Counter(line for line in prose_lines(path) if len(line) > 60)
    assert [line for line, times in lines.items() if times > 1] == []


def test_each_decision_is_a_paragraph_with_a_title_of_its_own() -> None:
    text = (DOCS / "decisions.md").read_text("utf-8")
    paragraphs = [part for part in text.split("\n\n")[2:] if not part.startswith("## ")]
    titles = [found[1] if (found := re.match(r"\*\*(.+?)\*\*", part, re.DOTALL)) else part for part in paragraphs]
    assert [part for part in paragraphs if len(re.findall(r"^\*\*", part, re.MULTILINE)) != 1] == []
    assert [title for title, times in Counter(titles).items() if times > 1] == []
