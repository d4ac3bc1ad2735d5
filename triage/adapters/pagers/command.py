"""command: an operator's own program gets the page as JSON on standard input; its exit status is the outcome.

0 is accepted, 75 (EX_TEMPFAIL of sysexits.h) temporary, anything else permanent. At the time limit it is killed with everything it started.
Never a shell: arguments go to the program as they are written, and nothing of the page is among them.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
from asyncio.subprocess import PIPE, STDOUT, Process

from triage.adapters.pagers.page import read_page
from triage.adapters.pagers.settings import Setting, SettingType, Values, Wiring
from triage.core.failures import PermanentFailure
from triage.core.mail.compose import clean_value
from triage.core.seams import SendOutcome, SendResult

REQUIRED = (Setting("command", "the program, or a list of the program and its arguments", SettingType.TEXTS),)
OPTIONAL = (Setting("timeout_s", "after this time it is killed; 20 when not given", SettingType.SECONDS),)

TEMPORARY_EXIT = 75
DEFAULT_TIMEOUT_S = 20.0
SEE_OFF_S = 1.0
MAX_OUTPUT = 4096
"""Bytes of its output that are kept; the rest is read and dropped."""
KEPT_VARIABLES = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "USER")
"""What it sees of our environment: not the service's credentials."""


class Command:
    def __init__(self, arguments: tuple[str, ...], timeout_s: float) -> None:
        self._arguments = arguments
        self._timeout_s = timeout_s

    async def deliver(self, key: str, payload: dict[str, object]) -> SendResult:
        body = json.dumps({"key": key, **read_page(payload).as_json()}, default=str).encode()
        environment = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
        try:
            process = await asyncio.create_subprocess_exec(
                *self._arguments, stdin=PIPE, stdout=PIPE, stderr=STDOUT, env=environment, start_new_session=True
            )
        except (FileNotFoundError, PermissionError, NotADirectoryError) as error:
            return SendResult(SendOutcome.PERMANENT, f"{self._arguments[0]} cannot be started: {error.strerror}")
        except OSError as error:  # no memory, no process: that passes
            return SendResult(SendOutcome.TEMPORARY, f"{self._arguments[0]} cannot be started: {error.strerror}")
        return await self._attend(process, body)

    async def _attend(self, process: Process, body: bytes) -> SendResult:
        output = bytearray()
        try:
            async with asyncio.timeout(self._timeout_s):
                await asyncio.gather(_feed(process.stdin, body), _drain(process.stdout, output), process.wait())
        except TimeoutError:
            pass
        finally:
            exit_status = process.returncode
            _kill_group(process)
            await _see_off(process)
        return self._result(exit_status, output)

    def _result(self, exit_status: int | None, output: bytearray) -> SendResult:
        said = clean_value(output.decode("utf-8", "replace"))[:200]
        tail = f": {said}" if said else ""
        match exit_status:
            case None:
                return SendResult(SendOutcome.UNKNOWN, f"killed after {self._timeout_s:g} s{tail}")
            case 0:
                return SendResult(SendOutcome.ACCEPTED, f"exit 0{tail}")
            case status if status < 0:
                return SendResult(SendOutcome.TEMPORARY, f"ended by {signal.Signals(-status).name}{tail}")
            case status:
                outcome = SendOutcome.TEMPORARY if status == TEMPORARY_EXIT else SendOutcome.PERMANENT
                return SendResult(outcome, f"exit {status}{tail}")


async def _feed(pipe: asyncio.StreamWriter | None, body: bytes) -> None:
    """A program that does not read is no failure of its own."""
    if pipe is not None:
        with contextlib.suppress(ConnectionError):
            pipe.write(body)
            await pipe.drain()
        pipe.close()


async def _drain(pipe: asyncio.StreamReader | None, output: bytearray) -> None:
    while pipe is not None and (chunk := await pipe.read(65536)):
        output += chunk[: MAX_OUTPUT - len(output)]


async def _see_off(process: Process) -> None:
    """Read what is left in the pipe: it ends with the group, unless something moved to a session of its own."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(SEE_OFF_S):
            await asyncio.gather(_drain(process.stdout, bytearray(MAX_OUTPUT)), process.wait())


def _kill_group(process: Process) -> None:
    """The program and what it left behind, also when it ended by itself: it is the leader of its own session."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def build(values: Values, wiring: Wiring) -> Command:  # noqa: ARG001 - every kind is built alike
    arguments = values.texts("command")
    if shutil.which(arguments[0]) is None:
        raise PermanentFailure(f"{arguments[0]} is not a program that can be run", hint="give the full path and make it executable")
    return Command(arguments, values.seconds("timeout_s", DEFAULT_TIMEOUT_S))
