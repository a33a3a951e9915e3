"""What an honest submission scores."""

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


def test_an_answer_whose_cell_is_missing_is_not_answered():
    cells = handed_in()
    del cells[3]
    result = graded(cells)
    assert result.lost == {"double": "not answered"}
    assert result.sentence("double") == "The answer's cell is missing."


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


STRANGE = {"kernelspec": {"name": "bash", "language": "bash"}, "widgets": 1}
WITH_AN_IMPORT = handed_in(
    double="def double(x):\n    return math.fsum([x[0], x[0]]) * x / x[0]"
)
WITH_AN_IMPORT[1]["source"] += "\nimport math"
SHEET = [
    {"cell_type": "code", "input": source, "metadata": {}}
    for source in ([SETUP], *RIGHT.values())
]
SETTINGS = [
    "keras.config.set_dtype_policy('mixed_float16')",
    "keras.config.set_floatx('float16')",
    "np.seterr(all='raise')",
]
HONEST = {
    "own cells, run in order wherever they are": handed_in(
        first=["def helper(x, n):\n    return n * x"],
        double="def double(x):\n    return helper(x, 2)",
        triple="def triple(x):\n    return late(x, 3)",
        last=["def late(x, n):\n    return helper(x, n)"],
    ),
    "a helper that each question has written anew": handed_in(
        double="def factor():\n    return 2\ndef double(x):\n    return factor() * x",
        triple="def factor():\n    return 3\ndef triple(x):\n    return factor() * x",
    ),
    "an import added to a given cell": WITH_AN_IMPORT,
    "magics and shell lines": handed_in(
        first=["%time 1 + 1", "!pip install keras", "%matplotlib inline\nn = 2"],
        double="def double(x):\n    return n * x",
    ),
    "files and threads": handed_in(
        double="""
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
    ),
    **{f"{setting} at the end": handed_in(last=[setting]) for setting in SETTINGS},
    # JSON may hold half of a surrogate pair, which is no text for Python.
    "half a character": handed_in(double=RIGHT["double"] + "  # \ud83d"),
    "a text cell": [*handed_in(), text("<script>alert(1)</script>")],
    "metadata of another kernel": notebook(handed_in(), metadata=STRANGE),
    "an older notebook": notebook(None, nbformat=3, worksheets=[{"cells": SHEET}]),
}


@pytest.mark.parametrize("cells", HONEST.values(), ids=HONEST)
def test_honest_work_loses_nothing(cells):
    assert graded(cells).lost == {}


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


@pytest.mark.parametrize(
    "change, what",
    [
        (dict(grade_id="other_checks"), "belongs to no answer"),
        (dict(solution=True), "graded by hand"),
        (dict(grade=False, grade_id=None), "hidden in code cell 5 is in doubt"),
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
        ("### BEGIN SOLUTON", "### END SOLUTION"),
        ("### BEGIN SOLUTION", "### END SOLUTON"),
        ("### begin solution", "### end solution"),
        ("### END SOLUTION", "### BEGIN SOLUTION"),
    ],
)
def test_an_answer_that_would_be_cut_out_otherwise_is_refused(begin, end):
    cells = exercise(RIGHT, hidden=False)
    cells[3]["source"] = f"def double(x):\n    {begin}\n    return 2 * x\n    {end}"
    with pytest.raises(ValueError, match="the solution in double is in doubt"):
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
