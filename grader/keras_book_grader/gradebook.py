"""Points and comments by hand, through nbgrader's gradebook and its formgrader.

The folder is a course of nbgrader with one assignment: gradebook.db, and for each
learner a notebook to look at. In it stand the teacher's text and visible checks, and
what the learner wrote; no hidden check, and no output, which a browser would render.

What formgrader stores comes back at the next run: a score takes the place of the points
that the checks gave, extra credit is added, a comment stands under the answer.
"""

import json
import os
import sys
import warnings

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from . import GraderError
from .grading import LONGEST_SHOWN, PASSED
from .notebook import UnreadableNotebook, code_cells
from .submissions import in_order, shown
from .whole_files import whole_file

MOST_OWN_CELLS = 50
CONFIGURATION = "c = get_config()\nc.CourseDirectory.course_id = {!r}\n"


def written_cells(exercise, submission):
    """Return the code cells that a learner wrote, as pairs: a question or None, source.

    Cells as the teacher gave them, and cells of checks, are left out, and what is too
    long to be shown. Empty if the submission can't be read.
    """
    content, problem = submission.read()
    try:
        cells = [] if problem else code_cells(content)
    except UnreadableNotebook:
        return []
    answers = {question.grade_id for question in exercise.questions}
    checks = {checks.grade_id for checks in exercise.checks}
    given = {cell.source for cell in exercise.code}
    written = []
    for cell in cells:
        source = in_order(cell.source[:LONGEST_SHOWN])
        if cell.grade_id in answers:
            written.append((cell.grade_id, source))
        elif cell.grade_id not in checks and cell.source not in given:
            written.append((None, source))
    return written


