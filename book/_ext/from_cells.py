"""Show on a page what a cell of a notebook holds: lines, an error, or a figure.

`{cell-lines} operation-old` names the cell by its id, in whichever notebook beside the
page it is. What is shown is what the notebook stores, and changes with it.
"""

import base64
import io
import os
from functools import cache
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from keras_book_grader.notebook import read_notebook
from PIL import Image
from sphinx.util.docutils import SphinxDirective


def percents(text):
    """Convert the option `:part:`."""
    return [directives.nonnegative_int(number) for number in text.split()]


@cache
def cells_of(notebook):
    """Return the cells of a notebook by their ids; it is read once in a build."""
    return {cell.id: cell for cell in read_notebook(notebook.read_bytes())}


class FromCell(SphinxDirective):
    """What is made of a cell, and made again when its notebook changes."""

    required_arguments = 1

    def cell(self):
        """Return the cell."""
        wanted, folder = self.arguments[0], Path(self.env.doc2path(self.env.docname))
        for path in sorted(folder.parent.glob("*.ipynb")):
            if cell := cells_of(path).get(wanted):
                self.env.note_dependency(str(path))
                return cell
        raise self.error(f"there is no cell {wanted}")


class CellLines(FromCell):
    """The lines of a cell that hold a text; all, without `:with:`."""

    option_spec = {"with": directives.unchanged}

    def run(self):
        """Return a block of code."""
        wanted = self.options.get("with", "")
        lines = [line for line in self.cell().source.splitlines() if wanted in line]
        if not lines:
            raise self.error(f"no line of the cell holds {wanted}")
        code = "\n".join(lines)
        return [nodes.literal_block(code, code, language="python")]


class CellError(FromCell):
    """The error that a cell raises, in one line."""

    def run(self):
        """Return a block of text."""
        errors = [o for o in self.cell().outputs if o["output_type"] == "error"]
        if not errors:
            raise self.error("the cell raises nothing")
        text = f"{errors[0]['ename']}: {errors[0]['evalue']}"
        return [nodes.literal_block(text, text, language="text", classes=["wrapped"])]


class CellFigure(FromCell):
    """The figure of a cell, or a part: its left, top, right, bottom in percent."""

    option_spec = {
        "alt": directives.unchanged_required,
        "part": percents,
        "class": directives.class_option,
    }

    def run(self):
        """Return an image, of which a copy is kept beside the site."""
        found = [
            output["data"]["image/png"]
            for output in self.cell().outputs
            if "image/png" in output.get("data", {})
        ]
        if not found or "alt" not in self.options:
            raise self.error("the cell has no figure, or `:alt:` is not given")
        with Image.open(io.BytesIO(base64.b64decode(found[0]))) as figure:
            left, top, right, bottom = self.options.get("part", [0, 0, 100, 100])
            across, down = figure.width / 100, figure.height / 100
            box = (left * across, top * down, right * across, bottom * down)
            shown = figure.convert("RGB").crop([round(edge) for edge in box])
        folder = Path(self.env.app.outdir).parent / "cell_figures"
        folder.mkdir(parents=True, exist_ok=True)
        edges = "_".join(str(edge) for edge in (left, top, right, bottom))
        path = folder / f"{self.arguments[0]}_{edges}.png"
        shown.save(path)
        beside = Path(self.env.doc2path(self.env.docname)).parent
        return [
            nodes.image(
                uri=Path(os.path.relpath(path, beside)).as_posix(),
                alt=self.options["alt"],
                classes=self.options.get("class", []),
            )
        ]
