"""Takes the README's picture: runs a real check of docs/layers.py and draws what it printed.

``python docs/screenshot.py`` writes docs/failing-check.svg.
"""

import io
import os
import re
import subprocess
import sys
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).parent.parent
WIDTH = 104
COMMAND = ["check", "docs/layers.py", "--layer", "affine", "--layer", "relu"]
# The reader's own monospace font: the picture asks nobody for another.
WITHOUT_FONTS = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)


def main() -> None:
    """Run the command as on a terminal of that width, and save its picture."""
    environment = {
        **os.environ,
        "FORCE_COLOR": "1",
        "COLUMNS": str(WIDTH),
        "TERM": "xterm-256color",
    }
    command = [sys.executable, "-m", "crosscheck", *COMMAND]
    # Exit code 1 is the point: something is wrong.
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False)
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(run.stdout.decode()))
    console.save_svg(
        str(ROOT / "docs" / "failing-check.svg"),
        title="crosscheck " + " ".join(COMMAND),
        code_format=WITHOUT_FONTS,
    )


if __name__ == "__main__":
    main()
