"""config.toml -> frozen Config, or every problem of the file at once. Read once at start; a change needs a restart.

Decides what a valid configuration is. Never connects anywhere, never creates anything. Called by the CLI and by daemon.py.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from triage.config.renamed import with_present_names
from triage.config.secrets import SecretReader
from triage.config.sections import read_config
from triage.core.failures import may_pass
from triage.core.problems import BrokenFiles, Problem, Weight
from triage.core.settings import Config
from triage.core.toml.document import read_document
from triage.core.toml.tables import TableReader

__all__ = ["load"]


def load(path: Path, env: Mapping[str, str] | None = None, *, secrets: bool = True) -> tuple[Config, tuple[Problem, ...]]:
    """The configuration and its warnings; raises BrokenFiles with every error (and warning) of the file.

    `env` stands in for the process environment (only CREDENTIALS_DIRECTORY is read). Relative paths in the file are relative to it.
    Without `secrets` nobody looks whether passwords can be read: the queue can be worked with by people who must not know them.
    """
    environment = os.environ if env is None else env
    problems: list[Problem] = []
    document = with_present_names(read_document(path.name, _bytes_of(path)), problems)
    config = read_config(TableReader(document, problems), path, SecretReader(path, environment, secrets))
    if any(problem.weight is Weight.ERROR for problem in problems):
        raise BrokenFiles(problems)
    return config, tuple(problems)


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        hint = "copy config.example.toml, or name the file with --config"
        raise BrokenFiles([Problem(str(path), "does not exist", hint=hint)]) from None
    except OSError as error:
        reason = (error.strerror or "unknown error").lower()
        hint = "name the file in it with --config" if isinstance(error, IsADirectoryError) else "the service's user must be able to read it"
        raise BrokenFiles([Problem(str(path), f"cannot be read: {reason}", hint=hint, passes=may_pass(error))]) from None
