"""A small authorization server on loopback, with the answers that RFC 6749, 7523, 7662 and 8628 document.

Refresh tokens are used once: the old one dies when a new one is given, as at Microsoft for public clients. `say` makes it fail.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlsplit

from triage.core.settings import Grant, OAuth

CLIENT_ID = "client-7"
CLIENT_SECRET = "client secret"
CODE = "WDJB-MJHT"


@dataclass
class TokenServer:
    mailbox: str = "api@wise.example"
    life_s: int = 3600
    rotates: bool = True
    refresh_tokens: set[str] = field(default_factory=lambda: {"first-refresh"})
    access_tokens: set[str] = field(default_factory=set)
    forms: list[dict[str, str]] = field(default_factory=list)
    say: list[tuple[int, object]] = field(default_factory=list)
    """Answers to give before it does its work again."""
    challenges: dict[str, str] = field(default_factory=dict)
    public_key: str = ""
    """PEM, of the service account."""
    url: str = ""

    def __enter__(self) -> TokenServer:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                form = {name: values[0] for name, values in parse_qs(body).items()}
                status, said = outer.answer(self.path, form)
                text = said if isinstance(said, str) else json.dumps(said)
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            def do_GET(self) -> None:
                token = parse_qs(urlsplit(self.path).query).get("token", [""])[0]
                text = json.dumps({"active": token in outer.access_tokens, "email": outer.mailbox})
                self.send_response(200)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def settings(self, grant: Grant = Grant.REFRESH_TOKEN, **changes: Any) -> OAuth:
        known: dict[str, Any] = {
            "client_id": CLIENT_ID,
            "token_url": f"{self.url}/token",
            "device_url": f"{self.url}/device",
            "authorize_url": f"{self.url}/authorize",
            "scope": "mail",
            "username": self.mailbox,
        }
        return OAuth(grant, **(known | changes))

    def answer(self, path: str, form: dict[str, str]) -> tuple[int, object]:
        self.forms.append(form)
        if self.say:
            return self.say.pop(0)
        if path == "/device":
            page = f"{self.url}/device-page"
            return 200, {"device_code": "device-1", "user_code": CODE, "verification_uri": page, "interval": 2, "expires_in": 60}
        match form.get("grant_type"):
            case "refresh_token" if form.get("refresh_token") in self.refresh_tokens:
                return 200, self._give(form["refresh_token"])
            case "client_credentials" if form.get("client_secret") == CLIENT_SECRET:
                return 200, self._access()
            case "urn:ietf:params:oauth:grant-type:device_code" if form.get("device_code") == "device-1":
                return 200, self._give("")
            case "authorization_code" if form.get("code") == "code-1" and form.get("code_verifier"):
                return 200, self._give("")
            case "urn:ietf:params:oauth:grant-type:jwt-bearer":
                return (200, self._access()) if self._is_ours(form["assertion"]) else (400, {"error": "invalid_grant"})
        return 400, {"error": "invalid_grant", "error_description": "AADSTS70008: The refresh token has expired."}

    def _give(self, used: str) -> dict[str, object]:
        if used and not self.rotates:
            return self._access()
        self.refresh_tokens.discard(used)
        fresh = f"refresh-{len(self.forms)}"
        self.refresh_tokens.add(fresh)
        return {**self._access(), "refresh_token": fresh}

    def _access(self) -> dict[str, object]:
        token = f"access-{len(self.forms)}"
        self.access_tokens.add(token)
        return {"access_token": token, "token_type": "Bearer", "expires_in": self.life_s}

    def _is_ours(self, assertion: str) -> bool:
        import jwt

        try:
            claims = jwt.decode(
                assertion,
                self.public_key,
                algorithms=["RS256"],
                audience=f"{self.url}/token",
                options={"verify_exp": False, "verify_iat": False},
            )
        except jwt.PyJWTError:
            return False
        return claims["sub"] == self.mailbox and claims["scope"] == "mail"
