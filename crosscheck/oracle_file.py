"""Oracles on disk: one zip file of plain arrays and JSON, read lazily, never executed.

``crosscheck.json`` holds schema and provenance. For each layer and dtype, ``LAYER/DTYPE.json``
lists the cases in order, and ``LAYER/DTYPE.values`` (little-endian float64) and
``LAYER/DTYPE.bounds`` (uint16, see ``oracle.encoded_bounds``) hold their arrays end to end, with
their bytes transposed (all first bytes, then all second ones, …) so that they pack well.
The zip format brings checksums of its own.
"""

from __future__ import annotations

import json
import os
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from crosscheck.case import Case
from crosscheck.errors import OracleFileError
from crosscheck.oracle import (
    Array,
    Expected,
    Oracle,
    Power,
    Provenance,
    agreed,
    decoded_bounds,
    encoded_bounds,
)
from crosscheck.progress import Progress, no_progress

SCHEMA = "crosscheck-oracle/1"
EMBEDDED = Path(__file__).with_name("embedded.oracle")
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same content gives the same bytes


def freeze(path: Path, oracles: Mapping[str, Oracle], provenance: Provenance) -> None:
    """Write oracles, by their cases' ``values_id``, to a file, all at once or not at all."""
    groups: dict[str, dict[str, Oracle]] = {}
    for values_id, oracle in oracles.items():
        groups.setdefault("/".join(values_id.split("/")[:2]), {})[values_id] = oracle
    head = {
        "schema": SCHEMA,
        **asdict(provenance),
        "cases": len(oracles),
        "agreed": agreed(oracles.values()),
    }
    import tempfile  # slow to import, and only needed here

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as raw, zipfile.ZipFile(raw, "w") as archive:
                _add(archive, "crosscheck.json", _json(head))
                for group, members in groups.items():
                    for suffix, content in _packed(members):
                        _add(archive, group + suffix, content)
            Path(temporary).chmod(0o644)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink()
            raise
    except OSError as error:
        raise OracleFileError(f"Cannot write the oracle file {path}: {error.strerror}.") from None


def _packed(oracles: Mapping[str, Oracle]) -> Iterable[tuple[str, bytes]]:
    index: dict[str, Any] = {}
    values: list[Array] = []
    bounds: list[Array] = []
    for values_id, oracle in oracles.items():
        others = [q for q, e in oracle.expected.items() if e.other is not None]
        index[values_id] = {
            "checksum": oracle.checksum,
            "votes": oracle.votes,
            "shapes": {q: e.value.shape for q, e in oracle.expected.items()},
            "others": others,
            "power": asdict(oracle.power) | {"floor": str(oracle.power.floor)},
        }
        for e in oracle.expected.values():
            values.append(e.value.ravel())
            bounds.append(encoded_bounds(e.bound).ravel())
        values += [e.other.ravel() for e in oracle.expected.values() if e.other is not None]
    yield ".json", _json(index)
    yield ".values", _transposed(np.concatenate(values).astype("<f8"))
    yield ".bounds", _transposed(np.concatenate(bounds).astype("<u2"))


def _json(content: Any) -> bytes:
    return json.dumps(content, separators=(",", ":")).encode()


def _transposed(array: Array) -> bytes:
    return array.view(np.uint8).reshape(-1, array.itemsize).T.tobytes()


def _restored(content: bytes, dtype: str) -> Array:
    itemsize = np.dtype(dtype).itemsize
    columns = np.frombuffer(content, np.uint8).reshape(itemsize, -1)
    return np.ascontiguousarray(columns.T).view(dtype)[:, 0]


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    archive.writestr(
        zipfile.ZipInfo(name, _EPOCH), content, compress_type=zipfile.ZIP_DEFLATED, compresslevel=9
    )


