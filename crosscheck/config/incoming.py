"""What goes into the code of a table: arguments, constants, and what an instance is given."""

from __future__ import annotations

from crosscheck.calling import Update
from crosscheck.config.entry import Entry, different
from crosscheck.config.named import Named
from crosscheck.config.record import Argument


class Incoming(Named):
    """A table whose functions are known: what they are to be called with."""

    def constants(self) -> dict[str, object]:
        """Arguments that are always the same."""
        entry, found = self.given.get("constants"), dict[str, object]()
        for item in entry.table() if entry else ():
            if item.key in (*self.words.inputs, *self.words.upstream):
                raise item.error(
                    f"{item.key} is what {self.layer.name} is given: it is no constant."
                )
            if not isinstance(item.value, (bool, int, float, str)):
                raise item.error(
                    f"it must be a number, a text, true or false, but is {item.described}."
                )
            found[item.key] = item.value
        return found

    def names(self, key: str, known: list[str]) -> list[str]:
        """A list of known names; empty if it is not said."""
        entry = self.given.get(key)
        return entry.names(known, "names") if entry else []

    def needs_class(self, *keys: str) -> None:
        """Complain of what only a class has."""
        for key in keys:
            if key in self.given and not self.of_class:
                raise self.given[key].error(
                    f"{self.functions[0]} is a function, and {key} is for a class: "
                    'class = "Dense", or forward = "Dense.forward".'
                )

    def attributes(self, key: str, known: list[str]) -> dict[str, str]:
        """``{ w = "W" }``: attributes of an instance, as paths."""
        entry = self.given.get(key)
        self.needs_class(key)
        found = {}
        for item in entry.table(known, "name") if entry else ():
            path = item.text()
            if not all(part.isidentifier() or part.isdecimal() for part in path.split(".")):
                raise item.error(
                    f'{path!r} is no attribute. Write "W", or "params.W", or "grads.0".'
                )
            found[item.key] = path
        return found

    def kept_over_steps(self) -> list[str]:
        """What an optimizer returns beside the parameters, for its next step."""
        entry = self.given.get("returns") if isinstance(self.layer.calling, Update) else None
        named = [item.text() for item in entry.items()] if entry else []
        return [n for n in named if n.isidentifier() and n not in ("next_w", "config", "_")]

    def arguments(self, known: list[str], default: list[str]) -> list[Argument]:
        """What the first function takes; ``default`` if that is not said."""
        entry = self.given.get("arguments")
        if entry is None:
            return list(default)
        items = entry.items()
        plain = [(i, i.one_of(known, "arguments")) for i in items if not isinstance(i.value, dict)]
        different(plain)
        return [_dict(i, known) if isinstance(i.value, dict) else i.value for i in items]

    def default(self, settled: list[str]) -> list[str]:
        """A function takes what the course's does, a method whatever an instance does not have."""
        own = [*self.words.inputs, *self.layer.options]
        if not self.of_class or self.words.model:
            return [n for n in self.words.arguments if n not in settled]
        return [n for n in own if not self._covers(list(settled), n)]

    def all_reach(self, passed: list[Argument], limits: dict[str, float | str]) -> None:
        """Every input and option must get to the code somehow."""
        blamed = self.given.get("arguments", self.table)
        for name in self.words.inputs:
            if not self._covers(passed, name):
                raise blamed.error(f"{name} is missing: {self._how()}.")
        for name in self.layer.options:
            drawn = name == "seed" and self.layer.keep
            # The constructor of a model is the course's own.
            if not (drawn or self._covers(passed, name) or name in limits or self.words.model):
                raise blamed.error(
                    f"{name} is missing: {self._how()}, or say what the code has built in, as in "
                    f"fixed = {{ {name} = … }}."
                )

    def _how(self) -> str:
        return "name it in arguments, new or set" if self.of_class else "name it in arguments"

    def _covers(self, passed: list[Argument] | list[str], name: str) -> bool:
        for argument in passed:
            if isinstance(argument, str):
                if name in (argument, *self.words.bundles.get(argument, ())):
                    return True
            elif name in argument.values():
                return True
        return False


def _dict(entry: Entry, known: list[str]) -> dict[str, str]:
    """``{ stride = "stride", padding = "pad" }``: one argument, a dict of ours by their keys."""
    return {item.key: item.one_of(known, "names") for item in entry.table()}
