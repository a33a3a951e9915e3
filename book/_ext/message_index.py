"""Appendix B: from a message to what it means, collected from the chapters' cells.

book/messages.yml says of each message what it means and what to do; the message as it
is printed, and the section that explains it, are looked up in the notebooks. The page
book/appendix_messages.md holds two lines, which are replaced when it is read.
"""

import re
from pathlib import Path
from typing import NamedTuple

import nbformat
import yaml
from nbconvert.filters import strip_ansi

BOOK = Path(__file__).resolve().parents[1]
ENTRIES = BOOK / "messages.yml"
PAGE = "book/appendix_messages"
NARROWEST = 70  # columns to which a chapter wraps what it prints
# What a cell prints in front of a message: "evaluate: No loss", "ndarray  and so on".
LABEL = re.compile(r"^\s*[a-z][\w ;]*(?:: (?=\S)|  +)")


class Cell(NamedTuple):
    """A code cell: where it is, what it runs, what it raises and what it prints."""

    notebook: str
    section: str
    source: str
    raised: str
    printed: str


def cells():
    """Return all code cells of the chapters, in order."""
    found = []
    for path in sorted(BOOK.glob("0*.ipynb")):
        section = ""
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "markdown":
                headings = re.findall(r"^#+ (.+)$", cell.source, re.MULTILINE)
                section = headings[-1] if headings else section
                continue
            raised = [
                "\n".join(output.traceback)
                for output in cell.outputs
                if output.output_type == "error"
            ]
            printed = [output.get("text", "") for output in cell.outputs]
            found.append(
                Cell(
                    path.name,
                    section,
                    cell.source,
                    strip_ansi("\n".join(raised)),
                    strip_ansi("\n".join(printed)),
                )
            )
    return found


def read_entries():
    """Return book/messages.yml: the messages, in groups, and the silent failures."""
    return yaml.safe_load(ENTRIES.read_text())


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


def slug(heading):
    """Return the anchor that MyST gives to a heading."""
    text = re.sub(r"[^\w\- ]", "", heading.lower().replace("`", ""))
    return text.replace(" ", "-")


def link(cell):
    """Return a link to the section of a cell, named after the chapter's number."""
    chapter = int(cell.notebook[:2])
    return f"[{chapter}: {cell.section}]({cell.notebook}#{slug(cell.section)})"


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


def indentation(line):
    """Return the number of blanks that a line begins with."""
    return len(line) - len(line.lstrip())


def goes_on(line, following):
    """Say whether a sentence was wrapped: its next word did not fit into the line."""
    return (
        not line.endswith((".", "?", "!"))
        and not LABEL.match(following)
        and indentation(following) >= indentation(line)
        and len(line) + len(" ") + len(following.split()[0]) > NARROWEST
    )


def without_label(text, message):
    """Return a text without the label that a cell has printed in front of a message."""
    bare = LABEL.sub("", text)
    return bare if one_line(message) in one_line(bare) else text


def message_among(lines, message):
    """Return the message to its end, without what else a cell has printed around it."""
    first, end = lines_with(message, lines)
    while first > 0 and goes_on(lines[first - 1], lines[first]):
        first -= 1
    while end < len(lines) and goes_on(lines[end - 1], lines[end]):
        end += 1
    return without_label("\n".join(lines[first:end]), message).strip()


def first_lines(cell, message):
    """Return the lines of a cell's error, or of its output, that are the message."""
    for text in (cell.raised, cell.printed):
        for paragraph in re.split(r"\n\s*\n", text):
            if one_line(message) in one_line(paragraph):
                lines = paragraph.strip("\n").splitlines()
                if text == cell.raised and len(lines) <= 4:
                    return "\n".join(lines).strip()
                return message_among(lines, message)
    return message


def messages():
    """Yield the Markdown of the index of messages."""
    every_cell = cells()
    for group in read_entries()["groups"]:
        yield f"## {group['title']}"
        for entry in group["messages"]:
            found = cells_with(entry, every_cell)
            yield f"### `` {entry['message']} ``"
            yield f"```text\n{first_lines(found[0], entry['message'])}\n```"
            yield f"**Means.** {entry['means']}"
            yield f"**Do.** {entry['do']}"
            yield f"**Explained in** {links(found)}"


def silent_failures():
    """Yield the Markdown of the list of what goes wrong without a message."""
    every_cell = cells()
    for entry in read_entries()["silent"]:
        found = [c for c in every_cell if entry["cell"] in c.source]
        yield f"### {entry['what']}"
        yield f"**Why.** {entry['why']}"
        yield f"**A check that catches it.** {entry['check']}"
        yield f"**Shown in** {links(found)}"


def fill_the_page(app, docname, source):
    """Put the two lists into the page as it is read."""
    if docname == PAGE:
        for line, text in [
            ("<!-- messages -->", messages),
            ("<!-- silent failures -->", silent_failures),
        ]:
            source[0] = source[0].replace(line, "\n\n".join(text()))


def read_the_page_again(app, env, added, changed, removed):
    """Its content comes from other files."""
    return [PAGE] if PAGE in env.found_docs else []


def setup(app):
    """Register with Sphinx."""
    app.connect("source-read", fill_the_page)
    app.connect("env-get-outdated", read_the_page_again)
    return {
        "version": "1",
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
