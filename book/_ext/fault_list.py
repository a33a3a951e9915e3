"""The list of the faults of Keras that this book documents.

They stand in book/keras_faults.yml; tools/keras_faults.py tries them.
"""

from itertools import groupby

import yaml
from keras_book_grader.notebook import HEADING, read_notebook

from backend_notes import NAMES
from message_index import anchor


def headings(page):
    """Return {anchor: heading} of a notebook or a page in Markdown."""
    if page.suffix == ".ipynb":
        cells = read_notebook(page.read_bytes())
        text = "\n".join(cell.source for cell in cells if cell.kind == "markdown")
    else:
        text = page.read_text()
    return {anchor(heading): heading for heading in HEADING.findall(text)}


def link(section, book):
    """Return a link to a section, named after the page and its heading."""
    page, _, place = section.partition("#")
    heading = headings(book / page).get(place)
    if heading is None:
        raise ValueError(f"there is no section {section}")
    return f"[{heading}]({section})"


def group_of(section):
    """Return what the faults are grouped by, such as "Chapter 7"."""
    number = section.partition("_")[0]
    return f"Chapter {int(number)}" if number.isdigit() else "Other pages"


def thread_link(address):
    """Return a link to a thread, such as "keras-team/keras 21639"."""
    owner, name, _, number = address.removeprefix("https://github.com/").split("/")
    return f"[{owner}/{name} {number}]({address})"


def faults(book):
    """Yield the Markdown of the list."""
    entries = yaml.safe_load((book / "keras_faults.yml").read_text())
    for group, together in groupby(entries, lambda entry: group_of(entry["section"])):
        yield f"## {group}"
        for entry in together:
            yield f"**{entry['what']}**"
            until = entry["until"]
            facts = [f"Gone in Keras {until}." if until else "Still there."]
            facts.append(f"Shown in {link(entry['section'], book)}.")
            if "backend" in entry:
                facts.append(f"Tried under {NAMES[entry['backend']]}.")
            if "thread" in entry:
                facts.append(f"Thread: {thread_link(entry['thread'])}.")
            yield " ".join(facts)
            yield f"```python\n{entry['script'].strip()}\n```"
