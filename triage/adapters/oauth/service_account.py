"""Google's service accounts: a signed statement instead of a refresh token (RFC 7523; Google, "Using OAuth 2.0 for server to server
applications"). The account speaks for one mailbox, which the Workspace domain must allow (domain-wide delegation)."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

from triage.core.failures import PermanentFailure

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_LIFE = timedelta(minutes=55)


def assertion(key_file: Path, mailbox: str, scope: str, token_url: str, now: datetime) -> str:
    """Raises PermanentFailure for a key file that cannot be used, or when the library that signs is not installed."""
    try:
        import jwt
    except ImportError:
        raise PermanentFailure("service accounts need the extra `google`", hint="pip install 'triage[google]'") from None
    try:
        key = json.loads(key_file.read_bytes())
        issuer, private_key, key_id = str(key["client_email"]), str(key["private_key"]), str(key.get("private_key_id", ""))
    except OSError as error:
        raise PermanentFailure(f"{key_file} cannot be read: {error.strerror}", hint="triage's user must be able to read it") from None
    except (ValueError, KeyError, TypeError):
        raise PermanentFailure(f"{key_file} is not a service account's key", hint="download it as JSON") from None
    claims = {"iss": issuer, "sub": mailbox, "scope": scope, "aud": token_url, "iat": now, "exp": now + _LIFE}
    try:
        return jwt.encode(claims, private_key, algorithm="RS256", headers={"kid": key_id} if key_id else None)
    except (ValueError, TypeError, jwt.PyJWTError):
        raise PermanentFailure(f"{key_file} holds a private key that cannot sign", hint="download a new key") from None
