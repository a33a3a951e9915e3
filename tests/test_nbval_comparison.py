"""nbval, with this repository's plugin, notices each way an output can change."""

import copy

import nbformat
import nbformat.v4 as nbformat4
import pytest
from nbclient import NotebookClient
from repository import ROOT

pytest_plugins = ["pytester"]

FIGURE = """\
figure, axes = plt.subplots(figsize=(4, 3))
axes.plot([0, 1, 4, 9], "-")
axes.set_title("Squares")
plt.show()"""

# What stands in a cell, what a maintainer makes of it.
EDITS = [
    ("import matplotlib.pyplot as plt", "import matplotlib.pyplot as plt; print(plt)"),
    ("print(1 + 1)", "print(1 + 2)"),
    (FIGURE, FIGURE.replace("Squares", "Sqares")),
    (FIGURE, FIGURE.replace('"-"', '"--"')),
    (FIGURE, FIGURE.replace("(4, 3)", "(4, 2)")),
    (FIGURE, FIGURE.replace("9]", "8]")),
    ("1 / 0", "[][0]"),
    ("1 / 0", "1 / 1"),
]


@pytest.fixture(scope="module")
def executed():
    """Return a notebook of all the cells, once executed."""
    notebook = nbformat4.new_notebook()
    for before, _ in EDITS:
        tags = ["raises-exception"] if before == "1 / 0" else []
        cell = nbformat4.new_code_cell(before, metadata={"tags": tags})
        notebook.cells.append(cell)
    return NotebookClient(notebook, kernel_name="python3").execute()


def run_nbval(pytester, *notebooks):
    """Run nbval on notebooks in a folder of its own."""
    for number, notebook in enumerate(notebooks):
        nbformat.write(notebook, pytester.path / f"{number}.ipynb")
    options = ["-p", "nbval_figures", "--nbval", "--nbval-current-env", "-rN"]
    return pytester.runpytest_subprocess(*options)


def test_the_same_outputs_pass_and_are_counted(pytester, executed, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "tools"))
    tolerant = copy.deepcopy(executed)
    for cell in tolerant.cells[3:]:
        cell.source, cell.outputs, cell.metadata = "", [], {}
    tolerant.cells[2].source = FIGURE.replace("Squares", "Sqares")
    tolerant.cells[2].metadata["figure_tolerance"] = 50
    result = run_nbval(pytester, executed, tolerant)
    result.assert_outcomes(passed=2 * len(EDITS))
    result.stdout.fnmatch_lines("*compared with their stored output: 16 of 16 (100.0%)")


def test_every_edit_fails_its_cell(pytester, executed, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "tools"))
    edited = copy.deepcopy(executed)
    for cell, (_, after) in zip(edited.cells, EDITS, strict=True):
        cell.source = after
    result = run_nbval(pytester, edited)
    result.assert_outcomes(failed=len(EDITS))


def test_a_cell_that_ends_its_kernel_is_told(pytester, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "tools"))
    cell = nbformat4.new_code_cell("import os; os._exit(1)")
    result = run_nbval(pytester, nbformat4.new_notebook(cells=[cell]))
    result.stdout.fnmatch_lines("*the cell has ended its kernel*")
