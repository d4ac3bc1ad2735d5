"""Floods and bombs thrown at the real `triage run` on a real Dovecot: `make floods`."""
