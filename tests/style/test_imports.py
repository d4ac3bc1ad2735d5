"""Imports point one way: core <- store, adapters <- workers <- web, cli, daemon (docs/architecture.md)."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions

from tests.style.source import ROOT, Module, listed, modules

_INNER = {"triage", "core"}
_WORKERS = _INNER | {"store", "adapters", "workers"}
_SHELL = _WORKERS | {"config", "shipped", "web", "daemon"}

MAY_IMPORT: dict[str, set[str]] = {
    "triage": set(),
    "core": {"core"},
    "store": _INNER | {"store"},
    "adapters": _INNER | {"adapters", "shipped"},
    "config": _INNER | {"config"},
    "shipped": _INNER,
    "workers": _WORKERS,
    "reports": _INNER | {"reports"},
    "web": _WORKERS | {"config", "web"},
    "daemon": _SHELL,
    "demo": _SHELL | {"demo"},
    "cli": _SHELL | {"demo", "reports", "cli"},
    "__main__": {"cli"},
}
"""Area -> areas. The daemon never imports the demo; store and adapters never import each other; nobody imports the command line."""

ONLY_IN = {
    "imapclient": ("triage/adapters/imap/facade.py",),
    "aiosmtplib": ("triage/adapters/smtp_connection.py", "triage/adapters/smtp_session.py"),
    "sqlite3": ("triage/store/",),
    "sqlite_utils": ("triage/store/",),
    "httpx": ("triage/adapters/",),
    "apscheduler": ("triage/daemon/",),
    "mailparser": ("triage/core/mail/",),
    "click": ("triage/cli/",),
    "rich": ("triage/cli/", "triage/demo/"),
    "pymap": ("triage/demo/",),
    "pysasl": ("triage/demo/",),
    "proxyprotocol": ("triage/demo/",),
    "aiosmtpd": ("triage/demo/",),
    "starlette": ("triage/web/",),
    "uvicorn": ("triage/web/",),
    "prometheus_client": ("triage/web/",),
    "threading": ("triage/adapters/", "triage/daemon/", "triage/web/", "triage/demo/"),
    "asyncio": ("triage/adapters/", "triage/daemon/", "triage/web/", "triage/demo/", "triage/cli/"),
    "multiprocessing": ("triage/adapters/",),
    "subprocess": ("triage/adapters/",),
}
"""Library -> the only places that know it. The command line may run one coroutine (`asyncio.run`); it starts no thread."""

_SQL = re.compile(
    r"\b(SELECT\s.+\sFROM|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|CREATE\s+(TABLE|INDEX|UNIQUE)|ALTER\s+TABLE|PRAGMA\s)", re.DOTALL
)


def test_areas_import_only_what_lies_further_in() -> None:
    faults = [
        f"{module.at(node)} imports {name}"
        for module in modules()
        for name, node in module.imports()
        if name.split(".")[0] == "triage" and _area_of(name) not in MAY_IMPORT[module.area]
    ]
    assert not faults, listed(faults)


def test_a_new_area_is_entered_here_and_on_the_map() -> None:
    assert {module.area for module in modules()} <= MAY_IMPORT.keys()


def test_each_library_is_known_in_one_place() -> None:
    faults = [
        f"{module.at(node)} imports {name}"
        for module in modules()
        for name, node in module.imports()
        if not module.where.startswith(ONLY_IN.get(name.split(".")[0], ("",)))
    ]
    assert not faults, listed(faults)


def test_every_library_is_declared() -> None:
    """What triage imports is installed with it; the demo's servers with the extra `demo`."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    declared = {_normal(re.split(r"[<>=\[ ]", each)[0]) for each in (*project["dependencies"], *project["optional-dependencies"]["demo"])}
    owners = packages_distributions()
    imported = {name.split(".")[0] for module in modules() for name, _ in module.imports()} - {*sys.stdlib_module_names, "triage"}
    needed = imported - _COME_WITH_PYMAP - _OPTIONAL
    undeclared = {name for name in needed if not declared & {_normal(owner) for owner in owners.get(name, [name])}}
    assert undeclared == set()


def _normal(distribution: str) -> str:
    return distribution.lower().replace("_", "-")


_COME_WITH_PYMAP = {"proxyprotocol", "pysasl"}
_OPTIONAL = {"apprise", "jwt"}


def test_sql_is_written_in_the_store_only() -> None:
    faults = [at for module in modules() if module.area != "store" for at in _sql(module)]
    assert not faults, listed(faults)


def test_the_detector_of_sql_sees_some() -> None:
    assert any(_sql(module) for module in modules() if module.area == "store")


def test_no_module_is_named_for_nothing() -> None:
    empty_names = {"utils", "util", "helpers", "helper", "manager", "managers", "common", "misc"}
    everything = (*modules("triage"), *modules("tests"), *modules("bench"), *modules("chaos"), *modules("floods"), *modules("sim"))
    faults = [module.where for module in everything if empty_names & {*module.path.parts, module.path.stem}]
    assert not faults, listed(faults)


def _area_of(name: str) -> str:
    """`triage.store.cases` -> store; `triage.__version__` -> triage."""
    rest = name.split(".")[1:]
    return rest[0] if rest and rest[0] in MAY_IMPORT else "triage"


def _sql(module: Module) -> list[str]:
    return [
        module.at(node)
        for node in module.nodes(ast.Constant)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _SQL.search(node.value)
    ]
