"""No framework for code under test: it is to be compared with them. Nor the layers of this package:
they are right.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

FRAMEWORKS = (
    *("torch", "torchvision", "torchaudio", "functorch", "jax", "jaxlib", "optax", "flax"),
    *("tensorflow", "keras", "autograd", "theano", "aesara", "pytensor", "mxnet", "paddle"),
    *("tinygrad", "chainer", "cupy", "casadi", "impl_numpy"),
)


def forbid(modules: Collection[str]) -> None:
    """From now on these cannot be imported: as if they were not installed."""
    names = frozenset(modules)
    if names & sys.modules.keys():
        for name in [n for n in sys.modules if n.partition(".")[0] in names]:
            del sys.modules[name]
    sys.meta_path.insert(0, _Refusal(names))


class _Refusal(MetaPathFinder):
    """Finds first, and finds nothing."""

    def __init__(self, names: frozenset[str]) -> None:
        self._names = names

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Raises ModuleNotFoundError for what is forbidden."""
        del path, target
        if fullname.partition(".")[0] in self._names:
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)
        return None
