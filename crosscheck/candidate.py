"""The code under test: found by name in a module, a file or a folder, and called."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from crosscheck.errors import TargetError
from crosscheck.layer import Layer

Function = Callable[..., Any]


class NoAnswerError(Exception):
    """The candidate gave no answer that could be judged: it crashed, is not finished, or returned
    something else than what was asked for.
    """

    def __init__(self, kind: str, message: str, function: str, quantity: str = "") -> None:
        super().__init__(message)
        self.kind, self.function, self.quantity = kind, function, quantity


@dataclass(frozen=True)
class Candidate:
    """A layer's functions under test. ``functions`` maps their names in the layer's vocabulary
    (``affine_forward``) to what was found; a pair may lack one of its two.
    """

    layer: Layer
    functions: Mapping[str, Function]

    def location(self, function: str) -> str:
        """Where a function is written, as ``file:line``; empty if Python does not know."""
        try:
            code = inspect.unwrap(self.functions[function]).__code__
        except (AttributeError, KeyError):
            return ""
        return f"{code.co_filename}:{code.co_firstlineno}"

    def forward(self, inputs: Mapping[str, np.ndarray]) -> tuple[dict[str, Any], Any]:
        """The outputs by name, and the cache. Raises NoAnswerError."""
        name, count = self.layer.functions[0], len(self.layer.outputs)
        returned = self._call(name, *inputs.values())
        if not isinstance(returned, (tuple, list)) or len(returned) != count + 1:
            outputs = ", ".join(o.name for o in self.layer.outputs)
            raise NoAnswerError(
                "arity",
                f"must return ({outputs}, cache), but returned {_described(returned)}",
                name,
            )
        return self._named(name, [o.name for o in self.layer.outputs], returned[:-1]), returned[-1]

    def backward(self, cotangents: Mapping[str, np.ndarray], cache: Any) -> dict[str, Any]:
        """The gradients by name. Raises NoAnswerError."""
        name = self.layer.functions[1]
        returned = self._call(name, *cotangents.values(), cache)
        return self._gradients(name, self.layer.gradients, returned)

    def loss(self, inputs: Mapping[str, np.ndarray]) -> dict[str, Any]:
        """The loss and the gradients by name. Raises NoAnswerError."""
        name = self.layer.functions[0]
        return self._gradients(name, self.layer.quantities, self._call(name, *inputs.values()))

    def _gradients(self, function: str, names: Sequence[str], returned: Any) -> dict[str, Any]:
        if len(names) == 1 and not isinstance(returned, tuple):
            returned = (returned,)
        elif (
            not isinstance(returned, (tuple, list))
            or len(returned) != len(names)
            or len(names) == 1
        ):
            wanted = names[0] if len(names) == 1 else f"({', '.join(names)})"
            raise NoAnswerError(
                "arity", f"must return {wanted}, but returned {_described(returned)}", function
            )
        return self._named(function, names, returned)

    def _named(self, function: str, names: Sequence[str], values: Iterable[Any]) -> dict[str, Any]:
        named = dict(zip(names, values, strict=True))
        for name, value in named.items():
            if value is None:
                raise NoAnswerError("unfinished", f"returns None for {name}", function, name)
        return named

    def _call(self, name: str, *arguments: Any) -> Any:
        if name not in self.functions:
            raise NoAnswerError("unfinished", "is not defined", name)
        try:
            # What it prints must not get into a report on standard output.
            with contextlib.redirect_stdout(sys.stderr):
                returned = self.functions[name](*arguments)
        except NotImplementedError as error:
            raise NoAnswerError("unfinished", _raised(error), name) from None
        except (Exception, SystemExit) as error:
            raise NoAnswerError("crash", _raised(error), name) from None
        if returned is None:
            raise NoAnswerError("unfinished", "returns None", name)
        return returned


def _described(value: Any) -> str:
    if isinstance(value, (tuple, list)):
        return f"a {type(value).__name__} of {len(value)}"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    return f"a {type(value).__name__}"


def _raised(error: BaseException) -> str:
    """``raises ValueError: … (layers.py, line 12)``: the innermost line outside NumPy."""
    lines = traceback.extract_tb(error.__traceback__)
    # The first frame is our own call.
    theirs = [f for f in lines[1:] if "site-packages" not in f.filename]
    where = f" ({Path(theirs[-1].filename).name}, line {theirs[-1].lineno})" if theirs else ""
    text = str(error).strip()
    return f"raises {type(error).__name__}{': ' + text if text else ''}{where}"


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
    if path.is_dir():
        return _folder(path)
    if path.is_file():
        if path.suffix != ".py":
            raise TargetError(f"{target} is not a Python file: its name must end in .py.")
        return [_imported_file(path)]
    if path.suffix == ".py" or path.name != target:
        raise TargetError(f"There is no file or folder {target}.")
    with _on_path(Path.cwd()):
        return [_imported(target, target, partial(importlib.import_module, target))]


def _folder(path: Path) -> list[ModuleType]:
    """A package is imported as one; of a folder without ``__init__.py`` each file is."""
    if (path / "__init__.py").is_file():
        name = path.resolve().name
        with _on_path(path.resolve().parent):
            package = _imported(name, str(path), partial(importlib.import_module, name))
        return [package, *_submodules(package, path)]
    files = sorted(path.glob("*.py"))
    if not files:
        raise TargetError(f"There is no Python file in the folder {path}.")
    return [_imported_file(file) for file in files]


def _submodules(package: ModuleType, path: Path) -> list[ModuleType]:
    """The modules of a package that it has not imported itself."""
    names = [f"{package.__name__}.{f.stem}" for f in sorted(path.glob("*.py")) if f.stem[0] != "_"]
    return [_imported(name, name, partial(importlib.import_module, name)) for name in names]


def _imported_file(path: Path) -> ModuleType:
    name = f"crosscheck_target_{path.stem}"
    loader = SourceFileLoader(name, str(path.resolve()))
    module = ModuleType(name)
    module.__file__ = loader.path

    def load() -> ModuleType:
        sys.modules[name] = module  # dataclasses and pickling look it up there
        loader.exec_module(module)
        return module

    with _on_path(path.resolve().parent):
        return _imported(name, str(path), load)


def _imported(name: str, target: str, load: Callable[[], ModuleType]) -> ModuleType:
    try:
        with contextlib.redirect_stdout(sys.stderr):
            return load()
    except ModuleNotFoundError as error:
        sys.modules.pop(name, None)
        if error.name == target:
            raise TargetError(
                f"There is no module, file or folder {target!r}. "
                "Name a .py file, a folder, or a module that Python can import."
            ) from None
        raise TargetError(f"{target} cannot be imported: {error}{_at(error)}.") from None
    except SyntaxError as error:
        sys.modules.pop(name, None)
        line = (error.text or "").strip()
        raise TargetError(
            f"{error.filename or target}, line {error.lineno}: {error.msg}: {line}"
        ) from None
    except (Exception, SystemExit) as error:
        sys.modules.pop(name, None)
        raise TargetError(f"{target} cannot be imported: it {_raised(error)}.") from None


def _at(error: BaseException) -> str:
    lines = [
        f
        for f in traceback.extract_tb(error.__traceback__)
        if "importlib" not in f.filename and f.filename != __file__
    ]
    return f" ({Path(lines[-1].filename).name}, line {lines[-1].lineno})" if lines else ""


@contextlib.contextmanager
def _on_path(folder: Path) -> Any:
    """Imports of neighbours work while the target is imported."""
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        with contextlib.suppress(ValueError):
            sys.path.remove(str(folder))
