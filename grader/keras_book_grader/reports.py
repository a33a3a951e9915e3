"""Writes what a run found: a table for a learning platform, and pages for people."""

import csv
import unicodedata
from collections import Counter

from jinja2 import Environment, PackageLoader, StrictUndefined

from . import appendix
from .archives import NAMES, write_archives
from .gradebook import MOST_OWN_CELLS, written_cells
from .grading import FAILED_FURTHER, NOT_ANSWERED, PASSED
from .submissions import in_order, shown
from .whole_files import whole_file

MOST_FREQUENT = 15
FORMULA = {"=", "+", "-", "@"}  # begins one in a spreadsheet

pages = Environment(
    loader=PackageLoader("keras_book_grader"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
pages.filters |= {"points": "{:g}".format, "shown": shown, "in_order": in_order}
pages.filters["entry"] = appendix.line


def write_reports(folder, exercise, results, roster=None, filled=None):
    """Write grades.csv, a page for each learner and one for the teacher.

    results holds pairs of a submission and its result; roster is a list of the class,
    and filled what was found of it.
    """
    _write_csv(folder / "grades.csv", exercise, results)
    feedback = {s: _feedback(exercise, s, result) for s, result in results}
    _write_pages(folder / "feedback", feedback)
    flagged = {s: _answers(exercise, s) for s, result in results if result["flags"]}
    with_answers = {s: page for s, page in flagged.items() if page}
    _write_pages(folder / "answers", with_answers)
    archives = write_archives(folder, exercise, feedback)
    page = pages.get_template("summary.html").render(
        exercise=exercise.name,
        results=[(s, result, total(result, "points")) for s, result in results],
        out_of=exercise.points,
        distribution=distribution(results),
        difficulty=difficulty(exercise, results),
        failures=failures(results),
        seconds=sum(result["seconds"] for _, result in results),
        seconds_in_cells=sum(result["seconds_in_cells"] for _, result in results),
        limits=sorted({result["limit"] for _, result in results if "limit" in result}),
        with_answers=with_answers,
        by_hand=by_hand(results),
        archives=[(NAMES[platform], count) for platform, count in archives.items()],
        roster=roster,
        filled=filled,
    )
    _write(folder / "index.html", page)


def _feedback(exercise, submission, result):
    """Return the page for a learner."""
    return pages.get_template("feedback.html").render(
        exercise=exercise,
        learner=submission.learner,
        result=result,
        score=total(result, "points"),
        out_of=total(result, "out_of"),
    )


def _answers(exercise, submission):
    """Return a page of what a learner wrote, or None if that can't be read."""
    cells = written_cells(exercise, submission)[:MOST_OWN_CELLS]
    if not cells:
        return None
    return pages.get_template("answers.html").render(
        exercise=exercise.name, learner=submission.learner, cells=cells
    )


def _write_pages(folder, written):
    """Write {submission: page}, and delete those of who is no longer among them."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {folder / f"{s.file_name}.html": page for s, page in written.items()}
    for path, page in paths.items():
        _write(path, page)
    for path in set(folder.glob("*.html")) - paths.keys():
        path.unlink()


def _write(path, page):
    with whole_file(path, encoding="utf-8", errors="backslashreplace") as file:
        file.write(page)


def by_hand(results):
    """Return [(submission, checks, comment)] of what was changed by hand."""
    rows = []
    for submission, result in results:
        comments = dict(result.get("comments", {}))
        for checks in result["questions"]:
            comment = comments.pop(checks["question"], "")
            if "graded" in checks or comment:
                rows.append((submission, checks, comment))
    return rows


def total(result, what):
    """Return the sum over the questions of a result: its points, or those to get."""
    return sum(question[what] for question in result["questions"])


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
        row = {"checks": checks.grade_id, "of": len(results)}
        row["title"] = exercise.question(checks.question).title
        row["passed"] = states.pop(PASSED, 0)
        row["further"] = states.pop(FAILED_FURTHER, 0)
        row["unanswered"] = states.pop(NOT_ANSWERED, 0)
        row["failed"] = states.total()  # in whatever other way
        rows.append(row)
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
    rows = [["learner", "score", "out_of", *names, "problem", "file"]]
    for submission, result in results:
        points = [checks["points"] for checks in result["questions"]]
        score, out_of = total(result, "points"), total(result, "out_of")
        # No flags: some are noticed while hidden checks run, and the table may leave
        # the instructor's machine.
        what = result["problem"] or ""
        row = [submission.learner, score, out_of, *points, what, submission.path.name]
        rows.append([_harmless(value) for value in row])
    with whole_file(path, newline="", encoding="utf-8") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows(rows)


def _harmless(value):
    """Return a cell of a table that no spreadsheet takes for a formula."""
    if not isinstance(value, str):
        return f"{value:g}"
    value = shown(value)
    first = unicodedata.normalize("NFKC", value[:1])  # a wide = is one, too
    return f"'{value}" if first in FORMULA else value
