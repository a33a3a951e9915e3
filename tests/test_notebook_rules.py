"""Each rule for notebooks reports a small notebook that breaks it, and no other."""

import nbformat.v4 as nbformat4
import notebook_rules
import pytest


def good_notebook():
    """Return a notebook that keeps every rule: text, a figure, an expected error."""
    return nbformat4.new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        cells=[
            nbformat4.new_markdown_cell("# A title"),
            nbformat4.new_code_cell(
                "print(1)",
                execution_count=1,
                outputs=[nbformat4.new_output("stream", name="stdout", text="1\n")],
            ),
            nbformat4.new_code_cell(
                "plot()",
                execution_count=2,
                metadata={"mystnb": {"image": {"alt": "A line that rises"}}},
                outputs=[nbformat4.new_output("display_data", {"image/png": "iVBO"})],
            ),
            nbformat4.new_code_cell(
                "1 / 0",
                execution_count=3,
                metadata={"tags": ["raises-exception"]},
                outputs=[
                    nbformat4.new_output(
                        "error",
                        ename="ZeroDivisionError",
                        evalue="division by zero",
                        traceback=["ZeroDivisionError: division by zero"],
                    )
                ],
            ),
        ],
    )


def old_format(notebook):
    notebook.nbformat_minor = 4


def repeated_cell_id(notebook):
    notebook.cells[1]["id"] = notebook.cells[2]["id"]


def kernel_of_one_machine(notebook):
    notebook.metadata.kernelspec.name = "my-venv"


def never_executed(notebook):
    notebook.cells[1].execution_count = None


def executed_out_of_order(notebook):
    notebook.cells[1].execution_count = 7


def warning_on_stderr(notebook):
    notebook.cells[1].outputs[0].name = "stderr"


def unexpected_error(notebook):
    notebook.cells[3].metadata.tags = []


def expected_error_cleared(notebook):
    notebook.cells[3].outputs = []


def figure_without_text(notebook):
    del notebook.cells[2].metadata["mystnb"]


def figure_described_by_its_file_name(notebook):
    notebook.cells[2].metadata.mystnb.image.alt = "figure.png"


def long_line_of_code(notebook):
    notebook.cells[1].source = "x = " + "1 + " * 30 + "1"


def long_line_of_output(notebook):
    notebook.cells[1].outputs[0].text = "x" * 77


def address_of_an_object(notebook):
    notebook.cells[1].outputs[0].text = "<function f at 0x7f3a5c0b1d30>"


def path_of_a_machine(notebook):
    notebook.cells[3].outputs[0].traceback = ["File /home/ada/book.py:1"]


def left_out_by_tag(notebook):
    notebook.cells[1].metadata.tags = ["nbval-ignore-output"]


def left_out_by_comment(notebook):
    notebook.cells[1].source = "# NBVAL_SKIP\nprint(1)"


def tolerance_without_a_reason(notebook):
    notebook.cells[2].metadata.figure_tolerance = 20


BREACHES = [
    ("has_current_format_and_stable_ids", old_format),
    ("has_current_format_and_stable_ids", repeated_cell_id),
    ("asks_for_the_standard_kernel", kernel_of_one_machine),
    ("ran_once_from_top_to_bottom", never_executed),
    ("ran_once_from_top_to_bottom", executed_out_of_order),
    ("prints_nothing_to_stderr", warning_on_stderr),
    ("errors_are_expected_and_stored", unexpected_error),
    ("errors_are_expected_and_stored", expected_error_cleared),
    ("figures_have_alternative_text", figure_without_text),
    ("figures_have_alternative_text", figure_described_by_its_file_name),
    ("lines_fit_the_page", long_line_of_code),
    ("lines_fit_the_page", long_line_of_output),
    ("outputs_hold_on_another_machine", address_of_an_object),
    ("outputs_hold_on_another_machine", path_of_a_machine),
    ("cells_not_compared_say_why", left_out_by_tag),
    ("cells_not_compared_say_why", left_out_by_comment),
    ("cells_not_compared_say_why", tolerance_without_a_reason),
]


def broken_rules(notebook):
    """Return the names of the rules that a notebook breaks."""
    return [rule.__name__ for rule in notebook_rules.ALL_RULES if list(rule(notebook))]


def test_a_good_notebook_breaks_no_rule():
    assert broken_rules(good_notebook()) == []


@pytest.mark.parametrize(
    "rule, break_it", BREACHES, ids=lambda p: getattr(p, "__name__", p)
)
def test_a_breach_is_reported(rule, break_it):
    notebook = good_notebook()
    break_it(notebook)
    assert broken_rules(notebook) == [rule]


def test_every_rule_has_a_breach():
    assert {rule for rule, _ in BREACHES} == {
        rule.__name__ for rule in notebook_rules.ALL_RULES
    }


def test_a_cell_that_says_why_may_be_left_out():
    notebook = good_notebook()
    notebook.cells[1].metadata.tags = ["nbval-ignore-output"]
    notebook.cells[1].source = "# Not compared: a time in seconds.\nprint(1)"
    assert broken_rules(notebook) == []
