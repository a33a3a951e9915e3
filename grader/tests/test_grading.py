"""What an honest submission scores."""

import json
import sys

import pytest
from classroom import (
    ON_LINUX,
    POINTS,
    RIGHT,
    SETUP,
    STUB,
    WRONG,
    code,
    exercise,
    graded,
    handed_in,
    notebook,
    text,
)
from keras_book_grader.exercise import Checks, read_source
from keras_book_grader.grading import FURTHER
from nbformat.v4 import new_code_cell
from nbgrader.preprocessors import ClearHiddenTests

pytestmark = ON_LINUX


def test_right_answers_get_all_points_and_no_flag():
    result = graded()
    assert result.lost == {}
    assert [c["points"] for c in result["questions"]] == list(POINTS.values())
    assert result["flags"] == []


def test_a_fresh_exercise_is_not_answered():
    result = graded(**STUB)
    assert set(result.states.values()) == {"not answered"}
    assert result["flags"] == []


def test_a_wrong_answer_gets_the_sentence_of_the_visible_check():
    result = graded(double=WRONG)
    assert result.lost == {"double": "failed"}
    assert result.sentence("double") == (
        "for [1.0, -2.0] double returned [1.0, -2.0], expected [2.0, -4.0]"
    ) or "np.float64" in result.sentence("double")


def test_a_hidden_failure_gives_nothing_away_to_the_learner():
    result = graded(triple="def triple(x):\n    return 6")
    assert result.lost == {"triple": "failed a further check"}
    assert result.sentence("triple") == f"The answer {FURTHER}."


def test_an_answer_that_is_no_python_fails_alone_and_says_so():
    result = graded(double="def double(x:\n    return")
    assert result.lost == {"double": "failed"}
    assert "SyntaxError" in result.sentence("double")


def test_own_cells_run_in_order_wherever_they_are():
    result = graded(
        first=["def helper(x, n):\n    return n * x"],
        double="def double(x):\n    return helper(x, 2)",
        triple="def triple(x):\n    return late(x, 3)",
        last=["def late(x, n):\n    return helper(x, n)"],
    )
    assert result.lost == {}


def test_each_question_sees_the_helper_that_it_was_written_with():
    result = graded(
        double="def factor():\n    return 2\ndef double(x):\n    return factor() * x",
        triple="def factor():\n    return 3\ndef triple(x):\n    return factor() * x",
    )
    assert result.lost == {}


def test_an_import_added_to_a_given_cell_counts():
    answer = "def double(x):\n    return math.fsum([x[0], x[0]]) * x / x[0]"
    cells = handed_in(double=answer)
    cells[1]["source"] += "\nimport math"
    assert graded(cells).lost == {}


def test_magics_and_shell_lines_of_a_learner_harm_nothing():
    lines = [
        "%timeit -n1 -r1 1 + 1",
        "!pip install keras",
        "%matplotlib inline\nfactor = 2",
    ]
    answer = "def double(x):\n    return factor * x"
    assert graded(first=lines, double=answer).lost == {}


def test_files_and_threads_are_there_for_honest_use():
    answer = """
import pathlib, tempfile
from concurrent.futures import ThreadPoolExecutor
def double(x):
    pathlib.Path("here.txt").write_text("2")
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "there.txt").write_text("2")
    with ThreadPoolExecutor(4) as pool:
        factors = list(pool.map(int, pathlib.Path("here.txt").read_text()))
    return factors[0] * x
"""
    assert graded(double=answer).lost == {}


@pytest.mark.skipif(
    any(path.startswith("/tmp/") for path in sys.path), reason="Python is in /tmp"
)
def test_code_that_names_tmp_finds_a_folder():
    answer = RIGHT["double"] + "\nopen('/tmp/here.txt', 'w').write('2')"
    assert graded(double=answer).lost == {}


