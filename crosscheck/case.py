"""One point at which a layer is judged, and its arrays, drawn from its id alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from hashlib import blake2b
from math import prod
from typing import Any, NamedTuple

import numpy as np

from crosscheck.dtypes import FORMATS, Format, format_named, name_of
from crosscheck.errors import SelectionError
from crosscheck.layer import Arrays, Dims, Input, Layer, Point, Size, shape_at
from crosscheck.layers import layer_named
from crosscheck.scenario import Bits, Fill, Scenario, by_name, normal

SEED = re.compile(r"[0-9]{1,18}")
_DIM = re.compile(r"([A-Za-z]+)([0-9]{1,9}(?:x[0-9]{1,9})*)?")
_OPTION = re.compile(r"([A-Za-z]\w*)=([0-9]{1,9}(?:\.[0-9]{1,18})?)")


@dataclass(frozen=True)
class Drawn:
    """A case's masters: read-only arrays in C order, in the case's dtype (labels: int64; masks:
    bool).
    """

    inputs: Arrays
    cotangents: Arrays
    checksum: str

    @property
    def arrays(self) -> list[np.ndarray]:
        """All of them, one after another."""
        return [*self.inputs.values(), *self.cotangents.values()]


@dataclass(frozen=True)
class Case:
    """Layer, dtype, scenario, dims and seed. Its id says them all:
    ``affine/float32/normal/N5-d2x3-M7/0``.
    """

    layer: Layer
    format: Format
    scenario: Scenario
    dims: Dims
    seed: int

    @cached_property
    def id(self) -> str:
        """All five parts, readable: ``affine/float32/normal/N5-d2x3-M7/0``."""
        return self._id_in(self.scenario.name)

    @cached_property
    def values_id(self) -> str:
        """The id of the case whose values this one shares: the same but for layout and labels."""
        return self._id_in(self.scenario.values_of or self.scenario.name)

    def _id_in(self, scenario: str) -> str:
        dims = _dims_text(self.layer, self.dims)
        return f"{self.layer.name}/{self.format.name}/{scenario}/{dims}/{self.seed}"

    @property
    def seedless(self) -> str:
        """Its id with a seed of 0: what it was drawn from is not for whoever gets its arrays."""
        return replace(self, seed=0).id

    @property
    def plain(self) -> Case:
        """The same values in the plainest form: C order, int64 labels."""
        return replace(self, scenario=self._values_from) if self.scenario.values_of else self

    @property
    def _values_from(self) -> Scenario:
        """The scenario that says what the values are, in whatever form."""
        shared = self.scenario.values_of
        return _scenario(self.layer, shared) if shared else self.scenario

    @cached_property
    def size(self) -> int:
        """How many numbers go in: the smallest case is the easiest to understand."""
        return sum(prod(i.shape_at(self.sizes)) for i in self.layer.inputs)

    @cached_property
    def sizes(self) -> Dims:
        """The dims, and those that follow from them."""
        return self.layer.sizes(self.dims)

    @property
    def exists(self) -> bool:
        """Whether there can be such a case: a window may be larger than its image, and a
        probability none.
        """
        try:
            p = self.options[self.layer.keep] if self.layer.keep else 0.5
            shapes = [i.shape_at(self.sizes) for i in self.layer.inputs]
            shapes += [o.shape_at(self.sizes) for o in self.layer.outputs]
            return 0 < p < 1 and all(size >= 0 for shape in shapes for size in shape)
        except ArithmeticError:
            return False

    @cached_property
    def options(self) -> dict[str, Any]:
        """The options among the dims."""
        return self.layer.options_at(self.dims)

    def draw(self) -> Drawn:
        """The arrays of this case. They depend on nothing but the id: no machine, no version of
        Python or NumPy.
        """
        dims = tuple(self.dims.items())
        return _drawn(self.layer, self.format, self._values_from, dims, self.seed)

    @cached_property
    def questions(self) -> Sequence[Question]:
        """What is asked in it. Whether anything is kept between calls is asked once for each seed:
        that does not depend on the dims.
        """
        drawn = self.draw()
        plain = Question(self, drawn)
        if self.scenario.name != "normal" or self.dims != self.layer.points[0].dims:
            return (plain,)
        return plain, Question(self, drawn, replace(self, seed=self.seed + 1).draw())

    def present(self, masters: Arrays) -> dict[str, np.ndarray]:
        """Fresh copies of masters, laid out as the scenario wants them."""
        if self.scenario.as_drawn:
            return {name: array.copy() for name, array in masters.items()}
        return {name: self._present(array) for name, array in masters.items()}

    def _present(self, array: np.ndarray) -> np.ndarray:
        kind = array.dtype.kind
        if kind == "i":
            return array.astype(self.scenario.labels)
        return array.copy() if kind == "b" or not array.ndim else self.scenario.layout(array)

    @staticmethod
    @lru_cache(maxsize=4096)  # versions of a layer are asked about the same cases, and a class is
    def parse(case_id: str) -> Case:
        """The case of that id. Raises SelectionError, which says which part is not understood."""
        parts = case_id.split("/")
        if len(parts) != 5 or not SEED.fullmatch(parts[4]):
            raise SelectionError(
                f"{case_id!r} is not a case id. "
                "One looks like this: affine/float32/normal/N5-d2x3-M7/0"
            )
        layer = layer_named(parts[0])
        scenario = _scenario(layer, parts[2])
        return Case(layer, format_named(parts[1]), scenario, _dims(layer, parts[3]), int(parts[4]))


@lru_cache(maxsize=4096)  # versions of a layer are asked about the same cases, and a class is
def _drawn(
    layer: Layer,
    fmt: Format,
    scenario: Scenario,
    dims: tuple[tuple[str, Size], ...],
    seed: int,
) -> Drawn:
    sizes = layer.sizes(dict(dims))
    bits = Bits(Case(layer, fmt, scenario, dict(dims), seed).id)
    digest = blake2b(digest_size=8)

    def master(name: str, values: np.ndarray, dtype: np.dtype) -> np.ndarray:
        array = np.array(values, dtype)
        array.flags.writeable = False
        digest.update(f"{name} {array.shape} {name_of(dtype)} ".encode())
        if values.dtype != np.bool_:
            values = np.asarray(values, f"<{values.dtype.kind}8")
        digest.update(values.tobytes())
        return array

    inputs, fill = {}, scenario.fill
    for i in layer.inputs:
        shape = i.shape_at(sizes)
        if i.below:
            [limit] = shape_at(i.below, sizes)
            inputs[i.name] = master(i.name, bits.below(limit, shape), np.dtype(np.int64))
            continue
        own = _own_fill(scenario, i)
        values = _filled(scenario, own or fill, bits, shape, fmt)
        dtype = values.dtype if values.dtype == np.bool_ else fmt.dtype
        inputs[i.name] = master(i.name, values, dtype)
        # The scenario's fill is for the first input that has none of its own.
        fill = fill if own else scenario.rest
    cotangents = {}
    for o in layer.upstream:
        # Drawn, never ones: the VJP of softmax or batch norm at ones is exactly zero. Only a loss
        # is differentiated as it stands.
        shape = o.shape_at(sizes)
        values = (
            np.ones(shape) if layer.loss else _filled(scenario, scenario.rest, bits, shape, fmt)
        )
        cotangents["d" + o.name] = master("d" + o.name, values, fmt.dtype)
    return Drawn(inputs, cotangents, digest.hexdigest())


class Question(NamedTuple):
    """What a candidate is asked: a case on its arrays; or, with ``other`` data, what becomes of the
    answer once those came, and what it is around them.
    """

    case: Case
    drawn: Drawn
    other: Drawn | None = None


def masters(questions: Iterable[Question]) -> list[tuple[Case, Drawn]]:
    """All arrays that some questions are about, each once, with a case that they are of, but for
    its seed.
    """
    found: dict[int, tuple[Case, Drawn]] = {}
    for case, *given in questions:
        found |= {id(drawn): (case, drawn) for drawn in given if drawn is not None}
    return [*found.values()]


def _own_fill(scenario: Scenario, i: Input) -> Fill | None:
    return scenario.fills.get(i.name, i.fill)


def _filled(
    scenario: Scenario, fill: Fill, bits: Bits, shape: tuple[int, ...], fmt: Format
) -> np.ndarray:
    if not scenario.repeats:
        return fill(bits, shape, fmt)
    row = fill(bits, (1,) * bool(shape) + shape[1:], fmt)
    return np.broadcast_to(row, shape).copy()


def cases(
    layer: Layer,
    dtypes: Iterable[str] = tuple(FORMATS),
    scenarios: Iterable[str] = (),
    seeds: Iterable[int] = (),
) -> Iterator[Case]:
    """The layer's cases in these dtypes; in these scenarios and seeds only, if any are given."""
    wanted, seeds = set(scenarios), tuple(dict.fromkeys(seeds))
    for dtype in dict.fromkeys(dtypes):
        for point in layer.points:
            for scenario in _scenarios_at(layer, point):
                if wanted and scenario.name not in wanted:
                    continue
                for seed in seeds or (
                    point.seeds if scenario.name == "normal" else point.seeds[:1]
                ):
                    yield Case(layer, format_named(dtype), scenario, point.dims, seed)


