"""Where the operators' files that come with the program are: the example configuration and a complete set of rules.

They are examples to copy and the default of `triage explain`; the daemon reads its own rules from [instance] rules_dir. In a wheel they lie
inside the package (setup.py puts them there), in a checkout at its top. Called by the command line and the demo.
"""

from __future__ import annotations

from pathlib import Path

from triage.core.failures import PermanentFailure

_PACKAGE = Path(__file__).parent


def rules_dir() -> Path:
    """The shipped rules. Raises PermanentFailure when the installation lacks them."""
    return _shipped("rules")


def config_example() -> Path:
    """The commented config.toml to begin with. Raises PermanentFailure when the installation lacks it."""
    return _shipped("config.example.toml")


def _shipped(name: str) -> Path:
    for place in (_PACKAGE / "shipped", _PACKAGE.parent):
        if (place / name).exists():
            return place / name
    raise PermanentFailure(f"this installation of triage lacks its {name}", hint="install it again from its wheel or a whole checkout")
