"""Where references run. A framework is a module with a ``vjp``: NumPy in, NumPy out.

Importing this package imports none of them.
"""
