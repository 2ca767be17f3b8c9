"""The jobs of the scenarios, in tables. docs/sandbox.md has those of the default scenario in the same words."""
