"""A process of its own for code under test: it answers with arrays, never with verdicts.

``process`` starts and stops it, ``frames`` is what is said between the two, ``serve`` is the other
side, ``session`` ours, and ``remote`` a candidate over there.
"""
