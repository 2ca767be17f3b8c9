"""Looks up every locked version among the known vulnerabilities: `make audit`, which needs the network.

Nothing is sent but names and versions, to the advisory database of the Python Package Index.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from package import ROOT, Environment


def main() -> None:
    """Look up each file of locked versions; the exit code is 1 if there is something in one of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="where the environment is made")
    environment = Environment(parser.parse_args().folder.resolve() / "checks", sys.executable)
    environment.make()
    environment.install("--require-hashes", "-r", "requirements/package.txt")
    audit = (environment.program("python"), "-m", "pip_audit", "--strict", "--require-hashes", "--disable-pip")
    codes = [
        subprocess.run([*audit, "-r", str(lock)], cwd=ROOT, check=False).returncode
        for lock in sorted((ROOT / "requirements").glob("*.txt"))
    ]
    sys.exit(max(codes))


if __name__ == "__main__":
    main()
