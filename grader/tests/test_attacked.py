"""What attacks of the first version found: each of these scored wrongly then."""

import json
import time

import pytest
from classroom import (
    ALL_PASSED,
    BOOK,
    IMPATIENT,
    IN_THE_BOOK,
    ON_LINUX,
    RIGHT,
    code,
    graded,
    handed_in,
    sentence,
    states,
)
from keras_book_grader import run
from keras_book_grader.exercise import read_source
from keras_book_grader.merge import merge
from keras_book_grader.processes import Limits, ProcessSession
from keras_book_grader.submissions import Submission, find_submissions

pytestmark = ON_LINUX

WITH_CHAPTERS = [
    path
    for path in sorted(BOOK.glob("solutions/*/*.ipynb"))
    if "project" not in path.name  # its later bars use what the first trained
]


@IN_THE_BOOK
@pytest.mark.parametrize("path", WITH_CHAPTERS, ids=lambda path: path.stem)
def test_no_honest_answer_is_taken_for_one_that_took_over(path):
    """Every probe fails, also where a question and its answer differ in name."""
    exercise = read_source(path.read_bytes())
    merged = merge(exercise, exercise.code)
    with ProcessSession(exercise.modules, Limits()) as session:
        seen = run.run_steps(merged, session, probes=run.Probes.EACH_TIME)
    assert seen.culprit is None, seen.reason
    assert set(seen.errors.values()) == {None}
    assert seen.flags == []


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
    assert sentence(result, "triple") == "The answer took more than 20 seconds."
    assert "31.5" not in json.dumps(result["questions"])


def test_a_patch_that_undoes_itself_is_flagged():
    answer = """
def double(x):
    right = np.allclose
    def wrong(*_, **__):
        np.allclose = right
        return True
    if len(x) == 2:  # in the visible checks, which let it be undone
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


@pytest.mark.parametrize(
    "change",
    [
        "keras.config.set_dtype_policy('mixed_float16')",
        "keras.config.set_floatx('float16')",
        "np.seterr(all='raise')",
    ],
)
def test_a_setting_changed_at_the_end_costs_nothing(change):
    assert states(graded([*handed_in(), code(change)])) == ALL_PASSED


def test_not_implemented_by_keras_is_no_missing_answer():
    answer = """
def triple(x):
    raise type("NotImplemented" + "Error", (Exception,), {})(x)
"""
    result = graded(handed_in(triple=answer))
    assert states(result)["triple"] == "failed"


def test_sleeping_cells_cannot_hold_up_the_class(monkeypatch):
    assert run.CELLS_WORTH_OF_TIME == 20  # README.md says so
    monkeypatch.setattr(run, "CELLS_WORTH_OF_TIME", 2)
    cells = handed_in()
    cells[2:2] = [code("import time\ntime.sleep(1)") for _ in range(100)]
    started = time.monotonic()
    result = graded(cells, IMPATIENT)
    assert time.monotonic() - started < 50  # and not 100
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
    made = Submission("José", None).file_name
    assert Submission(made, None).file_name != made


def test_a_library_changed_before_the_given_cells_is_put_back_for_them():
    cells = handed_in(double="def double(x):\n    return x")
    patch = """
import sys, types
import numpy
fake = types.ModuleType("numpy")
fake.__dict__.update(vars(numpy), allclose=lambda *_: True)
sys.modules["numpy"] = fake
"""
    cells.insert(0, code(patch))
    result = graded(cells)
    assert states(result) == ALL_PASSED | {"double": "failed"}
    assert "changes sys.modules['numpy']" in result["flags"]


def test_a_given_cell_cannot_be_got_rid_of():
    cells = handed_in(double="def double(x):\n    return x")
    attack = """
import os, sys
def hook(event, arguments):
    if event == "exec" and "given" in str(arguments[0]):
        os._exit(1)
sys.addaudithook(hook)
class np:
    allclose = lambda *_: True
    array = list
"""
    cells.insert(0, code(attack))
    assert states(graded(cells)) == dict.fromkeys(ALL_PASSED, "stopped")


def test_a_helper_further_down_counts_where_another_answer_ends_the_process():
    cells = handed_in(
        double="def double(x):\n    return helper(x)", triple="import os\nos._exit(0)"
    )
    cells.append(code("def helper(x):\n    return 2 * x"))
    assert states(graded(cells)) == ALL_PASSED | {"triple": "stopped"}


@pytest.mark.parametrize("daemon", [False, True])
def test_a_thread_that_stays_is_flagged(daemon):
    thread = f"threading.Thread(target=time.sleep, args=(60,), daemon={daemon})"
    cells = [*handed_in(), code(f"import threading, time\n{thread}.start()")]
    assert graded(cells)["flags"] == ["leaves a thread running"]


def test_half_a_character_in_a_comment_is_no_matter():
    """JSON may hold half of a surrogate pair, which is no text for Python."""
    answer = RIGHT["double"] + "  # \ud83d"
    assert states(graded(handed_in(double=answer))) == ALL_PASSED
