"""After an update, each output that changed is named; a figure by its grey levels."""

import base64
import io

import nbformat.v4 as nbformat4
import numpy as np
import pytest
from changed_outputs import changes_by_cell
from PIL import Image
from PIL.PngImagePlugin import PngInfo


def figure(level=100, software="Matplotlib 3.10", width=8):
    """Return the output of a cell that draws a grey rectangle."""
    comment = PngInfo()
    comment.add_text("Software", software)
    png = io.BytesIO()
    image = Image.fromarray(np.full((8, width), level, dtype="uint8"))
    image.save(png, "png", pnginfo=comment)
    data = {"image/png": base64.b64encode(png.getvalue()).decode() + "\n"}
    return nbformat4.new_output("display_data", data)


def notebook(text, *figures):
    """Return a notebook with a cell that prints and a cell that draws."""
    printed = nbformat4.new_output("stream", name="stdout", text=text)
    return nbformat4.new_notebook(
        cells=[
            nbformat4.new_markdown_cell("# Title", id="title"),
            nbformat4.new_code_cell("1", id="one", outputs=[printed]),
            nbformat4.new_code_cell("2", id="two", outputs=list(figures)),
        ]
    )


TEXT, FIGURE = "Keras\nloss 0.12\n", figure()
OLD = notebook(TEXT, FIGURE)


@pytest.mark.parametrize(
    "text, figures, found",
    [
        (TEXT, [figure(software="Matplotlib 3.11")], {}),
        (
            "Keras\nloss 0.13\n",
            [FIGURE],
            {1: ["@@ -2 +2 @@", "-loss 0.12", "+loss 0.13"]},
        ),
        (TEXT, [figure(level=103)], {2: ["figure changed by 3 grey levels"]}),
        (TEXT, [figure(width=9)], {2: ["figure has another size"]}),
        (TEXT, [], {2: ["1 figures before, 0 now"]}),
    ],
    ids=["another matplotlib", "text", "grey levels", "size", "no figure"],
)
def test_what_changed_is_named(text, figures, found):
    assert changes_by_cell(OLD, notebook(text, *figures)) == found


def test_a_cell_that_moved_is_compared_with_itself():
    new = notebook(TEXT, FIGURE)
    new.cells.insert(1, nbformat4.new_code_cell("0", id="zero"))
    assert changes_by_cell(OLD, new) == {}
