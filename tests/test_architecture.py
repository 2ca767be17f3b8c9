"""The rules of the house that a machine can check: who may import whom, and who owns what."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import canvas_progress

ROOT = Path(canvas_progress.__file__).parent
# Which of our packages each one may import; some adapters are a single file.
ADAPTERS = {"canvas", "storage", "terminal", "clock", "processes", "pipes", "background", "interrupts"}
ALLOWED = {
    "core": {"core"},
    "canvas": {"canvas", "core"},
    "storage": {"storage", "background", "core"},
    "terminal": {"terminal", "core"},
    "clock": {"clock"},
    "background": {"clock", "core"},
    "interrupts": {"core"},
    "pipes": set(),
    "processes": {"background", "clock", "core", "pipes"},
    "sandbox": {"sandbox"},
    "actions": {"actions", *ADAPTERS, "sandbox", "core"},
    "composition": {"composition", "actions", *ADAPTERS, "sandbox", "core"},
    "api": {"composition", "actions", *ADAPTERS, "core"},
    "cli": {"cli", "api", "composition", "actions", *ADAPTERS, "sandbox", "core"},
    "__main__": {"cli"},
    "__init__": {"api", "core"},
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
    "time": {"clock", "processes", "pipes", "sandbox"},
    "subprocess": {"processes", "pipes"},
    "threading": {"background", "processes", "terminal", "sandbox"},
    "signal": {"interrupts", "background", "processes"},
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
    *(
        f"terminal/{name}.py"
        for name in ("table", "drawing", "layout", "frame", "header", "live", "profile_list", "row_layout", "rows")
    ),
}  # loaded late as a whole


@cache
def trees() -> dict[Path, ast.Module]:
    """Parse all of our modules, once, and not in the processes that only collect these tests."""
    return {path: ast.parse(path.read_text()) for path in sorted(ROOT.rglob("*.py"))}


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


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


def ours(tree: ast.AST) -> set[str]:
    found = {name.split(".")[1] for name in imports(tree) if name.startswith("canvas_progress.")}
    return found - {"__version__"}


def at_the_top(tree: ast.Module) -> set[str]:
    """Return the packages that are imported as soon as the module is."""
    loaded = ast.Module([node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)], [])
    return {name.split(".")[0] for name in imports(loaded)}


def length(function: ast.FunctionDef) -> int:
    """Return how many lines the body of a function has, without its docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_imports_point_down_only() -> None:
    wrong = [
        f"{named(path)} imports {name}"
        for path, tree in trees().items()
        for name in sorted(ours(tree) - ALLOWED[layer(path)])
    ]
    assert not wrong, "\n".join(wrong)


def test_each_outside_thing_has_one_owner() -> None:
    wrong = [
        f"{named(path)}: {name} belongs to {owners}"
        for path, tree in trees().items()
        for name in imports(tree, typing_too=False)
        for module, owners in OWNERS.items()
        if (name == module or name.startswith(f"{module}.")) and layer(path) not in owners
    ]
    assert not wrong, "\n".join(wrong)


def test_heavy_modules_are_imported_where_they_are_used() -> None:
    wrong = [
        f"{named(path)} imports {name}"
        for path, tree in trees().items()
        if layer(path) not in AT_HOME and named(path) not in AT_HOME
        for name in sorted(at_the_top(tree) & HEAVY)
    ]
    assert not wrong, "\n".join(wrong)


def test_no_file_imports_itself_by_way_of_others() -> None:
    names = {f"canvas_progress.{'.'.join(path.relative_to(ROOT).with_suffix('').parts)}": path for path in trees()}
    graph = {
        name: {imported for found in imports(trees()[path]) for imported in (found, found.rpartition(".")[0])}
        & (names.keys() - {name})
        for name, path in names.items()
    }
    assert sum(map(len, graph.values())) > 100
    list(TopologicalSorter(graph).static_order())  # raises CycleError, which names the files


def test_the_core_touches_nothing_outside() -> None:
    allowed_os = {"os", "sys", "time", "socket", "subprocess", "pathlib", "threading", "random", "io", "tempfile"}
    wrong = [
        f"{named(path)} imports {name}"
        for path, tree in trees().items()
        if layer(path) == "core"
        for name in imports(tree)
        if name.split(".")[0] in allowed_os
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("expression", "home"),
    [("os.environ", "composition/session.py"), ("sys.stdin", "cli/context.py"), ("sys.argv", "__main__.py")],
)
def test_the_process_is_read_in_one_place(expression: str, home: str) -> None:
    where = {named(path) for path in trees() if expression in path.read_text()}
    assert where == {home}


def test_only_the_terminal_prints() -> None:
    printing = {
        named(path)
        for path, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "print"
    }
    assert printing <= {"__main__.py"}  # `--version`, before anything is loaded


