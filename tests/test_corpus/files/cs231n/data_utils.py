"""Reads the images: never needed here, and its imports are missing."""

from __future__ import print_function

import os
import platform

import imageio
import matplotlib.pyplot as plt
import numpy as np
from six.moves import cPickle as pickle


def load_pickle(f):
    return pickle.load(f, encoding="latin1")


def load_CIFAR10(ROOT):
    return [load_pickle(open(os.path.join(ROOT, "data_batch_%d" % b), "rb")) for b in range(1, 6)]


plt.rcParams["figure.figsize"] = (10.0, 8.0)
