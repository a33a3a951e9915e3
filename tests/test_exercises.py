"""Both sides of every exercise: what passes, what fails, and what it says.

A question is an answer cell with the `grade_id` Q and a cell of checks with the
`grade_id` Q_checks; further cells of checks, for points of their own, are called
Q_checks_2 and so on. Beside the notebook, `answers.yml` holds right and wrong answers.
"""

import functools
import gc
import re
import subprocess
import sys
import warnings
from collections import Counter

import exercise_table
import keras
import matplotlib
import matplotlib.pyplot as plt
import nbformat
import pytest
import yaml
from nbgrader.preprocessors import ClearHiddenTests
from repository import ROOT, notebooks_in

matplotlib.use("Agg")  # a figure in a notebook opens no window
# Or each clear_session would look through all that was imported: 0.3 s an answer.
gc.collect()
gc.freeze()
SOLUTIONS = notebooks_in("solutions")
EXERCISES = notebooks_in("exercises")


@functools.cache
def code_cells(path):
    """Return {grade_id or position: source} of a notebook's code cells, in order."""
    notebook = nbformat.read(path, as_version=4)
    return {
        cell.metadata.get("nbgrader", {}).get("grade_id", position): cell.source
        for position, cell in enumerate(notebook.cells)
        if cell.cell_type == "code"
    }


def questions(path):
    """Return the grade_ids of a notebook's answer cells, in order."""
    return [name for name in code_cells(path) if f"{name}_checks" in code_cells(path)]


def checks_of(path, question):
    """Return the grade_ids of a question's cells of checks, in order."""
    pattern = re.compile(rf"{question}_checks(_\d+)?")
    return [name for name in code_cells(path) if pattern.fullmatch(str(name))]


def without_hidden_tests(checks):
    """Return the source of a cell of checks as the learner sees it."""
    cell = nbformat.v4.new_code_cell(checks)
    ClearHiddenTests()._remove_hidden_test_region(cell)
    return cell.source


def outcome(path, question, answer, *, hidden):
    """Run one question with an answer; return the exception of its checks, or None."""
    keras.backend.clear_session()
    plt.close("all")
    cells = code_cells(path)
    skipped = {name for q in questions(path) for name in [q, *checks_of(path, q)]}
    namespace = {"__name__": "__main__"}
    for name, source in cells.items():
        if name not in skipped:
            exec(source, namespace)
    exec(answer, namespace)
    checks = "\n".join(cells[name] for name in checks_of(path, question))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(
                checks if hidden else without_hidden_tests(checks),
                namespace,
            )
    except Exception as error:
        return error


def read_answers(path):
    """Return {question: {"right": [...], "wrong": [...]}} of a solution."""
    return yaml.safe_load((path.parent / "answers.yml").read_text())


def answers(kind):
    """Return a test parameter for each answer of one kind, right or wrong."""
    return [
        pytest.param(path, question, entry, id=f"{question}: {entry['what']}")
        for path in SOLUTIONS
        for question, kinds in read_answers(path).items()
        for entry in kinds[kind]
    ]


@pytest.mark.parametrize("path, question, entry", answers("right"))
def test_right_answer_passes_every_check(path, question, entry):
    assert outcome(path, question, entry["answer"], hidden=True) is None


@pytest.mark.parametrize("path, question, entry", answers("wrong"))
def test_wrong_answer_fails_with_a_message_that_helps(path, question, entry):
    seen = outcome(path, question, entry["answer"], hidden=False)
    if entry.get("hidden"):
        assert seen is None, "the visible checks catch it: drop `hidden`"
        assert outcome(path, question, entry["answer"], hidden=True)
    else:
        assert seen, "no visible check fails"
        assert entry["says"] in str(seen)


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_every_question_has_answers_of_both_kinds(path):
    listed = read_answers(path)
    assert list(listed) == questions(path)
    for question, kinds in listed.items():
        assert len(kinds["right"]) >= 2, f"{question}: two right answers or more"
        assert len(kinds["wrong"]) >= 4, f"{question}: four wrong answers or more"


@pytest.mark.parametrize("path", EXERCISES, ids=lambda path: path.stem)
def test_fresh_exercise_fails_at_each_question_and_nowhere_else(path):
    namespace = {"__name__": "__main__"}
    failed = {}
    for name, source in code_cells(path).items():
        try:
            exec(source, namespace)
        except Exception as error:
            failed[name] = type(error).__name__
    assert failed == {
        checks: "NotImplementedError"
        for q in questions(path)
        for checks in checks_of(path, q)
    }


def test_exercises_are_what_generating_gives(tmp_path):
    for path in SOLUTIONS:
        subprocess.run(
            [
                sys.executable,
                *[
                    "-m",
                    "nbgrader",
                    "generate_assignment",
                    path.parent.name,
                ],
                *["--force", "--no-db", "--log-level=ERROR"],
                f"--CourseDirectory.release_directory={tmp_path}",
            ],
            cwd=ROOT,
            check=True,
        )
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


@pytest.mark.parametrize("path", EXERCISES, ids=lambda path: path.stem)
def test_exercise_gives_nothing_away(path):
    text = path.read_text()
    for marker in ["BEGIN SOLUTION", "BEGIN HIDDEN", '"outputs": [\n  {']:
        assert marker not in text


@pytest.mark.parametrize("path", EXERCISES, ids=lambda path: path.stem)
def test_first_cell_tells_the_points_of_each_question(path):
    given, told = Counter(), Counter()
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.metadata.get("nbgrader", {}).get("grade"):
            question = cell.metadata.nbgrader.grade_id.split("_checks")[0]
            given[question] += cell.metadata.nbgrader.points
    for number, _, _, points in exercise_table.questions(path):
        told[number] += points
    assert list(given.values()) == list(told.values())
