"""Access tokens of LTI tools: the signed assertion, its exchange for a token, and why Canvas may refuse one."""
