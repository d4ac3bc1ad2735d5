"""Operators' TOML files as values that know their place: what stood where, and every mistake with line, column and hint."""
