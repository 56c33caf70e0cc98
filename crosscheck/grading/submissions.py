"""Submissions: what of each is judged, read once and for all, and hostile until proved otherwise.

A submission is a value: its files are in it, so that what is hashed, what is sent to another
machine and what is judged are the same bytes.
"""

from __future__ import annotations

import contextlib
import io
import os
import stat
import tempfile
import tokenize
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import blake2b
from pathlib import Path

from crosscheck.config import NAME as CONFIG
from crosscheck.grading import unzip
from crosscheck.grading.collected import CODE, Collected, passed_over, suffix
from crosscheck.grading.errors import GradingError, RefusedError
from crosscheck.grading.folder import collect_folder, read_regular
from crosscheck.grading.names import natural, shown, text_of


@dataclass(frozen=True)
class Submission:
    """One submission. ``files``: by their path in it, with ``/``. ``target``: the one that is
    judged; if empty, all of them, as a folder. ``refused``: why it cannot be judged.
    ``left_out``: files that were not read, and why. ``path``: where the target lies, while it is
    judged.
    """

    name: str
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    target: str = ""
    refused: str = ""
    left_out: tuple[str, ...] = ()
    path: str = ""

    @cached_property
    def digest(self) -> str:
        """The same for the same content, whatever its name."""
        digest = blake2b(digest_size=16)
        for part in (self.target, self.refused, *self.left_out, ""):
            digest.update(f"{len(part)} {part}".encode("utf-8", "backslashreplace"))
        for path, content in sorted(self.files.items()):
            digest.update(f"{len(path)} {path} {len(content)} ".encode("utf-8", "backslashreplace"))
            digest.update(content)
        return digest.hexdigest()

    @contextlib.contextmanager
    def unpacked(self) -> Iterator[tuple[Path, Submission]]:
        """A private temporary folder with its files and nothing else; and itself, with its path.

        Code under test needs to read that folder only, and to write nowhere. Raises OSError.
        """
        with tempfile.TemporaryDirectory(prefix="crosscheck-", ignore_cleanup_errors=True) as made:
            folder = Path(made).resolve()
            for path, content in self.files.items():
                place = folder.joinpath(*path.split("/"))
                place.parent.mkdir(parents=True, exist_ok=True)
                with place.open("xb") as file:
                    file.write(content)
            target = folder.joinpath(*filter(None, self.target.split("/")))
            yield folder, replace(self, path=str(target))


@dataclass(frozen=True)
class Found:
    """An entry of a folder of submissions, not yet read."""

    name: str
    path: Path

    def read(self, file: str = "") -> Submission:
        """What is in it; never raises: what cannot be read is refused."""
        return read(self.path, self.name, file)


def found_in(folder: Path) -> list[Found]:
    """The submissions of a folder, ``s2`` before ``s10``: everything in it that is not hidden, but
    for a ``crosscheck.toml``. Raises GradingError.
    """
    try:
        entries = sorted((path.name for path in folder.iterdir()), key=os.fsencode)
    except OSError as error:
        raise GradingError(
            f"The folder of submissions {shown(text_of(str(folder)))} cannot be read: "
            f"{error.strerror}."
        ) from None
    found: dict[str, Found] = {}
    for entry in entries:
        if passed_over(entry) or entry == CONFIG:
            continue
        name = text_of(entry)
        while name in found:  # a name with \xe9 written out, beside one with that byte
            name += "~"
        found[name] = Found(name, folder / entry)
    if not found:
        raise GradingError(
            f"There is no submission in {folder}. Each entry of the folder is one: "
            "a .py file, a notebook, a folder or a .zip file."
        )
    return sorted(found.values(), key=lambda f: natural(f.name))


