"""On-call: who is paged, in which order, until somebody acknowledges. Pure."""
