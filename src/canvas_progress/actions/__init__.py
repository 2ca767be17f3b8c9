"""What each command does: plain functions that take all they need as parameters and return an exit code."""
