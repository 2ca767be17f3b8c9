"""The terminal: streams, tables, bars and events, and the only place that imports Rich or prints."""
