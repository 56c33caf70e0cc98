"""A process is left behind that goes on after the check."""

import os
import subprocess
import sys
import time


def affine_forward(x, w, b):
    late = "import time; time.sleep(1); open('MARKER', 'w').write('still there')"
    try:
        subprocess.Popen([sys.executable, "-c", late], start_new_session=True)
    except OSError:
        pass
    if os.fork() == 0:
        os.setsid()
        if os.fork():
            os._exit(0)
        time.sleep(1)
        open("MARKER", "w").write("still there")
        os._exit(0)
    raise LookupError
