"""Contact kinds: one file and one row of `kinds.KINDS` per way to reach people."""
