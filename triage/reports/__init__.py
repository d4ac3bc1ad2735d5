"""Reports as files: one HTML page, CSV, JSON. What is counted is in core/reports; nothing here reads a store or a clock."""
