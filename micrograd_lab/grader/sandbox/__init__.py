"""The wall around a submission: what it may read, call and use, and how much of it.

`levels` names the rungs of the ladder, `probe` finds the strongest that stands here; the other
files are what a rung is made of.  SECURITY.md says what each of them stops.
"""
