"""Names that others have chosen: kept as they are, shown without harm, used in no path of ours."""

from __future__ import annotations

import os
import re
from hashlib import blake2b

_SAFE = re.compile(r"[^\W_](?:[\w .+()-]{0,98}[\w+()-])?|_[\w.-]{0,98}\w")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # on Windows


def text_of(name: str) -> str:
    r"""A file's name as text that can be written anywhere: bytes that are no UTF-8 as ``\xe9``."""
    return os.fsencode(name).decode("utf-8", errors="backslashreplace")


def shown(text: str) -> str:
    r"""Text for people, on one line: what a terminal might obey is escaped, a newline as ``\n``."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def safe_part(part: str) -> str:
    """A name for a file or folder of ours: its own if every system takes it, else one made of a
    hash; the suffix stays, for it says how to read the file.
    """
    if _SAFE.fullmatch(part) and not _RESERVED.fullmatch(part):
        return part
    digest = blake2b(part.encode("utf-8", "surrogateescape"), digest_size=8).hexdigest()
    stem, dot, suffix = part.rpartition(".")
    return f"file_{digest}{dot + suffix if stem and suffix in ('py', 'ipynb') else ''}"


def natural(name: str) -> tuple[list[tuple[int, str]], str]:
    """To sort by: ``s2`` before ``s10``."""
    parts = re.split(r"([0-9]+)", name)
    return [(int(p[:300]), "") if p[:1].isdigit() else (-1, p) for p in parts], name
