"""How fast triage is, as ratios against limits that the same run measures on the same machine. Run by `make bench`."""
