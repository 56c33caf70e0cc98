"""What an adapter does with code of theirs, as lines of Python in their own words: ``recorder``
watches one run and writes it down, ``state`` sees what was set and left in their objects,
``literal`` writes values, ``words`` finds names for what is returned, ``places`` where in all this
a quantity is, and ``show`` puts it together, and runs it before it is shown to anybody.
"""
