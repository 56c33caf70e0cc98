"""Which column of a class's table a version of a layer is in."""

from crosscheck.report.columns import columns


def test_a_layer_has_one_column_whatever_its_versions_are_called():
    ada, bob = {"affine": "affine"}, {"affine:Linear": "affine"}
    assert columns([ada, bob]) == {"affine": "affine", "affine:Linear": "affine"}


def test_where_somebody_has_two_of_them_each_has_its_own():
    ada, bob = {"conv": "conv"}, {"conv_naive": "conv", "conv_fast": "conv", "relu": "relu"}
    assert columns([ada, bob]) == {name: name for name in (*ada, *bob)}


def test_nobody_has_no_columns():
    assert columns([]) == {}
