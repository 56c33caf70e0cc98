"""One ``[layers.NAME]`` table: what is said is checked, and what is not said follows from it."""

from __future__ import annotations

from crosscheck.calling import Bundle, Loss, Model, Update
from crosscheck.config.entry import Entry, different, meant
from crosscheck.config.fixed import fixed
from crosscheck.config.layout import axes, shapes_of, told
from crosscheck.config.record import Argument, LayerMap
from crosscheck.config.words import Words
from crosscheck.layer import Layer

_ALL = ("class", "new", "set", "arguments", "returns", "fixed", "constants", "points")
_BOTH = ("forward", "backward", "backward_arguments", "gradients", "get", "layout")


def keys_of(layer: Layer) -> tuple[str, ...]:
    """The keys that a layer's table may have."""
    if isinstance(layer.calling, Update):
        return ("function", *_ALL)
    if isinstance(layer.calling, Model):
        return ("class", "function", "arguments", "returns", "fixed", "points")
    if isinstance(layer.calling, Loss):
        return ("function", *_BOTH, *_ALL, "summed")
    own = ("averaged",) * bool(layer.gradients) + ("p",) * bool(layer.keep)
    return (*_BOTH, *_ALL, *own)


def layer_map(table: Entry, layer: Layer) -> tuple[list[LayerMap], float | None]:
    """How a layer is mapped, none if only its points are given; and these points.

    Raises ConfigError.
    """
    given = {entry.key: entry for entry in table.table(keys_of(layer))}
    points = given.pop("points", None)
    worth = points.number() if points else None
    return ([_Reading(table, layer, given).map()] if given else []), worth