class OracleFile:
    """An oracle file, opened. A layer's answers in a dtype are read when first asked for.

    Raises OracleFileError, with one clear message, for whatever is wrong with the file.
    """

    def __init__(self, path: Path, source: str = "file") -> None:
        self.path = path
        self._groups: dict[str, dict[str, Oracle]] = {}
        if path.exists() and not path.is_file():
            raise self._unusable("it is not a regular file")
        with self._errors_explained():
            self._archive = zipfile.ZipFile(path)
            head = json.loads(self._archive.read("crosscheck.json"))
            if head["schema"] != SCHEMA:
                raise self._unusable(f"its schema is {head['schema']}, not {SCHEMA}")
            fields = ("torch", "jax", "numpy", "platform", "recorded")
            self.provenance = Provenance(source, *(str(head[f]) for f in fields))
            self.cases, self.agreed = int(head["cases"]), int(head["agreed"])

    @property
    def seeds(self) -> set[int]:
        """The seeds of the cases that the file has answers to."""
        return {int(i.rpartition("/")[2]) for group in self.groups() for i in self.group(*group)}

    def holds(self, case: Case) -> bool:
        """Whether the file has the answer to a case."""
        return case.values_id in self.group(case.layer.name, case.format.name)

    def prepare(self, cases: Sequence[Case], progress: Progress = no_progress) -> None:
        """Nothing: answers are read when they are asked for."""

    def oracle(self, case: Case) -> Oracle:
        """The answer to a case. Raises OracleFileError if the file has none."""
        oracle = self.group(case.layer.name, case.format.name).get(case.values_id)
        if oracle is None:
            embedded = self.provenance.source == "embedded"
            raise OracleFileError(
                f"{'The embedded oracle' if embedded else f'The oracle file {self.path}'} has no "
                f"answer for the case {case.id}. "
                "Compute it with --live (needs torch and jax), or freeze a file that has it."
            )
        return oracle

    def group(self, layer: str, dtype: str) -> Mapping[str, Oracle]:
        """Every answer for a layer and dtype, by ``values_id``."""
        name = f"{layer}/{dtype}"
        if name not in self._groups:
            self._groups[name] = self._load(name) if (layer, dtype) in self.groups() else {}
        return self._groups[name]

    def groups(self) -> list[tuple[str, str]]:
        """The pairs of layer and dtype that the file has answers for."""
        names = (n[: -len(".json")] for n in self._archive.namelist() if n.endswith(".json"))
        return [(layer, dtype) for layer, _, dtype in (n.partition("/") for n in names) if dtype]

    def _load(self, group: str) -> dict[str, Oracle]:
        with self._errors_explained():
            index = json.loads(self._archive.read(f"{group}.json"))
            values = _restored(self._archive.read(f"{group}.values"), "<f8")
            bounds = decoded_bounds(_restored(self._archive.read(f"{group}.bounds"), "<u2"))
            return _unpacked(index, values, bounds)

    @contextmanager
    def _errors_explained(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise OracleFileError(
                f"There is no oracle file {self.path}. "
                f"Make one with: crosscheck freeze -o {self.path}"
            ) from None
        except OSError as error:
            raise self._unusable(error.strerror or "it cannot be read") from None
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
            raise self._unusable("it is damaged, or not an oracle file of crosscheck") from None
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            raise self._unusable("its content is not that of an oracle file") from None

    def _unusable(self, why: str) -> OracleFileError:
        advice = f"Make it again with: crosscheck freeze -o {self.path}"
        if not self.path.is_file() or self._is_another_kind():  # which must not be overwritten
            advice = "Make one with: crosscheck freeze -o NEW.oracle"
            why = "it is no oracle file" if self.path.is_file() else why
        return OracleFileError(f"The oracle file {self.path} cannot be used: {why}. {advice}")

    def _is_another_kind(self) -> bool:
        """Whether it does not begin as a zip file does."""
        try:
            with self.path.open("rb") as file:
                return file.read(2) != b"PK"
        except OSError:
            return False


def _unpacked(index: Mapping[str, Any], values: Array, bounds: Array) -> dict[str, Oracle]:
    at = {"values": 0, "bounds": 0}

    def take(name: str, array: Array, shape: list[int]) -> Array:
        start, at[name] = at[name], at[name] + prod(shape)
        return array[start : at[name]].reshape(shape)

    oracles = {}
    for values_id, entry in index.items():
        shapes = entry["shapes"]
        pairs = {
            q: (take("values", values, shape), take("bounds", bounds, shape))
            for q, shape in shapes.items()
        }
        others = {q: take("values", values, shapes[q]) for q in entry["others"]}
        expected = {q: Expected(v, b, others.get(q)) for q, (v, b) in pairs.items()}
        power = entry["power"]
        oracles[values_id] = Oracle(
            str(entry["checksum"]),
            expected,
            tuple(entry["votes"]),
            Power(float(power["floor"]), bool(power["exact"]), int(power["untested"])),
        )
    if at != {"values": values.size, "bounds": bounds.size}:
        raise ValueError("arrays left over")
    return oracles
