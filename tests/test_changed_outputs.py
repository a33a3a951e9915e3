"""After an update, each output that changed is named; a figure by its grey levels."""

import base64
import io

import nbformat.v4 as nbformat4
import numpy as np
from changed_outputs import changes_by_cell
from PIL import Image
from PIL.PngImagePlugin import PngInfo


def figure(level, software, width=8):
    """Return the output of a cell that draws a grey rectangle."""
    comment = PngInfo()
    comment.add_text("Software", software)
    png = io.BytesIO()
    image = Image.fromarray(np.full((8, width), level, dtype="uint8"))
    image.save(png, "png", pnginfo=comment)
    data = {"image/png": base64.b64encode(png.getvalue()).decode() + "\n"}
    return nbformat4.new_output("display_data", data)


def notebook(text, picture):
    """Return a notebook with a cell that prints and a cell that draws."""
    printed = nbformat4.new_output("stream", name="stdout", text=text)
    return nbformat4.new_notebook(
        cells=[
            nbformat4.new_markdown_cell("# Title", id="title"),
            nbformat4.new_code_cell("1", id="one", outputs=[printed]),
            nbformat4.new_code_cell("2", id="two", outputs=[picture]),
        ]
    )


OLD = notebook("Keras\nloss 0.12\n", figure(100, "Matplotlib 3.10"))


def test_the_same_picture_of_another_matplotlib_is_no_change():
    new = notebook("Keras\nloss 0.12\n", figure(100, "Matplotlib 3.11"))
    assert changes_by_cell(OLD, new) == {}


def test_text_is_shown_old_and_new():
    new = notebook("Keras\nloss 0.13\n", figure(100, "Matplotlib 3.10"))
    (lines,) = changes_by_cell(OLD, new).values()
    assert lines == ["@@ -2 +2 @@", "-loss 0.12", "+loss 0.13"]


def test_a_figure_is_measured_and_not_printed():
    new = notebook("Keras\nloss 0.12\n", figure(103, "Matplotlib 3.10"))
    assert changes_by_cell(OLD, new) == {2: ["figure changed by 3 grey levels"]}


def test_a_figure_of_another_size_is_named():
    picture = figure(100, "Matplotlib 3.10", width=9)
    new = notebook("Keras\nloss 0.12\n", picture)
    assert changes_by_cell(OLD, new) == {2: ["figure has another size"]}


def test_a_cell_that_moved_is_compared_with_itself():
    new = notebook("Keras\nloss 0.12\n", figure(100, "Matplotlib 3.10"))
    new.cells.insert(1, nbformat4.new_code_cell("0", id="zero"))
    assert changes_by_cell(OLD, new) == {}


def test_a_figure_that_is_gone_is_named():
    new = notebook("Keras\nloss 0.12\n", figure(100, "Matplotlib 3.10"))
    new.cells[2].outputs = []
    assert changes_by_cell(OLD, new) == {2: ["1 figures before, 0 now"]}
