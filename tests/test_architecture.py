"""The rules of the house that a machine can check: who may import whom, and who owns what."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import canvas_progress

ROOT = Path(canvas_progress.__file__).parent
MODULES = sorted(path for path in ROOT.rglob("*.py"))
# Which of our packages each one may import; some adapters are a single file.
ADAPTERS = {"canvas", "storage", "terminal", "clock", "processes", "background", "interrupts"}
ALLOWED = {
    "core": {"core"},
    "canvas": {"canvas", "core"},
    "storage": {"storage", "background", "clock", "core"},
    "terminal": {"terminal", "core"},
    "clock": {"clock"},
    "background": {"clock"},
    "interrupts": {"core"},
    "processes": {"background", "clock"},
    "sandbox": {"sandbox"},
    "actions": {"actions", *ADAPTERS, "sandbox", "core"},
    "cli": {"cli", "actions", *ADAPTERS, "sandbox", "core"},
    "__main__": {"cli"},
    "__init__": set[str](),
}
OWNERS = {
    "httpx": {"canvas"},
    "keyring": {"storage"},
    "truststore": {"canvas"},
    "ssl": {"canvas"},
    "rich": {"terminal"},
    "typer": {"cli"},
    "tomllib": {"storage"},
    "tomlkit": {"storage"},
    "filelock": {"storage"},
    "platformdirs": {"storage"},
    "time": {"clock", "sandbox"},
    "subprocess": {"processes"},
    "threading": {"background", "sandbox"},
    "signal": {"interrupts", "processes", "actions"},
    "http.server": {"sandbox"},
    "socketserver": {"sandbox"},
}
HEAVY = {
    "httpx",
    "keyring",
    "jwt",
    "cryptography",
    "rich",
    "typer",
    "tomlkit",
    "filelock",
    "platformdirs",
    "truststore",
    "tomllib",
    "ssl",
}
AT_HOME = {
    "canvas",
    "cli",
    *(f"terminal/{name}.py" for name in ("table", "columns", "frame", "bars")),
}  # loaded late as a whole


def layer(path: Path) -> str:
    relative = path.relative_to(ROOT)
    return relative.parts[0] if len(relative.parts) > 1 else relative.stem


def imports(tree: ast.AST, *, typing_too: bool = True) -> Iterator[str]:
    """Yield the dotted name of everything imported below this node."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING" and not typing_too:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        else:
            yield from imports(node, typing_too=typing_too)


def ours(path: Path) -> set[str]:
    found = {name.split(".")[1] for name in imports(ast.parse(path.read_text())) if name.startswith("canvas_progress.")}
    return found - {"__version__"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_down_only(path: Path) -> None:
    assert ours(path) <= ALLOWED[layer(path)]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_each_outside_thing_has_one_owner(path: Path) -> None:
    for name in imports(ast.parse(path.read_text()), typing_too=False):
        for module, owners in OWNERS.items():
            if name == module or name.startswith(f"{module}."):
                assert layer(path) in owners, f"{name} belongs to {owners}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_heavy_modules_are_imported_where_they_are_used(path: Path) -> None:
    relative = path.relative_to(ROOT).as_posix()
    if layer(path) in AT_HOME or relative in AT_HOME:
        return
    tree = ast.parse(path.read_text())
    tree.body = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    assert not {name.split(".")[0] for name in imports(tree)} & HEAVY


def test_the_core_touches_nothing_outside() -> None:
    allowed_os = {"os", "sys", "time", "socket", "subprocess", "pathlib", "threading", "random", "io", "tempfile"}
    for path in ROOT.glob("core/*.py"):
        assert not {name.split(".")[0] for name in imports(ast.parse(path.read_text()))} & allowed_os, path


@pytest.mark.parametrize(
    ("expression", "home"),
    [("os.environ", "cli/context.py"), ("sys.stdin", "cli/context.py"), ("sys.argv", "__main__.py")],
)
def test_the_process_is_read_in_one_place(expression: str, home: str) -> None:
    where = {path.relative_to(ROOT).as_posix() for path in MODULES if expression in path.read_text()}
    assert where == {home}


def test_only_the_terminal_prints() -> None:
    printing = {
        path.relative_to(ROOT).as_posix()
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "print"
    }
    assert printing <= {"__main__.py"}  # `--version`, before anything is loaded


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_and_functions_stay_small(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= 250
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            length = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
            assert length <= 40, f"{node.name} has {length} lines"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_says_why_it_exists(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text()))
