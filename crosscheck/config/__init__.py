"""``crosscheck.toml``: a course's own names for layers, and how strict to be, beside the code."""

from __future__ import annotations

from crosscheck.config.found import found_for
from crosscheck.config.read import read
from crosscheck.config.record import AS_FOUND, NAME, Config, ConfigError, LayerMap, Reading

__all__ = ["AS_FOUND", "NAME", "Config", "ConfigError", "LayerMap", "Reading", "found_for", "read"]
