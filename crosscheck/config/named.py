"""Which functions or methods of theirs a table means."""

from __future__ import annotations

from crosscheck.calling import Model, Update
from crosscheck.config.entry import Entry
from crosscheck.config.words import Words
from crosscheck.layer import Layer


class Named:
    """One table on its way to a LayerMap, its functions known. ``given``: its keys, but for points.

    Raises ConfigError where it makes no sense, as all that follows does.
    """

    def __init__(self, table: Entry, layer: Layer, given: dict[str, Entry]) -> None:
        self.table, self.layer, self.given = table, layer, given
        self.words = Words(layer)
        self.functions = self._functions()
        self.of_class = "." in self.functions[0]

    def _functions(self) -> list[str]:
        owner = self._identifier("class") if "class" in self.given else ""
        first = self._first()
        if self.words.single and "backward" not in self.given and "forward" not in self.given:
            default = {Update: "update", Model: "loss"}.get(type(self.layer.calling))
            if not owner and default == "loss":
                raise self.table.error('say which class it is: class = "Net".')
            if not owner:
                return [self._dotted(first, "", self.layer.functions[0])]
            if default is None and first is None:  # a loss as a class
                return [f"{owner}.forward", f"{owner}.backward"]
            return [self._dotted(first, owner, default or "")]
        forward = self._dotted(first, owner, "forward" if owner else self.layer.functions[0])
        if not self.layer.differentiated:
            if "backward" in self.given:
                raise self.given["backward"].error(f"{self.layer.name} has no backward.")
            return [forward]
        return [forward, self._backward(forward)]

    def _first(self) -> Entry | None:
        both = [self.given[k] for k in ("function", "forward") if k in self.given]
        if len(both) == 2:
            raise both[1].error("it is said twice, for function is there as well. Leave one out.")
        if "function" in self.given and "backward" in self.given:
            raise self.given["function"].error(
                "with a backward it is called forward; function is for one that does both."
            )
        return both[0] if both else None

    def _backward(self, forward: str) -> str:
        owner, _, name = forward.rpartition(".")
        if "backward" in self.given:
            found = self._dotted(self.given["backward"], owner, "")
            if found.rpartition(".")[0] != owner:
                raise self.given["backward"].error(
                    f"{found} and {forward} must be of one class, or both functions."
                )
            return found
        if forward == self.layer.functions[0]:
            return self.layer.functions[-1]
        guess = name.replace("forward", "backward").replace("fwd", "bwd")
        if guess == name:
            raise self.table.error(
                f'say which function is the backward of {forward}: backward = "…".'
            )
        return f"{owner}.{guess}" if owner else guess

    def _dotted(self, entry: Entry | None, owner: str, default: str) -> str:
        """``Dense.forward``: the method of a class, or a function."""
        if entry is None:
            return f"{owner}.{default}" if owner else default
        name = entry.text()
        if not all(part.isidentifier() for part in name.split(".")):
            raise entry.error(
                f"{name!r} is no name of a function, or of a method as in Dense.forward."
            )
        if not owner or name.startswith(owner + "."):
            return name
        if "." in name:
            raise entry.error(f"{name} is of another class than {owner}.")
        return f"{owner}.{name}"

    def _identifier(self, key: str) -> str:
        name = self.given[key].text()
        if not name.isidentifier():
            raise self.given[key].error(f"{name!r} is no name of a class.")
        return name
