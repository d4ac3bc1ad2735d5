"""Reports: what happened in a stretch of time, as numbers. Values in, a `Report` out; rendering is in triage/reports."""
