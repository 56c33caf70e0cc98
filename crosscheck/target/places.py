"""Where a file stands: the folder that its imports start from, and its dotted name there."""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from crosscheck.target.code import nodes

_HIGHEST = 5  # folders up, in search of what a file imports
_TAKEN = {"numpy", "crosscheck"}  # a folder of that name is not to hide the package


@dataclass(frozen=True)
class Place:
    """``root``: the folder that imports start from; ``name``: the module's; ``packages``: each
    package above it with its folder; ``others``: more folders that its imports need.
    """

    root: Path
    name: str
    packages: Sequence[tuple[str, Path]] = ()
    others: Sequence[Path] = ()


def place(path: Path, tree: ast.Module | None = None) -> Place:
    """Of a file: in its package, as far up as there is an ``__init__.py``, or as its own imports
    say (``from ..layers``, ``from cs231n.layers``); otherwise by itself.
    """
    imports = list(_imports(tree)) if tree else []
    folder = path.parent
    tops = [_by_init(folder), _by_level(folder, imports), *_by_name(folder, imports)]
    top = min(filter(None, tops), key=lambda p: len(p.parts), default=None)
    root = top.parent if top else folder
    others = tuple(dict.fromkeys(_needed(root, folder, imports)))
    if top is None:
        return Place(root, f"crosscheck_target_{path.stem}", (), others)
    parts = path.relative_to(root).with_suffix("").parts
    names = [_named(part, first=i == 0) for i, part in enumerate(parts)]
    packages = tuple(
        (".".join(names[:depth]), root.joinpath(*parts[:depth])) for depth in range(1, len(parts))
    )
    if path.name == "__init__.py":
        return Place(root, packages[-1][0], packages[:-1], others)
    return Place(root, ".".join(names), packages, others)


def _named(part: str, first: bool) -> str:
    part = part.replace(".", "_")
    return f"crosscheck_target_{part}" if first and part in _TAKEN else part


def _imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Level and module of every import, wherever it is."""
    yield from ((0, alias.name) for node in nodes(tree, ast.Import) for alias in node.names)
    yield from ((node.level, node.module or "") for node in nodes(tree, ast.ImportFrom))


def _by_init(folder: Path) -> Path | None:
    top = None
    while (folder / "__init__.py").is_file() and folder.parent != folder:
        top, folder = folder, folder.parent
    return top


def _by_level(folder: Path, imports: Iterable[tuple[int, str]]) -> Path | None:
    up = max((level for level, _ in imports), default=0)
    return [folder, *folder.parents][up - 1] if 0 < up <= len(folder.parents) else None


def _by_name(folder: Path, imports: Iterable[tuple[int, str]]) -> Iterator[Path]:
    for level, module in imports:
        first = module.partition(".")[0]
        for above in [folder, *folder.parents][:_HIGHEST]:
            is_it = not level and above.name == first and _has(above.parent, module)
            if is_it and not _is_elsewhere(first, above):
                yield above


def _needed(root: Path, folder: Path, imports: Iterable[tuple[int, str]]) -> Iterator[Path]:
    """Folders further up that have what is imported: ``from common.layers import *``."""
    for level, module in imports:
        if level or any(_has(near, module) for near in (root, folder)):
            continue
        for above in list(root.parents)[:_HIGHEST]:
            if _has(above, module) and not _is_elsewhere(module.partition(".")[0], above):
                yield above
                break


def _has(folder: Path, module: str) -> bool:
    path = folder.joinpath(*module.split("."))
    is_package = (path / "__init__.py").is_file()
    return is_package or path.with_name(path.name + ".py").is_file()


def _is_elsewhere(name: str, place: Path) -> bool:
    """Whether a module of that name is installed, in another place than this."""
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return False
    if spec is None:
        return False
    where = [spec.origin] if spec.origin else list(spec.submodule_search_locations or ())
    return not any(Path(w).is_relative_to(place) for w in where if w)
