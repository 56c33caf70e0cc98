"""What is computed once for a case, for all of its quantities and relations."""

from __future__ import annotations

from crosscheck.case import Case, Drawn


class CaseKey:
    """A case and its arrays, equal to another one of the same id and the same arrays."""

    def __init__(self, case: Case, drawn: Drawn) -> None:
        self.case, self.drawn = case, drawn
        self._names = case.id, drawn.checksum

    def __hash__(self) -> int:
        """By id and checksum."""
        return hash(self._names)

    def __eq__(self, other: object) -> bool:
        """By id and checksum."""
        return isinstance(other, CaseKey) and self._names == other._names
