"""What these tests share: a target, opened."""

import contextlib
import json

import pytest

from crosscheck.layers import catalogue
from crosscheck.target import opened

RELU = """
import numpy as np
def relu_forward(x):
    return np.maximum(x, 0), x
def relu_backward(dout, cache):
    return dout * (cache > 0)
"""


@pytest.fixture
def opens():
    """``with opens(path) as found`` is a target, opened with every layer."""

    @contextlib.contextmanager
    def open_it(path):
        with opened(str(path), catalogue().values()) as found:
            yield found

    return open_it


@pytest.fixture
def notebook(target):
    """``notebook(cell, …)`` is the path of a notebook with these code cells after a text."""

    def write(*cells, name="a1.ipynb", **metadata):
        listed = [{"cell_type": "markdown", "source": ["# Assignment 1"], "metadata": {}}]
        for cell in cells:
            source = cell.splitlines(keepends=True)
            listed.append({"cell_type": "code", "source": source, "outputs": [], "metadata": {}})
        text = {"cells": listed, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
        return target(json.dumps(text), name)

    return write
