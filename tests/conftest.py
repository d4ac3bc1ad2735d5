"""What every test may use. No mocks of our own code: real SQLite, real SMTP, real IMAP."""

from __future__ import annotations

import os

from hypothesis import settings

# These machines are shared: how long an example took says nothing. In CI the same examples are tried every time, so that a change is
# judged by what it changes; everywhere else they are new ones, and what they find becomes an @example.
settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")
