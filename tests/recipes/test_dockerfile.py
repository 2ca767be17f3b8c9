"""The Dockerfile is short, and its image has no more than the command. `installing.py` runs what it installs."""

from __future__ import annotations

from markdown import ROOT
from recipes.dockerfile import DOCKERFILE, instructions


def test_it_has_at_most_ten_lines() -> None:
    assert len(DOCKERFILE.read_text("utf-8").splitlines()) <= 10


def test_the_command_is_run_by_a_user_without_rights() -> None:
    words = [word for word, _ in instructions()]
    assert words[-2:] == ["USER", "ENTRYPOINT"]
    user = instructions()[-2][1]
    assert user not in {"root", "0"}
    assert any(word == "RUN" and rest.endswith(f"useradd --create-home {user}") for word, rest in instructions())
    assert instructions()[-1][1] == '["canvas-progress"]'


def test_nothing_but_what_is_named_gets_in_and_no_secret_is_kept_in_a_layer() -> None:
    assert {word for word, _ in instructions()} == {"FROM", "COPY", "RUN", "USER", "ENTRYPOINT"}
    for word, rest in instructions():
        if word == "COPY":
            *sources, target = rest.split()
            assert all((ROOT / source).exists() for source in sources)
            assert "." not in sources
            assert target.startswith("/build")


def test_only_locked_versions_are_installed() -> None:
    for part in (part.strip() for word, rest in instructions() if word == "RUN" for part in rest.split("&&")):
        if part.startswith("pip install"):
            assert "--require-hashes -r " in part or "--no-deps --no-build-isolation" in part
