"""The page "The question you have": from a question to the section whose cell shows it.

book/questions.yml holds questions and answers; the section is looked up in the
notebook, by the id of the cell.
"""

import yaml

from from_cells import cells_of
from message_index import anchor, page_name


def read(book):
    """Return the questions, in groups, as they stand in the list."""
    return yaml.safe_load((book / "questions.yml").read_text())


def link(shown, book):
    """Return a link to the section of a cell, such as "01_lambda_layers 64586fde"."""
    name, wanted = shown.split()
    notebook = f"{name}.ipynb"
    cell = cells_of(book / notebook).get(wanted)
    if cell is None or cell.kind != "code":
        raise ValueError(f"{notebook} has no code cell {wanted}")
    where = page_name(notebook)
    return f"[{where}: {cell.section}]({notebook}#{anchor(cell.section)})"


def questions(book):
    """Yield the Markdown of the list."""
    for group in read(book):
        yield f"## {group['title']}"
        for question in group["questions"]:
            yield f"### {question['ask']}"
            yield question["answer"]
            yield f"**Shown in** {link(question['shown'], book)}"
