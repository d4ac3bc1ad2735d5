"""Secrets in rules/oncall.toml: written there, or kept elsewhere and named there.

`credential:pager` is a file of systemd's credentials directory, `file:/etc/triage/pager` any file; anything else is the secret itself.
Read each time a contact is built, so that rule files can be shared in version control without what they must not show.
"""

from __future__ import annotations

import os
from pathlib import Path

from triage.core.failures import PermanentFailure


def resolve_secret(text: str) -> str:
    """Raises PermanentFailure when the named file cannot be read; never says what is in it."""
    kind, colon, name = text.partition(":")
    if kind == "credential" and colon:
        directory = os.environ.get("CREDENTIALS_DIRECTORY", "")
        if not directory:
            raise PermanentFailure(f"there is no credential {name}: systemd gave none", hint="triage install gives it to the service")
        return _first_line(Path(directory) / Path(name).name)
    if kind == "file" and colon:
        return _first_line(Path(name))
    return text


def _first_line(path: Path) -> str:
    try:
        return path.read_text("utf-8").split("\n", 1)[0].strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise PermanentFailure(f"the secret file {path} cannot be read: {reason}", hint="check the file and its owner") from None
