"""What an exercise is, and where: read in this place, once, into one record.

An answer is a cell with the `grade_id` Q. Its checks are the cells Q_checks,
Q_checks_2 and so on, each with points of its own. Above the answer stand a heading,
the statement and hints. The table in the first cell has a row for each question:

    | question | you write | minutes |

Points stand in the metadata of the cells of checks, as nbgrader has it.
"""

import ast
import re
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from . import GraderError
from .notebook import HEADING, Cell, UnreadableNotebook, read_notebook

CHECKS = re.compile(r"(.+)_checks(_\d+)?")
MINUTES = re.compile(r"^\| *\d+ *\| *.+? *\| *(\d+) *\|", re.M)
HINT = re.compile(r"<details>\s*<summary>.*?</summary>\s*(.*?)\s*</details>", re.S)
SOLUTION = re.compile(r"^ *### (?:BEGIN|END) SOLUTION\n?", re.M)
ALMOST_SOLUTION = re.compile(r"^\s*#+\W*(?:begin|end)\W*sol.*$", re.I | re.M)
HIDDEN = re.compile(r"#+ ?(BEGIN|END) HIDDEN TESTS\s*")
ALMOST_HIDDEN = re.compile(
    r"(begin|end)\W+hidden\W+tests?|^\s*#+ *(begin|end|start|stop)[\W_]*hid+en",
    re.I | re.M,
)
GRADE_ID = re.compile(r"[A-Za-z0-9_-]+")  # as nbgrader has it

SOLUTION_MARKERS = ["### BEGIN SOLUTION", "### END SOLUTION"]
SOLUTION_IN_DOUBT = (
    "what is the solution in {} is in doubt: write '{}' and '{}' on lines of their "
    "own, in pairs"
)
IN_DOUBT = (
    "what is hidden in {} is in doubt: in a cell of checks, write '### BEGIN HIDDEN "
    "TESTS' and '### END HIDDEN TESTS' on lines of their own, in pairs"
)


