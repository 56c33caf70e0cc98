"""How the course calls a layer's functions, and where it looks for what they return."""

from __future__ import annotations

from crosscheck.calling.arguments import Bundle, Given
from crosscheck.calling.base import Calling, Watch
from crosscheck.calling.loss import Loss
from crosscheck.calling.model import Model
from crosscheck.calling.pair import Pair
from crosscheck.calling.update import Update

__all__ = ["Bundle", "Calling", "Given", "Loss", "Model", "Pair", "Update", "Watch"]
