"""The layers of a course like CS231n, written by hand in NumPy: forward and backward.

Every layer takes float16, bfloat16 (ml_dtypes), float32 or float64 and returns that dtype. No input
is changed, and no output and no gradient shares memory with what was passed in, or with the cache:
what is kept in the cache as well is copied by astype even where the dtype stays.
"""

import pkgutil
from importlib import import_module

_files = [import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)]
# After the imports, each of which binds its file's own name here: softmax_loss is the function.
for _file in _files:
    for _name, _value in vars(_file).items():
        if getattr(_value, "__module__", None) == _file.__name__ and not _name.startswith("_"):
            globals()[_name] = _value
