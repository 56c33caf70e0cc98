"""What several files of a folder define under one name, of which only the first is judged."""

from __future__ import annotations

import inspect
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from linecache import getlines
from pathlib import Path
from types import ModuleType
from typing import Any

_NAMED = 4  # of a copy that was worked on, all would be told


def defined_again(
    modules: Iterable[ModuleType], judged: Mapping[str, Any], names: Collection[str], folder: Path
) -> Iterator[str]:
    """A sentence on each file of a folder with functions or classes of its own under ``names``,
    while what is ``judged`` under them stands in another file.
    """
    for module in modules:
        own = [n for n in names if _is_another(vars(module).get(n), judged[n], module)]
        if own:
            file = os.path.relpath(module.__file__ or module.__name__, folder)
            more = f" and {len(own) - _NAMED} more" if len(own) > _NAMED else ""
            them = "it is" if len(own) == 1 else "they are"
            yield (
                f"{file} also defines {', '.join(own[:_NAMED])}{more}, and there {them} not "
                f"judged: name {file}"
            )


def _is_another(value: Any, judged: Any, module: ModuleType) -> bool:
    """Whether it is defined in the module, and not just imported there."""
    if value is judged or not (inspect.isfunction(value) or inspect.isclass(value)):
        return False
    # A file that is imported from two folders gives two objects; and a copy has nothing to add.
    return value.__module__ == module.__name__ and _text_around(value) != _text_around(judged)


def _text_around(value: Any) -> list[str]:
    """The lines of the file that a function, or the first method of a class, stands in."""
    own = vars(value).values() if inspect.isclass(value) else [value]
    return next((getlines(f.__code__.co_filename) for f in own if inspect.isfunction(f)), [])
