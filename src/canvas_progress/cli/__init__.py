"""The command line: it parses, wires the adapters together and turns errors into exit codes."""
