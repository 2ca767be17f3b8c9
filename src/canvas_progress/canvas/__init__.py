"""The network: everything that speaks HTTP to a Canvas, and the only place that imports httpx."""
