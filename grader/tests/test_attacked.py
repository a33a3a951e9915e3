"""What attacks of the first version found: each of these scored wrongly then."""

import json
import pathlib
import time

import pytest
from classroom import (
    ALL_PASSED,
    ON_LINUX,
    code,
    graded,
    handed_in,
    sentence,
    states,
)
from keras_book_grader.exercise import read_source
from keras_book_grader.merge import merge
from keras_book_grader.processes import Limits, ProcessSession
from keras_book_grader.run import Probes, run_steps
from keras_book_grader.submissions import Submission, find_submissions

pytestmark = ON_LINUX

SOLUTIONS = pathlib.Path(__file__).parents[2] / "solutions"
WITH_CHAPTERS = [
    path
    for path in sorted(SOLUTIONS.glob("*/*.ipynb"))
    if "project" not in path.name  # its later bars use what the first trained
]


@pytest.mark.parametrize("path", WITH_CHAPTERS, ids=lambda path: path.stem)
def test_no_honest_answer_is_taken_for_one_that_took_over(path):
    """Every probe fails, also where a question and its answer differ in name."""
    exercise = read_source(path.read_bytes())
    merged = merge(exercise, exercise.code)
    with ProcessSession(exercise.modules, Limits()) as session:
        run = run_steps(merged, session, probes=Probes.EACH_TIME)
    assert run.culprit is None, run.reason
    assert set(run.errors.values()) == {None}


def test_a_hidden_input_does_not_reach_the_learner_as_the_name_of_an_error():
    answer = """
class OutOfTime(Exception):
    pass
def triple(x):
    if x > 30:
        raise OutOfTime(f"hidden input {x}")
    return 3 * x
"""
    result = graded(handed_in(triple=answer))
    assert sentence(result, "triple") == "The answer took more than 2 seconds."
    assert "31.5" not in json.dumps(result["questions"])


def test_a_patch_that_undoes_itself_is_flagged():
    answer = """
def double(x):
    right = np.allclose
    def wrong(*_, **__):
        np.allclose = right
        return True
    np.allclose = wrong
    return x
"""
    assert "changes numpy.allclose" in graded(handed_in(double=answer))["flags"]


def test_what_numpy_hides_in_a_function_is_put_back_and_flagged():
    answer = """
np.allclose._implementation.__defaults__ = (1e30, 1e30, False)
def double(x):
    return x
"""
    result = graded(handed_in(double=answer))
    assert states(result) == ALL_PASSED | {"double": "failed"}
    assert "changes numpy._core.numeric.allclose" in result["flags"]


def test_a_built_in_of_ones_own_does_not_reach_the_checks():
    cells = handed_in(cube_layer="def cube_layer():\n    return lambda x: x")
    cells.insert(2, code("from unittest.mock import ANY\nfloat = lambda _: ANY"))
    assert states(graded(cells))["cube_layer"] == "failed"


def test_a_setting_changed_at_the_end_costs_nothing():
    cells = handed_in()
    cells.append(code("keras.config.set_dtype_policy('mixed_float16')"))
    assert states(graded(cells)) == ALL_PASSED


def test_not_implemented_by_keras_is_no_missing_answer():
    answer = """
def triple(x):
    raise type("NotImplemented" + "Error", (Exception,), {})(x)
"""
    result = graded(handed_in(triple=answer))
    assert states(result)["triple"] == "failed"


def test_sleeping_cells_cannot_hold_up_the_class():
    cells = handed_in()
    cells[2:2] = [code("import time\ntime.sleep(1.9)") for _ in range(100)]
    started = time.monotonic()
    result = graded(cells)
    assert time.monotonic() - started < 60  # and not 190
    assert any("all the time of a submission" in f for f in result["flags"])


def test_flags_are_few_and_short():
    cells = handed_in()
    cells += [code(f"raise PermissionError({n} * 10**6 * 'x')") for n in range(1, 40)]
    flags = graded(cells)["flags"]
    assert len(flags) <= 20 and max(map(len, flags)) <= 200


def test_a_list_of_the_class_beside_the_folders_is_no_submission(tmp_path):
    (tmp_path / "ann").mkdir()
    (tmp_path / "__MACOSX").mkdir()
    (tmp_path / "class.txt").write_text("ann")
    found = find_submissions(tmp_path, "01_small")
    assert [submission.learner for submission in found] == ["ann"]


def test_a_name_like_a_made_one_is_never_the_same_twice():
    made = Submission("John Smith Jr.", None).file_name
    assert Submission(made, None).file_name != made
