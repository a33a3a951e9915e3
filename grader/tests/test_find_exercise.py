"""An exercise is found by its number, by its name, or by a path."""

import pytest
from keras_book_grader import GraderError
from keras_book_grader.exercise import find_exercise

NAMES = ["05_ctc", "08_attention", "08_project"]


@pytest.fixture
def root(tmp_path):
    for name in NAMES:
        folder = tmp_path / "exercises" / name
        folder.mkdir(parents=True)
        (folder / f"{name}.ipynb").touch()
        (folder / "notes.ipynb").touch()
    return tmp_path


@pytest.mark.parametrize(
    "given, found",
    [("5", "05_ctc"), ("05", "05_ctc"), *((name, name) for name in NAMES)],
)
def test_a_number_or_a_name_finds_the_exercise(given, found, root):
    assert find_exercise(given, "exercises", root).stem == found


def test_a_number_that_two_exercises_have_asks_for_the_name(root):
    with pytest.raises(GraderError, match="08_attention, 08_project: give"):
        find_exercise("08", "exercises", root)


def test_a_number_that_no_exercise_has_lists_them_all(root):
    with pytest.raises(GraderError, match="only: 05_ctc, 08_attention, 08"):
        find_exercise("6", "exercises", root)
