"""Files are written, changed and removed, here and elsewhere."""

import os
import shutil
from pathlib import Path


def affine_forward(x, w, b):
    hidden = Path("HIDDEN")
    for attempt in (
        lambda: Path("MARKER").write_text("written"),
        lambda: hidden.unlink(),
        lambda: hidden.chmod(0o777),
        lambda: os.utime(hidden, (0, 0)),
        lambda: os.truncate(hidden, 0),
        lambda: os.open(hidden, os.O_RDONLY | os.O_TRUNC),
        lambda: hidden.rename("MARKER"),
        lambda: os.link(hidden, "MARKER"),
        lambda: os.symlink("/", "MARKER"),
        lambda: os.mkdir("MARKER"),
        lambda: os.mkfifo("MARKER"),
        lambda: shutil.rmtree(hidden.parent),
        lambda: Path(__file__).write_text("changed"),
    ):
        try:
            attempt()
        except OSError:
            pass
    raise LookupError
