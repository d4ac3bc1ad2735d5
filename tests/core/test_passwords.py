"""Hashes of passwords: the right one fits, no other does, and no line of a file costs more than it may."""

from __future__ import annotations

import pytest

from triage.core.passwords import fits, hash_password, is_hash

SALT = bytes(range(16))
WRITTEN = hash_password("correct horse", SALT)


def test_the_password_fits_and_no_other() -> None:
    assert fits("correct horse", WRITTEN)
    assert not fits("correct horsf", WRITTEN)
    assert not fits("", WRITTEN)


def test_letters_of_every_script_are_a_password() -> None:
    assert fits("pässwörd \udcff", hash_password("pässwörd \udcff", SALT))


def test_the_salt_makes_two_hashes_of_one_password() -> None:
    assert hash_password("correct horse", bytes(16)) != WRITTEN


@pytest.mark.parametrize(
    "text",
    [
        "",
        "correct horse",
        "scrypt",
        "scrypt$16384$8$1",
        WRITTEN.replace("scrypt", "bcrypt"),
        WRITTEN.replace("16384", "16385"),
        WRITTEN.replace("16384", "1024"),
        WRITTEN.replace("16384", str(2**30)),
        WRITTEN.replace("$8$", "$80000$"),
        WRITTEN[:-6],
        "scrypt$16384$8$1$AAAA$" + WRITTEN.rpartition("$")[2],
        "scrypt$-16384$8$1$$",
    ],
)
def test_what_is_no_hash_of_ours_fits_nothing(text: str) -> None:
    assert not is_hash(text)
    assert not fits("correct horse", text)
