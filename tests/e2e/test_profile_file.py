"""The file of profiles under real processes that write at once and are killed with SIGKILL."""

from __future__ import annotations

import random
import signal
import stat
import subprocess
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

import forks
from canvas_progress.core.credentials import StoredToken
from canvas_progress.storage.profiles import ProfileFile
from command import Command

URL = "https://canvas.example.edu"
SEED = 20250101
WORKERS, EACH = 8, 25
WRITES = 500
FILLING, LONG = 5, "x" * 2000  # profiles with tokens that make the file large enough to be unheard half written
TOO_LONG = 300.0  # for two hundred profiles, each written into the file of all others, on a busy machine

# Says that it is ready, and waits for a line: all of them start writing at once.
BURST = """
import sys
from pathlib import Path
from canvas_progress.core.base_url import parse_base_url
from canvas_progress.core.credentials import Profile, TokenVariable
from canvas_progress.storage.profiles import ProfileFile
import filelock, tomlkit
path, worker, number = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
print("ready", flush=True)
sys.stdin.readline()
for index in range(number):
    profile = Profile(f"w{worker}-{index}", parse_base_url("https://canvas.example.edu"), TokenVariable("T"))
    ProfileFile(path).save(profile)
"""

# Saves one generation of a token after the other, and says so before and after each.
ENDLESS = """
import sys
from itertools import count
from pathlib import Path
from canvas_progress.core.base_url import parse_base_url
from canvas_progress.core.credentials import Profile, Secret, StoredToken
from canvas_progress.storage.profiles import ProfileFile
import filelock, tomlkit
file = ProfileFile(Path(sys.argv[1]))
for generation in count(int(sys.argv[2])):
    print("begun", generation, flush=True)
    file.save(Profile("changing", parse_base_url("https://canvas.example.edu"), StoredToken(Secret(str(generation)))))
    print("saved", generation, flush=True)
"""

# Saves once, and is killed at the n-th thing that it does to a file in that folder; code 0 means that it came through.
KILLED_AT = """
import os, signal, sys
from pathlib import Path
from canvas_progress.core.base_url import parse_base_url
from canvas_progress.core.credentials import Profile, Secret, StoredToken
from canvas_progress.storage.profiles import ProfileFile
import filelock, tomlkit
path, last = Path(sys.argv[1]), int(sys.argv[2])
done = []
def watch(event, arguments):
    if event.startswith(("open", "os.", "fcntl.")) and not event.startswith("os.putenv"):
        if any(str(path.parent) in str(argument) for argument in arguments) or event.startswith("fcntl."):
            done.append(event)
            if len(done) == last:
                os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(watch)
ProfileFile(path).save(Profile("changing", parse_base_url("https://canvas.example.edu"), StoredToken(Secret("new"))))
"""


@contextmanager
def running(script: str, *arguments: object) -> Iterator[forks.Process]:
    with forks.running(script, *arguments) as process:
        try:
            yield process
        finally:
            process.kill()


def line_of(process: forks.Process) -> list[str]:
    assert process.stdout is not None
    return process.stdout.readline().split()


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def filled(path: Path) -> Path:
    """Write a file that takes a while to write."""
    profiles = "".join(f'[profiles.filling-{n}]\nurl = "{URL}"\ntoken = "{n}{LONG}"\n' for n in range(FILLING))
    path.touch(mode=0o600)
    path.write_text(f'default = "changing"\n[profiles.changing]\nurl = "{URL}"\ntoken = "0"\n{profiles}')
    return path


def generation_in(path: Path) -> str:
    """Return the token of the profile that changes; nothing else in the file may have."""
    profiles = ProfileFile(path).load()
    assert len(profiles.all) == FILLING + 1
    assert path.read_text().count(LONG) == FILLING
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    credential = profiles.named("changing").credential
    assert isinstance(credential, StoredToken)
    return credential.secret.reveal()


