"""No mail takes long, however it was built: each bomb is done within the limit, and a mail is still made of it."""

from __future__ import annotations

import time

import pytest

from tests.fuzz.bombs import BOMBS
from tests.fuzz.claims import LIMIT_S, check
from triage.core.mail.headers import glance
from triage.core.settings import Limits


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_a_mail_with_an_author(name):
    assert check(BOMBS[name]()).author.address == "a@acme.example"


@pytest.mark.parametrize("name", BOMBS)
def test_a_glance_at_a_bomb_is_quick(name):
    raw = BOMBS[name]()
    started = time.process_time()
    glance(raw, Limits())
    assert time.process_time() - started < LIMIT_S
