"""Checks an exercise of the book for a learner, and grades a class for its teacher."""

__version__ = "1.0"


class GraderError(Exception):
    """What the person at the keyboard can mend: one sentence, with a remedy."""
