"""The jobs of the scenarios, in tables. docs/developing/sandbox.md has those of the default one in the same words."""
