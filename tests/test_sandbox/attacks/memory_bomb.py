"""Much more memory is taken than a layer needs, and written to."""

import numpy as np

MOST = 32  # GiB / 8: where nothing is limited, this ends before the machine does


def affine_forward(x, w, b):
    kept = [np.ones(1 << 24) for _ in range(MOST)]
    raise SystemError(f"{len(kept)} arrays were had")
