"""Servers and cast of `triage demo`. The tests use the same servers; the daemon never imports this package."""
