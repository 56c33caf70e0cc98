"""The constants of each format, against what NumPy and ml_dtypes say of it."""

import sys

import ml_dtypes
import numpy as np
import pytest

from crosscheck import dtypes
from crosscheck.dtypes import FORMATS, format_named, unavailable
from crosscheck.errors import MissingPackageError, SelectionError


@pytest.fixture
def no_bfloat16(monkeypatch):
    """As where ml_dtypes is not installed."""
    monkeypatch.setitem(sys.modules, "ml_dtypes", None)
    dtypes._numpy_dtype.cache_clear()
    yield
    dtypes._numpy_dtype.cache_clear()


def test_the_formats_are_the_four_that_layers_are_checked_in():
    assert list(FORMATS) == ["float16", "bfloat16", "float32", "float64"]


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_has_the_constants_of_its_dtype(name):
    fmt = FORMATS[name]
    info = ml_dtypes.finfo(fmt.dtype)
    assert fmt.dtype.name == name
    assert 2 * fmt.unit == float(info.eps)
    assert fmt.largest == float(info.max)
    assert fmt.smallest_normal == float(info.smallest_normal)


@pytest.mark.parametrize("name", FORMATS)
def test_the_unit_roundoff_is_the_largest_relative_error_of_rounding_near_one(name):
    fmt = FORMATS[name]
    one, after = fmt.dtype.type(1), fmt.dtype.type(1 + 2 * fmt.unit)
    assert float(after) - float(one) == 2 * fmt.unit
    assert np.asarray(1 + fmt.unit).astype(fmt.dtype) == one


@pytest.mark.parametrize("name", FORMATS)
def test_sums_are_accumulated_at_least_as_finely_as_the_format(name):
    assert FORMATS[name].accumulator <= FORMATS[name].unit


def test_an_unknown_dtype_is_refused_with_the_names_that_exist():
    with pytest.raises(SelectionError) as refused:
        format_named("float8")
    assert str(refused.value) == (
        "There is no dtype 'float8'. The dtypes are: float16, bfloat16, float32, float64."
    )


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_available_with_ml_dtypes(name):
    assert unavailable(name) == ""


def test_bfloat16_without_ml_dtypes_says_what_to_install(no_bfloat16):
    with pytest.raises(MissingPackageError, match="pip install ml_dtypes"):
        _ = FORMATS["bfloat16"].dtype
    assert "bfloat16 needs the package ml_dtypes, which is not installed" in unavailable("bfloat16")


def test_without_ml_dtypes_the_other_formats_are_there(no_bfloat16):
    assert [name for name in FORMATS if unavailable(name)] == ["bfloat16"]
