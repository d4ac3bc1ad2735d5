"""The language notices are written in: Jinja's, cut down to what a letter needs, so that no template can take long or grow large.

There are values, conditions, loops, a few filters, and nothing that computes: no calls, no arithmetic, no macros. What is left can only
repeat, and repetitions are counted (MAX_PASSES, nested loops together) while the text is cut off at MAX_NOTICE: a limit on time that works
in any thread and gives the same answer on every machine. A partner's words are only ever values, never a template. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, nodes, pass_context
from jinja2.exceptions import TemplateRuntimeError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from triage.core.toml.document import nearest

MAX_NOTICE = 16 * 1024
MAX_PASSES = 1000

_FILTERS = ("capitalize", "d", "default", "first", "join", "last", "length", "lower", "title", "trim", "upper")
_LOOP = "loop"
_PASSES = "_passes"
_KNOWN = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Assign),
    *(nodes.If, nodes.For, nodes.CondExpr, nodes.And, nodes.Or, nodes.Not, nodes.Compare, nodes.Operand),
    *(nodes.Filter, nodes.Test, nodes.Keyword, nodes.Getattr, nodes.Getitem, nodes.Slice, nodes.Tuple, nodes.List),
)
_ALLOWED = "values, {% if %}, {% for %}, {% set %} and the filters " + ", ".join(_FILTERS)
_WORDS = {
    nodes.Call: "calls something: a notice cannot",
    nodes.BinExpr: "computes: a notice cannot",
    nodes.Concat: "computes: a notice cannot",
}
_FAULTS = (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, RecursionError)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a template; `line` counts from 1, 0 where no line is to blame."""

    line: int
    message: str
    found: str = ""
    allowed: str = ""
    hint: str = ""


class FaultyTemplate(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


def faults_of_source(source: str, values: Collection[str]) -> tuple[Fault, ...]:
    """What can be said without rendering: syntax, what the language lacks, names that are not among `values`."""
    try:
        tree = _environment.parse(source)
        found = [*_unknown_parts(tree), *_unknown_names(tree, values)]
        if not found:
            _compiled(source)
    except TemplateSyntaxError as error:
        hint = "{{ value }}, {% if value %} ... {% endif %}"
        return (Fault(error.lineno, f"is not a valid template: {(error.message or 'unknown error').rstrip('.')}", hint=hint),)
    except (RecursionError, SyntaxError, MemoryError):
        return (Fault(0, "is nested too deeply", allowed="a few levels"),)
    first: dict[int, Fault] = {}
    for fault in found:
        first.setdefault(fault.line, fault)
    return tuple(sorted(first.values(), key=lambda fault: fault.line))


def render_text(source: str, values: Mapping[str, Any]) -> str:
    """The text. Raises FaultyTemplate."""
    try:
        pieces: list[str] = []
        size = 0
        for piece in _compiled(source).generate({**values, _PASSES: _Passes()}):
            size += len(piece)
            if size > MAX_NOTICE:
                raise FaultyTemplate(Fault(0, "is too long for a mail", f"more than {MAX_NOTICE:,} characters", "a letter"))
            pieces.append(piece)
    except _FAULTS as error:
        raise FaultyTemplate(Fault(_line_of(error), f"does not render: {error}")) from error
    return "".join(pieces)


class _Passes:
    """How often all loops of one rendering have gone round."""

    def __init__(self) -> None:
        self.left = MAX_PASSES

    def take(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise TemplateRuntimeError(f"its loops go round more than {MAX_PASSES:,} times")


@pass_context
def _counted(context: Context, items: Iterable[Any]) -> Iterator[Any]:
    passes = context[_PASSES]
    assert isinstance(passes, _Passes)  # noqa: S101 (render_text has put it there)
    for item in items:
        passes.take()
        yield item


def _join(items: Iterable[Any], between: str = "") -> str:
    """Jinja's own has no bound: joins of joins grow without end."""
    pieces = [str(item) for item in items]
    if sum(map(len, pieces)) + len(between) * len(pieces) > MAX_NOTICE:
        raise TemplateRuntimeError("join makes too long a text")
    return between.join(pieces)


def _make_environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False)
    environment.globals.clear()
    environment.filters = {**{name: environment.filters[name] for name in _FILTERS}, "join": _join, _PASSES: _counted}
    return environment


_environment = _make_environment()


@lru_cache(maxsize=1024)
def _compiled(source: str) -> Template:
    """Compiling costs more than all the rest of a notice; the templates there are stay compiled."""
    tree = _environment.parse(source)
    for loop in tree.find_all(nodes.For):
        loop.iter = nodes.Filter(loop.iter, _PASSES, [], [], None, None, lineno=loop.lineno, environment=_environment)
    code = _environment.compile(tree, name=None, filename=_FILE)
    return Template.from_code(_environment, code, {})


_FILE = "<notice>"


def _unknown_parts(tree: nodes.Template) -> Iterator[Fault]:
    for node in _all_nodes(tree):
        if (problem := _problem_of(node)) is not None:
            yield Fault(node.lineno, problem, allowed=_ALLOWED)


def _problem_of(node: nodes.Node) -> str | None:
    if isinstance(node, nodes.Filter) and node.name not in _FILTERS:
        return f'has the filter "{node.name}", which notices do not know'
    if isinstance(node, nodes.Getattr) and not (isinstance(node.node, nodes.Name) and node.node.name == _LOOP):
        return f'asks for ".{node.attr}" of a value: values are plain texts, numbers and lists'
    if isinstance(node, nodes.Name) and node.name.startswith("_"):
        return "uses a name that begins with _"
    if isinstance(node, nodes.Tuple | nodes.List) and not _is_plain(node):
        return "makes a list of values: a notice cannot"
    if isinstance(node, _KNOWN):
        return None
    return next(
        (words for kind, words in _WORDS.items() if isinstance(node, kind)),
        f"has {{% {type(node).__name__.lower()} %}}, which notices do not know",
    )


def _is_plain(node: nodes.Tuple | nodes.List) -> bool:
    """Of constants, as in `x in ("a", "b")`, or the names that a loop or {% set %} fills."""
    return all(isinstance(item, nodes.Const) or (isinstance(item, nodes.Name) and item.ctx == "store") for item in node.items)


def _unknown_names(tree: nodes.Template, values: Collection[str]) -> Iterator[Fault]:
    own = {name.name for name in tree.find_all(nodes.Name) if name.ctx != "load"} | {_LOOP}
    seen: set[str] = set()
    for name in tree.find_all(nodes.Name):
        if name.name not in own and name.name not in values and name.name not in seen:
            seen.add(name.name)
            yield Fault(
                name.lineno,
                f'uses a value that does not exist: "{name.name}"',
                hint=nearest(name.name, values) or "docs/notices.md lists them",
            )


def _all_nodes(node: nodes.Node) -> Iterator[nodes.Node]:
    for child in node.iter_child_nodes():
        yield child
        yield from _all_nodes(child)


def _line_of(error: BaseException) -> int:
    """Jinja writes the template's own lines into the traceback."""
    line, trace = 0, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == _FILE:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
