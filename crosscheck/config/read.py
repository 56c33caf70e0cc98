"""Reads a ``crosscheck.toml``, and complains where it makes no sense."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from crosscheck.config.entry import Entry
from crosscheck.config.lines import lines_of
from crosscheck.config.mapping import layer_map
from crosscheck.config.record import NAME, Config, ConfigError, LayerMap, Worth
from crosscheck.config.toml import TOMLDecodeError, loads
from crosscheck.config.worth import grading
from crosscheck.dtypes import FORMATS
from crosscheck.layers import catalogue

_KEYS = ("adapter", "strict", "dtypes", "points", "layers")
_LARGEST = 1 << 20  # characters; a course has some forty layers
_AT = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


def read(path: Path, adapters: Callable[[], Sequence[str]]) -> Config:
    """The configuration in a file; ``adapters``: the names that there are.

    Raises ConfigError, whose text gives the line and the key.
    """
    return read_text(_text(path), path, adapters)


def check_text(text: str) -> None:
    """Raise ConfigError if a text that names no adapter makes no sense."""
    read_text(text, Path(NAME), lambda: ())


def read_text(text: str, path: Path, adapters: Callable[[], Sequence[str]]) -> Config:
    """The configuration in a text. Raises ConfigError, as ``read`` does."""
    try:
        value = loads(text)
    except (TOMLDecodeError, RecursionError) as error:
        raise ConfigError(_syntax(path.name, text, str(error))) from None
    return _config(Entry(value, path.name, lines_of(text)), str(path), adapters)


def _config(top: Entry, path: str, adapters: Callable[[], Sequence[str]]) -> Config:
    entries = {entry.key: entry for entry in top.table(_KEYS)}
    adapter, strict, dtypes = (entries.get(key) for key in _KEYS[:3])
    maps: list[LayerMap] = []
    points: dict[str, Worth] = {}
    known = catalogue()
    for table in entries["layers"].table(known, "layer") if "layers" in entries else ():
        found, worth = layer_map(table, known[table.key])
        maps += found
        if worth is not None:
            points[table.key] = worth
    is_strict = strict.flag() if strict else False
    return Config(
        path,
        adapter.one_of(adapters(), "adapters") if adapter else "",
        is_strict,
        tuple(dtypes.names(tuple(FORMATS), "dtypes")) if dtypes else (),
        tuple(maps),
        grading(entries.get("points"), points, known, is_strict),
    )


def _text(path: Path) -> str:
    try:
        if path.exists() and not path.is_file():  # a pipe would be waited for
            raise ConfigError(f"{path} is no file.")
        if path.stat().st_size > _LARGEST:
            raise ConfigError(f"{path.name} is larger than 1 MB: it is not read.")
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from None
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(
            f"{path.name}, line {line}: this is no UTF-8 text. Save the file as UTF-8."
        ) from None


def _syntax(name: str, text: str, problem: str) -> str:
    """What is wrong with the TOML itself, with its line."""
    found = _AT.search(problem)
    last = text.rstrip("\n").count("\n") + 1
    line = int(found[1]) if found and found[1] else last
    what = _AT.sub("", problem) or "it cannot be read"
    return f"{name}, line {line}: this is not TOML: {what[0].lower()}{what[1:]}."
