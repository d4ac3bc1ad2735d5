"""bandit over the source: what it finds is mended, or argued in one line."""

from __future__ import annotations

import pytest

from tests.security.audit import ARGUED, Finding, argument, findings


@pytest.fixture(scope="module")
def found() -> list[Finding]:
    return list(findings())


def test_every_finding_is_mended_or_argued(found: list[Finding]) -> None:
    assert [str(finding) for finding in found if argument(finding) is None] == []


def test_every_argument_is_still_needed(found: list[Finding]) -> None:
    assert set(ARGUED) - {argument(finding) for finding in found} == set()
