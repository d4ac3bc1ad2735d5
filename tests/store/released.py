"""`python -m tests.store.released NAME`: keeps a store as the present program makes it, as tests/store/fixtures/NAME.sql.

`unreleased` is the schema of the next release and is written anew whenever it changes; at a release it is copied to the version's name, and
a file with a version's name is never edited: somebody has such a store.
"""

from __future__ import annotations

import re
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.scenarios.office import open_office
from triage.store.database import STORE_NAME

_OF_INDEX = re.compile(r"PRAGMA writable_schema|INSERT INTO sqlite_master|(CREATE TABLE|INSERT INTO) ['\"]message_search")
FIXTURES = Path(__file__).parent / "fixtures"


def main(name: str) -> None:
    with tempfile.TemporaryDirectory() as directory, open_office(Path(directory)) as office:
        office.start()
        question = office.partner_writes("URGENT: transfers fail")
        office.team_replies("Re: URGENT: transfers fail", answers=question)
        office.wait(hours=75)
        office.partner_writes("Another question", sender="ops@other.example")
        office.stop()
        connection = sqlite3.connect(office.config.instance.state_dir / STORE_NAME)
        text = "\n".join(dump(connection)) + "\n"
        connection.close()
    FIXTURES.mkdir(exist_ok=True)
    (FIXTURES / f"{name}.sql").write_text(text, "utf-8")


def dump(connection: sqlite3.Connection) -> Iterator[str]:
    """Statements that make it again. The search index is made anew from the texts: the rows of its own tables cannot be put back."""
    [index] = connection.execute("SELECT sql FROM sqlite_schema WHERE name = 'message_search'").fetchone()
    for statement in connection.iterdump():
        if statement == "COMMIT;":
            yield f"{index};"
            yield "INSERT INTO message_search (message_search) VALUES ('rebuild');"
        if not _OF_INDEX.match(statement):
            yield statement


if __name__ == "__main__":
    main(sys.argv[1])
