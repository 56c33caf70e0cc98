"""What an adapter is made of: a family of course code, and the forms of its layers."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import CodeType
from typing import Any

from crosscheck.attempt import Function
from crosscheck.candidate import Candidate, always
from crosscheck.layer import Layer

Namespace = Mapping[str, Any]
Functions = tuple[Function, ...]
Adapt = Callable[..., Functions]


@dataclass(frozen=True)
class Form:
    """One layer in the words of a family. ``needs``: the functions or classes that must be there.

    ``adapt`` takes those and returns the layer's own functions, in the layer's order. ``called``
    are the names by which a report speaks of these. ``only``: whether a case's dims are such as the
    code allows, where it leaves no choice (an epsilon, square windows). ``conventions``: what a
    report must say that was applied. ``when``: a look at what was found, where a name alone says
    too little. ``rescaled``: quantities that it multiplies by a number, which rounds.
    """

    layer: str
    needs: tuple[str, ...]
    adapt: Adapt
    called: tuple[str, ...]
    only: Callable[..., bool]
    conventions: tuple[str, ...]
    when: Callable[..., bool]
    rescaled: tuple[str, ...] = ()

    def candidate(self, layer: Layer, namespace: Namespace) -> Candidate | None:
        """The layer as this form finds it in a target; None if it is not there."""
        if not namespace.keys() >= {*self.needs}:
            return None
        found = [namespace[name] for name in self.needs]
        if not all(map(callable, found)) or not self.when(*found):
            return None
        functions = self.adapt(*found)
        for function, name in zip(functions, self.called, strict=True):
            written = _written(namespace, name)
            if written is not None:
                function.__wrapped__ = written  # type: ignore[attr-defined]
        return Candidate(
            layer,
            dict(zip(self.called, functions, strict=True)),
            f"{layer.name}:{self.called[0].removesuffix('.forward')}",
            self.called,
            self.only,
            self.conventions,
            adapted=True,
            rescaled=self.rescaled,
        )


@dataclass
class Family:
    """A family of course code. ``name`` is what ``--adapter`` takes, ``about`` says what the code
    looks like.
    """

    name: str
    about: str
    forms: list[Form] = field(default_factory=list)

    def form(
        self,
        layer: str,
        *needs: str,
        called: tuple[str, ...] = (),
        only: Callable[..., bool] = always,
        conventions: tuple[str, ...] = (),
        when: Callable[..., bool] = always,
        rescaled: tuple[str, ...] = (),
    ) -> Callable[[Adapt], Adapt]:
        """Register what it decorates as a form; ``called`` is the forward and backward of the first
        class needed, if not said.
        """
        names = called or (f"{needs[0]}.forward", f"{needs[0]}.backward")

        def register(adapt: Adapt) -> Adapt:
            self.forms.append(Form(layer, needs, adapt, names, only, conventions, when, rescaled))
            return adapt

        return register

    def candidates(self, namespace: Namespace, layers: Mapping[str, Layer]) -> Iterator[Candidate]:
        """Every form that the target has: of a layer's forms that are called the same the first."""
        taken: set[tuple[str, tuple[str, ...]]] = set()
        for place, form in enumerate(self.forms):
            if form.layer in layers and (form.layer, form.called) not in taken:
                candidate = form.candidate(layers[form.layer], namespace)
                if candidate:
                    taken.add((form.layer, form.called))
                    yield replace(candidate, form=(self.name, place))


class Kept:
    """An instance of theirs as a cache; what its methods overwrite in it is its own affair.

    With slots, so that nobody looks for arrays in it.
    """

    __slots__ = ("of",)

    def __init__(self, of: Any) -> None:
        self.of = of


def parameters(function: Any) -> tuple[str, ...]:
    """The names of what a function takes, without ``self``; of a class, its ``__init__``."""
    function = (
        inspect.getattr_static(function, "__init__") if isinstance(function, type) else function
    )
    code = getattr(inspect.unwrap(function), "__code__", None)
    if not isinstance(code, CodeType):
        return ()
    names = code.co_varnames[: code.co_argcount]
    return names[1:] if names[:1] == ("self",) else names


def takes(function: Any, count: int) -> bool:
    """Whether a function can be called with so many arguments by position; yes if Python cannot
    tell.
    """
    try:
        inspect.signature(function).bind(*range(count))
    except TypeError:
        return False
    except ValueError:
        return True
    return True


def mentions(found: Any, *names: str) -> bool:
    """Whether the code of a function, or any method of a class, uses one of these names."""
    functions = vars(found).values() if isinstance(found, type) else (found,)
    codes = [code for f in functions if (code := getattr(f, "__code__", None))]
    return any(name in code.co_names + code.co_varnames for code in codes for name in names)


def has(found: Any, *methods: str) -> bool:
    """Whether a class has these methods."""
    return isinstance(found, type) and all(callable(getattr(found, m, None)) for m in methods)


def _written(namespace: Namespace, name: str) -> Any:
    """``Linear.forward``, or a function, as the target has it."""
    first, *rest = name.split(".")
    found = namespace.get(first)
    for part in rest:
        found = getattr(found, part, None)
    return found
