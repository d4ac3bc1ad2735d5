"""The checks of a set-up, behind `triage check` and `triage doctor`: one table (`table`), one function a subject. They only look."""
