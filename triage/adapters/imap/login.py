"""How to prove who we are: LOGIN, AUTHENTICATE PLAIN, XOAUTH2 or OAUTHBEARER.

Decides which of them fits the server and the password; never connects, never logs. Called by `facade`, whose client it is given.
"""

from __future__ import annotations

from typing import Any

from triage.core.failures import PermanentFailure
from triage.core.settings import Server


def with_password(client: Any, username: str, password: str) -> None:
    """LOGIN carries ASCII only (RFC 3501 section 6.2.3, quoted strings); anything else needs AUTHENTICATE PLAIN (RFC 4616)."""
    _refuse_controls(username, password)
    plain_offered = client.has_capability("AUTH=PLAIN")
    login_forbidden = client.has_capability("LOGINDISABLED")
    if plain_offered and (login_forbidden or not (username + password).isascii()):
        client.plain_login(username, password)
    elif login_forbidden:
        raise PermanentFailure(
            "The IMAP server takes no password over this connection.", hint='Use security = "tls" or "starttls"; some servers want OAuth2.'
        )
    elif not (username + password).isascii():
        raise PermanentFailure(
            "The IMAP server has no way to take a password outside ASCII.", hint="It lacks AUTH=PLAIN: choose another password."
        )
    else:
        # imaplib quotes the password but not the name, which then could not contain a space.
        client.login(_quoted(username), password)


def with_token(client: Any, server: Server, token: str) -> None:
    """XOAUTH2, or OAUTHBEARER (RFC 7628 section 3.1) where only that is offered.

    The token goes first; a challenge is the error report, and wants an answer of its own before the server says NO.
    """
    _refuse_controls(server.username, token)
    if not client.has_capability("AUTH=XOAUTH2") and client.has_capability("AUTH=OAUTHBEARER"):
        _refuse_controls(server.host)
        name = server.username.replace("=", "=3D").replace(",", "=2C")
        first = f"n,a={name},\x01host={server.host}\x01port={server.port}\x01auth=Bearer {token}\x01\x01"
        answers = iter([first.encode()])
        client.sasl_login("OAUTHBEARER", lambda _challenge: next(answers, b"\x01"))
        return
    answers = iter([f"user={server.username}\x01auth=Bearer {token}\x01\x01".encode()])
    client.sasl_login("XOAUTH2", lambda _challenge: next(answers, b""))


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _refuse_controls(*texts: str) -> None:
    if any(character in text for text in texts for character in "\r\n\0"):
        raise PermanentFailure(
            "The user name or password for IMAP contains a line end or NUL.", hint="A password file may end in one line end, no more."
        )