def read(path: Path, name: str, file: str = "") -> Submission:
    """One submission: a ``.py`` file, a notebook, a folder or a zip file; ``file``: of a folder or
    zip file, the file that is judged. Never raises: what cannot be read is refused.
    """
    into = Collected()
    try:
        is_single = _collect(path, into)
        code = sorted(p for p in into.files if suffix(p))
        if not code:
            raise RefusedError(_no_code(into))
        target = code[0] if is_single else _named(file, code) if file else ""
        problems = [problem for p in ([target] if target else code) if (
            problem := _no_text(p, into.files[p]))]  # fmt: skip
        if len(problems) == (1 if target else len(code)):
            raise RefusedError(problems[0])
    except RefusedError as error:
        said = str(error)
        named = said if said.startswith((f"{name} ", f"{name},")) else f"{shown(name)}: {said}"
        return Submission(name, refused=named, left_out=into.left_out)
    except OSError as error:
        why = error.strerror or type(error).__name__
        return Submission(name, refused=f"{shown(name)} cannot be read: {why}.")
    except MemoryError:
        return Submission(name, refused=f"{shown(name)} is too large to be read.")
    return Submission(name, dict(sorted(into.files.items())), target, left_out=into.left_out)


def _collect(path: Path, into: Collected) -> bool:
    """Read it; whether it is a single file of code. Raises RefusedError, OSError."""
    status = path.lstat()
    name = text_of(path.name)
    if stat.S_ISLNK(status.st_mode):
        raise RefusedError("it is a link, and links are not followed. Put the file itself there.")
    if stat.S_ISDIR(status.st_mode):
        collect_folder(path, into)
        return False
    if not stat.S_ISREG(status.st_mode):
        raise RefusedError("it is neither a file nor a folder.")
    if suffix(name):
        into.add((name,), status.st_size, lambda most: read_regular(path, most))
        return True
    if not name.lower().endswith(".zip"):
        raise RefusedError("it is neither a .py file, a notebook, a folder nor a .zip file.")
    if status.st_size > unzip.MOST:
        raise RefusedError(
            f"it has {status.st_size >> 20:,} MB: more than {unzip.MOST >> 20} MB are not read. "
            "Hand in only the code."
        )
    unzip.collect_zip(read_regular(path, unzip.MOST), into)
    return False


def _no_code(into: Collected) -> str:
    has = [shown(p) for p in into.files] + list(into.left_out)
    said = f" It has: {', '.join(has[:5])}{' …' if len(has) > 5 else ''}." if has else ""
    return f"there is no {' and no '.join(CODE)} file in it.{said}"


def _named(file: str, code: Sequence[str]) -> str:
    """The path of the file that is to be judged: of several of that name the one nearest the top.

    Raises RefusedError.
    """
    wanted = file.replace("\\", "/").strip("/")
    found = [p for p in code if p == wanted or p.endswith(f"/{wanted}")]
    nearest = min((p.count("/") for p in found), default=0)
    found = [p for p in found if p.count("/") == nearest]
    if not found:
        there = ", ".join(code[:5]) + (" …" if len(code) > 5 else "")
        raise RefusedError(f"there is no file {shown(file)} in it. It has: {there}.")
    if len(found) > 1:
        raise RefusedError(f"it has several files {shown(file)}: {', '.join(found[:5])}.")
    return found[0]


def _no_text(path: str, content: bytes) -> str:
    """Why it cannot be read as Python or as a notebook; empty if nothing speaks against it."""
    if not content.strip():
        return f"{path} is empty."
    if b"\0" in content:
        return f"{path} is no text: it has a zero byte at {content.index(0):,}."
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        if not _says_its_encoding(content):
            line = content.count(b"\n", 0, error.start) + 1
            return f"{path}, line {line}: this is no UTF-8 text. Save the file as UTF-8."
    return ""


def _says_its_encoding(content: bytes) -> bool:
    """Whether Python can read it all the same: ``# coding: latin-1`` in its first two lines."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        content.decode(encoding)
    except (SyntaxError, UnicodeDecodeError, LookupError):
        return False
    return True
