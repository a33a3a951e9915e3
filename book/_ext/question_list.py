"""The page "The question you have": from a question to the section whose cell shows it.

book/questions.yml holds questions and answers; the section is looked up in the
notebook, by the id of the cell.
"""

from functools import cache
from pathlib import Path

import yaml
from keras_book_grader.notebook import HEADING, code_cells, read_notebook
from sphinx.util.docutils import SphinxDirective

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


class Questions(SphinxDirective):
    """The list, made again in each build, since the sections are looked up."""

    def run(self):
        """Return the nodes of the list."""
        self.env.note_reread()
        try:
            paragraphs = list(questions(Path(self.env.srcdir, "book")))
        except KeyError as missing:
            raise self.error(f"book/questions.yml: an entry lacks {missing}") from None
        except (ValueError, OSError) as problem:
            raise self.error(f"book/questions.yml: {problem}") from None
        return self.parse_text_to_nodes(
            "\n\n".join(paragraphs), allow_section_headings=True
        )


def setup(app):
    """Register with Sphinx."""
    app.add_directive("questions", Questions)
    return {"parallel_read_safe": True}
