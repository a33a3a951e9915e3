"""Where a learner stands: the table of all exercises, and what a save changes."""

import pytest
from classroom import RIGHT, STUB, code, handed_in, notebook
from keras_book_grader.check import MISSING, hint
from keras_book_grader.exercise import Question, read_exercise
from keras_book_grader.grading import FAILED, NOT_ANSWERED, PASSED, Score
from keras_book_grader.standing import changes, checked, overview, watch


def scored(question, state):
    """Return a score of a cell of checks."""
    return Score(f"{question}_checks", question, 0, 1, state)


def put(root, name, **answers):
    """Write an exercise with these answers; return its path."""
    path = root / "exercises" / name / f"{name}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(notebook(handed_in(**answers)))
    return path


def test_the_table_has_a_line_for_each_exercise(tmp_path, capsys):
    put(tmp_path, "01_done")
    put(tmp_path, "02_begun", **STUB | {"double": RIGHT["double"]})
    assert overview(tmp_path, seconds=60) == 0
    done, begun, together = capsys.readouterr().out.splitlines()
    assert done.startswith("ok  01_done") and done.endswith("6 of 6  all hold")
    assert begun.startswith("--  02_begun")
    assert begun.endswith("1 of 6  next: triple, not answered")
    assert together.endswith("7 of 12")


def test_the_sum_says_which_notebook_it_lacks(tmp_path, capsys):
    put(tmp_path, "01_done")
    put(tmp_path, "02_broken").write_bytes(b"{")
    put(tmp_path, "03_folder").unlink()
    (tmp_path / "exercises" / "03_folder" / "03_folder.ipynb").mkdir()
    overview(tmp_path, seconds=60)
    *_, broken, folder, together = capsys.readouterr().out.splitlines()
    assert "02_broken  not a notebook" in broken
    assert "03_folder  can't be read" in folder
    assert together.endswith("6 of 6, without 02_broken and 03_folder")


def test_a_question_that_is_deleted_between_two_saves_is_missing(tmp_path):
    path = put(tmp_path, "05_small")
    before = checked(path, seconds=60)
    path.write_bytes(notebook(handed_in()[:-1]))
    rows = checked(path, 60, before).rows
    assert {row.checks: row.state for row in rows} == {
        "double_checks": PASSED,
        "triple_checks": PASSED,
        "cube_layer_checks": MISSING,
    }


def test_what_stands_above_a_change_is_not_checked_again(tmp_path):
    path = put(tmp_path, "05_small", **STUB | {"double": RIGHT["double"]})
    before = checked(path, seconds=60)
    put(tmp_path, "05_small", **STUB | {q: RIGHT[q] for q in ("double", "triple")})
    after = checked(path, 60, before)
    assert ("checks", "double_checks") not in after.run.errors
    assert [row.state for row in after.rows] == [PASSED, PASSED, NOT_ANSWERED]
    assert list(changes(before.rows, after.rows)) == [
        "Since last time: triple_checks was not answered, and is passed now."
    ]


@pytest.mark.parametrize("answers", [{"double": STUB["double"]}, {}])
def test_a_change_of_the_first_question_checks_all(tmp_path, answers):
    path = put(tmp_path, "05_small", double="def double(x):\n    return 7")
    before = checked(path, seconds=60)
    assert before.rows[0].state == FAILED
    put(tmp_path, "05_small", **answers)
    after = checked(path, 60, before)
    assert ("checks", "cube_layer_checks") in after.run.errors


def test_a_name_that_only_unchanged_checks_define_is_there(tmp_path):
    uses = "def triple(x):\n    return 3 * x * len(result) / 2"
    before = checked(put(tmp_path, "05_small", triple=uses), seconds=60)
    after = checked(put(tmp_path, "05_small", triple=f"{uses}  # "), 60, before)
    assert {row.state for row in before.rows + after.rows} == {PASSED}


def test_a_question_with_checks_below_a_change_is_checked_again(tmp_path):
    path = put(tmp_path, "05_small")
    second = {"grade_id": "double_checks_2", "grade": True, "points": 1}
    cells = [*handed_in(), code("assert double(2) == 4", **second)]
    path.write_bytes(notebook(cells))
    before = checked(path, seconds=60)
    cells.insert(-1, code("def double(x):\n    return 7"))
    path.write_bytes(notebook(cells))
    after = checked(path, 60, before)
    assert (before.rows[-1].state, after.rows[-1].state) == (PASSED, FAILED)


def test_a_hint_comes_in_steps():
    exercise = read_exercise(notebook(handed_in()))
    hints = ("the direction", "the recipe")
    question = Question("triple", "", hints, 0, "", ())
    exercise = type(exercise)("", "", (), (question,))
    rows = [scored("double", PASSED), scored("triple", FAILED)]
    once, twice = (hint(exercise, rows, count) for count in (1, 2))
    assert "the direction" in once and "the recipe" not in once
    assert once.endswith("For the next step: --hint --hint")
    assert "Hint 2 of 2: the recipe" in twice and "next step" not in twice
    assert hint(exercise, rows[:1], 1) == "No question is open."


def test_who_watches_is_told_of_a_cell_of_ones_own(tmp_path, capsys, monkeypatch):
    def interrupt(_):
        raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", interrupt)
    with pytest.raises(KeyboardInterrupt):
        watch(put(tmp_path, "05_small", first=["undefined"]), seconds=60)
    assert "fails: NameError: name 'undefined'" in capsys.readouterr().err
