"""The smallest case that shows a mistake: ``shrink`` makes ``sizes`` and ``values`` smaller as long
as it is the same ``failure``, and ``snippet`` writes it down as code to paste.
"""
