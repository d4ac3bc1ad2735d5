"""`python -m tests.servers.announce`: says loudly, before the tests, when the integration run will be skipped. Called by `make test`."""

from __future__ import annotations

import shutil

from tests.servers.dovecot import dovecot_available
from tests.servers.unpacked import PACKAGES, why_not

if not dovecot_available():
    print(
        "\n  ******************************************************************************\n"
        "  ***  Dovecot is not installed: THE INTEGRATION RUN WILL BE SKIPPED.\n"
        "  ***  On Debian and Ubuntu:  apt-get install dovecot-imapd dovecot-lmtpd openssl\n"
        "  ******************************************************************************\n"
    )
for server in PACKAGES:
    if reason := why_not(server):
        print(f"\n  ***  The tests against {server} will be skipped: {reason}\n")
if shutil.which("chromium") is None:
    print("\n  ***  chromium is not installed: the tests of the board in a browser will be skipped.  apt-get install chromium\n")
