"""What learners get is what the sources give, and gives nothing away."""

import json
import os
import shutil
import subprocess
import sys

import pytest
from keras_book_grader.exercise import notebooks, read_exercise
from repository import ROOT

SOLUTION = ROOT / "solutions" / "02_passing_arguments" / "02_passing_arguments.ipynb"


def make(*arguments, root=ROOT):
    """Run tools/exercises.py, of the book or of a copy."""
    return subprocess.run(
        [sys.executable, root / "tools" / "exercises.py", *map(str, arguments)],
        cwd=root,
        capture_output=True,
        text=True,
    )


def test_exercises_are_what_generating_gives(tmp_path):
    made = make("--into", tmp_path)
    assert made.returncode == 0, made.stderr
    generated = {p.relative_to(tmp_path): p for p in tmp_path.rglob("*.*")}
    released = {
        p.relative_to(ROOT / "exercises"): p
        for p in (ROOT / "exercises").rglob("*.*")
        if ".ipynb_checkpoints" not in p.parts
    }
    assert set(generated) == set(released), "run make exercises"
    for name, path in generated.items():
        assert path.read_bytes() == released[name].read_bytes(), (
            f"exercises/{name} is not what solutions/{name} gives: run make exercises"
        )


@pytest.mark.parametrize("path", notebooks(ROOT, "exercises"), ids=lambda p: p.stem)
def test_exercise_gives_nothing_away(path):
    text = path.read_text()
    for marker in ["BEGIN SOLUTION", "BEGIN HIDDEN", '"outputs": [\n  {']:
        assert marker not in text


@pytest.fixture
def copy(tmp_path):
    """Give a folder with what generating needs, and a function to change a cell."""
    shutil.copytree(ROOT / "tools", tmp_path / "tools")
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    (tmp_path / "exercises").mkdir()
    source = tmp_path / SOLUTION.relative_to(ROOT)
    source.parent.mkdir(parents=True)

    def change(grade_id, edit):
        notebook = json.loads(SOLUTION.read_text())
        for cell in notebook["cells"]:
            if cell["metadata"].get("nbgrader", {}).get("grade_id") == grade_id:
                edit(cell)
        source.write_text(json.dumps(notebook))
        return tmp_path

    return change


def test_points_that_change_in_the_metadata_change_in_the_table(copy):
    root = copy(
        "bill_layer_checks", lambda c: c["metadata"]["nbgrader"].update(points=7)
    )
    made = make("02", root=root)
    assert made.returncode == 0, made.stderr
    (path,) = notebooks(root, "exercises")
    exercise = read_exercise(path.read_bytes())
    first = exercise.cells[0].source
    assert "a dictionary to a dictionary | 8 | 7 |" in first
    assert f"Together: {exercise.minutes} minutes, {exercise.points} points." in first


def test_a_source_in_doubt_is_refused_in_one_line_and_nothing_is_written(copy):
    root = copy(
        "bill_layer_checks",
        lambda c: c.update(source=["### BEGIN HIDDEN TESTS\n", "secret = 42\n"]),
    )
    made = make("02", root=root)
    assert made.returncode == 1
    assert "hidden in bill_layer_checks is in doubt" in made.stderr
    assert made.stderr.count("\n") == 1
    assert not os.listdir(root / "exercises")


def test_a_number_that_is_none_gets_one_line(copy):
    made = make("77", root=copy("", None))
    assert made.returncode == 1
    assert "there is no exercise 77" in made.stderr
