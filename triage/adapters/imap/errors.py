"""What went wrong with an IMAP server, as one plain sentence and as temporary or permanent.

Decides temporary or permanent, nothing else; unknown is temporary. No sentence carries a secret or text of a mail: server lines that
could not be read are described, never quoted. Called by `facade` only.
"""

from __future__ import annotations

import imaplib
import re
import socket
import ssl
from collections.abc import Sequence

from triage.adapters.echoes import without
from triage.adapters.imap.bounded import ENDLESS
from triage.core.failures import PermanentFailure, TemporaryFailure, TriageError
from triage.core.settings import Server

# imaplib and imapclient let these out when a server breaks the protocol; all of them mean that the connection cannot be trusted.
BROKEN = (imaplib.IMAP4.error, OSError, ValueError, TypeError, LookupError, AttributeError, AssertionError, RecursionError)

# What imapclient and imaplib make of a tagged NO, and imaplib of a tagged BAD. Only a NO leaves the conversation in step.
_TAGGED_NO = re.compile(r"^\w+ failed: (?P<text>.*)$", re.DOTALL)
_TAGGED_BAD = re.compile(r"command error: (?:BAD|NO) (?P<text>.*)$", re.DOTALL)

_CODE = re.compile(r"\[([A-Z-]+)")
_BACKOFF = re.compile(r"Suggested Backoff Time:\s*(\d+)\s*milliseconds", re.IGNORECASE)
_BUSY = re.compile(r"too many|try again|temporar|throttl|backoff|unavailable|not connected|exceeded", re.IGNORECASE)
_NO_FOLDER = re.compile(
    r"(doesn.?t|does not) exist|not exist|no such|unknown mailbox|invalid mailbox name|not found|nonexistent", re.IGNORECASE
)

