"""Names the entry of Appendix B for an exception, where the book is there."""

from functools import cache

from .exercise import find_above
from .weighing import of_book


@cache
def line(raised):
    """Return a line that names the entry for an exception's text, or ""."""
    root = find_above("book/messages.yml") if raised else None
    if root is None:
        return ""
    entries, knows = of_book(root / "book")
    found = knows.rank(raised)
    return f"Appendix B: {entries[found[0]]['message']}" if found else ""