def test_two_runs_draw_the_same_random_numbers_for_each_question():
    answer = """
import random
def double(x):
    drawn = random.random(), np.random.rand(), float(keras.random.uniform(()))
    raise AssertionError(str(drawn))
"""
    alone = handed_in(double=answer)
    others = "np.random.rand(); keras.random.uniform(())"
    behind_others = handed_in(first=[others], double=answer)
    said = [graded(c).sentence("double") for c in (alone, alone, behind_others)]
    assert said[0] == said[1] == said[2]


def test_checks_of_one_question_share_names_hidden_ones_too():
    cells = exercise({"triple": RIGHT["triple"]}, hidden=True)
    cells[1]["source"] += "\nkept = 0"
    second = code(
        "### BEGIN HIDDEN TESTS\nassert kept == 94.5\n### END HIDDEN TESTS",
        **dict(grade_id="triple_checks_2", solution=False, grade=True, points=5),
    )
    checks = cells[-1]["source"]
    cells[-1]["source"] = checks.replace("### END", "kept = triple(31.5)\n### END")
    source = notebook([*cells, second])
    result = graded(notebook(cells), source=source)
    assert [c["points"] for c in result["questions"]] == [2, 5]


def test_older_notebooks_are_read():
    inputs = [[SETUP], *RIGHT.values()]
    cells = [{"cell_type": "code", "input": i, "metadata": {}} for i in inputs]
    content = {"nbformat": 3, "metadata": {}, "worksheets": [{"cells": cells}]}
    assert graded(json.dumps(content).encode()).lost == {}


@pytest.mark.parametrize(
    "change, what",
    [
        (dict(grade_id="other_checks"), "belongs to no answer"),
        (dict(solution=True), "graded by hand"),
    ],
)
def test_an_exercise_that_cant_be_graded_is_refused(change, what):
    cells = exercise(RIGHT, hidden=True)
    cells[4]["metadata"]["nbgrader"] |= change
    with pytest.raises(ValueError, match=what):
        read_source(notebook(cells))


@pytest.mark.parametrize(
    "begin, end",
    [
        ("### begin hidden tests", "### end hidden tests"),
        ("### BEGIN HIDDEN TEST", "### END HIDDEN TEST"),
        ("    ### BEGIN HIDDEN TESTS", "    ### END HIDDEN TESTS"),
        ("### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS; x = 1"),
        ("### BEGIN HIDDEN TESTS", ""),
        ("", "### END HIDDEN TESTS"),
        ("", " ### END HIDDEN TESTS"),
        ("### BEGIN HIDDEN TESTS\n### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"),
    ],
)
def test_hidden_checks_that_a_learner_might_see_are_refused(begin, end):
    cells = exercise(RIGHT, hidden=True)
    cells[4]["source"] = f"{begin}\nassert secret == 42\n{end}\n"
    with pytest.raises(ValueError, match="hidden in double_checks is in doubt"):
        read_source(notebook(cells))


@pytest.mark.parametrize(
    "begin, end",
    [
        ("### BEGIN HIDDEN TESTS ", "### END HIDDEN TESTS"),
        ("# BEGIN HIDDEN TESTS", "# END HIDDEN TESTS\t"),
        ("##BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"),
    ],
)
def test_what_nbgrader_hides_is_hidden(begin, end):
    source = f"1\n{begin}\nsecret = 42\n\n{end}\n\n2\n"
    cell = new_code_cell(source)
    cell.metadata["nbgrader"] = {"grade": True}
    ClearHiddenTests().preprocess_cell(cell, {}, 0)
    checks = Checks("q_checks", 1, source)
    assert checks.visible == cell.source == "1\n\n2\n"
    assert checks.hidden == "secret = 42\n"


def test_hidden_checks_in_a_cell_without_points_are_refused():
    hidden = "### BEGIN HIDDEN TESTS\nsecret = 42\n### END HIDDEN TESTS\n"
    cells = [code(hidden), *exercise(RIGHT, hidden=True)[1:]]
    with pytest.raises(ValueError, match="hidden in code cell 1"):
        read_source(notebook(cells))


def test_text_cells_are_no_matter():
    cells = [*handed_in(), text("<script>alert(1)</script>")]
    assert graded(cells).lost == {}
