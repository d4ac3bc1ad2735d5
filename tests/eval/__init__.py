"""How well facts are found: precision and recall per kind over tests/corpus."""
