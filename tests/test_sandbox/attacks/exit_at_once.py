"""os._exit(0) in a function."""

import os


def affine_forward(x, w, b):
    os._exit(0)
