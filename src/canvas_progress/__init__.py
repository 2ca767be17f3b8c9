"""Inspect, watch and cancel the background jobs (Progress objects) of Canvas LMS."""

__version__ = "0.1.0"