def _scenarios_at(layer: Layer, point: Point) -> list[Scenario]:
    known = by_name(*layer.scenarios)
    if point.scenarios is not None:
        return [known[name] for name in point.scenarios]
    labelled = any(i.below for i in layer.inputs)
    # What only the rest of the arrays would show, a loss of one float input does not have.
    more = not layer.loss or len(layer.differentiated) > 1
    return [
        s
        for s in known.values()
        if s.guard not in ("empty", "scalar")
        and (labelled or s.labels == "int64")
        and (more or s.fill is not normal or s.rest is normal)
    ]


def _scenario(layer: Layer, name: str) -> Scenario:
    known = by_name(*layer.scenarios)
    if name not in known:
        raise SelectionError(
            f"{layer.name} has no scenario {name!r}. Its scenarios are: {', '.join(known)}."
        )
    return known[name]


def _dims(layer: Layer, text: str) -> dict[str, Size]:
    """The dims of an id: ``N5-d2x3-stride=2`` is N=5, d=(2, 3) and the option stride=2."""
    example = layer.points[0].dims
    dims: dict[str, Size] = {}
    tokens = text.split("-")
    for token in tokens:
        if match := _DIM.fullmatch(token):
            sizes = tuple(int(s) for s in match[2].split("x")) if match[2] else ()
            many = isinstance(example.get(match[1]), tuple)
            dims[match[1]] = sizes if many or len(sizes) != 1 else sizes[0]
        elif match := _OPTION.fullmatch(token):
            dims[match[1]] = float(match[2]) if "." in match[2] else int(match[2])
    alike = list(dims) == list(example) and len(tokens) == len(example)
    if (
        not alike
        or any(type(dims[name]) is not type(size) for name, size in example.items())
        or _dims_text(layer, dims) != text
    ):
        pattern = _dims_text(layer, example)
        raise SelectionError(f"{text!r} are not dims of {layer.name}. They look like {pattern}.")
    return dims


def _dims_text(layer: Layer, dims: Dims) -> str:
    return "-".join(
        f"{name}={_size_text(size)}" if name in layer.options else name + _size_text(size)
        for name, size in dims.items()
    )


def _size_text(size: Size) -> str:
    if isinstance(size, tuple):
        return "x".join(map(str, size))
    return np.format_float_positional(size, trim="0") if isinstance(size, float) else str(size)
