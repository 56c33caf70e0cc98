"""How code looks that is not written yet: that is not wrong."""

from __future__ import annotations

import linecache
import re
import traceback

_SAYS_SO = re.compile(
    r"not\W{0,2}(yet\W)?(implemented|finished|done|completed)|unimplemented|unfinished|to\W?do\b|"
    r"implement (me|this|it|the)|your (code|turn|implementation)|fill (me |this |it )?in",
    re.IGNORECASE,
)
_ASSERTS_NOTHING = re.compile(r"assert\s*\(?\s*(False|0)\b")


def is_unfinished(error: BaseException) -> bool:
    """Whether an exception is what a stub raises: it says so, uses what is still None, or a name
    that nothing was ever assigned to.
    """
    if isinstance(error, (NotImplementedError, NameError)):  # an UnboundLocalError is one
        return True
    if isinstance(error, (AttributeError, TypeError)) and "NoneType" in str(error):
        return True
    if isinstance(error, AssertionError) and _ASSERTS_NOTHING.match(_line(error)):
        return True
    if isinstance(error, TypeError) and _line(error).startswith("raise NotImplemented"):
        return True  # it is no exception
    # Of a class of its own, with such a text, it may be anything.
    return type(error) in (Exception, AssertionError, RuntimeError, ValueError) and bool(
        _SAYS_SO.search(str(error))
    )


def _line(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return linecache.getline(frames[-1].filename, frames[-1].lineno or 0).strip() if frames else ""
