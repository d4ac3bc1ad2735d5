"""triage: a shared support mailbox as a triaged, clock-watched case queue that pages people when it must."""

__version__ = "0.1.0"
