"""The composition root: adapters are made here, and the environment is read, for commands and for calls from Python."""
