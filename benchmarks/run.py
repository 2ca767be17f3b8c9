"""All benchmarks, one after the other: each in a process of its own, so that none measures what another has left.

One alone, with its options: `python -m benchmarks.startup --help`, from the folder above.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

_HERE = Path(__file__).resolve().parent
_ALL = ("polling", "startup", "scale")


def main() -> int:
    parser = argparse.ArgumentParser(description="Run the benchmarks.")
    parser.add_argument("--only", choices=_ALL, action="append", help="run this one; may be given again")
    chosen = parser.parse_args().only or _ALL
    there = [name for name in chosen if (_HERE / f"{name}.py").exists()]
    ended = [
        subprocess.run([sys.executable, "-m", f"{_HERE.name}.{name}"], cwd=_HERE.parent, check=False).returncode
        for name in there
    ]
    return max(ended, default=0)


if __name__ == "__main__":
    sys.exit(main())
