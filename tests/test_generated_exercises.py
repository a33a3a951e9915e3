"""What learners get is what the sources give, and gives nothing away."""

import contextlib
import json
import os
import shutil

import generate_exercises
import pytest
from keras_book_grader.exercise import notebooks, read_exercise
from repository import ROOT

SOLUTION = ROOT / "solutions" / "02_passing_arguments" / "02_passing_arguments.ipynb"


@pytest.fixture(scope="module")
def generated(tmp_path_factory, pytestconfig):
    """Make all exercises, or those that are asked for, in one run."""
    folder = tmp_path_factory.mktemp("exercises")
    names = pytestconfig.option.exercise.split()
    with contextlib.chdir(ROOT):
        assert generate_exercises.main([*names, "--into", str(folder)]) == 0
    return folder


@pytest.mark.parametrize("path", notebooks(ROOT, "solutions"), ids=lambda p: p.stem)
def test_exercise_is_what_generating_gives(path, generated):
    made = (generated / path.stem / path.name).read_bytes()
    released = ROOT / "exercises" / path.stem / path.name
    assert released.is_file() and made == released.read_bytes(), "run make exercises"


def test_nothing_else_is_among_the_exercises():
    there = [p for p in (ROOT / "exercises").rglob("*") if p.is_file()]
    released = [p for p in there if ".ipynb_checkpoints" not in p.parts]
    wanted = {p.relative_to(ROOT / "solutions") for p in notebooks(ROOT, "solutions")}
    assert {p.relative_to(ROOT / "exercises") for p in released} == wanted


@pytest.mark.parametrize("path", notebooks(ROOT, "exercises"), ids=lambda p: p.stem)
def test_exercise_gives_nothing_away(path):
    text = path.read_text()
    for marker in ["BEGIN SOLUTION", "BEGIN HIDDEN", '"outputs": [\n  {']:
        assert marker not in text


@pytest.fixture
def made_from(tmp_path, monkeypatch):
    """Give a function: change a cell of a solution, make the exercise in a copy."""
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    (tmp_path / "exercises").mkdir()
    source = tmp_path / SOLUTION.relative_to(ROOT)
    source.parent.mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(generate_exercises, "ROOT", tmp_path)

    def make(edit):
        notebook = json.loads(SOLUTION.read_text())
        for cell in notebook["cells"]:
            grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id")
            if grade_id == "bill_layer_checks":
                edit(cell)
        source.write_text(json.dumps(notebook))
        return generate_exercises.main(["02", "--into", str(tmp_path / "exercises")])

    return make


def test_points_that_change_in_the_metadata_change_in_the_table(made_from, tmp_path):
    assert made_from(lambda c: c["metadata"]["nbgrader"].update(points=7)) == 0
    (path,) = notebooks(tmp_path, "exercises")
    exercise = read_exercise(path.read_bytes())
    first = exercise.cells[0].source
    assert "a dictionary to a dictionary | 6 | 7 |" in first
    assert f"Together: {exercise.minutes} minutes, {exercise.points} points." in first


def test_a_source_in_doubt_is_refused_in_one_line(made_from, tmp_path, capsys):
    doubtful = ["### BEGIN HIDDEN TESTS\n", "secret = 42\n"]
    assert made_from(lambda c: c.update(source=doubtful)) == 1
    said = capsys.readouterr().err
    assert "hidden in bill_layer_checks is in doubt" in said and said.count("\n") == 1
    assert not os.listdir(tmp_path / "exercises")


def test_a_file_beside_a_solution_is_told(made_from, tmp_path, capsys):
    (tmp_path / SOLUTION.relative_to(ROOT)).with_name("key.csv").touch()
    assert made_from(lambda cell: None) == 1
    assert "key.csv would be published" in capsys.readouterr().err


def test_a_number_that_is_none_gets_one_line(capsys):
    assert generate_exercises.main(["77"]) == 1
    assert "there is no exercise 77" in capsys.readouterr().err
