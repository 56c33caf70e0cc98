"""Whole files as students have them, judged by the real command: every verdict is asserted."""
