"""Where a password comes from: the file itself, a file of its own, or systemd's credentials directory.

Decides that exactly one source is given and that it can be read; warns when others on the machine can read it too. Passwords in
files are read again each time they are needed, so that a rotated one counts without a restart. Called by `sections`.
"""

from __future__ import annotations

import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from triage.core.failures import PermanentFailure, failure_of, may_pass
from triage.core.problems import Weight
from triage.core.settings import no_secret
from triage.core.toml.tables import TableReader
from triage.core.toml.values import STRING, TEXT

_DIRECTORY = "CREDENTIALS_DIRECTORY"
_HINT_FILE = "check the file and its owner"


@dataclass(frozen=True, slots=True)
class PlainSecret:
    """A password written in config.toml."""

    value: str = field(repr=False)

    def __call__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True)
class FileSecret:
    """A password, or another secret, that is the first line of a file."""

    path: Path

    def __call__(self) -> str:
        unread = f"the file {self.path} with a secret cannot be read"
        try:
            return _first_line(self.path)
        except OSError as error:
            raise failure_of(error, f"{unread}: {error.strerror}", hint=_HINT_FILE) from None
        except UnicodeDecodeError:
            raise PermanentFailure(f"{unread}: not UTF-8 text", hint=_HINT_FILE) from None


@dataclass(frozen=True, slots=True)
class SecretReader:
    """Reads the password keys of a server's table in config.toml at `config`."""

    config: Path
    env: Mapping[str, str]
    needed: bool = True
    """False for commands that log in nowhere: a secret that only the service can read is no mistake then."""

    def read(self, table: TableReader, *, required: bool, name: str = "password") -> Callable[[], str]:
        """`name` is what the secret is called here: the key `name`, the key `name`_file, or `credential` holds it."""
        sources = (name, f"{name}_file", "credential")
        password = table.take(name, STRING, None)
        file = table.take(f"{name}_file", TEXT, None)
        credential = table.take("credential", TEXT, None)
        given = [each for each in sources if each in table]
        words = name.replace("_", " ")
        if len(given) > 1:
            table.note((given[1],), f"is one {words} source too many", found=" and ".join(given), allowed="exactly one of them")
        elif not given and required:
            hint = f"{name}_file keeps the {words} out of this file; credential reads it from systemd"
            table.note((), f"has no {words}", allowed="exactly one of " + ", ".join(sources), hint=hint)
        elif password is not None:
            return self._inline(table, name, password)
        elif file is not None:
            return self._from_file(table, f"{name}_file", self.config.parent / file)
        elif credential is not None:
            return self._from_credential(table, credential)
        return no_secret

    def inline(self, table: TableReader, key: str, value: str) -> Callable[[], str]:
        """A secret that stands in the configuration itself."""
        self._warn_if_open(table, key, self.config)
        return PlainSecret(value)

    def _inline(self, table: TableReader, name: str, password: str) -> Callable[[], str]:
        if not password:
            table.note((name,), "must not be empty", at_value=True)
        self._warn_if_open(table, name, self.config)
        return PlainSecret(password)

    def _from_file(self, table: TableReader, key: str, path: Path) -> Callable[[], str]:
        if not self.needed:
            return FileSecret(path)
        try:
            if not _first_line(path):
                table.note((key,), "names an empty file", found=str(path), hint="the secret is its first line", at_value=True)
        except FileNotFoundError:
            hint = "make it, mode 600: the secret is its first line"
            table.note((key,), "names a file that does not exist", found=str(path.absolute()), hint=hint, at_value=True)
            return FileSecret(path)
        except (OSError, UnicodeDecodeError) as error:
            if isinstance(error, OSError) and may_pass(error):
                return FileSecret(path)  # which reads it again when it is needed
            reason = str(error.strerror).lower() if isinstance(error, OSError) else "not UTF-8 text"
            table.note((key,), f"names a file that cannot be read: {reason}", found=str(path), at_value=True)
            return FileSecret(path)
        if key != "credential":
            self._warn_if_open(table, key, path)
        return FileSecret(path)

    def _from_credential(self, table: TableReader, name: str) -> Callable[[], str]:
        directory = self.env.get(_DIRECTORY)
        if Path(name).name != name or name in (".", ".."):
            table.note(("credential",), "must be a name, not a path", found=name, at_value=True)
        elif directory is None and self.needed:
            hint = f"triage install gives it to the service; by hand CREDENTIALS_DIRECTORY names the directory with a file {name}"
            table.note(("credential",), f"needs {_DIRECTORY}, which is not set", hint=hint, at_value=True)
        elif directory is not None:
            return self._from_file(table, "credential", Path(directory) / name)
        return no_secret

    def _warn_if_open(self, table: TableReader, key: str, path: Path) -> None:
        try:
            world_readable = bool(path.stat().st_mode & stat.S_IROTH)
        except OSError:
            return
        if world_readable:
            message = f"is a secret in a file that everybody on this machine can read: {path.name}"
            table.note((key,), message, hint=f"chmod 600 {path}", weight=Weight.WARNING)


def _first_line(path: Path) -> str:
    return path.read_text(encoding="utf-8").split("\n", 1)[0].strip("\r")
