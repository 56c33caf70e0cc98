"""What stops the grading of a class, or of one submission."""

from crosscheck.errors import CrosscheckError


class GradingError(CrosscheckError):
    """The class cannot be graded, or its results cannot be read: what, where, what to do next."""


class RefusedError(Exception):
    """One submission cannot be read; its text says why, for the student and the instructor."""
