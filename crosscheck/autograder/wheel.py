"""The running crosscheck as a wheel, from its own files: that works before a release, too."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import crosscheck
import impl_numpy

DATE = (2020, 1, 1, 0, 0, 0)  # no time of ours: the same files give the same bytes

NAME = "crosscheck-grad"
# As in pyproject.toml, which a test compares; the installed package may have no metadata.
REQUIRES = ("numpy>=1.26", "rich>=13", "tomli>=2; python_version < '3.11'")
_LEFT_OUT = ("__pycache__", ".pyc")


def wheel() -> tuple[str, bytes]:
    """Its file name and its content. Raises OSError."""
    stem = f"{NAME.replace('-', '_')}-{crosscheck.__version__}"
    files = {**dict(_packages()), **_metadata(f"{stem}.dist-info")}
    record = f"{stem}.dist-info/RECORD"
    files[record] = (
        "".join(f"{name},{_hash(data)},{len(data)}\n" for name, data in files.items())
        + f"{record},,\n"
    ).encode()
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, DATE)
            entry.create_system, entry.external_attr = 3, 0o100644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return f"{stem}-py3-none-any.whl", made.getvalue()


def _packages() -> Iterator[tuple[str, bytes]]:
    for package in (crosscheck, impl_numpy):
        assert package.__file__ is not None
        home = Path(package.__file__).parent
        for path in sorted(home.rglob("*")):
            name = path.relative_to(home.parent).as_posix()
            if path.is_file() and not any(part in name for part in _LEFT_OUT):
                yield name, path.read_bytes()


def _metadata(folder: str) -> dict[str, bytes]:
    requires = "".join(f"Requires-Dist: {r}\n" for r in REQUIRES)
    about = f"Metadata-Version: 2.1\nName: {NAME}\nVersion: {crosscheck.__version__}\n"
    texts = {
        "METADATA": f"{about}Requires-Python: >=3.10\n{requires}",
        "WHEEL": "Wheel-Version: 1.0\nGenerator: crosscheck\nRoot-Is-Purelib: true\n"
        "Tag: py3-none-any\n",
        "entry_points.txt": "[console_scripts]\ncrosscheck = crosscheck.cli:main\n",
    }
    return {f"{folder}/{name}": text.encode() for name, text in texts.items()}


def _hash(data: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return f"sha256={digest}"
