"""Names the entry of Appendix B for an exception, where the book is there."""

from functools import cache
from pathlib import Path


def find_book():
    """Return the folder with messages.yml: here, above here, or beside this package."""
    places = [Path.cwd(), *Path.cwd().parents, Path(__file__).resolve().parents[2]]
    found = (place / "book" for place in places)
    return next((book for book in found if (book / "messages.yml").is_file()), None)


@cache
def line(raised):
    """Return a line that names the entry for an exception's text, or ""."""
    book = find_book() if raised else None
    if book is None:
        return ""
    from .weighing import of_book

    entries, knows = of_book(book)
    found = knows.rank(raised)
    return f"Appendix B: {entries[found[0]]['message']}" if found else ""
