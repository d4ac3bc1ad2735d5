"""A fault in one conclusion costs that conclusion, not the mail."""

from __future__ import annotations

import pytest

from triage.core.mail.understanding import Masker, attempt


def test_a_fault_becomes_a_defect_without_the_text_that_caused_it():
    defects: list[str] = []
    assert attempt("facts", lambda: int("Bearer abc"), 0, defects) == 0
    assert defects == ["facts failed: ValueError"]


def test_running_out_of_stack_is_for_the_parser_process_to_tell():
    def endless() -> int:
        return endless()

    with pytest.raises(RecursionError):
        attempt("facts", endless, 0, [])


def test_a_masker_remembers_the_kinds_of_secrets_over_several_texts():
    mask = Masker()
    mask("Authorization: Bearer abcdef0123456789abcdef0123456789")
    mask("nothing here")
    assert len(mask.kinds) == 1
