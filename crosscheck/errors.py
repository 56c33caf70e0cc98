"""What can go wrong outside the code under test: one message for people, one exit code."""


class CrosscheckError(Exception):
    """crosscheck could not run. Its text is one clear message: what, where, what to do next."""

    exit_code = 2


class TargetError(CrosscheckError):
    """The target cannot be found, read or imported."""


class SelectionError(CrosscheckError):
    """A layer, dtype, scenario, case or seed that does not exist, or that selects nothing."""


class MissingPackageError(CrosscheckError):
    """A package that the request needs is not installed."""


class OracleFileError(CrosscheckError):
    """An oracle file is missing, corrupt, foreign, or holds no answer for the case asked for."""


class DescriptionError(CrosscheckError):
    """A layer's description is at fault, never the candidate: its references disagree undeclared,
    or its bound cannot be derived.
    """


class MissingError(Exception):
    """Code under test needs what was not handed in, or is not installed: it cannot be judged.

    Raised inside of the code under test; its text reads ``needs affine_forward from .layers, which
    is not there``.
    """
