"""Each rule for notebooks reports a small notebook that breaks it, and no other."""

import base64
import io
import json

import notebook_rules as rules
import pytest
from nbformat import from_dict
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image

LEFT_OUT = {"tags": ["nbval-ignore-output"]}


def printed(text, name="stdout"):
    return [new_output("stream", name=name, text=text)]


def failed(traceback):
    names = {"ename": "ZeroDivisionError", "evalue": "division by zero"}
    return [new_output("error", traceback=[traceback], **names)]


def drawn(width):
    """Return the output of a cell: an empty figure of a width in pixels."""
    file = io.BytesIO()
    Image.new("L", (width, 10)).save(file, "png")
    png = base64.b64encode(file.getvalue()).decode()
    return new_output("display_data", {"image/png": png})


def described(text, **metadata):
    return {"mystnb": {"image": {"alt": text}}, **metadata}


def good_notebook():
    """Return a notebook that keeps every rule: text, a figure, an expected error."""
    figure = drawn(width=400)
    cells = [
        new_markdown_cell("# A title"),
        new_code_cell("print(1)", outputs=printed("1\n")),
        new_code_cell(
            "plot()", id="figure", outputs=[figure], metadata=described("A rising line")
        ),
        new_code_cell(
            "1 / 0",
            outputs=failed("ZeroDivisionError: division by zero"),
            metadata={"tags": ["raises-exception"]},
        ),
    ]
    for count, cell in enumerate(cells[1:], start=1):
        cell.execution_count = count
    kernel = {"name": "python3", "display_name": "Python 3"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def folded_cells():
    """Return two cells, one after the other, whose code is folded."""
    return [
        new_code_cell("x = 1", execution_count=count, metadata={"tags": ["hide-input"]})
        for count in (1, 2)
    ]


PRINTS, DRAWS, FAILS = 1, 2, 3  # the cells
OTHER_KERNEL = {"kernelspec": {"name": "my-venv", "display_name": "My"}}
AN_ADDRESS = printed("<function f at 0x7f3a5c0b1d30>")
A_PATH = failed("File /home/ada/book.py:1")
LOOSELY = described("A rising line", figure_tolerance=20)
BREACHES = [
    (rules.has_current_format_and_stable_ids, None, {"nbformat_minor": 4}),
    (rules.has_current_format_and_stable_ids, PRINTS, {"id": "figure"}),
    (rules.asks_for_the_standard_kernel, None, {"metadata": OTHER_KERNEL}),
    (rules.ran_once_from_top_to_bottom, PRINTS, {"execution_count": None}),
    (rules.ran_once_from_top_to_bottom, PRINTS, {"execution_count": 7}),
    (rules.prints_nothing_to_stderr, PRINTS, {"outputs": printed("1\n", "stderr")}),
    (rules.errors_are_expected_and_stored, FAILS, {"metadata": {"tags": []}}),
    (rules.errors_are_expected_and_stored, FAILS, {"outputs": []}),
    (rules.figures_have_alternative_text, DRAWS, {"metadata": {}}),
    (rules.figures_have_alternative_text, DRAWS, {"metadata": described("figure.png")}),
    (rules.figures_can_be_read_on_a_phone, DRAWS, {"outputs": [drawn(width=600)]}),
    (rules.figures_can_be_read_on_a_phone, DRAWS, {"source": "plot(fontsize=7)"}),
    (rules.folded_code_stands_apart, None, {"cells": folded_cells()}),
    (rules.lines_fit_the_page, PRINTS, {"source": "x = " + "1 + " * 30 + "1"}),
    (rules.lines_fit_the_page, PRINTS, {"outputs": printed("x" * 77)}),
    (rules.outputs_hold_on_another_machine, PRINTS, {"outputs": AN_ADDRESS}),
    (rules.outputs_hold_on_another_machine, FAILS, {"outputs": A_PATH}),
    (rules.cells_not_compared_say_why, PRINTS, {"metadata": LEFT_OUT}),
    (rules.cells_not_compared_say_why, PRINTS, {"source": "# NBVAL_SKIP\nprint(1)"}),
    (rules.cells_not_compared_say_why, DRAWS, {"metadata": LOOSELY}),
]


def rules_broken_by(position, changes):
    """Return the rules that a good notebook breaks after a change of it, or a cell."""
    notebook = good_notebook()
    changed = notebook if position is None else notebook.cells[position]
    changed.update(from_dict(changes))
    return [rule for rule in rules.ALL_RULES if list(rule(notebook))]


def test_a_good_notebook_breaks_no_rule():
    assert rules_broken_by(None, {}) == []


@pytest.mark.parametrize("rule, position, changes", BREACHES)
def test_a_breach_is_reported(rule, position, changes):
    assert rules_broken_by(position, changes) == [rule]


def test_a_breach_in_a_file_is_told(tmp_path, capsys):
    notebook = good_notebook()
    notebook.cells[PRINTS].id = "figure"
    path = tmp_path / "notebook.ipynb"
    path.write_text(json.dumps(notebook))
    assert rules.main([path]) == 1
    assert capsys.readouterr().out.endswith("'figure' occurs more than once\n")


def test_every_rule_has_a_breach():
    assert {rule for rule, *_ in BREACHES} == set(rules.ALL_RULES)


def test_a_cell_that_says_why_may_be_left_out():
    source = "# Not compared: a time in seconds.\nprint(1)"
    assert rules_broken_by(PRINTS, {"source": source, "metadata": LEFT_OUT}) == []
