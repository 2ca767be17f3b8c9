"""Reading, replacing and locking a file of secrets, with everything in its place that can be in its place."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import filelock
import pytest

from canvas_progress.core.errors import CanvasProgressError, FileError, RefusedError
from canvas_progress.storage.private_file import locked, read_private, write_private

# The children of these tests call nothing that a thread of their parent could have left locked.
pytestmark = pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
NOBODY = 65534
only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


def replace(path: Path, text: str) -> None:
    with locked(path):
        write_private(path, text)


def a_secret(path: Path, text: str = "old", mode: int = 0o600) -> Path:
    path.touch()
    path.chmod(mode)
    path.write_text(text)
    return path


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def said_elsewhere(act: Callable[[], object]) -> str:
    """Do it in a forked process, which may give up its rights, and return the error that it met."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            act()
        except CanvasProgressError as error:
            os.write(writer, f"{error.message}; {error.hint}".encode())
        except BaseException as error:  # noqa: BLE001  # nothing may get past the end of the child
            os.write(writer, f"BUG {error!r}".encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return said


def as_nobody(act: Callable[[], object]) -> str:
    def acting() -> None:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        act()

    return said_elsewhere(acting)


@pytest.fixture
def shared() -> Iterator[Path]:
    """Return a folder that others can enter, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.parametrize("umask", [0, 0o022, 0o077])
def test_whatever_the_umask_all_that_is_made_is_for_the_owner_alone(tmp_path: Path, umask: int) -> None:
    path = tmp_path / "a" / "b" / "config.toml"
    before = os.umask(umask)
    try:
        replace(path, "new")
    finally:
        os.umask(before)
    assert {mode_of(path), mode_of(path.with_name("config.toml.lock"))} == {0o600}
    assert {mode_of(tmp_path / "a"), mode_of(tmp_path / "a" / "b")} == {0o700}
    assert names_in(path.parent) == ["config.toml", "config.toml.lock"]


def test_what_is_written_is_read_byte_for_byte(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    replace(path, "é\r\n\n")
    assert path.read_bytes() == "é\r\n\n".encode()
    assert read_private(path) == "é\r\n\n"


def test_a_link_to_another_folder_is_followed_and_the_draft_is_made_there(tmp_path: Path) -> None:
    (tmp_path / "dotfiles").mkdir()
    real = a_secret(tmp_path / "dotfiles" / "real.toml")
    link = tmp_path / "config.toml"
    link.symlink_to(os.path.join("dotfiles", "real.toml"))  # noqa: PTH118  # a relative one
    replace(link, "new")
    assert link.is_symlink()
    assert real.read_text() == "new"
    assert not real.is_symlink()


def test_a_dangling_link_gets_the_file_that_it_points_to(tmp_path: Path) -> None:
    (tmp_path / "dotfiles").mkdir()
    link = tmp_path / "config.toml"
    link.symlink_to(tmp_path / "dotfiles" / "real.toml")
    assert read_private(link) is None
    replace(link, "new")
    assert link.is_symlink()
    assert mode_of(tmp_path / "dotfiles" / "real.toml") == 0o600


def test_a_link_into_a_folder_that_is_not_there_is_an_error_and_makes_none(tmp_path: Path) -> None:
    link = tmp_path / "config.toml"
    link.symlink_to(tmp_path / "unmounted" / "real.toml")
    with pytest.raises(FileError, match=r"cannot write .*: No such file or directory"):
        replace(link, "new")
    assert names_in(tmp_path) == ["config.toml"]


def test_links_in_a_circle_are_an_error(tmp_path: Path) -> None:
    one, other = tmp_path / "one.toml", tmp_path / "other.toml"
    one.symlink_to(other)
    other.symlink_to(one)
    with pytest.raises(FileError, match=r"cannot read .*: Too many levels of symbolic links"):
        read_private(one)
    with pytest.raises(FileError, match="cannot write"):
        replace(one, "new")
    assert one.is_symlink()


def test_two_links_to_one_file_share_its_lock(tmp_path: Path) -> None:
    real = a_secret(tmp_path / "real.toml")
    link = tmp_path / "config.toml"
    link.symlink_to(real)
    with locked(link), pytest.raises(filelock.Timeout):
        filelock.FileLock(f"{real}.lock").acquire(timeout=0)


@pytest.mark.parametrize(
    ("make", "why"),
    [(Path.mkdir, "Is a directory"), (os.mkfifo, "it is no ordinary file")],
    ids=["folder", "named pipe"],
)
def test_what_is_no_ordinary_file_is_neither_read_nor_replaced(
    tmp_path: Path, make: Callable[[Path], None], why: str
) -> None:
    path = tmp_path / "config.toml"
    make(path)
    path.chmod(0o700)
    with pytest.raises(FileError, match=f"cannot read .*: {why}"):
        read_private(path)
    with pytest.raises(FileError, match=r"cannot write .*: it is no ordinary file"):
        replace(path, "new")
    assert not path.is_file()


def test_the_null_device_is_no_file_at_all_and_stays_a_device() -> None:
    assert read_private(Path(os.devnull)) is None
    with pytest.raises(FileError, match="no ordinary file"):
        replace(Path(os.devnull), "new")
    assert Path(os.devnull).is_char_device()
    assert not Path(f"{os.devnull}.lock").exists()


def test_a_file_in_the_place_of_a_folder_is_an_error(tmp_path: Path) -> None:
    path = a_secret(tmp_path / "file") / "config.toml"
    with pytest.raises(FileError, match=r"cannot read .*: Not a directory"):
        read_private(path)
    with pytest.raises(FileError, match=r"cannot write .*: Not a directory"):
        replace(path, "new")


def test_a_file_that_others_can_read_is_refused_with_a_chmod_that_a_shell_understands(tmp_path: Path) -> None:
    path = a_secret(tmp_path / "my config.toml", mode=0o640)
    with pytest.raises(RefusedError, match="mode 0640") as refused:
        read_private(path)
    assert refused.value.hint == f"run `chmod 600 '{path}'`"


def test_text_that_is_not_utf_8_is_told_with_its_place(tmp_path: Path) -> None:
    a_secret(tmp_path / "config.toml").write_bytes(b"ab\xff")
    with pytest.raises(FileError, match=r"is not UTF-8 text: .* at byte 2"):
        read_private(tmp_path / "config.toml")


def test_text_that_cannot_be_written_changes_nothing(tmp_path: Path) -> None:
    path = a_secret(tmp_path / "config.toml")
    with pytest.raises(FileError, match=r"cannot write .*: surrogates not allowed"):
        replace(path, "bad \udcff")
    assert path.read_text() == "old"
    assert names_in(tmp_path) == ["config.toml", "config.toml.lock"]


def test_a_full_disk_leaves_the_old_file_and_no_draft(tmp_path: Path) -> None:
    path = a_secret(tmp_path / "config.toml")

    def act() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        replace(path, "x" * 5000)

    assert said_elsewhere(act) == f"cannot write {path}: File too large; nothing was changed"
    assert path.read_text() == "old"
    assert names_in(tmp_path) == ["config.toml", "config.toml.lock"]


def test_the_draft_of_a_killed_writer_is_removed_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    others = [".config.toml.mine.new", ".other.toml.new", "config.toml.new"]
    for name in (".config.toml.new", *others):
        a_secret(tmp_path / name)
    replace(path, "new")
    assert names_in(tmp_path) == sorted([*others, "config.toml", "config.toml.lock"])


def test_a_link_in_the_place_of_the_draft_is_not_written_through(tmp_path: Path) -> None:
    victim = a_secret(tmp_path / "victim")
    (tmp_path / ".config.toml.new").symlink_to(victim)
    replace(tmp_path / "config.toml", "new")
    assert victim.read_text() == "old"
    assert not (tmp_path / "config.toml").is_symlink()


def test_the_draft_is_on_the_disk_before_it_takes_the_place_of_the_file(tmp_path: Path) -> None:
    """The kernel is asked, since what a power cut leaves behind can not be tried here."""
    synced = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        synced.append((os.fstat(descriptor).st_size, (tmp_path / "config.toml").exists()))
        real(descriptor)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", fsync)
        replace(tmp_path / "config.toml", "new")
    assert synced == [(len("new"), False)]


def test_an_interruption_leaves_no_draft(tmp_path: Path) -> None:
    path = a_secret(tmp_path / "config.toml")

    def interrupted(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", interrupted)
        with pytest.raises(KeyboardInterrupt):
            replace(path, "new")
    assert path.read_text() == "old"
    assert names_in(tmp_path) == ["config.toml", "config.toml.lock"]
    with filelock.FileLock(f"{path}.lock", timeout=0):
        pass


@only_root
def test_a_folder_that_is_not_writable_is_an_error(shared: Path) -> None:
    path = shared / "config.toml"
    assert as_nobody(lambda: replace(path, "new")) == f"cannot write {path}: Permission denied; nothing was changed"
    below = shared / "new" / "config.toml"
    assert as_nobody(lambda: replace(below, "new")) == f"cannot write {below}: Permission denied; nothing was changed"


@only_root
def test_a_file_that_its_owner_made_read_only_is_not_replaced(shared: Path) -> None:
    path = a_secret(shared / "config.toml", mode=0o400)
    for place in (shared, path):
        os.chown(place, NOBODY, NOBODY)
    assert as_nobody(lambda: read_private(path)) == ""
    assert as_nobody(lambda: replace(path, "new")) == f"cannot write {path}: it is read-only; nothing was changed"


@only_root
def test_a_file_of_somebody_else_is_not_read_and_no_chmod_is_suggested(shared: Path) -> None:
    path = a_secret(shared / "config.toml")
    assert as_nobody(lambda: read_private(path)) == f"cannot read {path}: Permission denied; None"
    path.chmod(0o644)
    assert as_nobody(lambda: read_private(path)) == (
        f"{path} holds secrets and can be read by others (mode 0644); it belongs to another user, who can fix that"
    )


@only_root
def test_a_file_that_root_edits_stays_its_owners(shared: Path) -> None:
    path = a_secret(shared / "config.toml")
    os.chown(path, NOBODY, NOBODY)
    replace(path, "new")
    assert (path.stat().st_uid, path.stat().st_gid, mode_of(path)) == (NOBODY, NOBODY, 0o600)


def test_a_read_only_file_system_is_an_error(tmp_path: Path) -> None:
    script = (
        "from pathlib import Path\n"
        "from canvas_progress.storage.private_file import locked\n"
        "with locked(Path('config.toml').absolute()): pass\n"
    )
    mounted = 'mount -t tmpfs -o ro tmpfs "$1" && cd "$1" && exec "$2" -c "$3"'
    unshared = ["unshare", "--map-root-user", "--mount", "sh", "-c"]
    if shutil.which("unshare") is None or subprocess.run([*unshared, "true"], check=False).returncode:
        pytest.skip("no mounts of one's own here")
    ran = subprocess.run(
        [*unshared, mounted, "sh", str(tmp_path), sys.executable, script], capture_output=True, text=True, check=False
    )
    assert ran.stderr.endswith(f"FileError: cannot write {tmp_path}/config.toml: Read-only file system\n")
