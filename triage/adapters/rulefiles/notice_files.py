"""notices/*.txt: template sources by name, their syntax checked. Rendering them is `core/cases/notices`' business."""

from __future__ import annotations

from collections.abc import Mapping

from jinja2 import TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from triage.adapters.rulefiles.snapshot import NOTICES
from triage.core.cases.events import NoticeKind
from triage.core.excerpt import excerpt
from triage.core.problems import BrokenFiles, Problem
from triage.core.toml.document import decoded
from triage.shipped import rules_dir

_SYNTAX = ImmutableSandboxedEnvironment(autoescape=False)  # plain text mail, not HTML
_LARGEST = 64 * 1024


def read_notices(files: Mapping[str, bytes], problems: list[Problem]) -> dict[str, str]:
    """Sources by file name without folder and `.txt`."""
    notices: dict[str, str] = {}
    for name, raw in files.items():
        if not name.startswith(f"{NOTICES}/"):
            continue
        try:
            source = _read(name, raw)
        except BrokenFiles as broken:
            problems += broken.problems
        else:
            notices[name.removeprefix(f"{NOTICES}/").removesuffix(".txt")] = source
    return notices


def with_shipped(notices: Mapping[str, str]) -> dict[str, str]:
    """Every notice there is: one whose file is missing (an older rules/, or a file deleted by mistake) has the text that is shipped.

    Without it the first mail that needs that notice could not be decided.
    """
    folder = rules_dir() / NOTICES
    shipped = {kind.value: folder / f"{kind.value}.txt" for kind in NoticeKind if kind.value not in notices}
    return {**notices, **{name: path.read_text("utf-8") for name, path in shipped.items()}}


def _read(name: str, raw: bytes) -> str:
    if len(raw) > _LARGEST:
        raise BrokenFiles([Problem(name, "is too large for a notice", found=f"{len(raw):,} bytes", allowed=f"up to {_LARGEST:,} bytes")])
    source = decoded(name, raw).replace("\r\n", "\n")
    if not source.strip():
        raise BrokenFiles([Problem(name, "is empty: a notice needs a text")])
    try:
        _SYNTAX.parse(source)
    except TemplateSyntaxError as error:
        message = f"is not a valid template: {(error.message or 'unknown error').rstrip('.')}"
        lines = source.split("\n")
        line, mark = excerpt(lines[min(error.lineno, len(lines)) - 1], 1)
        raise BrokenFiles(
            [Problem(name, message, error.lineno, 1, hint="{{ value }}, {% if value %} ... {% endif %}", source=line, mark=mark)]
        ) from None
    return source
