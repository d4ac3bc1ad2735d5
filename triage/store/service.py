"""Facts about the service itself that must outlive a restart: when it first started, the last warning told, and the like."""

from __future__ import annotations

from triage.store.database import Store


def get(store: Store, name: str) -> str:
    """The value; "" when it was never set."""
    row = store.connection.execute("SELECT value FROM facts_about_service WHERE name = ?", (name,)).fetchone()
    return str(row["value"]) if row else ""


def put(store: Store, name: str, value: str) -> None:
    """Inside a write transaction."""
    store.connection.execute(
        "INSERT INTO facts_about_service (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", (name, value)
    )
