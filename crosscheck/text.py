"""Text from elsewhere, made fit to be shown."""

from __future__ import annotations


def printable(text: str) -> str:
    """Without control characters and lone surrogates: an exception's text may hold any, and a
    terminal or an XML file must not obey them.
    """
    return "".join(c if c in "\n\t" or c.isprintable() else "\ufffd" for c in text)


def counted(number: int, noun: str) -> str:
    """``1 case``, ``2 cases``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