@dataclass(frozen=True)
class Checks:
    """A cell of checks: what a learner sees of it, and what only grading adds."""

    grade_id: str
    points: float
    source: str

    @property
    def question(self):
        """The grade_id of the answer that is checked."""
        return CHECKS.fullmatch(self.grade_id)[1]

    @property
    def visible(self):
        """The code that learners get."""
        return self._parts[0]

    @property
    def hidden(self):
        """The code that is run when they hand in."""
        return self._parts[1]

    @cached_property
    def _parts(self):
        """What nbgrader shows of the cell, and what it hides; ValueError if in doubt.

        Lines are numbered, so that nbgrader's own code tells which are hidden.
        """
        if not ALMOST_HIDDEN.search(self.source):
            return self.source, ""
        from nbformat.v4 import new_code_cell
        from nbgrader.preprocessors import ClearHiddenTests  # takes 2.6 s

        lines = self.source.split("\n")
        cell = new_code_cell("\n".join(f"{n}\0{line}" for n, line in enumerate(lines)))
        cell.metadata["nbgrader"] = {"grade": True}
        try:
            ClearHiddenTests().preprocess_cell(cell, {}, 0)
            left = [line for line in cell.source.split("\n") if line]
            shown = {int(line.split("\0")[0]) for line in left}
        except RuntimeError:  # a region in a region, or one without an end
            shown = set(range(len(lines)))
        visible = [line for n, line in enumerate(lines) if n in shown]
        removed = [line for n, line in enumerate(lines) if n not in shown]
        markers = [line for line in removed if ALMOST_HIDDEN.search(line)]
        found = map(HIDDEN.fullmatch, markers)
        kinds = [match and match[1] for match in found]
        in_pairs = kinds == ["BEGIN", "END"] * (len(markers) // 2)
        if ALMOST_HIDDEN.search("\n".join(visible)) or not in_pairs:
            raise ValueError(IN_DOUBT.format(self.grade_id))
        hidden = [line for line in removed if line not in markers]
        return "\n".join(visible), "\n".join(hidden)


@dataclass(frozen=True)
class Question:
    """An answer to write, with all that belongs to it."""

    grade_id: str
    title: str
    hints: tuple[str, ...]
    minutes: int  # 0 if the table doesn't say
    answer: str  # in a solution, the reference answer
    checks: tuple[Checks, ...]

    @property
    def points(self):
        """The points to get, of all cells of checks together."""
        return sum(checks.points for checks in self.checks)

    @cached_property
    def names(self):
        """The functions and classes that the answer defines."""
        body = ast.parse(self.answer).body
        return [node.name for node in body if hasattr(node, "name")]


@dataclass(frozen=True)
class Exercise:
    """A notebook with questions."""

    name: str
    title: str
    cells: tuple[Cell, ...]
    questions: tuple[Question, ...]
    modules: tuple[str, ...] = ()  # a teacher's cells import them

    @cached_property
    def code(self):
        """The code cells, in order."""
        return [cell for cell in self.cells if cell.kind == "code"]

    @cached_property
    def checks(self):
        """All cells of checks, in order."""
        found = {c.grade_id: c for question in self.questions for c in question.checks}
        names = dict.fromkeys(c.grade_id for c in self.code if c.grade_id in found)
        return [found[name] for name in names]

    @property
    def points(self):
        """The points to get."""
        return sum(question.points for question in self.questions)

    @property
    def minutes(self):
        """The time that the table gives for all questions."""
        return sum(question.minutes for question in self.questions)

    def question(self, grade_id):
        """Return the question with a grade_id."""
        return next(q for q in self.questions if q.grade_id == grade_id)

    def only(self, grade_id):
        """Return the exercise with one question, and the cells given for all."""
        question = self.question(grade_id)
        kept = {grade_id, *(checks.grade_id for checks in question.checks)}
        of_any = {named.grade_id for named in [*self.questions, *self.checks]}
        others = of_any - kept
        cells = tuple(cell for cell in self.cells if cell.grade_id not in others)
        return replace(self, cells=cells, questions=(question,))


def read_exercise(content, name="the exercise"):
    """Return the record of a notebook, a teacher's or a learner's."""
    cells = read_notebook(content)
    minutes = MINUTES.findall(cells[0].source) if cells else []
    title = next((h for cell in cells for h in HEADING.findall(cell.source)), name)
    checks = [
        Checks(cell.grade_id, cell.points, cell.source)
        for cell in cells
        if cell.points is not None and CHECKS.fullmatch(cell.grade_id or "")
    ]
    questions, text = {}, []
    for cell in cells:
        if cell.kind == "markdown":
            text.append(cell.source)
        elif cell.is_answer and cell.grade_id not in questions:
            number = len(questions)
            above = "\n\n".join(text)
            if cell.section:
                above = above.rpartition(cell.section)[2]
            questions[cell.grade_id] = Question(
                cell.grade_id,
                title=cell.section or cell.grade_id,
                hints=tuple(HINT.findall(above)),
                minutes=int(minutes[number]) if number < len(minutes) else 0,
                answer=SOLUTION.sub("", cell.source).rstrip(),
                checks=tuple(c for c in checks if c.question == cell.grade_id),
            )
            text = []
    cells = tuple(replace(cell, outputs=()) for cell in cells)  # large, and no matter
    return Exercise(name, title, cells, tuple(questions.values()))


def read_source(content, name="the exercise", with_modules=None):
    """Return the record of a teacher's notebook; ValueError if it can't be graded.

    with_modules is called with the modules that it imports, before what takes seconds.
    """
    try:
        exercise = read_exercise(content, name)
        exercise = replace(exercise, modules=_modules(exercise))
        if with_modules:
            with_modules(exercise.modules)
        for problem in _problems(exercise):
            raise ValueError(problem)
        [question.names for question in exercise.questions]
        return exercise
    except (UnreadableNotebook, SyntaxError) as problem:
        raise ValueError(str(problem)) from None
    except RecursionError:
        raise ValueError("a cell is nested too deeply") from None


def _modules(exercise):
    sources = [cell.source for cell in exercise.code if not cell.is_answer]
    found = set()
    for node in (n for source in sources for n in ast.walk(ast.parse(source))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return tuple(sorted(found))


def _problems(exercise):
    """Yield a sentence for each thing that a grader can't be sure of."""
    known = {checks.grade_id for checks in exercise.checks}
    names = [cell.grade_id for cell in exercise.cells if cell.grade_id is not None]
    answers = [cell.grade_id for cell in exercise.code if cell.is_answer]
    if not exercise.cells:
        yield "it has no cells"
    for place, cell in enumerate(exercise.cells):
        if cell.points is None and ALMOST_HIDDEN.search(cell.source):
            yield IN_DOUBT.format(cell.grade_id or f"{cell.kind} cell {place + 1}")
        if cell.points is not None and cell.is_answer:
            yield f"{cell.grade_id} is graded by hand"
        markers = [line.strip() for line in ALMOST_SOLUTION.findall(cell.source)]
        if cell.is_answer and markers != SOLUTION_MARKERS * (len(markers) // 2):
            yield SOLUTION_IN_DOUBT.format(cell.grade_id, *SOLUTION_MARKERS)
        if cell.points is not None and cell.grade_id not in known:
            yield f"the cell of checks {cell.grade_id} belongs to no answer"
        if cell.grade_id is not None and not GRADE_ID.fullmatch(cell.grade_id):
            yield f"the grade_id {cell.grade_id!r} is not of letters, digits, _, -"
        if names.count(cell.grade_id) > 1:
            yield f"two cells have the grade_id {cell.grade_id}"
        if cell.points is not None and type(cell.points) not in (int, float):
            yield f"the points of {cell.grade_id} are no number"
    for checks in exercise.checks:
        try:
            checks.visible  # noqa: B018
        except ValueError as problem:
            yield str(problem)
    rows = MINUTES.findall(exercise.cells[0].source) if exercise.cells else []
    if rows and len(rows) != len(answers):
        yield f"the table has {len(rows)} rows, for {len(answers)} questions"


def notebooks(root, kind):
    """Return the paths of a book's exercises; kind is "exercises" or "solutions"."""
    found = sorted(Path(root, kind).glob("*/*.ipynb"))
    return [path for path in found if path.stem == path.parent.name]


def find_exercise(name, kind, root=None):
    """Return the notebook of an exercise, by its number or name, or a path to it.

    kind is "exercises", for what a learner works in, or "solutions".
    """
    if Path(name).suffix == ".ipynb":
        if Path(name).is_file():
            return Path(name)
        raise GraderError(f"there is no notebook {name}")
    root = root or find_book()
    known = notebooks(root, kind)
    if name and Path(name).is_dir():  # as a shell completes it
        folder = Path(name).resolve().name
        name = folder if folder in [path.stem for path in known] else name
    fitting = [path for path in known if path.stem == name] or [
        path for path in known if path.stem.startswith(f"{name.zfill(2)}_")
    ]
    if len(fitting) == 1:
        return fitting[0]
    names = ", ".join(path.stem for path in fitting or known) or "none"
    if fitting:
        raise GraderError(f"{name} may be one of {names}: give the whole name")
    where = Path(root, kind)
    name = name if name.isprintable() and name else repr(name)
    raise GraderError(f"there is no exercise {name} in {where}, only: {names}")


def find_above(name):
    """Return the folder that has it: here, above here, or where this package lies."""
    places = [Path.cwd(), *Path.cwd().parents, Path(__file__).resolve().parents[2]]
    return next((place for place in places if (place / name).exists()), None)


def find_book():
    """Return the book's folder."""
    if book := find_above("exercises"):
        return book
    raise GraderError("no folder exercises here: change to the book's folder")
