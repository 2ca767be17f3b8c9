"""Where files of ours live, by the customs of the platform."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from platformdirs import PlatformDirs

CONFIG_VARIABLE: Final = "CANVAS_PROGRESS_CONFIG"
HOME_VARIABLE: Final = "USERPROFILE" if os.name == "nt" else "HOME"  # where `Path.home` looks


def config_file(environment: Mapping[str, str]) -> Path:
    """Return the file of profiles: the one that CANVAS_PROGRESS_CONFIG names, else the platform's."""
    named = environment.get(CONFIG_VARIABLE)
    return Path(named).expanduser() if named else _ours().user_config_path / "config.toml"


def token_folder() -> Path:
    """Return the folder in which access tokens of LTI tools are kept while they last."""
    return _ours().user_cache_path / "lti-tokens"


def recent_file() -> Path:
    """Return the file in which the jobs are that this machine has seen."""
    return _ours().user_state_path / "recent.sqlite3"


def sandbox_state_file() -> Path:
    """Return the file in which the sandbox remembers what happened to its jobs."""
    return _ours().user_state_path / "sandbox.json"


def _ours() -> PlatformDirs:
    import platformdirs

    return platformdirs.PlatformDirs("canvas-progress", appauthor=False)
