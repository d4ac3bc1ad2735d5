"""The connections that a configuration asks for: mailbox and submission, each with its password or its access tokens.

Apart from wiring.py, so that a command which connects nowhere does not load a mail server's library.
"""

from __future__ import annotations

from triage.adapters.imap.mailbox import ImapMailbox
from triage.adapters.oauth.tokens import AccessTokens
from triage.adapters.smtp import SlowDowns, SmtpSubmission
from triage.core.seams import Clock
from triage.core.settings import Config, Server


def access_tokens(config: Config, clock: Clock) -> AccessTokens | None:
    """One source for all connections of a process; None where no server wants tokens."""
    if config.oauth is None:
        return None
    return AccessTokens(config.oauth, config.instance.state_dir, clock)


def tokens_for(server: Server, tokens: AccessTokens | None) -> AccessTokens | None:
    return tokens if server.oauth else None


def open_mailbox(config: Config, tokens: AccessTokens | None) -> ImapMailbox:
    server = config.imap.server
    return ImapMailbox(server, max_message=config.limits.max_message, token=tokens_for(server, tokens))


def open_submission(
    config: Config, tokens: AccessTokens | None, slow_downs: SlowDowns | None = None, *, connections: int = 1, holds_back: bool = False
) -> SmtpSubmission:
    server = config.smtp.server
    return SmtpSubmission(server, token=tokens_for(server, tokens), connections=connections, slow_downs=slow_downs, holds_back=holds_back)
