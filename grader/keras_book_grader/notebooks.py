"""Notebooks: any bytes in, and out come the steps to run and what was tampered with.

A grading run starts from the teacher's notebook and takes only code from the
submission: the answers, found by `grade_id`, and the learner's own cells.
"""

import ast
import json
import re
import unicodedata
from dataclasses import dataclass, field

HIDDEN = re.compile(
    r"^### BEGIN HIDDEN TESTS\n(.*?)^### END HIDDEN TESTS$\n?", re.S | re.M
)
CHECKS = re.compile(r"(.+)_checks(_\d+)?")
LARGEST = 20_000_000  # bytes

# Nothing that the exercises ask for needs these. They are how code looks into,
# or changes, what runs it: a reason for the teacher to read the submission.
UNUSUAL = set(
    "_getframe currentframe settrace setprofile monitoring addaudithook f_back "
    "f_globals f_locals f_trace gi_frame tb_frame __globals__ __builtins__ builtins "
    "__code__ __array_function__ __array_ufunc__ __subclasses__ ctypes gc linecache "
    "atexit signal _exit fork Popen socket subprocess system ast_transformers "
    "modules keras_book_grader __main__ __import__ importlib getattr attrgetter "
    "methodcaller eval exec vars globals __dict__ __getattribute__ __traceback__ "
    "inspect traceback pickle marshal cr_frame ag_frame tb_next get_ipython run_cell "
    "ANY mock setattr resolve_name get_field Formatter _implementation __defaults__ "
    "__array_interface__ timeit func_load as_strided __eq__ __ne__ __bool__ "
    "__array__ __closure__".split()
)


class UnreadableNotebook(Exception):
    """Bytes that hold no notebook, or none of this exercise; says why."""


@dataclass(frozen=True)
class Cell:
    """A code cell, and what of its metadata matters."""

    source: str
    id: str | None = None
    grade_id: str | None = None
    points: float | None = None  # only a cell of checks has them
    is_answer: bool = False


@dataclass(frozen=True)
class Step:
    """Something to run: a cell, or the hidden part of a cell of checks."""

    kind: str  # "given", "helper", "answer", "checks" or "hidden"
    source: str
    name: str
    question: str | None = None


@dataclass
class Merged:
    """The teacher's notebook with a learner's answers in it."""

    steps: list[Step] = field(default_factory=list)
    hidden: list[Step] = field(default_factory=list)
    missing: set[str] = field(default_factory=set)  # questions
    asked_for: dict = field(default_factory=dict)  # {question: names to define}
    flags: list[str] = field(default_factory=list)

    @property
    def answers(self):
        """The learner's code: {question: source}."""
        return {s.question: s.source for s in self.steps if s.kind == "answer"}


def read_notebook(content):
    """Return the code cells of a notebook of format 3 or 4, whatever else is in it."""
    if len(content) > LARGEST:
        raise UnreadableNotebook(
            f"larger than {LARGEST // 1_000_000} MB: clear its outputs"
        )
    if not content.strip():
        raise UnreadableNotebook("the file is empty")
    try:
        notebook = json.loads(content)
        cells = notebook.get("cells")
        if cells is None:
            cells = [
                cell for sheet in notebook["worksheets"] for cell in sheet["cells"]
            ]
        return [_cell(cell) for cell in cells if cell.get("cell_type") == "code"]
    except (ValueError, RecursionError):
        raise UnreadableNotebook("not a notebook: its JSON is broken") from None
    except (KeyError, TypeError, AttributeError):
        raise UnreadableNotebook("JSON, but not that of a notebook") from None


def _cell(cell):
    source = cell.get("source", cell.get("input", ""))
    source = source if isinstance(source, str) else "".join(source)
    metadata = cell.get("metadata") or {}
    nbgrader = metadata.get("nbgrader") or {}
    points = nbgrader.get("points")
    return Cell(
        # A lone surrogate is legal JSON, but no text that can be sent on.
        source.encode(errors="replace").decode(),
        id=_text_or_none(cell.get("id")),
        grade_id=_text_or_none(nbgrader.get("grade_id")),
        points=points if nbgrader.get("grade") else None,
        is_answer=bool(nbgrader.get("solution")),
    )


def _text_or_none(value):
    return value if isinstance(value, str) else None


def titles_of(content):
    """Return {grade_id of an answer: the heading above it} of a teacher's notebook."""
    titles, heading = {}, None
    for cell in json.loads(content)["cells"]:
        headings = re.findall(r"^#+ (.+)$", "".join(cell["source"]), re.M)
        if cell["cell_type"] == "markdown" and headings:
            heading = headings[-1]
        elif (answer := _cell(cell)).is_answer:
            titles[answer.grade_id] = heading or answer.grade_id
    return titles


def visible_part(source):
    """Return a cell of checks without what the learner doesn't see."""
    return HIDDEN.sub("", source)


def hidden_part(source):
    """Return only what the learner doesn't see of a cell of checks."""
    return "\n".join(HIDDEN.findall(source))


def question_of(checks):
    """Return the grade_id of the answer that a cell of checks belongs to."""
    return CHECKS.fullmatch(checks.grade_id)[1]


