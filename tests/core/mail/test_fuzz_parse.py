"""A short fuzz run; `make fuzz` is the long one."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.claims import check
from tests.fuzz.mails import mails
from tests.fuzz.mutations import mutate, samples
from triage.core.mail.headers import glance, read_headers
from triage.core.settings import Limits

QUICK = settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize("seed", range(5))
def test_damaged_sample_mails_hold_every_claim(seed):
    random, mails_ = Random(seed), samples()
    for _ in range(60):
        check(mutate(mails_, random))


@QUICK
@given(mails())
def test_built_mails_hold_every_claim(raw):
    check(raw)


@QUICK
@given(st.binary(max_size=400))
def test_any_bytes_hold_every_claim(raw):
    check(raw)


@QUICK
@given(st.one_of(st.binary(max_size=200), mails()))
def test_the_header_pass_takes_any_bytes(raw):
    headers, _ = read_headers(raw, Limits())
    str(headers).encode()
    str(glance(raw, Limits())).encode()
