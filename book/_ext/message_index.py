"""Appendix B: from a message to what it means, collected from the chapters' cells.

book/messages.yml says of each message what it means and what to do; the message as it
is printed, and the section that explains it, are looked up in the notebooks. The
directive `message-index` lists the messages, and `silent-failures` what has none.
"""

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import yaml
from keras_book_grader.notebook import code_cells
from markdown_it import MarkdownIt
from mdit_py_plugins.anchors import anchors_plugin
from nbconvert.filters import strip_ansi
from sphinx.util.docutils import SphinxDirective

NARROWEST = 70  # columns to which a chapter wraps what it prints
# What a cell prints in front of a message: "evaluate: No loss", "ndarray  and so on".
LABEL = re.compile(r"^\s*[a-z][\w ;]*(?:: (?=\S)|  +)")
MARKDOWN = MarkdownIt().use(anchors_plugin)


class Cell(NamedTuple):
    """A code cell: where it is, what it runs, what it raises and what it prints."""

    notebook: str
    section: str
    source: str
    raised: str
    printed: str


def number(notebook):
    """Return the number of a chapter, by the name of its file."""
    return int(notebook.partition("_")[0])


@cache
def cells(book):
    """Return all code cells of the chapters, in order; read once by a process."""
    chapters = sorted(
        book.glob("[0-9]*_*.ipynb"), key=lambda path: (number(path.name), path.name)
    )
    return [
        Cell(
            path.name,
            cell.section,
            cell.source,
            raised=strip_ansi(cell.raised),
            printed=strip_ansi(cell.printed),
        )
        for path in chapters
        for cell in code_cells(path.read_bytes())
    ]


def read_entries(book):
    """Return book/messages.yml: the messages, in groups, and the silent failures."""
    return yaml.safe_load((book / "messages.yml").read_text())


def one_line(text):
    """Return a text with each run of white space as one blank."""
    return " ".join(text.split())


def holds(text, entry):
    """Say whether a text holds the message of an entry, or is it, if it is `whole`."""
    text, message = one_line(text), one_line(entry["message"])
    return text == message if entry.get("whole") else message in text


def cells_with(entry, every_cell):
    """Return the cells that raise or print a message, those that raise it first."""
    raising = [c for c in every_cell if holds(c.raised, entry)]
    printing = [c for c in every_cell if holds(c.printed, entry)]
    return raising + [c for c in printing if c not in raising]


def anchor(heading):
    """Return the end of the address of a section, by its heading."""
    return MARKDOWN.parse(f"# {heading}")[0].attrs["id"]


def link(cell):
    """Return a link to the section of a cell, named after the chapter's number."""
    address = f"{cell.notebook}#{anchor(cell.section)}"
    return f"[{number(cell.notebook)}: {cell.section}]({address})"


def links(found):
    """Return links to the sections of some cells, each section once."""
    return ", ".join(dict.fromkeys(map(link, found)))


def lines_with(message, lines):
    """Return where the fewest lines begin and end that hold the message."""
    for count in range(1, len(lines)):
        for first in range(len(lines) - count + 1):
            some = " ".join(lines[first : first + count])
            if one_line(message) in one_line(some):
                return first, first + count
    return 0, len(lines)


def goes_on(line, following):
    """Say whether a sentence was wrapped: its next word did not fit into the line."""
    indentation = len(line) - len(line.lstrip())
    return (
        not line.endswith((".", "?", "!"))
        and not LABEL.match(following)
        and not following[:indentation].strip()
        and len(line) + len(" ") + len(following.split()[0]) > NARROWEST
    )


def message_among(lines, message):
    """Return the message to its end, without what else a cell has printed around it."""
    first, end = lines_with(message, lines)
    while first > 0 and goes_on(lines[first - 1], lines[first]):
        first -= 1
    while end < len(lines) and goes_on(lines[end - 1], lines[end]):
        end += 1
    text = "\n".join(lines[first:end])
    bare = LABEL.sub("", text)
    return (bare if one_line(message) in one_line(bare) else text).strip()


def first_lines(cell, message):
    """Return the lines of a cell's error, or of its output, that are the message."""
    for paragraph in re.split(r"\n\s*\n", f"{cell.raised}\n\n{cell.printed}"):
        if one_line(message) in one_line(paragraph):
            return message_among(paragraph.strip("\n").splitlines(), message)
    return message


def messages(book):
    """Yield the Markdown of the index of messages."""
    for group in read_entries(book)["groups"]:
        yield f"## {group['title']}"
        for entry in group["messages"]:
            found = cells_with(entry, cells(book))
            if not found:
                raise ValueError(f"no cell gives {entry['message']!r}")
            yield f"### `` {entry['message']} ``"
            yield f"```text\n{first_lines(found[0], entry['message'])}\n```"
            yield f"**Means.** {entry['means']}"
            yield f"**Do.** {entry['do']}"
            yield f"**Explained in** {links(found)}"


def silent_failures(book):
    """Yield the Markdown of the list of what goes wrong without a message."""
    for entry in read_entries(book)["silent"]:
        found = [c for c in cells(book) if entry["cell"] in c.source]
        yield f"### {entry['what']}"
        yield f"**Why.** {entry['why']}"
        yield f"**A check that catches it.** {entry['check']}"
        yield f"**Shown in** {links(found)}"


LISTS = {"message-index": messages, "silent-failures": silent_failures}


class FromTheChapters(SphinxDirective):
    """A list that is made of the chapters, and made again in each build."""

    def run(self):
        """Return the nodes of the list that the directive is named after."""
        self.env.note_reread()
        try:
            paragraphs = list(LISTS[self.name](Path(self.env.srcdir, "book")))
        except KeyError as missing:
            raise self.error(f"book/messages.yml: an entry lacks {missing}") from None
        except ValueError as problem:
            raise self.error(f"book/messages.yml: {problem}") from None
        return self.parse_text_to_nodes(
            "\n\n".join(paragraphs), allow_section_headings=True
        )


def setup(app):
    """Register with Sphinx."""
    for name in LISTS:
        app.add_directive(name, FromTheChapters)
    return {"parallel_read_safe": True}
