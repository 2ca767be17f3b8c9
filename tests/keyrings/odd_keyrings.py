"""Keyrings for the `keyring` library to load: with this folder in PYTHONPATH, PYTHON_KEYRING_BACKEND names one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import NoReturn

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError

FILE = "TEST_KEYRING_FILE"  # the variable that names the file of those that keep something


class Json(KeyringBackend):
    """Keeps everything in one JSON file."""

    priority = 1

    def get_password(self, service: str, username: str) -> str | None:
        return self._all().get(f"{service}\n{username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        self._keep({**self._all(), f"{service}\n{username}": password})

    def delete_password(self, service: str, username: str) -> None:
        passwords = self._all()
        if passwords.pop(f"{service}\n{username}", None) is None:
            raise PasswordDeleteError("there is none")
        self._keep(passwords)

    def _all(self) -> dict[str, str]:
        path = Path(os.environ[FILE])
        passwords: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        return passwords

    def _keep(self, passwords: dict[str, str]) -> None:
        Path(os.environ[FILE]).write_text(json.dumps(passwords))


class Starting(Json):
    """Gets each password from a program, as those of password managers do: which signals that has blocked."""

    def get_password(self, service: str, username: str) -> str | None:
        del service, username
        shows = "import signal; print(sorted(signal.pthread_sigmask(signal.SIG_BLOCK, ())))"
        return subprocess.run([sys.executable, "-c", shows], stdout=subprocess.PIPE, text=True, check=True).stdout


class Undeletable(Json):
    """Says that it has deleted a password, and has not."""

    def delete_password(self, service: str, username: str) -> None:
        pass


class Forgetful(Json):
    """Takes every password and keeps none."""

    def set_password(self, service: str, username: str, password: str) -> None:
        pass


class _Broken(KeyringBackend):
    """Does the same whatever it is asked."""

    priority = 1

    def get_password(self, service: str, username: str) -> str | None:
        self.fail(f"{service}, {username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        self.fail(f"{service}, {username}, {password}")

    def delete_password(self, service: str, username: str) -> None:
        self.fail(f"{service}, {username}")

    def fail(self, asked: str) -> NoReturn:
        raise NotImplementedError


class Hanging(_Broken):
    """Never answers."""

    def fail(self, asked: str) -> NoReturn:
        del asked
        while True:
            threading.Event().wait()


class Locked(_Broken):
    """Is locked."""

    def fail(self, asked: str) -> NoReturn:
        del asked
        raise KeyringLocked("Failed to unlock the collection!\nmore that is not for people")


class Talkative(_Broken):
    """Quotes what it was given in an error that is meant for people."""

    def fail(self, asked: str) -> NoReturn:
        raise KeyringLocked(f"no room for {asked}")


class Crashing(_Broken):
    """Has a bug, and quotes what it was given, and what a variable has for it."""

    def fail(self, asked: str) -> NoReturn:
        raise RuntimeError(f"{asked}, {os.environ.get('TEST_KEYRING_QUOTES')}")


class Leaving(_Broken):
    """Tries to end the process."""

    def fail(self, asked: str) -> NoReturn:
        raise SystemExit(asked)