class _Reading:
    """One table on its way to a LayerMap: each step relies on those before it."""

    def __init__(self, table: Entry, layer: Layer, given: dict[str, Entry]) -> None:
        self.table, self.layer, self.given = table, layer, given
        self.words = Words(layer)
        self.functions = self._functions()
        self.of_class = "." in self.functions[0]

    def map(self) -> LayerMap:
        """The whole. Raises ConfigError."""
        constants = self._constants()
        known = [*self.words.values, *constants]
        new = self._names("new", known)
        self._needs_class("new", "set")
        put = self._attributes("set", known)
        kept_before = self._kept_over_steps()
        limits = fixed(self.given.get("fixed"), self.layer)
        arguments = self._arguments([*known, *kept_before], self._default([*new, *put, *limits]))
        self._all_reach([*new, *put, *arguments], limits)
        get = self._attributes("get", [*self.words.outputs, *self.layer.gradients])
        returns, kept = self._returns(get, arguments)
        chosen = self._layout()
        p = self.given["p"].one_of(("keep", "drop"), "meanings") if "p" in self.given else "keep"
        averaged = self._batch("averaged", self.layer.gradients)
        summed = self._batch("summed", self.layer.quantities)
        return LayerMap(
            self.layer.name,
            self.functions,
            new if self.of_class else None,
            put,
            arguments,
            returns,
            self._backward_arguments(kept, [*known, *kept]),
            self._gradients(get),
            get,
            chosen,
            limits,
            constants,
            p,
            averaged,
            summed,
            _conventions(self.layer, chosen, limits, p, averaged, summed),
        )

    # -- which functions ----------------------------------------------------------------------

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

    # -- what goes in -------------------------------------------------------------------------

    def _constants(self) -> dict[str, object]:
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

    def _names(self, key: str, known: list[str]) -> list[str]:
        entry = self.given.get(key)
        return entry.names(known, "names") if entry else []

    def _needs_class(self, *keys: str) -> None:
        for key in keys:
            if key in self.given and not self.of_class:
                raise self.given[key].error(
                    f"{self.functions[0]} is a function, and {key} is for a class: "
                    'class = "Dense", or forward = "Dense.forward".'
                )

    def _attributes(self, key: str, known: list[str]) -> dict[str, str]:
        """``{ w = "W" }``: attributes of an instance, as paths."""
        entry = self.given.get(key)
        self._needs_class(key)
        found = {}
        for item in entry.table(known, "name") if entry else ():
            path = item.text()
            if not all(part.isidentifier() or part.isdecimal() for part in path.split(".")):
                raise item.error(
                    f'{path!r} is no attribute. Write "W", or "params.W", or "grads.0".'
                )
            found[item.key] = path
        return found

    def _kept_over_steps(self) -> list[str]:
        """What an optimizer returns beside the parameters, for its next step."""
        entry = self.given.get("returns") if isinstance(self.layer.calling, Update) else None
        named = [item.text() for item in entry.items()] if entry else []
        return [n for n in named if n.isidentifier() and n not in ("next_w", "config", "_")]

    def _arguments(self, known: list[str], default: list[str]) -> list[Argument]:
        entry = self.given.get("arguments")
        if entry is None:
            return list(default)
        items = entry.items()
        plain = [(i, i.one_of(known, "arguments")) for i in items if not isinstance(i.value, dict)]
        different(plain)
        return [_dict(i, known) if isinstance(i.value, dict) else i.value for i in items]

    def _default(self, settled: list[str]) -> list[str]:
        """A function takes what the course's does, a method whatever an instance does not have."""
        own = [*self.words.inputs, *self.layer.options]
        if not self.of_class or self.words.model:
            return [n for n in self.words.arguments if n not in settled]
        return [n for n in own if not self._covers(list(settled), n)]

    def _all_reach(self, passed: list[Argument], limits: dict[str, float | str]) -> None:
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

    # -- what comes out -----------------------------------------------------------------------

    def _returns(
        self, get: dict[str, str], arguments: list[Argument]
    ) -> tuple[list[str], list[str]]:
        """What the first function returns, and what of that is none of our outputs."""
        left = self._left_in(arguments)
        awaited = [n for n in self.words.returned(len(self.functions)) if n not in {*get, *left}]
        entry = self.given.get("returns")
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

    def _backward_arguments(self, kept: list[str], known: list[str]) -> list[str]:
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

    def _gradients(self, get: dict[str, str]) -> list[str]:
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

    # -- how it lies, and what it means -------------------------------------------------------

    def _layout(self) -> dict[str, list[int]]:
        """Of gradients as of what they are of, if not said."""
        entry, known = self.given.get("layout"), shapes_of(self.layer)
        found = {i.key: axes(i, self.layer) for i in entry.table(known, "name")} if entry else {}
        for name in list(found):
            if "d" + name in known:
                found.setdefault("d" + name, found[name])
        return found

    def _batch(self, key: str, known: tuple[str, ...]) -> list[str]:
        entry = self.given.get(key)
        if entry is None:
            return []
        first = self.layer.inputs[0].shape
        if key == "averaged" and not first.startswith("N "):
            raise entry.error(f"{self.layer.name} has no batch that anything is a mean over.")
        return entry.names(known, "names")


def _is_bundle(argument: str | Bundle, name: str) -> bool:
    return isinstance(argument, Bundle) and argument.name == name


def _dict(entry: Entry, known: list[str]) -> dict[str, str]:
    """``{ stride = "stride", padding = "pad" }``: one argument, a dict of ours by their keys."""
    return {item.key: item.one_of(known, "names") for item in entry.table()}


def _conventions(
    layer: Layer,
    chosen: dict[str, list[int]],
    limits: dict[str, float | str],
    p: str,
    averaged: list[str],
    summed: list[str],
) -> list[str]:
    """What a report must say that was applied."""
    quantities = (*shapes_of(layer),)
    lain = [told(n, chosen[n], layer) for n in quantities if n in chosen and n[1:] not in chosen]
    only = [f"{name} = {value}" for name, value in limits.items()]
    return [
        *(["; ".join(lain)] if lain else []),
        *([f"only cases with {', '.join(only)}"] if only else []),
        *(["p is the probability to drop (1 - p here)"] if p == "drop" else []),
        *([f"{_are(averaged, 'mean')} over the batch (times N here)"] if averaged else []),
        *([f"{_are(summed, 'sum')} over the batch (divided by N here)"] if summed else []),
    ]


def _are(names: list[str], kind: str) -> str:
    several = len(names) > 1
    return f"{' and '.join(names)} {'are' if several else 'is a'} {kind}{'s' * several}"
