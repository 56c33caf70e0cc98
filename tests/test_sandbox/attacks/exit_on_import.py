"""os._exit(0) when the file is imported."""

import os

os._exit(0)
