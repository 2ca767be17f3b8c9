"""The completion scripts in `completions/` are current, the program prints and installs them, and answers them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from canvas_progress.storage.completion_scripts import quoted_for_powershell
from completions import script

_SCRIPTS: Final = {
    "bash": "canvas-progress.bash",
    "zsh": "_canvas-progress",
    "fish": "canvas-progress.fish",
    "powershell": "canvas-progress.ps1",
}
_FOLDER: Final = Path(__file__).parents[2] / "src" / "canvas_progress" / "completions"
_BIN: Final = Path(sys.executable).parent
_VARIABLE: Final = "_CANVAS_PROGRESS_COMPLETE"


def _ask(**variables: str) -> str:
    """Run the command as a completion script does, and return its answer."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("CANVAS_")} | variables
    ran = subprocess.run(
        [_BIN / "canvas-progress"], env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    assert ran.stderr == ""
    return ran.stdout


def _offered(line: str) -> list[str]:
    words = line.split(" ")
    return _ask(**{_VARIABLE: "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}).split()


def test_there_is_one_script_for_each_shell_and_nothing_else() -> None:
    assert {path.name for path in _FOLDER.iterdir()} == set(_SCRIPTS.values())


@pytest.mark.parametrize(("shell", "name"), _SCRIPTS.items())
def test_a_script_is_the_one_that_make_completions_writes(shell: str, name: str) -> None:
    assert (_FOLDER / name).read_text("utf-8") == script(shell), "out of date: run `make completions`"


@pytest.mark.parametrize(("shell", "name"), _SCRIPTS.items())
def test_the_program_prints_the_script_for_the_shell_it_is_asked_for(shell: str, name: str) -> None:
    assert _ask(**{_VARIABLE: f"source_{shell}"}) == (_FOLDER / name).read_text("utf-8")


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("canvas-progress sh", ["show"]),
        ("canvas-progress ", ["show", "watch", "cancel", "list", "recent", "demo", "profile", "sandbox"]),
        ("canvas-progress profile ", ["add", "list", "use", "check", "remove"]),
        ("canvas-progress watch --ti", ["--timeout"]),
        ("canvas-progress show -o ", ["table", "plain", "json"]),
        ("canvas-progress --color n", ["never"]),
        ("canvas-progress xyz", []),
    ],
)
def test_the_scripts_of_older_versions_are_still_answered(line: str, offered: list[str]) -> None:
    assert _offered(line) == offered


def test_the_bash_script_completes_in_bash() -> None:
    steps = """
        source "$1"
        complete -p canvas-progress
        COMP_WORDS=(canvas-progress sh) COMP_CWORD=1
        _canvas_progress_completion canvas-progress
        echo "${COMPREPLY[@]}"
    """
    environment = os.environ | {"PATH": os.pathsep.join([str(_BIN), os.environ["PATH"]])}
    ran = subprocess.run(
        ["bash", "--noprofile", "--norc", "-c", steps, "bash", _FOLDER / "canvas-progress.bash"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert ran.stdout.splitlines()[-1] == "show"


def test_a_tab_for_a_command_an_option_or_its_value_runs_no_program() -> None:
    steps = """
        source "$1"
        PATH=/nonexistent
        for line in 'pro' 'show --exit' 'watch -o j'; do
            COMP_WORDS=(canvas-progress $line) COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))
            _canvas_progress_completion canvas-progress
            echo "${COMPREPLY[@]}"
        done
    """
    ran = subprocess.run(
        ["bash", "--noprofile", "--norc", "-c", steps, "bash", _FOLDER / "canvas-progress.bash"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert (ran.stdout.split(), ran.stderr) == (["profile", "--exit-status", "json"], "")


def _shown(*words: str, shell: str, home: Path = Path("/nonexistent")) -> subprocess.CompletedProcess[str]:
    """Ask for completion from a shell of this name, as far as anybody can tell: its parent has that name."""
    environment = {"PATH": os.pathsep.join([str(_BIN), os.defpath]), "HOME": str(home)}
    steps = "" if shell == "fish" else "; exit $?"  # so that the shell does not make way for the command
    return subprocess.run(
        [shell, "-c", f"canvas-progress {' '.join(words)}{steps}"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_script_is_shown_in_a_shell_that_has_one() -> None:
    ran = _shown("--show-completion", shell="bash")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == (_FOLDER / "canvas-progress.bash").read_text("utf-8")


@pytest.mark.parametrize(
    ("shell", "path", "start_up"),
    [
        ("bash", ".bash_completions/canvas-progress.sh", ".bashrc"),
        ("zsh", ".zfunc/_canvas-progress", ".zshrc"),
        ("fish", ".config/fish/completions/canvas-progress.fish", None),
    ],
)
def test_the_script_is_installed_where_the_shell_looks_for_it_once(
    tmp_path: Path, shell: str, path: str, start_up: str | None
) -> None:
    if not shutil.which(shell):
        pytest.skip(f"there is no {shell} here")
    if start_up:
        (tmp_path / start_up).write_text("echo mine")  # no newline at the end
    for _ in range(2):
        ran = _shown("--install-completion", shell=shell, home=tmp_path)
        assert (ran.returncode, ran.stdout) == (0, "")
        assert str(tmp_path / path) in ran.stderr
    assert (tmp_path / path).read_text("utf-8") == (_FOLDER / _SCRIPTS[shell]).read_text("utf-8")
    if start_up:
        first, second = (tmp_path / start_up).read_text("utf-8").splitlines()
        assert first == "echo mine"
        assert path in second or "fpath+=~/.zfunc" in second


def test_a_home_that_cannot_be_written_is_an_error_with_its_path(tmp_path: Path) -> None:
    (tmp_path / ".bash_completions").write_text("a file")
    ran = _shown("--install-completion", shell="bash", home=tmp_path)
    assert ran.returncode == 1
    assert ran.stderr.startswith(f"error: cannot install completion: {tmp_path}/.bash_completions")


@pytest.mark.parametrize("name", ["o'brien", "a b", "$(touch made) \u2019", "`;&"])
def test_bash_reads_the_script_whatever_the_name_of_the_home(tmp_path: Path, name: str) -> None:
    home = tmp_path / name
    home.mkdir()
    assert _shown("--install-completion", shell="bash", home=home).returncode == 0
    ran = subprocess.run(
        ["bash", "--noprofile", "--norc", "-c", 'source "$HOME/.bashrc" && complete -p canvas-progress'],
        env={"PATH": os.defpath, "HOME": str(home)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert ran.stdout.startswith("complete ")
    assert ran.stderr == ""
    assert not (tmp_path / "made").exists()


def test_each_kind_of_quote_is_doubled_for_powershell() -> None:
    for quote in "'\u2018\u2019\u201a\u201b":
        assert quoted_for_powershell(Path(f"/home/o{quote}brien/$x")) == f"'/home/o{quote * 2}brien/$x'"


@pytest.mark.parametrize(("home", "problem"), [("", "is empty"), ("there", "is no absolute path: `there`")])
def test_a_home_that_is_just_any_folder_is_refused(tmp_path: Path, home: str, problem: str) -> None:
    ran = subprocess.run(
        ["bash", "-c", f"cd '{tmp_path}' && canvas-progress --install-completion; exit $?"],
        env={"PATH": os.pathsep.join([str(_BIN), os.defpath]), "HOME": home},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 2
    assert ran.stderr == f"error: HOME {problem}\nhint: set HOME, or use `--show-completion`\n"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("option", ["--show-completion", "--install-completion"])
def test_a_shell_that_has_none_is_an_error_that_says_which_have_one(option: str) -> None:
    ran = _shown(option, shell="sh")
    assert ran.returncode == 2
    assert "error: there is no completion for this shell\nhint: run it in bash, zsh, fish or PowerShell" in ran.stderr
