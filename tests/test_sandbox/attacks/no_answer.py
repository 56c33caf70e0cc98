"""No quantity is answered, and a reason is given that is about none."""

import sys

NoAnswerError = sys.modules["crosscheck.attempt"].NoAnswerError


def affine_forward(x, w, b):
    raise NoAnswerError("crash", "stops", "affine_forward", "nothing")
