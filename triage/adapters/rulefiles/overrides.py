"""Overrides of a rota, written into rules/oncall.toml and taken out again: blocks of `[[rota.NAME.override]]`, the rest left untouched.

Works on text, so that comments and layout stay as operators wrote them. Whoever calls it checks the result before it is kept, as a whole
set of rules (`save_checked`). Called by `triage oncall override`.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from triage.adapters.rulefiles.loading import ONCALL
from triage.core.failures import PermanentFailure

_HEADER = re.compile(r"\s*\[")


def with_override(text: str, rota: str, person: str, start: datetime, end: datetime, why: str = "") -> str:
    """The file with one more override at its end; the last one written wins."""
    note = f"  # {' '.join(why.split())}" if why.strip() else ""
    block = f'[[rota.{rota}.override]]{note}\nperson = "{person}"\nfrom = {_toml(start)}\nuntil = {_toml(end)}\n'
    return f"{text.rstrip()}\n\n{block}" if text.strip() else block


def without_override(text: str, rota: str, index: int) -> str:
    """The file without the index-th override of that rota (from 0, in the order of the file). Raises LookupError when there is none."""
    lines = text.splitlines(keepends=True)
    starts = [number for number, line in enumerate(lines) if _is_block_of(rota, line)]
    if not 0 <= index < len(starts):
        raise LookupError(index)
    start = starts[index]
    end = start + 1
    while end < len(lines) and "=" in lines[end] and not _HEADER.match(lines[end]):
        end += 1
    while end < len(lines) and start and not lines[end].strip() and not lines[start - 1].strip():
        end += 1
    return "".join(lines[:start] + lines[end:])


def save_checked(rules_dir: Path, text: str, check: Callable[[Path], object]) -> None:
    """Keep the new oncall.toml if the whole set is good with it: `check` reads a copy of the directory and raises otherwise.

    Replaced in one step, so that the running service reads the old file or the new one. Raises PermanentFailure when it cannot be written.
    """
    with tempfile.TemporaryDirectory(prefix="triage-rules-") as scratch:
        copy = Path(scratch) / "rules"
        shutil.copytree(rules_dir, copy)
        (copy / ONCALL).unlink(missing_ok=True)
        (copy / ONCALL).write_text(text, "utf-8")
        check(copy)
    try:
        _replace((rules_dir / ONCALL).resolve(), text)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        hint = "run it as somebody who may edit the rules; the service's user need not"
        raise PermanentFailure(f"cannot write {rules_dir / ONCALL}: {reason}", hint=hint) from error


def _replace(path: Path, text: str) -> None:
    descriptor, fresh = tempfile.mkstemp(dir=path.parent, prefix=".oncall-", suffix=".new")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            _give_as(path, fresh)
        Path(fresh).replace(path)
    except BaseException:
        Path(fresh).unlink(missing_ok=True)
        raise


def _give_as(path: Path, fresh: str) -> None:
    """The group through which the service reads it must not be lost because root, or a colleague, writes."""
    before = path.stat()
    owner = before.st_uid if os.geteuid() == 0 else -1
    with suppress(PermissionError):  # a colleague who is not in that group
        os.chown(fresh, owner, before.st_gid)
    shutil.copymode(path, fresh)


def _is_block_of(rota: str, line: str) -> bool:
    name = re.escape(rota)
    return re.match(rf"""\s*\[\[\s*rota\s*\.\s*(?:{name}|"{name}"|'{name}')\s*\.\s*override\s*\]\]""", line) is not None


def _toml(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