class HandGrading:
    """The gradebook of one exercise, in a folder of its own."""

    def __init__(self, folder, exercise):
        self.folder, self.exercise = folder, exercise
        self.name = exercise.name

    def exchange(self, results):
        """Write results into the gradebook; return them with what was changed by hand.

        results holds pairs of a submission and its result. GraderError, and nothing is
        written, if a change doesn't fit.
        """
        from nbgrader.api import Gradebook  # takes seconds
        from sqlalchemy.exc import SAWarning, SQLAlchemyError

        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / "gradebook.db"
        # To make a gradebook, nbgrader starts alembic by its name.
        programs = os.path.dirname(sys.executable)
        os.environ["PATH"] = os.pathsep.join([programs, os.environ.get("PATH", "")])
        try:
            with (
                warnings.catch_warnings(action="ignore", category=SAWarning),
                Gradebook(f"sqlite:///{path.resolve()}", self.name) as gradebook,
            ):
                return self._exchange(gradebook, results)
        except SQLAlchemyError as error:
            what = str(error.args[0] if error.args else error).splitlines()[0]
            remedy = "close formgrader, or move the folder away"
            raise GraderError(f"{path} can't be used: {what}: {remedy}") from None

    def _exchange(self, gradebook, results):
        (self.folder / "nbgrader_config.py").write_text(CONFIGURATION.format(self.name))
        self._write_exercise(gradebook)
        named = {submission.file_name for submission, _ in results}
        stored = {
            submission.student.id: submission.notebooks[0]
            for submission in gradebook.assignment_submissions(self.name)
        }
        for learner, notebook in stored.items():
            self._check(learner, notebook, known=learner in named)
        for learner in stored.keys() - named:
            gradebook.remove_submission(self.name, learner)
        changed = []
        for submission, result in results:
            learner, name = submission.file_name, shown(submission.learner)
            gradebook.update_or_create_student(learner, first_name=name)
            whole = gradebook.update_or_create_submission(self.name, learner)
            is_another = self._write_notebook(learner, submission)
            self._write_result(whole.notebooks[0], result, is_another)
            gradebook.db.commit()
            changed.append((submission, with_changes(result, whole.notebooks[0])))
        return changed

    def _write_exercise(self, gradebook):
        exercise, where = self.exercise, (self.name, self.name)
        # Empty: formgrader lists assignments by their folders here.
        (self.folder / "source" / self.name).mkdir(parents=True, exist_ok=True)
        gradebook.update_or_create_assignment(self.name)
        notebook = gradebook.update_or_create_notebook(*where)
        cells = {c.name for c in [*notebook.grade_cells, *notebook.solution_cells]}
        named = {each.grade_id for each in [*exercise.questions, *exercise.checks]}
        if cells and cells != named:
            what = "is of another version of the exercise"
            raise GraderError(f"{self.folder} {what}: move it away, and grade again")
        for question in exercise.questions:
            gradebook.update_or_create_solution_cell(question.grade_id, *where)
        for checks in exercise.checks:
            gradebook.update_or_create_grade_cell(
                checks.grade_id, *where, max_score=checks.points, cell_type="code"
            )

    def _check(self, learner, notebook, known):
        """Refuse changes that don't fit."""
        changed = [grade for grade in notebook.grades if is_by_hand(grade)]
        comments = [comment for comment in notebook.comments if comment.manual_comment]
        if not known and (changed or comments):
            what = f"{learner} has changes by hand, and handed in nothing"
            command = f"nbgrader db student remove '{learner}' --force"
            remedy = f"hand it in again, or run there: {command}"
            raise GraderError(f"{self.folder}: {what}: {remedy}")
        for grade in changed:
            if not 0 <= grade.score <= grade.max_score:
                has = f"{grade.score:g} of {grade.max_score:g} points for {grade.name}"
                remedy = "change it in formgrader, and grade again"
                raise GraderError(f"{self.folder}: {learner} has {has}: {remedy}")

    def _write_result(self, notebook, result, is_another):
        found = {checks["checks"]: checks for checks in result["questions"]}
        for grade in notebook.grades:
            points = found[grade.name]["points"]
            changed = is_another or grade.auto_score not in (None, points)
            waits = changed or grade.needs_manual_grade  # until it is looked at again
            grade.needs_manual_grade = is_by_hand(grade) and waits
            grade.auto_score = points
        for comment in notebook.comments:
            said = [
                f"{checks['checks']}: {checks['sentence'] or checks['state']}"
                for checks in result["questions"]
                if checks["question"] == comment.name and checks["state"] != PASSED
            ]
            comment.auto_comment = "\n".join(map(shown, said)) or None

    def _write_notebook(self, learner, submission):
        """Write what formgrader shows; return whether it is another than before."""
        written = written_cells(self.exercise, submission)
        answers = {question: source for question, source in written if question}
        own = [source for question, source in written if not question]
        path = self.folder / "autograded" / learner / self.name / f"{self.name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        content = json.dumps(self._notebook(answers, own), indent=1)
        before = path.read_text() if path.exists() else content
        with whole_file(path) as file:
            file.write(content)
        return before != content

    def _notebook(self, answers, own):
        visible = {checks.grade_id: checks for checks in self.exercise.checks}
        cells = []
        for cell in self.exercise.cells:
            name, source = cell.grade_id, cell.source
            if name in visible:
                points, source = visible[name].points, visible[name].visible
                cells.append(_graded(source, name, grade=True, points=points))
            elif cell.is_answer:
                source = answers.get(name, "# The answer's cell is missing.")
                cells.append(_graded(source, name, solution=True))
            elif cell.kind == "markdown":
                cells.append(new_markdown_cell(source))
            else:
                cells.append(new_code_cell(source))
        if own:
            cells.append(new_markdown_cell("## The learner's own cells"))
            cells += map(new_code_cell, own[:MOST_OWN_CELLS])
        for number, cell in enumerate(cells):
            cell.id = f"cell-{number}"
        return new_notebook(cells=cells, metadata={"language_info": {"name": "python"}})


def _graded(source, grade_id, **metadata):
    """Return a code cell that nbgrader takes for an answer, or for checks."""
    no_more = dict.fromkeys(("grade", "solution", "locked", "task"), False)
    nbgrader = {"schema_version": 3, "grade_id": grade_id} | no_more | metadata
    return new_code_cell(source, metadata={"nbgrader": nbgrader})


def is_by_hand(grade):
    """Say whether somebody gave the points of a grade in formgrader."""
    return grade.manual_score is not None or bool(grade.extra_credit)


def with_changes(result, notebook):
    """Return a result with points and comments by hand; `graded` keeps the points.

    `unresolved` says that the answer, or what the checks give for it, is another one
    than when somebody gave the points.
    """
    by_hand = {grade.name: grade for grade in notebook.grades if is_by_hand(grade)}
    questions = []
    for checks in result["questions"]:
        if grade := by_hand.get(checks["checks"]):
            more = {"points": grade.score, "graded": checks["points"]}
            checks = checks | more | {"unresolved": grade.needs_manual_grade}
        questions.append(checks)
    comments = {c.name: c.manual_comment for c in notebook.comments if c.manual_comment}
    return result | {"questions": questions, "comments": comments}
