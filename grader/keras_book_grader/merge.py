"""Puts a learner's answers into the teacher's notebook; says what was tampered with.

A grading run starts from the teacher's notebook and takes only code from the
submission: the answers, found by `grade_id`, and the learner's own cells.
"""

from collections import defaultdict
from dataclasses import dataclass, field

from .exercise import Question
from .notebook import UnreadableNotebook


@dataclass(frozen=True)
class Step:
    """Something to run."""

    # "given" and "checks" are the teacher's, as learners have them, and "hidden" is
    # what learners don't have; "answer" and "own" are a learner's; a "probe" is
    # checks without the answer, which must fail.
    kind: str
    source: str
    name: str
    question: str | None = None


@dataclass
class Merged:
    """The teacher's notebook with a learner's answers in it."""

    steps: list[Step] = field(default_factory=list)
    hidden: list[Step] = field(default_factory=list)
    questions: dict[str, Question] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)

    def of_kind(self, kind):
        """Return the steps of one kind."""
        return [step for step in self.steps if step.kind == kind]

    @property
    def answers(self):
        """The learner's code: {question: source}."""
        return {step.question: step.source for step in self.of_kind("answer")}


def merge(exercise, submitted):
    """Put the code cells of a submission into an exercise."""
    checks = {c.grade_id: c for c in exercise.checks}
    find = _finder(exercise, checks)
    answers, seen, flags = {}, set(), []
    own_cells = defaultdict(list)  # {position of the teacher's cell: those behind it}
    here = -1
    for cell in submitted:
        place = find(cell)
        if place is None:
            own_cells[here].append(cell.source)
            continue
        here, given = place, exercise.code[place]
        if given.is_answer and given.grade_id not in answers:
            answers[given.grade_id] = cell.source
        elif given.is_answer:
            own_cells[here].append(cell.source)
            flags.append(f"{given.grade_id}: answered in two cells")
        elif given.grade_id in checks:
            _compare_checks(given, checks[given.grade_id], cell, place in seen, flags)
        elif cell.source.strip() != given.source.strip():
            # A cell that was given is often where a learner adds an import.
            own_cells[here].append(cell.source)
        seen.add(place)
    code = "\n".join(cell.source for cell in submitted)
    if not any(
        place in seen or cell.grade_id in code
        for place, cell in enumerate(exercise.code)
        if cell.is_answer
    ):
        raise UnreadableNotebook("another exercise: it has no cell of this one")
    return _merged(exercise, checks, answers, own_cells, seen, flags)


def _merged(exercise, checks, answers, own_cells, seen, flags):
    merged = Merged(questions={q.grade_id: q for q in exercise.questions}, flags=flags)
    for place, given in enumerate([None, *exercise.code], start=-1):
        name = given and given.grade_id
        if given is None:
            pass
        elif name in checks:
            question, hidden = checks[name].question, checks[name].hidden
            merged.steps.append(Step("checks", checks[name].visible, name, question))
            if hidden:
                merged.hidden.append(Step("hidden", hidden, name, question))
            if place not in seen:
                flags.append(f"{name}: the checks were removed")
        elif not given.is_answer:
            merged.steps.append(Step("given", given.source, f"given cell {place}"))
        elif name in answers:
            merged.steps.append(Step("answer", answers[name], name, name))
        for number, text in enumerate(own_cells[place]):
            merged.steps.append(Step("own", text, f"own cell {place}.{number}"))
    return merged


def _compare_checks(given, checks, cell, seen_before, flags):
    if seen_before:
        flags.append(f"{given.grade_id}: the cell of checks is there twice")
    if _lines(cell.source) != _lines(checks.visible):
        flags.append(f"{given.grade_id}: the checks were edited")
    elif cell.grade_id != given.grade_id or cell.points != given.points:
        flags.append(f"{given.grade_id}: the metadata was edited")


def _lines(source):
    """Return the lines of a cell, whatever editor has saved it."""
    return [line.rstrip() for line in source.strip().splitlines()]


def _finder(exercise, checks):
    """Return a function: from a submitted cell to the position of the teacher's."""
    places = {}
    for place, cell in enumerate(exercise.code):
        name, source = cell.grade_id, cell.source
        given = checks[name].visible if name in checks else source
        keys = ("grade_id", name), ("id", cell.id), ("source", given.strip())
        places |= dict.fromkeys(keys, place)

    def find(cell):
        source = cell.source.strip()
        keys = ("grade_id", cell.grade_id), ("id", cell.id), ("source", source)
        return next((places[key] for key in keys if key[1] and key in places), None)

    return find
