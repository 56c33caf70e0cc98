"""Jinja2, set up so that nothing that a submission says can become markup."""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crosscheck.errors import MissingPackageError
from crosscheck.text import printable

if TYPE_CHECKING:
    from jinja2 import Environment

_TEMPLATES = Path(__file__).parent / "templates"


def rendered(template: str, **values: Any) -> str:
    """A template, filled in. Raises MissingPackageError without Jinja2."""
    return _environment().get_template(template).render(**values)


def needed() -> None:
    """Raises MissingPackageError without Jinja2."""
    _environment()


@lru_cache(maxsize=1)
def _environment() -> Environment:
    try:
        from jinja2 import Environment, FileSystemLoader, StrictUndefined
        from markupsafe import Markup
    except ModuleNotFoundError:
        raise MissingPackageError(
            "A report as HTML needs Jinja2, which is not installed: "
            "pip install 'crosscheck-grad[grade]'"
        ) from None

    def shown(value: Any) -> Any:
        """Every string that leaves a template, before it is escaped: without control characters
        and without those that turn the direction of text.
        """
        if isinstance(value, str) and not isinstance(value, Markup):
            return printable(value)
        return value

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=shown,
    )
    style, script = (_read(name) for name in ("style.css", "page.js"))
    # The only things that are not escaped: our own files.
    environment.globals |= {"style": Markup(style), "script": Markup(script)}
    environment.globals["policy"] = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    return environment


def _read(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """How a Content-Security-Policy names what it allows."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
