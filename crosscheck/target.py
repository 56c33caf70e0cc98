"""The layers that a target defines: loads a module, a file or a folder, and finds functions by
name.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from types import ModuleType

from crosscheck.attempt import Function, quiet, raised
from crosscheck.candidate import Candidate
from crosscheck.errors import TargetError
from crosscheck.layer import Layer


@contextlib.contextmanager
def opened(target: str, layers: Iterable[Layer]) -> Iterator[list[Candidate]]:
    """The layers that a target defines: a module's name, a ``.py`` file, or a folder of them.

    While it is open the target's own imports find its neighbours, also from inside its functions;
    afterwards ``sys.path``, ``sys.modules`` and the current folder are what they were.
    Raises TargetError, with one clear message, if it cannot be found or imported.
    """
    with contextlib.ExitStack() as stack:
        modules = _modules(target, stack)
        found = []
        for layer in layers:
            claimed: set[str] = set()
            for spelling, names in layer.spellings.items():
                functions = _functions(modules, names)
                # Another spelling may share the forward (batchnorm_alt): it needs one of its own.
                if functions.keys() - claimed:
                    found.append(Candidate(layer, functions, spelling))
                claimed |= functions.keys()
        yield found


def _functions(modules: Iterable[ModuleType], names: Iterable[str]) -> dict[str, Function]:
    """What is found under these names: of several the first."""
    functions: dict[str, Function] = {}
    for module in modules:
        for name in names:
            value = vars(module).get(name)
            if callable(value):
                functions.setdefault(name, value)
    return functions


def _modules(target: str, stack: contextlib.ExitStack) -> list[ModuleType]:
    try:
        path = Path(target).resolve()
        is_folder, is_file = bool(target) and path.is_dir(), path.is_file()
    except (OSError, RuntimeError, ValueError) as error:
        raise TargetError(f"{target[:80]!r} cannot be opened: {error}.") from None
    if is_folder:
        return _folder(path, stack)
    if is_file:
        if path.suffix != ".py":
            raise TargetError(f"{target} is not a Python file: its name must end in .py.")
        stack.enter_context(_at_home(path.parent))
        return [_file(path, stack)]
    if not all(part.isidentifier() for part in target.split(".")) or path.suffix == ".py":
        raise TargetError(f"There is no file or folder {target or repr(target)}.")
    stack.enter_context(_at_home(Path.cwd()))
    return [_loaded(target, partial(importlib.import_module, target))]


def _folder(path: Path, stack: contextlib.ExitStack) -> list[ModuleType]:
    """A package is imported as one; of a folder without ``__init__.py`` each file is."""
    files = sorted(f for f in path.glob("*.py") if f.is_file())
    if not files:
        raise TargetError(f"There is no Python file in the folder {path}.")
    if not (path / "__init__.py").is_file():
        stack.enter_context(_at_home(path))
        return [_file(file, stack) for file in files]
    stack.enter_context(_at_home(path.parent))
    stack.enter_context(_own_names(path, path.name))
    importlib.invalidate_caches()
    names = [path.name, *(f"{path.name}.{f.stem}" for f in files if not f.stem.startswith("__"))]
    return [_loaded(str(path), partial(importlib.import_module, n)) for n in names]


def _file(path: Path, stack: contextlib.ExitStack) -> ModuleType:
    """Compiled from its text: bytecode that Python kept may be that of an earlier version."""
    module = ModuleType(f"crosscheck_target_{path.stem}")
    module.__file__ = str(path)
    stack.enter_context(_own_names(path.parent, module.__name__))
    try:
        text = path.read_bytes()
    except OSError as error:
        raise TargetError(f"{path} cannot be read: {error.strerror}.") from None

    def load() -> ModuleType:
        sys.modules[module.__name__] = module  # dataclasses and pickling look it up there
        exec(compile(text, str(path), "exec", dont_inherit=True), vars(module))
        return module

    return _loaded(str(path), load)


def _loaded(target: str, load: Callable[[], ModuleType]) -> ModuleType:
    here = Path.cwd()
    try:
        with quiet():
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
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit too: code under test must not end the check
        raise TargetError(f"{target} cannot be imported: it {raised(error)}.") from None
    finally:
        os.chdir(here)


def _line(error: BaseException) -> str:
    frames = [
        f
        for f in traceback.extract_tb(error.__traceback__)
        if "importlib" not in f.filename and f.filename != __file__
    ]
    return f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""


@contextlib.contextmanager
def _at_home(folder: Path) -> Iterator[None]:
    """Imports find neighbours in that folder, and leave no bytecode behind there."""
    here = Path.cwd()
    wrote_none, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.dont_write_bytecode = wrote_none
        with contextlib.suppress(ValueError):
            sys.path.remove(str(folder))
        os.chdir(here)


@contextlib.contextmanager
def _own_names(folder: Path, name: str) -> Iterator[None]:
    """Another target's module of the same name is not mistaken for this one's, before or after."""
    others = {n: sys.modules.pop(n) for n in list(sys.modules) if (n + ".").startswith(name + ".")}
    before = set(sys.modules)
    try:
        yield
    finally:
        for new in set(sys.modules) - before:
            source = getattr(sys.modules[new], "__file__", None)
            if new == name or (isinstance(source, str) and Path(source).is_relative_to(folder)):
                del sys.modules[new]
        sys.modules.update(others)
