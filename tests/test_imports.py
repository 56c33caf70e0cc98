"""Imports go one way, and nobody pays for what is not used."""

import ast
from pathlib import Path

import pytest

import crosscheck

HOME = Path(crosscheck.__file__).parent
SOURCES = sorted(HOME.rglob("*.py"))
FRAMEWORKS = {"torch", "jax", "jaxlib", "optax"}

# Who may import a framework when it is imported itself, and who only inside functions.
AT_ONCE = {"frameworks/torch.py", "frameworks/jax.py"}
IN_FUNCTIONS = {"report/doctor.py"}

# What stands on what: a module imports only from lines above its own.
ORDER = [
    {"advice", "errors", "finding", "maths", "progress", "source", "text", "theirs", "unfinished"},
    {"dtypes", "attempt", "sandbox"},
    {"scenario", "calling"},
    {"layer"},
    {"layers"},
    {"case", "config", "explain"},
    {"guess", "oracle", "rounding"},
    {"jaxpr", "frameworks", "oracle_file", "taken"},
    {"agreement", "trial", "dropped", "numerical"},
    {"candidate"},
    {"adapters", "recorded"},
    {"live", "compare", "target", "local"},
    {"convention", "init", "worker", "kept"},
    {"selection"},
    {"examination"},
    {"judging"},
    {"blame", "hints", "smallest"},
    {"errormap"},
    {"diagnosis"},
    {"fuzzing"},
    {"report"},
    {"run", "diff"},
    {"autograder", "functions", "grading", "notebook"},
    {"commands", "pytest_plugin"},
    {"cli"},
    {"__main__"},
]


def _name(path):
    """``report/json.py`` is ``report``: a folder is one step of the way."""
    return path.relative_to(HOME).parts[0].removesuffix(".py")


def _imports(tree):
    """Every module that is imported, with when: at once, later (in a function), or for types."""
    found = []

    def walk(node, when):
        for child in ast.iter_child_nodes(node):
            inside = when
            if isinstance(child, ast.FunctionDef):
                inside = "later"
            elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
                inside = "for types"
            if isinstance(child, ast.Import):
                found.extend((alias.name, inside) for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                found.append((child.module or "", inside))
                found.extend((f"{child.module}.{a.name}", inside) for a in child.names)
            walk(child, inside)

    walk(tree, "at once")
    return found


def _imports_of(path):
    return _imports(ast.parse(path.read_text(encoding="utf-8")))


def test_the_search_for_imports_finds_them():
    tree = ast.parse(
        "import jax.numpy\nfrom torch import nn\ndef f():\n    import jax\n"
        "if TYPE_CHECKING:\n    import optax\n"
    )
    assert _imports(tree) == [
        ("jax.numpy", "at once"),
        ("torch", "at once"),
        ("torch.nn", "at once"),
        ("jax", "later"),
        ("optax", "for types"),
    ]


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(HOME)))
def test_frameworks_are_imported_only_where_they_belong(path):
    place = path.relative_to(HOME).as_posix()
    for name, when in _imports_of(path):
        if name.split(".")[0] in FRAMEWORKS:
            may = place.startswith("layers/") or place in IN_FUNCTIONS
            assert place in AT_ONCE or (when != "at once" and may), name


def test_the_modules_that_run_frameworks_are_imported_only_by_agreement_and_live():
    users = {
        path.relative_to(HOME).as_posix()
        for path in SOURCES
        for name, _ in _imports_of(path)
        if name.startswith("crosscheck.frameworks") or name == "crosscheck.agreement"
        if path.parent.name != "frameworks"
    }
    assert users <= {"agreement.py", "live.py"}


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(HOME)))
def test_imports_go_one_way(path):
    rank = {name: i for i, names in enumerate(ORDER) for name in names}
    mine = _name(path)
    if mine == "__init__":
        return
    assert mine in rank, f"where does {mine} stand? add it to ORDER"
    for name, when in _imports_of(path):
        parts = name.split(".")
        if when == "for types":
            continue
        if parts[0] == "crosscheck" and len(parts) > 1 and parts[1] in rank and parts[1] != mine:
            assert rank[parts[1]] < rank[mine], f"{mine} imports {name}"


def _loaded(python, code):
    done = python("-c", f"import sys\n{code}\nprint(*sorted(sys.modules))")
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


HEAVY = {*FRAMEWORKS, "rich", "scipy", "pytest", "hypothesis"}


def test_importing_crosscheck_imports_next_to_nothing(python):
    loaded = _loaded(python, "import crosscheck")
    assert not loaded & (HEAVY | {"numpy", "ml_dtypes"})


def test_importing_the_pytest_plugin_imports_nothing_but_pytest(python):
    loaded = _loaded(python, "import crosscheck.pytest_plugin")
    assert "pytest" in loaded
    ours = {m for m in loaded if m.startswith("crosscheck")}
    assert ours == {"crosscheck", "crosscheck.pytest_plugin"}
    assert not loaded & (HEAVY - {"pytest", "rich", "hypothesis"} | {"numpy", "ml_dtypes"})


def test_a_check_needs_neither_frameworks_nor_a_terminal(python):
    loaded = _loaded(
        python,
        "import crosscheck\n"
        "assert crosscheck.check('impl_numpy', crosscheck.Selection(['relu'])).exit_code == 0",
    )
    assert not loaded & HEAVY


def test_the_public_names_import_no_framework(python):
    loaded = _loaded(python, "from crosscheck import *\nimport crosscheck.cli")
    assert not loaded & FRAMEWORKS


def test_the_catalogue_imports_no_framework(python):
    loaded = _loaded(python, "from crosscheck.layers import catalogue; assert catalogue()")
    assert not loaded & HEAVY
