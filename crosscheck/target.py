"""The layers that a target defines: loads a module, a file or a folder, and finds functions by
name.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from types import ModuleType

from crosscheck.candidate import Candidate, Function, raised
from crosscheck.errors import TargetError
from crosscheck.layer import Layer


def candidates_in(target: str, layers: Iterable[Layer]) -> list[Candidate]:
    """The layers that a target defines: a module's name, a ``.py`` file, or a folder of them.

    Raises TargetError, with one clear message, if it cannot be found or imported.
    """
    modules = _modules(target)
    found = []
    for layer in layers:
        functions: dict[str, Function] = {}
        for module in modules:
            for name in layer.functions:
                value = getattr(module, name, None)
                if callable(value):
                    functions.setdefault(name, value)
        if functions:
            found.append(Candidate(layer, functions))
    return found


def _modules(target: str) -> list[ModuleType]:
    path = Path(target)
    if target and path.is_dir():
        return _folder(path)
    if path.is_file():
        if path.suffix != ".py":
            raise TargetError(f"{target} is not a Python file: its name must end in .py.")
        return [_file(path)]
    if not all(part.isidentifier() for part in target.split(".")) or path.suffix == ".py":
        raise TargetError(f"There is no file or folder {target or repr(target)}.")
    with _on_path(Path.cwd()):
        return [_loaded(target, partial(importlib.import_module, target))]


def _folder(path: Path) -> list[ModuleType]:
    """A package is imported as one; of a folder without ``__init__.py`` each file is."""
    files = sorted(f for f in path.glob("*.py") if f.is_file())
    if not files:
        raise TargetError(f"There is no Python file in the folder {path}.")
    if not (path / "__init__.py").is_file():
        return [_file(file) for file in files]
    name = path.resolve().name
    names = [name, *(f"{name}.{f.stem}" for f in files if not f.stem.startswith("__"))]
    with _on_path(path.resolve().parent), _own_names(path.resolve(), name):
        importlib.invalidate_caches()
        return [_loaded(str(path), partial(importlib.import_module, n)) for n in names]


def _file(path: Path) -> ModuleType:
    """Compiled from its text: bytecode that Python kept may be that of an earlier version."""
    module = ModuleType(f"crosscheck_target_{path.stem}")
    module.__file__ = str(path.resolve())

    def load() -> ModuleType:
        sys.modules[module.__name__] = module  # dataclasses look it up there
        code = compile(path.read_bytes(), str(module.__file__), "exec", dont_inherit=True)
        exec(code, vars(module))
        return module

    folder = path.resolve().parent
    with _on_path(folder), _own_names(folder, module.__name__):
        return _loaded(str(path), load)


def _loaded(target: str, load: Callable[[], ModuleType]) -> ModuleType:
    try:
        # What it prints must not get into a report on standard output.
        with contextlib.redirect_stdout(sys.stderr):
            return load()
    except ModuleNotFoundError as error:
        if error.name == target:
            raise TargetError(
                f"There is no module, file or folder {target!r}. "
                "Name a .py file, a folder, or a module that Python can import."
            ) from None
        raise TargetError(f"{target} cannot be imported: {error}{_line(error)}.") from None
    except SyntaxError as error:
        line = f", line {error.lineno}" if error.lineno else ""
        text = f": {error.text.strip()}" if error.text else ""
        raise TargetError(f"{error.filename or target}{line}: {error.msg}{text}") from None
    except OSError as error:
        raise TargetError(f"{target} cannot be read: {error.strerror or error}.") from None
    except (Exception, SystemExit) as error:
        raise TargetError(f"{target} cannot be imported: it {raised(error)}.") from None


def _line(error: BaseException) -> str:
    frames = [
        f
        for f in traceback.extract_tb(error.__traceback__)
        if "importlib" not in f.filename and f.filename != __file__
    ]
    return f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""


@contextlib.contextmanager
def _on_path(folder: Path) -> Iterator[None]:
    """Imports of neighbours work while the target is imported, and leave no bytecode behind."""
    wrote_none, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.dont_write_bytecode = wrote_none
        with contextlib.suppress(ValueError):
            sys.path.remove(str(folder))


@contextlib.contextmanager
def _own_names(folder: Path, name: str) -> Iterator[None]:
    """Another target's module of the same name is not mistaken for this one's, before or after."""
    others = {n: sys.modules.pop(n) for n in list(sys.modules) if (n + ".").startswith(name + ".")}
    before = set(sys.modules)
    try:
        yield
    finally:
        for new in set(sys.modules) - before:
            source = getattr(sys.modules[new], "__file__", None) or ""
            if new == name or Path(source).is_relative_to(folder):
                del sys.modules[new]
        sys.modules.update(others)
