"""Stand-ins for what a target imports and does not have.

While the target is imported they put up with everything; used by a layer, they say what is missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import FunctionType, ModuleType
from typing import Any

from crosscheck.errors import MissingError


class Loading:
    """Whether code of the target's is being imported: ``with loading: …``."""

    def __init__(self) -> None:
        self._depth = 0

    def __enter__(self) -> None:
        """It is."""
        self._depth += 1

    def __exit__(self, *_: object) -> None:
        """It was."""
        self._depth -= 1

    def __bool__(self) -> bool:
        """Whether it is."""
        return self._depth > 0


class StandIn:
    """In the place of a module that is missing, or of something in it.

    ``source``: the module, as the target wrote it; ``why``: ``is not installed``; ``name``: what of
    it. ``has``: what it has indeed.
    """

    def __init__(
        self, source: str, why: str, loading: Loading, name: str = "", has: Mapping[str, Any] = {}
    ) -> None:
        self.__missing__ = (source, why, name, loading)
        vars(self).update(has)

    def __getattr__(self, name: str) -> Any:
        """What it has is missing, too."""
        if name == "__version__":
            return "0"
        if name.startswith("__"):
            raise AttributeError(name)
        if name == "dtype":  # NumPy asks whatever it is given for its dtype
            _used(self)
        source, why, own, loading = self.__missing__
        vars(self)[name] = child = StandIn(source, why, loading, f"{own}.{name}" if own else name)
        return child

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        """As a decorator it leaves what it decorates as it is."""
        _used(self)
        if len(arguments) == 1 and not keywords and isinstance(arguments[0], (FunctionType, type)):
            return arguments[0]
        return self

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type, ...]:
        """The base of a class."""
        del bases
        return (_base(self),)

    def __instancecheck__(self, instance: Any) -> bool:
        """There can be no such object."""
        return False

    def __subclasscheck__(self, subclass: type) -> bool:
        """Nor such a class."""
        return False

    def __iter__(self) -> Iterator[Any]:
        """There is nothing in it."""
        _used(self)
        return iter(())

    def __exit__(self, *_: object) -> None:
        """Nothing to end."""

    def __repr__(self) -> str:
        """What is missing: NumPy 1 asks for no dtype, and shows what it cannot take for one."""
        return _wanted(self)

    def __array_ufunc__(self, *_: Any, **__: Any) -> StandIn:
        """Arithmetic with arrays."""
        return _itself(self)

    def __array__(self, *_: Any, **__: Any) -> Any:
        """It is no number, now or later."""
        raise _missing(self)

    __int__ = __float__ = __index__ = __complex__ = __array__


def _wanted(standin: StandIn) -> str:
    source, why, name, _ = standin.__missing__
    return f"{name} from {source}, which {why}" if name else f"{source}, which {why}"


def _missing(standin: StandIn) -> MissingError:
    return MissingError(f"needs {_wanted(standin)}")


def _used(standin: StandIn, *_: Any) -> bool:
    """Raises MissingError unless the target is being imported."""
    if not standin.__missing__[-1]:
        raise _missing(standin)
    return False


def _itself(standin: StandIn, *_: Any) -> StandIn:
    _used(standin)
    return standin


_TRUTHS = ("bool", "lt", "le", "gt", "ge", "contains", "len")
_OTHERS = ("neg", "pos", "abs", "invert", "getitem", "setitem", "delitem", "enter", "next")
_OPERATORS = (
    "add",
    "sub",
    "mul",
    "matmul",
    "truediv",
    "floordiv",
    "mod",
    "pow",
    "and",
    "or",
    "xor",
)
for _name in _TRUTHS:
    setattr(StandIn, f"__{_name}__", _used)
for _name in (*_OTHERS, *_OPERATORS, *(f"r{name}" for name in _OPERATORS)):
    setattr(StandIn, f"__{_name}__", _itself)


def _base(standin: StandIn) -> type:
    """In the place of a missing class as a base: an instance of it can do nothing of its own."""

    class Missing:
        def __init__(self, *_: Any, **__: Any) -> None:
            _used(standin)

        def __init_subclass__(cls, **_: Any) -> None:
            """Whatever the real base makes of its keywords."""

        def __getattr__(self, name: str) -> Any:
            if name.startswith("__"):
                raise AttributeError(name)
            _used(standin)
            return getattr(standin, name)

    return Missing


class View(ModuleType):
    """A module that is there, with names in it that are not its own."""

    def __init__(self, of: ModuleType, extra: Mapping[str, Any]) -> None:
        super().__init__(of.__name__)
        vars(self).update(extra, __of__=of)

    def __getattr__(self, name: str) -> Any:
        """As the module itself."""
        return getattr(vars(self)["__of__"], name)
