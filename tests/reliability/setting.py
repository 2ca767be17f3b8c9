"""What all trials share: configurations, certificates, a key of a tool, and a port where nobody listens."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from authority import Authority
from lti_tool import CLIENT_ID, new_keys
from reliability.faults import HOST, PROXY_HOST, Way
from reliability.moments import SILENCE
from reliability.small_canvas import Doors


@dataclass(frozen=True, slots=True)
class Setting:
    """What all trials share: their folder, certificates, a key, and a port where nobody listens."""

    folder: Path
    doors: Doors
    nowhere: int
    seeds: dict[Way, Path] = field(default_factory=dict)  # folders of a command that remembers job 1

    def file(self, way: Way, *, lti: bool) -> Path:
        """Return the configuration with the profile for a way."""
        name = self.folder / f"{way.value}-{'lti' if lti else 'token'}.toml"
        if not name.exists():
            name.touch(0o600)
            name.write_text("\n".join(self._profile(way, lti=lti)) + "\n", "utf-8")
        return name

    def _profile(self, way: Way, *, lti: bool) -> Iterator[str]:
        yield from ('default = "school"', "[profiles.school]", f'url = "{way.base}"', f"timeout = {SILENCE}")
        if way is not Way.PLAIN:
            yield f'ca_bundle = "{self.folder / "known-authority.pem"}"'
        if way is Way.PROXY:
            yield f'proxy = "http://{PROXY_HOST}:3128"'
        if lti:
            yield from (
                "[profiles.school.lti]",
                f'client_id = "{CLIENT_ID}"',
                f'key_file = "{self.folder / "tool.pem"}"',
            )
        else:
            yield 'token = "token-of-a-user"'


@contextmanager
def setting(folder: Path) -> Iterator[Setting]:
    """Make what all trials share."""
    known, unknown = Authority(folder, "Known Authority"), Authority(folder, "Unknown Authority")
    (folder / "tool.pem").touch(0o600)
    (folder / "tool.pem").write_text(new_keys().private)
    with socket.socket() as bound_but_deaf:
        bound_but_deaf.bind(("127.0.0.1", 0))
        doors = Doors(known.server_context(HOST), unknown.server_context(HOST))
        yield Setting(folder, doors, int(bound_but_deaf.getsockname()[1]))
