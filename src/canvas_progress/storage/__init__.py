"""The disk: profiles and secrets, and the only place that reads or writes files."""
