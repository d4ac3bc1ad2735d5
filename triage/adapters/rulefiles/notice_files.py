"""notices/*.txt: template sources by name, each one checked as `core/cases/notice_checks` does: read, and rendered in every way.

A file is `NAME.txt` or, in another language, `NAME.LANGUAGE.txt`. Whether a name is used is known only with the rules: `unused_notices`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from triage.adapters.rulefiles.snapshot import NOTICES
from triage.core.cases.events import CommandAnswer, NoticeKind
from triage.core.cases.notice_checks import faults
from triage.core.cases.notice_dictionary import DEFAULT_LANGUAGE
from triage.core.cases.notice_language import Fault
from triage.core.cases.notice_variants import is_language, split_name
from triage.core.excerpt import excerpt
from triage.core.problems import BrokenFiles, Problem, Weight
from triage.core.rules.ruleset import Rule
from triage.core.toml.document import decoded, nearest
from triage.shipped import rules_dir

_LARGEST = 64 * 1024
_KINDS = frozenset(kind.value for kind in (*NoticeKind, *CommandAnswer))


def read_notices(files: Mapping[str, bytes], problems: list[Problem]) -> dict[str, str]:
    """Sources by file name without folder and `.txt`."""
    notices: dict[str, str] = {}
    by_name = {file.removeprefix(f"{NOTICES}/").removesuffix(".txt"): file for file in files if file.startswith(f"{NOTICES}/")}
    for name, file in by_name.items():
        try:
            notices[name] = _read(file, files[file], split_name(name)[1])
        except BrokenFiles as broken:
            problems += broken.problems
    problems += _without_english(by_name)
    return notices


def with_shipped(notices: Mapping[str, str]) -> dict[str, str]:
    """Every notice there is: one whose file is missing (an older rules/, or a file deleted by mistake) has the text that is shipped.

    Without it the first mail that needs that notice could not be decided. Other languages are only those of the operator's own files.
    """
    folder = rules_dir() / NOTICES
    shipped = {kind: folder / f"{kind}.txt" for kind in sorted(_KINDS) if kind not in notices}
    return {**notices, **{name: path.read_text("utf-8") for name, path in shipped.items()}}


def unused_notices(notices: Collection[str], rules: Iterable[Rule]) -> Iterator[Problem]:
    """Files that no occasion and no rule uses: most often a name with a slip of the pen, whose text nobody would ever get."""
    known = _KINDS | {str(rule.actions["receipt"]) for rule in rules if rule.actions.get("receipt")}
    for name in notices:
        notice = split_name(name)[0]
        if notice not in known:
            hint = nearest(notice, known) or 'a rule names it: then = { receipt = "..." }'
            yield Problem(_file(name), "is a notice that nothing sends", found=notice, hint=hint, weight=Weight.WARNING)


def _without_english(notices: Collection[str]) -> Iterator[Problem]:
    """A translation alone would leave everybody else without a text."""
    for name in notices:
        notice, language = split_name(name)
        if language and notice not in notices and notice not in _KINDS:
            hint = nearest(notice, _KINDS | {one for one in notices if "." not in one})
            yield Problem(_file(name), f"translates a notice that is not there: {notice}.txt", hint=hint or f"write {notice}.txt too")


def _read(file: str, raw: bytes, language: str) -> str:
    if len(raw) > _LARGEST:
        raise BrokenFiles([Problem(file, "is too large for a notice", found=f"{len(raw):,} bytes", allowed=f"up to {_LARGEST:,} bytes")])
    if language and not is_language(language):
        raise BrokenFiles([Problem(file, "has no language in its name", found=language, allowed="NAME.txt, NAME.pt.txt, NAME.pt-BR.txt")])
    source = decoded(file, raw).replace("\r\n", "\n")
    if not source.strip():
        raise BrokenFiles([Problem(file, "is empty: a notice needs a text")])
    if found := faults(source, language or DEFAULT_LANGUAGE):
        raise BrokenFiles([_problem(file, source, fault) for fault in found])
    return source


def _problem(file: str, source: str, fault: Fault) -> Problem:
    lines = source.split("\n")
    line, mark = excerpt(lines[min(fault.line, len(lines)) - 1], 1) if fault.line else ("", 0)
    return Problem(
        file,
        fault.message,
        fault.line,
        1 if fault.line else 0,
        found=fault.found,
        allowed=fault.allowed,
        hint=fault.hint,
        source=line,
        mark=mark,
    )


def _file(name: str) -> str:
    return f"{NOTICES}/{name}.txt"