def modules_of(source_cells):
    """Return the modules that the teacher's cells import, to be imported once."""
    modules = set()
    for cell in source_cells:
        if not cell.is_answer:
            for node in ast.walk(ast.parse(cell.source)):
                if isinstance(node, ast.Import):
                    modules |= {alias.name for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module:
                    modules.add(node.module)
    return sorted(modules)


def merge(source_cells, submitted_cells):
    """Put a learner's answers and own cells into the teacher's notebook."""
    merged = Merged()
    places = _Places(source_cells)
    answers = {}
    own_cells = {-1: []}  # {position of the teacher's cell: those behind it}
    seen = set()
    here = -1
    for cell in submitted_cells:
        place = places.find(cell)
        here = here if place is None else place
        given = source_cells[place] if place is not None else None
        if given is None:
            own_cells.setdefault(here, []).append(cell.source)
        elif given.is_answer and given.grade_id not in answers:
            answers[given.grade_id] = cell.source
        elif given.is_answer:
            own_cells.setdefault(here, []).append(cell.source)
            merged.flags.append(f"{given.grade_id}: answered in two cells")
        elif given.points is not None:
            _compare_checks(given, cell, place in seen, merged.flags)
        elif cell.source.strip() != given.source.strip():
            # A cell that was given is often where a learner adds an import.
            own_cells.setdefault(here, []).append(cell.source)
        if place is not None:
            seen.add(place)
    own_code = "\n".join(cell.source for cell in submitted_cells)
    if not any(
        place in seen or cell.grade_id in own_code
        for place, cell in enumerate(source_cells)
        if cell.is_answer
    ):
        raise UnreadableNotebook("another exercise: it has no cell of this one")
    _add_steps(merged, source_cells, answers, own_cells, seen)
    own = [*answers.values(), *sum(own_cells.values(), [])]
    usual = _names(cell.source for cell in source_cells if cell.points is None)
    if found := (UNUSUAL - usual) & _names(own):
        merged.flags.append(f"the code mentions {', '.join(sorted(found))}")
    return merged


def _compare_checks(given, cell, seen_before, flags):
    if seen_before:
        flags.append(f"{given.grade_id}: the cell of checks is there twice")
    if _lines(cell.source) != _lines(visible_part(given.source)):
        flags.append(f"{given.grade_id}: the checks were edited")
    elif cell.grade_id != given.grade_id or cell.points != given.points:
        flags.append(f"{given.grade_id}: the metadata was edited")


def _lines(source):
    """Return the lines of a cell, whatever editor has saved it."""
    return [line.rstrip() for line in source.strip().splitlines()]


def _add_steps(merged, source_cells, answers, own_cells, seen):
    def add_own_cells(place):
        for number, text in enumerate(own_cells.get(place, [])):
            merged.steps.append(Step("helper", text, f"own cell {place}.{number}"))

    add_own_cells(-1)
    for place, given in enumerate(source_cells):
        if given.is_answer:
            name = given.grade_id
            merged.asked_for[name] = _defined_names(given.source)
            if name in answers:
                merged.steps.append(Step("answer", answers[name], name, name))
            else:
                merged.missing.add(name)
        elif given.points is not None:
            question = question_of(given)
            merged.steps.append(
                Step(
                    "checks",
                    visible_part(given.source),
                    given.grade_id,
                    question,
                )
            )
            if hidden := hidden_part(given.source):
                merged.hidden.append(Step("hidden", hidden, given.grade_id, question))
            if place not in seen:
                merged.flags.append(f"{given.grade_id}: the checks were removed")
        else:
            merged.steps.append(Step("given", given.source, f"given cell {place}"))
        add_own_cells(place)


class _Places:
    """Finds the teacher's cell that a submitted cell was made from."""

    def __init__(self, source_cells):
        def index(key):
            return {key(cell): place for place, cell in enumerate(source_cells)}

        self.by_grade_id = index(lambda cell: cell.grade_id)
        self.by_id = index(lambda cell: cell.id)
        self.by_source = index(lambda cell: visible_part(cell.source).strip())

    def find(self, cell):
        """Return the position of the teacher's cell, or None for one of their own."""
        for index, key in [
            (self.by_grade_id, cell.grade_id),
            (self.by_id, cell.id),
            (self.by_source, cell.source.strip()),
        ]:
            if key and key in index:
                return index[key]
        return None


def _defined_names(source):
    """Return the names of the functions and classes that a cell defines."""
    body = ast.parse(source).body
    return [node.name for node in body if hasattr(node, "name")]


def _names(sources):
    """Return all words in sources, as Python reads them."""
    text = unicodedata.normalize("NFKC", "\n".join(sources))
    return set(re.findall(r"\w+", text))


def check_source(source_cells):
    """Raise ValueError if an exercise isn't written as this grader needs it."""
    answers = {cell.grade_id for cell in source_cells if cell.is_answer}
    for place, cell in enumerate(source_cells):
        # nbgrader hides more than HIDDEN finds, and learners see what is not hidden.
        shown = cell.source if cell.points is None else visible_part(cell.source)
        if "HIDDEN TESTS" in shown:
            raise ValueError(
                f"what is hidden in {cell.grade_id or f'code cell {place + 1}'} is in "
                "doubt: in a cell of checks, write '### BEGIN HIDDEN TESTS' and "
                "'### END HIDDEN TESTS' on lines of their own, in pairs"
            )
        if cell.points is None:
            continue
        if cell.is_answer:
            raise ValueError(f"{cell.grade_id} is graded by hand")
        match = CHECKS.fullmatch(cell.grade_id or "")
        if not match or match[1] not in answers:
            raise ValueError(f"the cell of checks {cell.grade_id} belongs to no answer")
