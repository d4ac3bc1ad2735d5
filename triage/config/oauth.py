"""[oauth] of config.toml: how access tokens are got where a server takes no password. Called by `sections`.

Decides which keys a grant needs and which addresses a provider has. Never asks for a token; that is adapters/oauth.
"""

from __future__ import annotations

from pathlib import Path

from triage.config.addresses import is_unprotected
from triage.config.secrets import SecretReader
from triage.core.settings import Grant, OAuth
from triage.core.toml.tables import TableReader
from triage.core.toml.values import TEXT, choice, url

PROVIDERS = ("microsoft", "google", "other")

_GRANT = choice({grant.value: grant for grant in Grant})
_PROVIDER = choice({name: name for name in PROVIDERS})
_URL = url("http", "https")

_MICROSOFT = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0"
_MICROSOFT_SCOPE = "https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send offline_access"
_MICROSOFT_APP_SCOPE = "https://outlook.office365.com/.default"
_GOOGLE_SCOPE = "https://mail.google.com/"


def read_oauth(table: TableReader, secrets: SecretReader, username: str) -> OAuth | None:
    """None when the file has no [oauth]."""
    if not table.values:
        table.finish()
        return None
    command = table.take_list("token_command", TEXT)
    provider = table.take("provider", _PROVIDER, "other")
    grant = table.take("grant", _GRANT, Grant.COMMAND if command else Grant.REFRESH_TOKEN)
    tenant = table.take("tenant", TEXT, "")
    known = _addresses(provider, grant, tenant)
    oauth = OAuth(
        grant=grant,
        provider=provider,
        client_id=table.take("client_id", TEXT, ""),
        client_secret=secrets.read(table, required=grant is Grant.CLIENT_CREDENTIALS, name="client_secret"),
        token_url=table.take("token_url", _URL, known.token_url),
        device_url=table.take("device_url", _URL, known.device_url),
        authorize_url=table.take("authorize_url", _URL, known.authorize_url),
        scope=table.take("scope", TEXT, known.scope),
        service_account=_service_account(table, secrets.config.parent),
        command=command,
        username=username,
    )
    table.finish()
    _check(table, oauth, tenant)
    return oauth


def _addresses(provider: str, grant: Grant, tenant: str) -> OAuth:
    """What the provider documents: Microsoft "OAuth 2.0 device authorization grant", Google "OAuth 2.0 for desktop apps"."""
    if provider == "microsoft":
        base = _MICROSOFT.format(tenant=tenant or "organizations")
        scope = _MICROSOFT_APP_SCOPE if grant is Grant.CLIENT_CREDENTIALS else _MICROSOFT_SCOPE
        return OAuth(grant, token_url=f"{base}/token", device_url=f"{base}/devicecode", scope=scope)
    if provider == "google":
        authorize = "https://accounts.google.com/o/oauth2/v2/auth"
        return OAuth(grant, token_url="https://oauth2.googleapis.com/token", authorize_url=authorize, scope=_GOOGLE_SCOPE)  # noqa: S106 (an address)
    return OAuth(grant)


def _service_account(table: TableReader, base: Path) -> Path | None:
    name = table.take("service_account_file", TEXT, None)
    if name is None:
        return None
    if not (base / name).is_file():
        table.note(("service_account_file",), "names a file that does not exist", found=str(base / name), at_value=True)
    return base / name


def _check(table: TableReader, oauth: OAuth, tenant: str) -> None:
    """What a grant cannot do without, and what it has no use for."""
    if oauth.grant is Grant.COMMAND:
        if not oauth.command:
            table.note((), "has no token_command", allowed='such as token_command = ["/usr/local/bin/mailbox-token"]')
        return
    if oauth.command:
        table.note(("token_command",), f'is not used with grant = "{oauth.grant.value}"', allowed="one of the two", at_value=True)
    if not oauth.token_url:
        table.note((), "has no token_url", allowed='the provider\'s address for tokens, or provider = "microsoft" or "google"')
    elif is_unprotected(oauth.token_url):
        table.note(("token_url",), "sends secrets unprotected", hint="https://", at_value=True)
    if oauth.grant is Grant.SERVICE_ACCOUNT:
        if oauth.service_account is None:
            table.note((), "has no service_account_file", hint="the JSON key that Google gives for a service account")
    elif not oauth.client_id:
        table.note((), "has no client_id", hint="the id of the application that is registered with the provider")
    if oauth.grant is Grant.CLIENT_CREDENTIALS and oauth.provider == "microsoft" and not tenant:
        table.note(
            (),
            "has no tenant",
            hint='the directory (tenant) id: an application of its own signs in to one directory, not to "organizations"',
        )
