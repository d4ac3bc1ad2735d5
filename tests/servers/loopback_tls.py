"""TLS for servers in tests: a certificate for `localhost` and 127.0.0.1, and the authority that signed it."""

from __future__ import annotations

import ssl
from pathlib import Path

CA_FILE = Path(__file__).parent / "tls" / "ca.pem"


def server_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(Path(__file__).parent / "tls" / "localhost.pem")
    return context