def test_two_hundred_profiles_saved_by_eight_processes_at_once_are_all_there(tmp_path: Path) -> None:
    path = tmp_path / "new" / "config.toml"
    with ThreadPoolExecutor(WORKERS) as pool:

        def burst(worker: int) -> tuple[int, str]:
            with running(BURST, path, worker, EACH) as process:
                assert line_of(process) == ["ready"]
                _, err = process.communicate("go\n", timeout=TOO_LONG)
                return process.wait(), err

        assert list(pool.map(burst, range(WORKERS))) == [(0, "")] * WORKERS
    profiles = ProfileFile(path).load()
    assert sorted(profile.name for profile in profiles.all) == sorted(
        f"w{worker}-{index}" for worker in range(WORKERS) for index in range(EACH)
    )
    assert profiles.default in {f"w{worker}-0" for worker in range(WORKERS)}
    assert names_in(path.parent) == ["config.toml", "config.toml.lock"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_profiles_added_by_eight_commands_at_once_are_all_there(command: Command) -> None:
    def add(name: str) -> tuple[int, str]:
        ran = command.run("profile", "add", name, "--url", URL, "--token-env", "T", "--no-check")
        return ran.code, ran.out

    names = [f"p{number}" for number in range(2 * WORKERS)]
    command.environment["T"] = "x"
    with ThreadPoolExecutor(WORKERS) as pool:
        assert list(pool.map(add, names)) == [(0, "")] * len(names)
    listed = command.run("profile", "list").out.splitlines()
    assert sorted(line.split("\t")[0] for line in listed) == sorted(names)
    folder = command.home / "config" / "canvas-progress"
    assert names_in(folder) == ["config.toml", "config.toml.lock"]
    assert stat.S_IMODE((folder / "config.toml").stat().st_mode) == 0o600


def test_five_hundred_writes_killed_at_random_moments_never_leave_an_unreadable_file(tmp_path: Path) -> None:
    path = filled(tmp_path / "config.toml")
    moments = random.Random(SEED)
    written = kills = 0
    while written < WRITES:
        with running(ENDLESS, path, written + 1) as process:
            saved = written
            for _ in range(moments.randint(1, 12)):
                assert line_of(process) == ["begun", str(saved + 1)], process.communicate()
                assert line_of(process) == ["saved", str(saved + 1)]
                saved += 1
            try:
                process.wait(moments.uniform(0, 0.02))
            except subprocess.TimeoutExpired:
                process.kill()
            rest, err = process.communicate(timeout=TOO_LONG)
        assert (process.returncode, err) == (-signal.SIGKILL, "")
        kills += 1
        told = [int(line.split()[1]) for line in rest.splitlines() if line.startswith("saved ")]
        saved = max([saved, *told])
        now = int(generation_in(path))
        assert now in {saved, saved + 1}
        written = now
    ProfileFile(path).use("changing")  # no lock is left, and no draft outlasts the next write
    assert names_in(tmp_path) == ["config.toml", "config.toml.lock"]
    assert kills > WRITES // 20


def test_a_writer_killed_at_each_step_leaves_the_old_or_the_new_file_and_hinders_nobody(tmp_path: Path) -> None:
    path = filled(tmp_path / "config.toml")
    seen = []
    for step in range(1, 100):
        filled(path)
        with running(KILLED_AT, path, step) as process:
            _, err = process.communicate(timeout=TOO_LONG)
        assert process.returncode in {0, -signal.SIGKILL}, err
        seen.append((generation_in(path), any(name.endswith(".new") for name in names_in(tmp_path))))
        ProfileFile(path).use("changing")
        assert names_in(tmp_path) == ["config.toml", "config.toml.lock"]
        if process.returncode == 0:
            break
    assert seen[0] == ("0", False)
    assert ("0", True) in seen  # killed before the rename
    assert seen[-1] == ("new", False)
    assert len(seen) > 5


def test_the_file_is_valid_toml_for_a_reader_at_any_moment_of_a_write(tmp_path: Path) -> None:
    path = filled(tmp_path / "config.toml")
    with running(ENDLESS, path, 1) as process:
        generations: list[int] = []
        while len(set(generations)) < 50:
            generations.append(int(tomllib.loads(path.read_text())["profiles"]["changing"]["token"]))
        assert process.poll() is None
    assert generations == sorted(generations)


@pytest.mark.parametrize(
    ("lines", "arguments", "hint"),
    [
        ("", ("show", "1"), "run `canvas-progress profile use 'a b$(x)'`"),
        (
            "default = 'a b$(x)'\n",
            ("show", "1"),
            "run `canvas-progress profile add 'a b$(x)' --url https://canvas.edu`",
        ),
        (
            "[profiles.s]\nurl = 'canvas.edu'\ntoken_env = 'U'\n",
            ("show", "https://canvas.edu/api/v1/progress/1"),
            "say `-p s` or `-p 'a b$(x)'`",
        ),
    ],
)
def test_a_name_that_was_written_by_hand_is_quoted_where_it_is_to_be_typed(
    command: Command, lines: str, arguments: tuple[str, ...], hint: str
) -> None:
    file = command.home / "config.toml"
    file.write_text(f"{lines}[profiles.'a b$(x)']\nurl = 'canvas.edu'\ntoken_env = 'T'\n")
    file.chmod(0o600)
    command.environment["CANVAS_PROGRESS_CONFIG"] = str(file)
    ran = command.run(*arguments)
    assert ran.err.endswith(f"{hint}\n"), ran.err
