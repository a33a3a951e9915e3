"""Writes what a run found: a table for a learning platform, and pages for people."""

import csv
from collections import Counter

from jinja2 import Environment, PackageLoader, StrictUndefined

from . import appendix
from .grading import FAILED_FURTHER, NOT_ANSWERED, PASSED
from .submissions import shown

MOST_FREQUENT = 15

pages = Environment(
    loader=PackageLoader("keras_book_grader"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
pages.filters["points"] = lambda points: f"{points:g}"
pages.filters["shown"] = shown
pages.filters["entry"] = appendix.line


def write_reports(folder, exercise, results):
    """Write grades.csv, a page for each learner and one for the teacher.

    results holds pairs of a submission and its result.
    """
    _write_csv(folder / "grades.csv", exercise, results)
    feedback = folder / "feedback"
    feedback.mkdir(parents=True, exist_ok=True)
    wanted = set()
    for submission, result in results:
        page = pages.get_template("feedback.html").render(
            exercise=exercise.name,
            learner=submission.learner,
            questions=by_question(result, exercise),
            answers=result["answers"],
            problem=result["problem"],
            score=total(result, "points"),
            out_of=total(result, "out_of"),
        )
        path = feedback / f"{submission.file_name}.html"
        path.write_text(page, encoding="utf-8", errors="backslashreplace")
        wanted.add(path)
    for path in set(feedback.glob("*.html")) - wanted:
        path.unlink()  # of a learner who is no longer in the class
    page = pages.get_template("summary.html").render(
        exercise=exercise.name,
        results=[(s, result, total(result, "points")) for s, result in results],
        out_of=exercise.points,
        distribution=distribution(results),
        difficulty=difficulty(exercise, results),
        failures=failures(results),
        seconds=sum(result["seconds"] for _, result in results),
        seconds_in_cells=sum(result["seconds_in_cells"] for _, result in results),
    )
    (folder / "index.html").write_text(
        page, encoding="utf-8", errors="backslashreplace"
    )


def total(result, what):
    """Return the sum over the questions of a result: its points, or those to get."""
    return sum(question[what] for question in result["questions"])


def by_question(result, exercise):
    """Return [(grade_id, title, its cells of checks)], in the order of the exercise."""
    grouped = {}
    for checks in result["questions"]:
        grouped.setdefault(checks["question"], []).append(checks)
    return [
        (question.grade_id, question.title, grouped[question.grade_id])
        for question in exercise.questions
    ]


def distribution(results):
    """Return [(from, to, how many learners)] of the scores, in tenths."""
    counts = Counter(
        min(9, int(10 * total(result, "points") / (total(result, "out_of") or 1)))
        for _, result in results
    )
    return [(10 * tenth, 10 * tenth + 10, counts[tenth]) for tenth in range(10)]


def difficulty(exercise, results):
    """Return a row for each cell of checks: how many got how far."""
    rows = []
    for place, checks in enumerate(exercise.checks):
        states = Counter(result["questions"][place]["state"] for _, result in results)
        passed, unanswered = states[PASSED], states[NOT_ANSWERED]
        rows.append(
            {
                "checks": checks.grade_id,
                "title": exercise.question(checks.question).title,
                "passed": passed,
                "further": states[FAILED_FURTHER],
                "unanswered": unanswered,
                "failed": states.total() - passed - unanswered - states[FAILED_FURTHER],
                "of": states.total(),
            }
        )
    return rows


def failures(results):
    """Return the most frequent failures: (question, sentence, how many learners)."""
    counts = Counter(
        (checks["checks"], checks["hidden_sentence"] or checks["sentence"])
        for _, result in results
        if result["problem"] is None
        for checks in result["questions"]
        if checks["state"] not in (PASSED, NOT_ANSWERED)
    )
    return [(*what, count) for what, count in counts.most_common(MOST_FREQUENT)]


def _write_csv(path, exercise, results):
    names = [checks.grade_id for checks in exercise.checks]
    rows = [["learner", "score", "out_of", *names, "flags", "file"]]
    for submission, result in results:
        points = [checks["points"] for checks in result["questions"]]
        score, out_of = total(result, "points"), total(result, "out_of")
        flags = "; ".join(result["flags"])
        row = [submission.learner, score, out_of, *points, flags, submission.path.name]
        rows.append([_harmless(value) for value in row])
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows(rows)


def _harmless(value):
    """Return a cell of a table that no spreadsheet takes for a formula."""
    if not isinstance(value, str):
        return f"{value:g}"
    value = shown(value)
    return f"'{value}" if value.startswith(("=", "+", "-", "@")) else value
