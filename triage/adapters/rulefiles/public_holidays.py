"""Public holidays of countries, as dates, by the `holidays` library (optional extra `holidays`): `GB`, `GB-ENG`, `EE`.

Called while calendar.toml is read, so that a calendar of the core holds nothing but dates.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from datetime import date
from types import ModuleType

from triage.core.toml.document import nearest
from triage.core.toml.values import TEXT, Kind, Refused

YEARS_BEFORE, YEARS_AFTER = 3, 10
"""Around the year in which the files are read: a case that is counted today began within them, and ends within them."""


def public_holidays(year: int) -> Kind[Mapping[date, str]]:
    """A country's code, perhaps with a part of it, read into its holidays around `year`."""
    years = range(year - YEARS_BEFORE, year + YEARS_AFTER + 1)

    def read(value: object) -> Mapping[date, str]:
        library = _library()
        country, _, part = TEXT.read(value).partition("-")
        country = country.upper()
        known: Mapping[str, list[str]] = library.list_supported_countries()
        if country not in known:
            raise Refused("must be a country whose holidays are known", hint=nearest(country, known))
        part = next((one for one in known[country] if one.casefold() == part.casefold()), part)
        if part and part not in known[country]:
            raise Refused(f"must be a part of {country} whose holidays are known", hint=f"{country} has: {', '.join(known[country])}"[:200])
        found: Mapping[date, str] = library.country_holidays(country, subdiv=part or None, years=years, language="en_US")
        return dict(found)

    return Kind("a country whose holidays are known", read, '"GB-ENG", "EE"')


def _library() -> ModuleType:
    try:
        return importlib.import_module("holidays")
    except ImportError:
        raise Refused(
            "needs the package holidays, which is not installed", hint="pip install 'triage[holidays]', or list the dates in `holidays`"
        ) from None
