"""A right layer is handed in under a wrong one's name."""

import sys

serve = sys.modules["crosscheck.worker.serve"]
listed = serve._listed


def _listed(candidate):
    told = listed(candidate)
    names = {"affine": "affine_of_mine", "relu": "affine"}
    return {**told, "spelling": names[candidate.layer.name], "adapted": True}


serve._listed = _listed


def affine_forward(x, w, b):
    raise LookupError
