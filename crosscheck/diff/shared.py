"""Which layers two files share."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from crosscheck.errors import SelectionError


def shared(
    old: Iterable[str], new: Iterable[str], wanted: Collection[str]
) -> tuple[list[str], tuple[str, ...], tuple[str, ...]]:
    """The layers in both files, in the old one only and in the new one only; of those ``wanted``,
    if any are. Raises SelectionError if one that is wanted is in neither.
    """
    olds, news = dict.fromkeys(old), dict.fromkeys(new)
    for name in wanted:
        if name not in olds and name not in news:
            raise SelectionError(
                f"Neither file has a layer {name!r}. They have: {', '.join(olds | news)}."
            )
    olds, news = ({n: None for n in names if n in wanted or not wanted} for names in (olds, news))
    return (
        [n for n in olds if n in news],
        tuple(n for n in olds if n not in news),
        tuple(n for n in news if n not in olds),
    )
