"""The bank: right and wrong answers to each question, and what the grader says.

Beside each solution, `answers.yml` holds them. They go the way of a submission.
"""

import dataclasses
import json

import pytest
import yaml
from keras_book_grader.exercise import notebooks, read_source
from keras_book_grader.grading import FAILED, FAILED_FURTHER, NOT_ANSWERED, grade
from keras_book_grader.processes import Limits
from repository import ROOT

SOURCES = {
    path: read_source(path.read_bytes(), path.stem)
    for path in notebooks(ROOT, "solutions")
}
# {question: {"right": [...], "wrong": [...]}} of each solution.
ANSWERS = {
    path: yaml.load((path.parent / "answers.yml").read_text(), yaml.CSafeLoader)
    for path in SOURCES
}
# What all of them import: one warm process serves them all.
MODULES = {name for exercise in SOURCES.values() for name in exercise.modules}
LIMITS = Limits(seconds=120)


def answers(kind):
    """Return a test parameter for each answer of one kind, right or wrong."""
    return [
        pytest.param(
            path, question, entry, id=f"{path.stem}-{question}-{entry['what']}"
        )
        for path, listed in ANSWERS.items()
        for question, kinds in listed.items()
        for entry in kinds[kind]
    ]


def graded(path, question, answer, visible_only=False):
    """Hand in the exercise with one question, answered; return the result.

    What takes a large part of the time and decides nothing is left out: the check of
    versions, cells given for later questions, and hidden checks that nobody asks for.
    """
    exercise = SOURCES[path].only(question)
    asked = exercise.question(question)
    if visible_only:
        shown = [dataclasses.replace(c, source=c.visible) for c in asked.checks]
        asked = dataclasses.replace(asked, checks=tuple(shown))
    last = {checks.grade_id for checks in asked.checks}
    (*_, end) = (n for n, cell in enumerate(exercise.cells) if cell.grade_id in last)
    cells = [c for c in exercise.cells[: end + 1] if c.id != "version-check"]
    exercise = dataclasses.replace(
        exercise, cells=tuple(cells), questions=(asked,), modules=sorted(MODULES)
    )
    kept = {cell.id for cell in cells}
    released = ROOT / "exercises" / path.stem / path.name
    notebook = json.loads(released.read_text())
    notebook["cells"] = [cell for cell in notebook["cells"] if cell["id"] in kept]
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == question:
            cell["source"] = answer
    return grade(exercise, json.dumps(notebook).encode(), LIMITS)


@pytest.mark.parametrize("path, question, entry", answers("right"))
def test_right_answer_passes_every_check(path, question, entry):
    result = graded(path, question, entry["answer"])
    said = [q["hidden_sentence"] or q["sentence"] for q in result["questions"]]
    assert (said, result["flags"]) == ([""] * len(said), [])


@pytest.mark.parametrize("path, question, entry", answers("wrong"))
def test_wrong_answer_fails_with_a_message_that_helps(path, question, entry):
    result = graded(path, question, entry["answer"], not entry.get("hidden"))
    scores = result["questions"]
    states = {score["state"] for score in scores}
    if entry.get("hidden"):
        assert FAILED not in states, "the visible checks catch it: drop `hidden`"
        assert FAILED_FURTHER in states, "no hidden check fails"
    else:
        assert FAILED in states, "no visible check fails"
        said = "\n".join(score["sentence"] for score in scores)
        assert entry["says"] in said, f"the learner is told: {said}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_every_question_has_answers_of_both_kinds(path):
    listed = ANSWERS[path]
    asked = [question.grade_id for question in SOURCES[path].questions]
    assert list(listed) == asked, "answers.yml has other questions, or another order"
    for question, kinds in listed.items():
        assert len(kinds["right"]) >= 2, f"{question}: two right answers or more"
        assert len(kinds["wrong"]) >= 4, f"{question}: four wrong answers or more"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_a_fresh_exercise_is_not_answered(path):
    exercise = dataclasses.replace(SOURCES[path], modules=sorted(MODULES))
    released = ROOT / "exercises" / path.stem / path.name
    result = grade(exercise, released.read_bytes(), LIMITS)
    assert {score["state"] for score in result["questions"]} == {NOT_ANSWERED}
    assert result["flags"] == []
