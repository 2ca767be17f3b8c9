"""What a job, a credential and a poll are: standard library only, no I/O, no clock, no environment."""
