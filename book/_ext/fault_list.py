"""The directive `keras-faults`: the faults of Keras that this book documents.

They stand in book/keras_faults.yml; tools/keras_faults.py tries them.
"""

import yaml
from keras_book_grader.notebook import HEADING, read_notebook

import message_index
from entry_list import BACKENDS, EntryList


def read(book):
    """Return the faults, as they stand in the list."""
    return yaml.safe_load((book / "keras_faults.yml").read_text())


def headings(page):
    """Return {anchor: heading} of a notebook or a page in Markdown."""
    if page.suffix == ".ipynb":
        cells = read_notebook(page.read_bytes())
        text = "\n".join(cell.source for cell in cells if cell.kind == "markdown")
    else:
        text = page.read_text()
    return {message_index.anchor(heading): heading for heading in HEADING.findall(text)}


def link(section, book):
    """Return a link to a section, named after the page and its heading."""
    page, _, anchor = section.partition("#")
    heading = headings(book / page).get(anchor)
    if heading is None:
        raise ValueError(f"there is no section {section}")
    return f"[{heading}]({section})"


def place(section):
    """Return what the faults are grouped by, such as "Chapter 7"."""
    number = section.partition("_")[0]
    return f"Chapter {int(number)}" if number.isdigit() else "Other pages"


def thread_link(address):
    """Return a link to a thread, such as "keras-team/keras 21639"."""
    owner, name, _, number = address.removeprefix("https://github.com/").split("/")
    return f"[{owner}/{name} {number}]({address})"


def faults(entries, book):
    """Yield the Markdown of the list."""
    group = ""
    for entry in entries:
        if group != place(entry["section"]):
            group = place(entry["section"])
            yield f"## {group}"
        yield f"**{entry['what']}**"
        until = entry["until"]
        facts = [f"Gone in Keras {until}." if until else "Still there."]
        facts.append(f"Shown in {link(entry['section'], book)}.")
        if "backend" in entry:
            facts.append(f"Tried under {BACKENDS[entry['backend']]}.")
        if "thread" in entry:
            facts.append(f"Thread: {thread_link(entry['thread'])}.")
        yield " ".join(facts)
        yield f"```python\n{entry['script'].strip()}\n```"


class KerasFaults(EntryList):
    """The list of faults."""

    entries = "keras_faults.yml"

    def paragraphs(self, book):
        """Yield the Markdown of the list."""
        return faults(read(book), book)


def setup(app):
    """Register with Sphinx."""
    app.add_directive("keras-faults", KerasFaults)
    return {"parallel_read_safe": True}
