"""The search beyond the fixed cases: ``fuzz`` is the whole of it, ``search`` finds one mistake
after another, among the cases that ``strategy`` tells Hypothesis to draw.
"""
