"""Runs the program in an interpreter that has lost what only POSIX has: modules, functions, signals.

`posix_less.py` with arguments is the command; without, it imports every module and prints their number. What is not
ours is loaded before, and keeps what it has found: how it gets along on Windows is not ours to try out. Our code gets
an `os` and a `signal` with less in them, and `msvcrt`, which takes locks by `fcntl`.
"""

from __future__ import annotations

import os
import pkgutil
import selectors  # noqa: F401
import signal
import socketserver  # noqa: F401
import subprocess  # noqa: F401
import sys
import tempfile  # noqa: F401
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, Final

MODULES: Final = frozenset({"fcntl", "grp", "posix", "pty", "pwd", "resource", "syslog", "termios", "tty"})
_NOT_OURS: Final = (
    "filelock", "getpass", "http.server", "httpx", "keyring", "platformdirs", "rich.console", "sqlite3", "tomlkit",
    "typer",
)  # fmt: skip
# Of `os`, by what is documented as available on Unix alone; `kill` and `chmod` are there on Windows, too.
OF_OS: Final = (
    "O_CLOEXEC", "O_DIRECTORY", "O_NOCTTY", "O_NOFOLLOW", "O_NONBLOCK", "O_SYNC", "WNOHANG", "chown", "chroot",
    "confstr", "ctermid", "fchmod", "fchown", "fork", "forkpty", "getegid", "geteuid", "getgid", "getgroups",
    "getpgid", "getpgrp", "getpriority", "getsid", "getuid", "initgroups", "killpg", "lchown", "lockf", "mkfifo",
    "mknod", "nice", "openpty", "pathconf", "pipe2", "posix_spawn", "pread", "pwrite", "readv", "register_at_fork",
    "sched_yield", "sendfile", "setegid", "seteuid", "setgid", "setgroups", "setpgid", "setpriority", "setregid",
    "setreuid", "setsid", "setuid", "statvfs", "sync", "sysconf", "tcgetpgrp", "tcsetpgrp", "ttyname", "uname",
    "wait", "wait3", "wait4", "waitid", "writev",
)  # fmt: skip
OF_SIGNAL: Final = (
    "ITIMER_PROF", "ITIMER_REAL", "ITIMER_VIRTUAL", "SIGALRM", "SIGBUS", "SIGCHLD", "SIGCONT", "SIGHUP", "SIGIO",
    "SIGKILL", "SIGPIPE", "SIGPROF", "SIGQUIT", "SIGSTOP", "SIGSYS", "SIGTRAP", "SIGTSTP", "SIGTTIN", "SIGTTOU",
    "SIGURG", "SIGUSR1", "SIGUSR2", "SIGVTALRM", "SIGWINCH", "SIGXCPU", "SIGXFSZ", "SIG_BLOCK", "SIG_SETMASK",
    "SIG_UNBLOCK", "alarm", "getitimer", "pause", "pthread_kill", "pthread_sigmask", "setitimer", "siginterrupt",
    "sigpending", "sigtimedwait", "sigwait", "sigwaitinfo",
)  # fmt: skip


class Hidden(MetaPathFinder):
    """Finds no module that only POSIX has."""

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Refuse a hidden module, and leave all others to whoever comes next."""
        del path, target
        if fullname in MODULES:
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)
        return None


def take_away() -> None:
    """Take it all away, for the rest of this process."""
    locks: Any = import_module("fcntl")
    for name in MODULES - {"posix"}:  # which os is made of
        sys.modules.pop(name, None)
    sys.meta_path.insert(0, Hidden())
    for module, names in ((os, OF_OS), (signal, OF_SIGNAL)):
        sys.modules[module.__name__] = _without(module, names)
    sys.modules["msvcrt"] = _msvcrt(locks)


def _without(module: ModuleType, names: tuple[str, ...]) -> ModuleType:
    """Return a module with everything of another one but these names."""
    less = ModuleType(module.__name__)
    less.__dict__.update({name: value for name, value in vars(module).items() if name not in names})
    return less


def _msvcrt(locks: Any) -> ModuleType:  # noqa: ANN401  # a module
    """Return the module that has locks on Windows, made of the one that has them here."""
    module: Any = ModuleType("msvcrt")
    module.LK_LOCK, module.LK_UNLCK = 1, 0
    module.locking = lambda descriptor, _mode, _bytes: locks.flock(descriptor, locks.LOCK_EX)
    return module  # type: ignore[no-any-return]


def import_all() -> int:
    """Import every module of the program; return how many there are."""
    import canvas_progress

    names = [module.name for module in pkgutil.walk_packages(canvas_progress.__path__, "canvas_progress.")]
    for name in names:
        import_module(name)
    return len(names)


if __name__ == "__main__":
    for needed in _NOT_OURS:
        import_module(needed)
    take_away()
    if len(sys.argv) == 1:
        sys.stdout.write(f"{import_all()}\n")
    else:
        from canvas_progress.__main__ import main

        main()
