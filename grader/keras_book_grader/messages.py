"""Appendix B as data: book/messages.yml, and what the book's cells raise and print.

Only files of the book are read. Where they are not, as in the package alone, there are
no entries.
"""

import re
from dataclasses import replace
from functools import cache
from itertools import combinations, pairwise

import yaml

from .notebook import code_cells

NARROWEST = 70  # columns to which a chapter wraps what it prints
# What a cell prints in front of a message: "evaluate: No loss", "ndarray  and so on".
LABEL = re.compile(r"^\s*[a-z][\w ;=]*(?:: (?=\S)|  +)")


def number(notebook):
    """Return the number of a chapter, by the name of its file."""
    return int(notebook.partition("_")[0])


def pages(book):
    """Return the notebooks with cells that raise: chapters, then other pages."""
    chapters = sorted(
        book.glob("[0-9]*_*.ipynb"), key=lambda path: (number(path.name), path.name)
    )
    others = sorted(book.glob("[a-z]*.ipynb"))
    return chapters + [page for page in others if not page.name.startswith("appendix_")]


@cache
def cells(book):
    """Return all code cells of these notebooks, in order; read once by a process."""
    return [
        replace(cell, notebook=page.name)
        for page in pages(book)
        for cell in code_cells(page.read_bytes())
    ]


def read_entries(book):
    """Return book/messages.yml: the messages, in groups, and the silent failures."""
    text = (book / "messages.yml").read_text(encoding="utf-8")
    return yaml.load(text, yaml.CSafeLoader)  # in a tenth of the time


def all_messages(book):
    """Return the entries of all groups."""
    groups = read_entries(book)["groups"]
    return [entry for group in groups for entry in group["messages"]]


def one_line(text):
    """Return a text with each run of white space as one blank."""
    return " ".join(text.split())


def held(text, entry):
    """Return the message of an entry that a text holds, or None; `whole`, or is.

    Those are found, too, that mean the same.
    """
    text = one_line(text)
    for message in [entry["message"], *entry.get("also", ())]:
        wanted = one_line(message)
        if text == wanted if entry.get("whole") else wanted in text:
            return message
    return None


def cells_with(entry, every_cell):
    """Return the cells that raise or print a message, those that raise it first."""
    raising = [c for c in every_cell if held(c.raised, entry)]
    printing = [c for c in every_cell if held(c.printed, entry)]
    return raising + [c for c in printing if c not in raising]


def goes_on(line, following):
    """Say whether a sentence was wrapped: its next word did not fit into the line."""
    indentation = len(line) - len(line.lstrip())
    return (
        not line.endswith((".", "?", "!"))
        and not LABEL.match(following)
        and not following[:indentation].strip()
        and len(line) + len(" ") + len(following.split()[0]) > NARROWEST
    )


def message_among(lines, message, others=()):
    """Return the message to its end, without what else a cell has printed around it."""
    sentences, wanted = [], one_line(message)
    for previous, line in pairwise([".", *lines]):
        if goes_on(previous, line) and line.strip() not in others:
            sentences[-1] += f"\n{line}"
        else:
            sentences.append(line)
    places = combinations(range(len(sentences) + 1), 2)
    fewest_first = sorted(places, key=lambda place: place[1] - place[0])
    texts = ("\n".join(sentences[first:end]) for first, end in fewest_first)
    text = next(text for text in texts if wanted in one_line(text))
    bare = LABEL.sub("", text)
    return (bare if wanted in one_line(bare) else text).strip()


def first_lines(cell, message, others=()):
    """Return the lines of a cell's error, or of its output, that are the message.

    A line that is one of the others, the messages of the list, is not a part of it.
    """
    for paragraph in re.split(r"\n\s*\n", f"{cell.raised}\n\n{cell.printed}"):
        if one_line(message) in one_line(paragraph):
            return message_among(paragraph.strip("\n").splitlines(), message, others)
    return message
