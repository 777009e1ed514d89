"""The gallery: every picture of the lens from a real graph or a real run, with the code that made it.

    python -m micrograd_lab.lens.gallery            # builds docs/gallery.md and notebooks/src/gallery.py
    python -m micrograd_lab.lens.gallery --check

A module here is a section, and its first line the heading.  A function whose docstring has two
parts, a question and what to see, makes a picture; the others are what those functions share.
"""
