"""What ``crosscheck check`` says of a file of the corpus: one run for each."""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from crosscheck.cli import main

FILES = Path(__file__).parent / "files"


@dataclass(frozen=True)
class Checked:
    """``exit_code``, what the terminal showed, and the report as JSON."""

    exit_code: int
    shown: str
    report: dict[str, Any]

    @property
    def layers(self) -> dict[str, Any]:
        """Those that the target defines."""
        return {n: x for n, x in self.report["layers"].items() if x["status"] != "missing"}

    def statuses(self) -> dict[str, str]:
        return {name: layer["status"] for name, layer in self.layers.items()}

    def findings(self, layer: str, severity: str) -> list[dict[str, Any]]:
        return [f for f in self.layers[layer]["findings"] if f["severity"] == severity]

    def wrong(self, layer: str) -> set[str]:
        """The quantities that are wrong."""
        return {f["quantity"] for f in self.findings(layer, "wrong")}

    def warned(self, layer: str) -> set[str]:
        """The kinds of its warnings."""
        return {f["kind"] for f in self.findings(layer, "warning")}

    def message(self, layer: str) -> str:
        """The first finding's."""
        return self.layers[layer]["findings"][0]["message"]


@cache
def checked(name: str, *options: str) -> Checked:
    """By the name of a file in ``files``."""
    return check(FILES / name, *options)


def check(target: Path, *options: str) -> Checked:
    """By the command, in this process; the code under test is in one of its own."""
    with tempfile.TemporaryDirectory() as folder:
        file, shown = Path(folder, "report.json"), io.StringIO()
        with contextlib.redirect_stdout(shown):
            code = main(["check", str(target), "--json", str(file), *options])
        return Checked(code, shown.getvalue(), json.loads(file.read_text(encoding="ascii")))
