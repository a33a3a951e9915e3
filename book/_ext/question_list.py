"""The page "The question you have": from a question to the section whose cell shows it.

book/questions.yml holds questions and answers; the section is looked up in the
notebook, by the id of the cell.
"""

from functools import cache

import yaml
from keras_book_grader.notebook import HEADING, code_cells, read_notebook

from entry_list import EntryList
from message_index import anchor


def read(book):
    """Return the questions, in groups, as they stand in the list."""
    return yaml.safe_load((book / "questions.yml").read_text())


@cache
def title_and_sections(notebook):
    """Return the title of a notebook, and {id of a code cell: its section}."""
    content = notebook.read_bytes()
    title = HEADING.search(read_notebook(content)[0].source)[1]
    return title, {cell.id: cell.section for cell in code_cells(content)}


def link(shown, book):
    """Return a link to the section of a cell, such as "01_lambda_layers 64586fde"."""
    name, cell = shown.split()
    number = name.partition("_")[0]
    title, sections = title_and_sections(book / f"{name}.ipynb")
    if cell not in sections:
        raise ValueError(f"{name}.ipynb has no code cell {cell}")
    section = sections[cell]
    where = f"{int(number)}" if number.isdigit() else title
    return f"[{where}: {section}]({name}.ipynb#{anchor(section)})"


def questions(book):
    """Yield the Markdown of the list."""
    for group in read(book):
        yield f"## {group['title']}"
        for question in group["questions"]:
            yield f"### {question['ask']}"
            yield question["answer"]
            yield f"**Shown in** {link(question['shown'], book)}"


class Questions(EntryList):
    """The list of questions."""

    entries = "questions.yml"

    def paragraphs(self, book):
        """Yield the Markdown of the list."""
        return questions(book)


def setup(app):
    """Register with Sphinx."""
    app.add_directive("questions", Questions)
    return {"parallel_read_safe": True}
