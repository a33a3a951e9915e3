"""Lists that are made of a YAML file and the notebooks, with a directive for each.

The faults of Keras that this book documents stand in book/keras_faults.yml;
tools/keras_faults.py tries them. book/questions.yml holds questions and answers; the
section is looked up in the notebook, by the id of the cell that shows the answer.
"""

from itertools import groupby
from pathlib import Path

import yaml
from keras_book_grader.notebook import HEADING, read_notebook
from sphinx.util.docutils import SphinxDirective

from backend_notes import NAMES
from from_cells import cells_of
from message_index import anchor, link, messages, silent_failures


def headings(page):
    """Return {anchor: heading} of a notebook or a page in Markdown."""
    if page.suffix == ".ipynb":
        cells = read_notebook(page.read_bytes())
        text = "\n".join(cell.source for cell in cells if cell.kind == "markdown")
    else:
        text = page.read_text()
    return {anchor(heading): heading for heading in HEADING.findall(text)}


def section_link(section, book):
    """Return a link to a section of a page, named after its heading."""
    page, _, place = section.partition("#")
    heading = headings(book / page).get(place)
    if heading is None:
        raise ValueError(f"there is no section {section}")
    return f"[{heading}]({section})"


def thread_link(address):
    """Return a link to a thread, such as "keras-team/keras 21639"."""
    owner, name, _, number = address.removeprefix("https://github.com/").split("/")
    return f"[{owner}/{name} {number}]({address})"


def group_of(fault):
    """Return what the faults are grouped by, such as "Chapter 7"."""
    number = fault["section"].partition("_")[0]
    return f"Chapter {int(number)}" if number.isdigit() else "Other pages"


def faults(book):
    """Yield the Markdown of the list of faults."""
    entries = yaml.safe_load((book / "keras_faults.yml").read_text())
    for group, together in groupby(entries, group_of):
        yield f"## {group}"
        for entry in together:
            yield f"**{entry['what']}**"
            until = entry["until"]
            facts = [f"Gone in Keras {until}." if until else "Still there."]
            facts.append(f"Shown in {section_link(entry['section'], book)}.")
            if "backend" in entry:
                facts.append(f"Tried under {NAMES[entry['backend']]}.")
            if "thread" in entry:
                facts.append(f"Thread: {thread_link(entry['thread'])}.")
            yield " ".join(facts)
            yield f"```python\n{entry['script'].strip()}\n```"


def cell_link(shown, book):
    """Return a link to the section of a cell, such as "01_lambda_layers 64586fde"."""
    name, wanted = shown.split()
    notebook = f"{name}.ipynb"
    cell = cells_of(book / notebook).get(wanted)
    if cell is None or cell.kind != "code":
        raise ValueError(f"{notebook} has no code cell {wanted}")
    return link(notebook, cell.section)


def questions(book):
    """Yield the Markdown of the page "The question you have"."""
    for group in yaml.safe_load((book / "questions.yml").read_text()):
        yield f"## {group['title']}"
        for question in group["questions"]:
            yield f"### {question['ask']}"
            yield question["answer"]
            yield f"**Shown in** {cell_link(question['shown'], book)}"


# The file in book/, and what gives the Markdown of the list from what stands there.
LISTS = {
    "keras-faults": ("keras_faults.yml", faults),
    "message-index": ("messages.yml", messages),
    "questions": ("questions.yml", questions),
    "silent-failures": ("messages.yml", silent_failures),
}


class EntryList(SphinxDirective):
    """A list, made again in each build, since the sections are looked up."""

    def run(self):
        """Return the nodes of the list; an entry that is wrong ends the build."""
        self.env.note_reread()
        entries, paragraphs = LISTS[self.name]
        try:
            text = "\n\n".join(paragraphs(Path(self.env.srcdir, "book")))
        except KeyError as missing:
            problem = f"an entry lacks {missing}"
        except (ValueError, OSError) as error:
            problem = str(error)
        else:
            return self.parse_text_to_nodes(text, allow_section_headings=True)
        raise self.error(f"book/{entries}: {problem}")
