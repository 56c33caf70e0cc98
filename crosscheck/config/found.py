"""Where a target's ``crosscheck.toml`` is looked for."""

from __future__ import annotations

from pathlib import Path

from crosscheck.config.record import NAME


def found_for(target: str) -> Path | None:
    """The file beside a target or in its folder; else in a folder above, as far as the top of the
    repository, or below the home folder.

    Outside of both nobody knows whose the folders above are: only the target's own is looked in.
    A module that is not a file of the current folder has none.
    """
    start = _folder(target)
    if start is None:
        return None
    for folder in [start, *_above(start)]:
        if (folder / NAME).is_file():
            return folder / NAME
    return None


def _folder(target: str) -> Path | None:
    """The folder that a target is, or lies in."""
    try:
        path = Path(target).resolve()
        if target and path.is_dir():
            return path
        if path.is_file():
            return path.parent
        here = Path.cwd().joinpath(*target.split(".")) if target else Path.cwd()
        return here.parent if here.with_name(here.name + ".py").is_file() else None
    except (OSError, RuntimeError, ValueError):
        return None  # the target cannot be opened either, and that is told in its place


def _above(folder: Path) -> list[Path]:
    """The folders above one that are as surely the same person's."""
    chain = [folder, *folder.parents]
    top = next((i for i, f in enumerate(chain) if (f / ".git").exists()), None)
    if top is not None:
        return chain[1 : top + 1]
    home = _home()
    return chain[1 : chain.index(home)] if home in chain else []


def _home() -> Path | None:
    try:
        return Path.home().resolve()
    except (OSError, RuntimeError):
        return None
