"""Operators' rules, from TOML to a Verdict: `reading` reads, `evaluate` judges, `checks` and `mail_tests` guard a set before use."""
