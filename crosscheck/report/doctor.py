"""What is installed here, and what that allows."""

from __future__ import annotations

import platform
from importlib import metadata

import numpy as np
from rich.console import Console
from rich.text import Text

from crosscheck.errors import OracleFileError
from crosscheck.oracle_file import EMBEDDED, OracleFile

_INSTALL = "pip install 'crosscheck-grad[live]'"


def show_doctor(console: Console) -> None:
    """Print versions and abilities, a line each."""
    torch, jax = _version("torch"), _version("jax")
    lines = [
        ("Python", f"{platform.python_version()} on {platform.system()} {platform.machine()}"),
        ("NumPy", np.__version__),
        ("torch", _torch(torch)),
        ("jax", _jax(jax)),
        ("bfloat16", _bfloat16()),
        ("oracle", _embedded()),
        ("check", "works: the answers come from the embedded oracle"),
        ("check --live", _live(torch, jax)),
        ("fuzz", _fuzz()),
        ("--html", _needing("Jinja2", "grade", "check and report")),
        ("--scheduler", _needing("distributed", "cluster", "grade")),
        ("%crosscheck", _notebook()),
    ]
    from crosscheck.sandbox import lines as isolation  # tries each level in a process of its own

    lines += isolation()
    for label, text in lines:
        console.print(Text.assemble((f"{label:<13}", "bold"), text), soft_wrap=True)


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _torch(version: str) -> str:
    if not version:
        return f"not installed ({_INSTALL})"
    import torch

    cuda = f"{torch.cuda.device_count()} CUDA devices" if torch.cuda.is_available() else "no GPU"
    return f"{version}; CPU and {cuda}. References run on the CPU."


def _jax(version: str) -> str:
    if not version:
        return f"not installed ({_INSTALL})"
    import jax

    x64 = "on" if jax.config.jax_enable_x64 else "off"
    devices = ", ".join(str(d) for d in jax.devices())
    return f"{version}; devices: {devices}; x64 {x64} by default, on inside crosscheck"


def _bfloat16() -> str:
    version = _version("ml_dtypes")
    return f"ml_dtypes {version}" if version else "left out: ml_dtypes is not installed"


def _embedded() -> str:
    try:
        oracle = OracleFile(EMBEDDED, "embedded")
    except OracleFileError as error:
        return str(error)
    p = oracle.provenance
    return (
        f"{oracle.cases} cases, {oracle.agreed} agreed on by torch {p.torch} and jax {p.jax}, "
        f"recorded {p.recorded[:10]}"
    )


def _live(torch: str, jax: str) -> str:
    missing = [name for name, version in (("torch", torch), ("jax", jax)) if not version]
    if missing:
        return f"cannot run: {' and '.join(missing)} missing ({_INSTALL})"
    return "works: both frameworks are there"


def _fuzz() -> str:
    version = _version("hypothesis")
    if not version:
        return "cannot run: hypothesis missing (pip install 'crosscheck-grad[fuzz]')"
    return f"works: hypothesis {version} is there"


def _needing(package: str, extra: str, commands: str) -> str:
    """Whether an option of some commands works, which a package is for."""
    version = _version(package)
    if not version:
        return f"cannot run: {package} missing (pip install 'crosscheck-grad[{extra}]')"
    return f"works for {commands}: {package} {version} is there"


def _notebook() -> str:
    version = _version("ipython")
    if not version:
        return "for notebooks only: IPython is not installed (pip install jupyter)"
    return f"works in notebooks, after %load_ext crosscheck: IPython {version} is there"