def test_modules_and_functions_stay_small() -> None:
    long_modules = [f"{named(path)} is too long" for path in trees() if path.read_text().count("\n") > 250]
    long_functions = [
        f"{named(path)}: {node.name} has {lines} lines"
        for path, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and (lines := length(node)) > 40
    ]
    assert not [*long_modules, *long_functions], "\n".join([*long_modules, *long_functions])


def test_every_module_says_why_it_exists() -> None:
    silent = [named(path) for path, tree in trees().items() if not ast.get_docstring(tree)]
    assert not silent, "\n".join(silent)


# What the code does not say, and what it says instead. A pattern matches whole words, also as a part of a name.
PLAIN_WORDS = {
    r"ask(s|ed|ing)?": "request, poll; prompt",
    r"tells?|told|telling": "report, print, say",
    r"(go|goes|going) by the": "match, accept",
    r"mend(s|ed|ing)?": "fix",
    r"vouch(es|ed)?": "sign, trust",
    r"buys?|bought": "cost, reserve",
    r"(un)?dress(es|ed|ing)?": "add headers",
    r"aloud": "reporting each attempt",
    r"takes? it up": "resume",
    r"can(not)? be had": "cannot listen on, is not available",
    r"no time at all": "must be greater than zero",
    r"foreign letters": "characters that no token can have",
    r"plays? along": "fail",
}
# There, a person is the one who is asked.
OF_PEOPLE = (
    "ask for a password", "ask for its password", "ask for the token", "asks for the token", "ask its administrator",
    "ask who runs", "confirmation, and there is no terminal to ask on",
)  # fmt: skip
# Names that were our own, of things and of files, and what the field calls them.
FIELD_NAMES = {
    "Asked": "RequestContext", "Bid": "TokenRequest", "Common": "GlobalOptions", "GuardError": "RefusedError",
    "JsonEvents": "Output", "Line": "Connection", "Look": "Symbol", "Recent": "History", "Remembered": "HistoryEntry",
    "StandingView": "ExitStack.callback", "Wire": "HttpOptions", "actions/asking": "requests",
    "actions/patience": "backoff", "actions/posting": "cancellation", "actions/remembering": "recording",
    "actions/settling": "cancellation", "canvas/judgement": "response_errors", "canvas/lti_refusals": "token_errors",
    "cli/wiring": "connections", "core/verdict": "exit_status", "knows": "can_encode", "reads_tables": "stdout_is_tty",
    "remembered": "history_entry", "root": "sqrt_scale", "sandbox/dressing": "headers", "sandbox/ledger": "state",
    "sandbox/mishaps": "fault_responses", "sandbox/peculiar_jobs": "edge_cases", "sandbox/shapes": "serializer",
    "send_notes_to": "redirect_notes", "share": "fraction", "terminal/looks": "symbols", "terminal/plain": "tsv",
    "terminal/view": "callbacks", "through": "parent_path",
}  # fmt: skip


def names_in(path: Path) -> set[str]:
    """Return all names that a file defines or uses, and its own one."""
    found = {named(path).removesuffix(".py")}
    for node in ast.walk(trees()[path]):
        names = (getattr(node, field, None) for field in ("id", "attr", "arg", "name"))
        found.update(name for name in names if isinstance(name, str))
    return found


@pytest.mark.parametrize("pattern", PLAIN_WORDS)
def test_the_code_says_it_in_plain_words(pattern: str) -> None:
    word = re.compile(rf"(?<![a-z])(?:{pattern})(?![a-z])")
    wrong = []
    for path in trees():
        text = re.sub("(?<=[a-z])(?=[A-Z])", "_", path.read_text()).lower()
        for phrase in OF_PEOPLE:
            text = text.replace(phrase, "")
        found = sorted({match[0] for match in word.finditer(text)})
        if found:
            wrong.append(f"{named(path)}: {', '.join(found)}")
    assert not wrong, "\n".join([f"say {PLAIN_WORDS[pattern]}", *wrong])


def test_names_are_the_fields() -> None:
    wrong = [
        f"{named(path)}: {name}, better {FIELD_NAMES[name]}"
        for path in trees()
        for name in sorted(names_in(path) & FIELD_NAMES.keys())
    ]
    assert not wrong, "\n".join(wrong)


def with_placeholders(text: ast.JoinedStr) -> str:
    """Return an f-string with a mark in place of each value."""
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "\0" for part in text.values)


def test_a_name_in_a_command_line_to_type_is_quoted_for_a_shell() -> None:
    typed = re.compile(r"`(?:canvas-progress|-p|--profile|openssl|chmod) [^`]*\0")
    wrong = [
        f"{named(path)}: {ast.unparse(node)}, better `command_line`"
        for path, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr) and typed.search(with_placeholders(node))
    ]
    assert not wrong, "\n".join(wrong)