# RFC 5530 section 3; THROTTLED is Gmail's own. OVERQUOTA is temporary: a retry succeeds as soon as somebody has made room.
_TEMPORARY_CODES = frozenset({"UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "THROTTLED", "OVERQUOTA", "EXPUNGEISSUED"})
_PERMANENT_CODES = frozenset(
    {"AUTHENTICATIONFAILED", "AUTHORIZATIONFAILED", "EXPIRED", "PRIVACYREQUIRED", "CONTACTADMIN", "NOPERM", "CANNOT", "TOOBIG", "CLIENTBUG"}
)

# What OpenSSL makes of a server that answers a TLS greeting in plain text, or in a TLS too old to accept.
_NO_TLS = frozenset({"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG", "UNSUPPORTED_PROTOCOL", "UNKNOWN_PROTOCOL"})

_SHOWN = 200


class UnknownFolder(PermanentFailure):
    """The server says that there is no such folder."""


def who(server: Server) -> str:
    return f"The IMAP server {server.host}:{server.port}"


def is_tagged_no(error: Exception) -> bool:
    """Whether the server merely declined one command; after anything else the connection must not be used again."""
    return isinstance(error, imaplib.IMAP4.error) and not isinstance(error, imaplib.IMAP4.abort) and bool(_TAGGED_NO.match(_text(error)))


def explain(server: Server, doing: str, error: Exception, forms: Sequence[str] = ()) -> TriageError:
    """The failure to raise for `error`, which one of BROKEN was, while `doing` ("searching INBOX"). `forms` of secrets are masked."""
    if isinstance(error, OSError):
        return _network(server, doing, error)
    if isinstance(error, imaplib.IMAP4.error):
        return _answer(server, doing, error, forms)
    return _not_imap(server, doing)


def explain_login(server: Server, forms: Sequence[str], error: Exception) -> TriageError:
    """A refused login is permanent unless the server gives another reason: trying a wrong password again locks accounts."""
    cause = error.__context__ if isinstance(error.__context__, (imaplib.IMAP4.abort, OSError)) else error
    if isinstance(cause, (imaplib.IMAP4.abort, OSError)):
        return explain(server, f"logging in as {server.username}", cause, forms)
    text = _said(without(_text(error), forms))
    code = _code(text)
    if code != "AUTHENTICATIONFAILED" and (code in _TEMPORARY_CODES or _BUSY.search(text)):
        return _not_now(server, f"log {server.username} in", text)
    if server.oauth:
        return PermanentFailure(
            f"{who(server)} refused the access token of {server.username}: {text}",
            hint="Is IMAP allowed for this mailbox, and the application for this mailbox? docs/sign-in.md lists what each provider wants.",
        )
    return PermanentFailure(
        f"{who(server)} refused the user name or password of {server.username}: {text}",
        hint="Check username and password. Gmail and Microsoft 365 take no account password here: an app password or OAuth2.",
    )


def no_starttls(server: Server) -> TriageError:
    return PermanentFailure(
        f"{who(server)} does not offer STARTTLS, so the password was not sent.", hint='Use security = "tls" with its port, usually 993.'
    )


def _text(error: Exception) -> str:
    first = error.args[0] if error.args else ""
    text = first.decode("utf-8", "replace") if isinstance(first, bytes) else str(first)
    return text.rpartition(" => ")[2] if text.startswith("command: ") else text


def _said(text: str) -> str:
    """A server's words, bounded and printable."""
    match = _TAGGED_NO.match(text) or _TAGGED_BAD.search(text)
    words = match.group("text") if match else text
    if words.startswith(("b'", 'b"')):  # imaplib formats a BAD answer as a list of bytes
        words = words[2:-1]
    words = words.strip("[]b'\"") if words.startswith(("[b'", '[b"')) else words
    return "".join(character if character.isprintable() else " " for character in words)[:_SHOWN].strip()


def _code(text: str) -> str:
    match = _CODE.search(text)
    return match.group(1) if match else ""


def _network(server: Server, doing: str, error: OSError) -> TriageError:
    name = who(server)
    if isinstance(error, ssl.SSLCertVerificationError):
        return _certificate(server, error)
    if isinstance(error, ssl.SSLError):
        if error.reason not in _NO_TLS:
            return TemporaryFailure(
                f"The TLS connection to {server.host}:{server.port} failed while {doing}: {error.reason or 'no reason'}."
            )
        hint = 'If the port speaks plain text first, use security = "starttls"; port 993 is the usual one for "tls".'
        return PermanentFailure(f"{name} does not speak TLS as expected ({error.reason}).", hint=hint)
    if isinstance(error, socket.gaierror):
        return TemporaryFailure(f"The host name {server.host} cannot be resolved.", hint="Check host, and this machine's DNS.")
    if isinstance(error, ConnectionRefusedError):
        return TemporaryFailure(f"{name} refused the connection.", hint="Check host and port; is the server running?")
    if isinstance(error, TimeoutError):
        hint = "If this happens always: is the port right, and does security fit it? A TLS port says nothing to a plain-text client."
        return TemporaryFailure(f"{name} did not answer within {server.timeout_s:g} seconds while {doing}.", hint=hint)
    return TemporaryFailure(
        f"The connection to {server.host}:{server.port} failed while {doing}: {error.strerror or type(error).__name__}."
    )


def _certificate(server: Server, error: ssl.SSLCertVerificationError) -> TriageError:
    reason = (error.verify_message or "not trusted").rstrip(".")
    hint = "Have the certificate renewed."
    if "mismatch" in reason.lower():
        hint = "Use the host name that the certificate was made for."
    elif "self" in reason.lower() or "issuer" in reason.lower():
        hint = "For a private certificate authority set ca_file to its certificate."
    return PermanentFailure(f"{who(server)} shows a certificate that cannot be accepted: {reason}.", hint=hint)


def _answer(server: Server, doing: str, error: imaplib.IMAP4.error, forms: Sequence[str]) -> TriageError:
    text = without(_text(error), forms)
    if isinstance(error, imaplib.IMAP4.abort):
        return _gone(server, doing, text)
    if text.startswith("* BYE"):
        return _not_now(server, f"accept the connection while {doing}", _said(text[5:]))
    if not (_TAGGED_NO.match(text) or _TAGGED_BAD.search(text)):
        return _not_imap(server, doing)
    words = _said(text)
    code = _code(words)
    if code in {"NONEXISTENT", "TRYCREATE"} or (code not in _TEMPORARY_CODES and _NO_FOLDER.search(words)):
        return UnknownFolder(
            f"{who(server)} knows no such folder while {doing}: {words}", hint="Check the folder names in the configuration."
        )
    if code in _PERMANENT_CODES and not _BUSY.search(words):
        return PermanentFailure(f"{who(server)} refused for good while {doing}: {words}", hint="Ask whoever runs the mail server.")
    return _not_now(server, f"go on while {doing}", words)


def _gone(server: Server, doing: str, text: str) -> TriageError:
    if text.startswith(ENDLESS):
        return TemporaryFailure(f"{who(server)} gave {text} while {doing}.")
    if text.startswith("socket error") and "unterminated" not in text:
        return TemporaryFailure(f"{who(server)} closed the connection while {doing}.")
    if text.startswith(("socket error", "unexpected", "plain text after")):
        return _not_imap(server, doing)
    return _not_now(server, f"go on while {doing}", _said(text))


def _not_now(server: Server, doing: str, words: str) -> TriageError:
    match = _BACKOFF.search(words)
    retry_after_s = int(match.group(1)) / 1000 if match else None
    return TemporaryFailure(f"{who(server)} would not {doing}: {words}", retry_after_s=retry_after_s)


def _not_imap(server: Server, doing: str) -> TriageError:
    return TemporaryFailure(f"{who(server)} sent something that is not IMAP while {doing}.")
