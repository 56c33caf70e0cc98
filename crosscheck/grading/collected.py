"""What is kept of the files of one submission, wherever they come from."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from crosscheck.grading.errors import RefusedError
from crosscheck.grading.names import safe_part, shown
from crosscheck.text import counted

MB = 1 << 20
CODE = {".py": 10 * MB, ".ipynb": 50 * MB}  # and how large a file of each may be
ALL = 64 * MB  # of one submission; it is read into memory
_OTHER = MB  # a file that is no code: a text that is read, small weights
_MOST_CODE = 2000
_MOST_OTHER = 1000
_DEEPEST = 32  # folders in folders
_TOLD = 10  # of what is left out

_CACHES = {"__pycache__", "__MACOSX", "node_modules", "site-packages", "venv"}


def suffix(name: str) -> str:
    """``.py`` or ``.ipynb`` if it is code, else empty."""
    return next((s for s in CODE if name.endswith(s)), "")


def passed_over(part: str) -> bool:
    """Whether a file or folder is nobody's work: hidden, a cache, an environment."""
    return part.startswith(".") or part in _CACHES or part.endswith(".egg-info")


class Collected:
    """Files by their path in the submission, in names that every system takes; and what was left
    out, for people.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self._left_out: list[str] = []
        self._size = self._code = self._other = 0

    @property
    def left_out(self) -> tuple[str, ...]:
        """What was left out and why, the first of it."""
        more = len(self._left_out) - _TOLD
        rest = [f"and {counted(more, 'more file')}"] if more > 0 else []
        return (*self._left_out[:_TOLD], *rest)

    def leave_out(self, path: str, why: str) -> None:
        """Go without a file. Raises RefusedError if it is code: then something would be missing."""
        if suffix(path):
            raise RefusedError(f"{shown(path)} {why}.")
        self._left_out.append(f"{shown(path)} {why}: left out")

    def add(self, parts: Sequence[str], size: int, read: Callable[[int], bytes]) -> None:
        """Keep a file of that size; ``read(most)`` gives its content. Raises RefusedError."""
        path = "/".join(parts)
        if len(parts) > _DEEPEST:
            raise RefusedError(f"{shown(path[:80])}… is more than {_DEEPEST} folders deep.")
        most = CODE.get(suffix(path), _OTHER)
        if size > most:
            if suffix(path):
                raise RefusedError(_too_large(path, size, most))
            self.leave_out(path, f"has {size / MB:,.1f} MB and is no code")
            return
        if not suffix(path) and self._other == _MOST_OTHER:
            self.leave_out(path, f"is no code, and there are {_MOST_OTHER:,} such files before it")
            return
        content = read(most)
        self._count(path, len(content))
        name = "/".join(map(safe_part, parts))
        if name in self.files:
            raise RefusedError(f"{shown(path)} is there twice: it is not clear which one counts.")
        self.files[name] = content

    def _count(self, path: str, size: int) -> None:
        self._size += size
        self._code += bool(suffix(path))
        self._other += not suffix(path)
        if self._code > _MOST_CODE:
            raise RefusedError(
                f"it has more than {_MOST_CODE:,} Python files: hand in only those with layers."
            )
        if self._size > ALL:
            raise RefusedError(
                f"its files have more than {ALL // MB} MB in all: hand in only the code."
            )


def _too_large(path: str, size: int, most: int) -> str:
    return (
        f"{shown(path)} has {size / MB:,.0f} MB: more than {most // MB} MB are not read. "
        "Hand in only the code."
    )
