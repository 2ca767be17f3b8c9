"""Where files of ours live, by the customs of the platform."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

CONFIG_VARIABLE: Final = "CANVAS_PROGRESS_CONFIG"
_APP: Final = "canvas-progress"


def config_file(environment: Mapping[str, str]) -> Path:
    """Return the file of profiles: the one that CANVAS_PROGRESS_CONFIG names, else the platform's."""
    if named := environment.get(CONFIG_VARIABLE):
        return Path(named).expanduser()
    import platformdirs

    return platformdirs.user_config_path(_APP, appauthor=False) / "config.toml"


def token_folder() -> Path:
    """Return the folder in which access tokens of LTI tools are kept while they last."""
    import platformdirs

    return platformdirs.user_cache_path(_APP, appauthor=False) / "lti-tokens"


def recent_file() -> Path:
    """Return the file in which the jobs are that this machine has seen."""
    import platformdirs

    return platformdirs.user_state_path(_APP, appauthor=False) / "recent.sqlite3"


def sandbox_state_file() -> Path:
    """Return the file in which the sandbox remembers what happened to its jobs."""
    import platformdirs

    return platformdirs.user_state_path(_APP, appauthor=False) / "sandbox.json"
