from __future__ import absolute_import, print_function

import numpy as np

from cs231n import optim


class Solver(object):
    def __init__(self, model, data, **kwargs):
        self.model, self.data = model, data
        self.update_rule = getattr(optim, kwargs.pop("update_rule", "sgd"))
