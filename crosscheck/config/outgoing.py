"""What comes out of the code of a table: outputs, gradients, and what is kept between the two."""

from __future__ import annotations

from crosscheck.calling import Bundle
from crosscheck.config.entry import Entry, different, meant
from crosscheck.config.incoming import Incoming
from crosscheck.config.record import Argument


class Outgoing(Incoming):
    """A table whose functions and arguments are known: what these return, and leave behind."""

    def returns(
        self, get: dict[str, str], arguments: list[Argument]
    ) -> tuple[list[str], list[str]]:
        """What the first function returns, and what of that is none of our outputs."""
        left = self._left_in(arguments)
        awaited = [n for n in self.words.returned(len(self.functions)) if n not in {*get, *left}]
        entry = self.given.get("returns")
        if entry is None and "config" in arguments:  # of an optimizer, which gives it back
            return [*awaited, "config"], []
        if entry is None:
            cache = len(self.functions) == 2 and not self.of_class
            return [*awaited, *(["cache"] if cache else [])], ["cache"] if cache else []
        returns = different([(item, item.text()) for item in entry.items()])
        for name in awaited:
            if name not in returns and not self._in_place(name):
                also = ", or get" if self.of_class else ""
                raise entry.error(f"{name} is missing: name it here{also}.")
        kept = [n for n in returns if n not in (*awaited, *left, *get, "_")]
        self._used(entry, kept, awaited)
        return returns, kept

    def _used(self, entry: Entry, kept: list[str], awaited: list[str]) -> None:
        """What is no output must be for something: else it may be an output, misspelt."""
        later = self.given.get("backward_arguments", self.given.get("arguments"))
        asked = later.value if later and isinstance(later.value, list) else []
        for name in kept:
            implied = len(self.functions) == 2 and "backward_arguments" not in self.given
            if name != "config" and name not in asked and not implied:
                raise entry.items()[entry.value.index(name)].error(
                    f"{name} is no output, and nobody takes it.{meant(name, awaited)} The outputs "
                    f'are: {", ".join(awaited)}. What is not looked at is written "_".'
                )

    def _in_place(self, name: str) -> bool:
        return name == "next_w"  # w itself, changed in place

    def _left_in(self, arguments: list[Argument]) -> list[str]:
        """Outputs that are found in a dict afterwards."""
        found = []
        for a in arguments:
            if isinstance(a, str):
                bundle = next((b for b in self.layer.arguments if _is_bundle(b, a)), None)
                found += list(bundle.returns) if isinstance(bundle, Bundle) else []
            else:
                found += [n for n in a.values() if n in self.words.outputs]
        return found

    def backward_arguments(self, kept: list[str], known: list[str]) -> list[str]:
        """What the backward takes; the cotangents and what was kept, if that is not said."""
        entry = self.given.get("backward_arguments")
        if len(self.functions) < 2:
            if entry:
                raise entry.error("there is no backward that would take them.")
            return []
        if entry is None:
            if not (self.of_class or kept):
                raise self.given["returns"].error(
                    "no cache is returned: say what the backward takes, as in "
                    'backward_arguments = ["dout", "x"].'
                )
            return [*self.words.upstream, *kept]
        return entry.names([*self.words.upstream, *known, *self.words.outputs], "names")

    def gradients(self, get: dict[str, str]) -> list[str]:
        """What the backward returns; all that is not to be found elsewhere, if not said."""
        awaited = [g for g in self.layer.gradients if g not in get]
        entry = self.given.get("gradients")
        if entry is None:
            return awaited if len(self.functions) == 2 else []
        if len(self.functions) < 2:
            raise entry.error("there is no backward that would return them; see returns.")
        named = entry.names([*self.layer.gradients, "_"], "gradients")
        for gradient in awaited:
            if gradient not in named:
                also = ", or get" if self.of_class else ""
                raise entry.error(f"{gradient} is missing: name it here{also}.")
        return named


def _is_bundle(argument: str | Bundle, name: str) -> bool:
    return isinstance(argument, Bundle) and argument.name == name
