"""One submission in, one result out: what each question scores, and why."""

import time
import zlib
from dataclasses import asdict, dataclass, field, replace

from .notebooks import (
    Step,
    UnreadableNotebook,
    check_source,
    merge,
    modules_of,
    question_of,
    read_notebook,
)
from .processes import Limits, Session, Stopped

PASSED, FAILED, FAILED_FURTHER = (
    "passed",
    "failed",
    "failed a further check",
)
NOT_ANSWERED, STOPPED, UNREADABLE = "not answered", "stopped", "unreadable"
FORGES = "says itself that it passes"
TOO_LONG = "was to run when all the time of a submission was used up"
FURTHER = "fails a further check that follows the same rules on other inputs"
MOST_STOPPED = 12  # steps, each of which costs its time limit and another run
CELLS_WORTH_OF_TIME = 20  # for all runs of a submission: 20 minutes by default
MOST_FLAGS, LONGEST_FLAG = 20, 200
LONGEST_SHOWN = 10_000  # characters of an answer


@dataclass
class Score:
    """A cell of checks: its points, and a sentence for the learner."""

    checks: str
    question: str
    points: float
    out_of: float
    state: str
    sentence: str = ""
    hidden_sentence: str = ""  # for the teacher only


@dataclass
class Run:
    """What the steps of one run said."""

    errors: dict = field(default_factory=dict)  # {(kind, name): [class, message]}
    flags: list = field(default_factory=list)
    seconds: float = 0.0  # in the cells, and not in what is around them
    culprit: Step | None = None  # took the process down
    reason: str = ""


def read_source(content):
    """Return the cells of a teacher's notebook; ValueError if it can't be graded."""
    try:
        cells = read_notebook(content)
        check_source(cells)
    except (UnreadableNotebook, SyntaxError) as problem:
        raise ValueError(str(problem)) from None
    return cells


def grade(source, submission, limits=Limits()):  # noqa: B008
    """Grade the bytes of a notebook against those of the teacher's; return a dict."""
    started = time.perf_counter()
    source_cells = read_source(source)
    try:
        merged = merge(source_cells, read_notebook(submission))
    except UnreadableNotebook as problem:
        return unreadable(source_cells, str(problem))
    run, stopped = run_until_whole(merged, modules_of(source_cells), limits)
    flags = merged.flags + [f"{what.name}: {why}" for what, why in stopped.items()]
    flags += [flag for flag in run.flags if flag not in flags]
    flags += [
        f"{name}: {_sentence(error)}"
        for (kind, name), error in run.errors.items()
        if _is(error, "PermissionError")
    ]
    return {
        "problem": None,
        "questions": [
            asdict(score) for score in scores(source_cells, merged, run, stopped)
        ],
        "answers": {
            question: source[:LONGEST_SHOWN]
            for question, source in merged.answers.items()
        },
        "flags": [flag[:LONGEST_FLAG] for flag in dict.fromkeys(flags)][:MOST_FLAGS],
        "seconds": round(time.perf_counter() - started, 3),
        "seconds_in_cells": round(run.seconds, 3),
    }


def run_until_whole(merged, modules, limits):
    """Leave out what takes the process down; return the run and {step: why}."""
    stopped, settled = {}, {}
    seconds, controls = 0.0, "at the end"
    deadline = time.monotonic() + limits.seconds * CELLS_WORTH_OF_TIME
    while True:
        left_out = {*stopped, *(step.question for step in stopped)} - {None}
        with Session(modules, limits) as session:
            run = run_steps(
                merged, session, left_out | set(settled), controls, deadline
            )
        seconds += run.seconds
        if run.reason == FORGES and controls == "at the end":
            controls = "each time"  # to find which answer it is
            continue
        if run.culprit is None or run.culprit.kind == "given":
            break
        if run.reason == TOO_LONG:
            stopped[run.culprit] = run.reason
            break
        if len(stopped) == MOST_STOPPED:
            run.reason = f"is one of more than {MOST_STOPPED} that stop the process"
            break
        # A question that had failed before may be the cause: try without it first.
        suspects = _lost(merged, run.errors) - {run.culprit.question}
        if not suspects:
            stopped[run.culprit] = run.reason
        for question in suspects:
            settled[question] = run.errors
    for question, errors in settled.items():
        for step in merged.steps:
            key = step.kind, step.name
            if step.question == question and key in errors:
                run.errors[key] = errors[key]
    run.seconds = seconds
    return run, stopped


def _lost(merged, errors):
    """Return the questions of which no checks can pass any more."""
    kept = {
        step.question
        for step in merged.steps
        if step.kind == "checks" and not _failed(errors.get(("checks", step.name)))
    }
    return {
        step.question
        for step in merged.steps
        if step.kind == "answer"
        and (step.question not in kept or _failed(errors.get(("answer", step.name))))
    }


def unreadable(source_cells, problem):
    """Return the result of a submission that can't be graded: no points."""
    sentence = f"The notebook could not be graded: {problem}."
    return {
        "problem": problem,
        "questions": [
            asdict(_score(cell, UNREADABLE, sentence))
            for cell in source_cells
            if cell.points is not None
        ],
        "answers": {},
        "flags": [problem],
        "seconds": 0.0,
        "seconds_in_cells": 0.0,
    }


def control(checks, names):
    """Return the checks of an answer that can't pass: they must fail."""
    stubs = [
        f"def {name}(*_, **__):\n    raise RuntimeError('no answer')\n"
        for name in names
    ]
    source = "".join([*stubs, checks.source])
    return replace(checks, kind="control", source=source)


def run_steps(
    merged,
    session,
    left_out=(),
    controls="never",
    deadline=None,
    progress=None,
):
    """Run all steps, but for questions and steps left out, the hidden checks last.

    An answer that has taken over its process, and claims that all checks pass, claims
    it of a control as well. controls: "never", "at the end", or "each time" that
    checks have passed. deadline: of time.monotonic(), for all runs together.
    """
    run = Run()
    asked = []
    first_checks = {
        step.question: step
        for step in merged.steps
        if step.kind == "checks" and step.name == f"{step.question}_checks"
    }

    def try_control(question):
        names = merged.asked_for[question]
        if session.ask(control(first_checks[question], names), 0) is None:
            raise Stopped(FORGES)

    def passed(step):
        key = step.kind, step.name
        return step.question in first_checks and not run.errors.get(key, 1)

    def ask(step):
        if step in left_out or step.question in left_out:
            return
        asked.append(step)
        if deadline and time.monotonic() > deadline:
            raise Stopped(TOO_LONG)
        seed = zlib.crc32((step.question or "").encode())
        started = time.perf_counter()
        try:
            error = session.ask(step, seed)
        finally:
            run.seconds += time.perf_counter() - started
        if _is(error, "OutOfTime"):  # in our words: these go to the learner
            raise Stopped(f"took more than {session.seconds:g} seconds")
        if _is(error, "MemoryError"):
            raise Stopped("ran out of memory")
        run.errors[step.kind, step.name] = error
        if controls == "each time" and step.kind != "answer" and passed(step):
            try_control(step.question)
        if progress:
            progress(step)

    try:
        for step in merged.steps:
            ask(step)
        for step in _checks_with_late_names(merged.steps, run.errors):
            ask(step)
        for step in merged.hidden:
            error = run.errors.get(("checks", step.name))
            if not _is(error, "NotImplementedError"):
                ask(step)
        questions = [s.question for s in asked if s.kind != "answer" and passed(s)]
        if questions and controls != "never":
            try_control(questions[-1])
        asked.append(None)
        run.flags = session.end()
    except Stopped as problem:
        *before, last = [None, *asked]
        blamed = before[-1] if problem.earlier or last is None else last
        run.culprit, run.reason = blamed or merged.steps[0], str(problem)
    return run


def _checks_with_late_names(steps, errors):
    """Return the checks of questions that use a name which a later cell defined."""
    late = {
        step.question
        for step in steps
        if _is(errors.get(("checks", step.name)), "NameError")
    }
    return [s for s in steps if s.kind == "checks" and s.question in late]


def _failed(error):
    """Say whether a step failed in a way that no later cell mends."""
    return error is not None and error[0] not in (
        "NameError",
        "NotImplementedError",
    )


def _is(error, name):
    return error is not None and error[0] == name


def scores(source_cells, merged, run, stopped):
    """Return a Score for each cell of checks, in the teacher's order and points."""
    hidden = {step.name for step in merged.hidden}
    return [
        _judge(cell, cell.grade_id in hidden, merged, run, stopped)
        for cell in source_cells
        if cell.points is not None
    ]


def _judge(cell, has_hidden, merged, run, stopped):
    question = question_of(cell)
    reasons = {step.question: why for step, why in stopped.items()}
    visible = ("checks", cell.grade_id)
    further = ("hidden", cell.grade_id)
    if question in merged.missing and _is(run.errors.get(visible), "NameError"):
        return _score(cell, NOT_ANSWERED, "The answer's cell is missing.")
    if question in reasons:
        return _score(cell, STOPPED, f"The answer {reasons[question]}.")
    if visible not in run.errors:
        return _score(cell, STOPPED, f"Another cell {run.reason}.")
    if not _passed(run, visible):
        error = run.errors[visible]
        answer = merged.answers.get(question, "")
        if error[0] == "NotImplementedError" and error[0] in answer:
            return _score(cell, NOT_ANSWERED, "Not answered.")
        own = run.errors.get(("answer", question))
        if own is not None:
            return _score(cell, FAILED, f"The answer itself fails: {_sentence(own)}")
        return _score(cell, FAILED, _sentence(error))
    if has_hidden and further not in run.errors:
        return _score(cell, STOPPED, f"Another cell {run.reason}.")
    if has_hidden and not _passed(run, further):
        score = _score(cell, FAILED_FURTHER, f"The answer {FURTHER}.")
        score.hidden_sentence = _sentence(run.errors[further])
        return score
    return _score(cell, PASSED)


def _passed(run, key):
    return key in run.errors and run.errors[key] is None


def _sentence(error):
    name, message = error
    if name == "AssertionError" and message:
        return message
    return f"{name}: {message}" if message else name


def _score(cell, state, sentence=""):
    points = cell.points if state == PASSED else 0
    question = question_of(cell)
    return Score(cell.grade_id, question, points, cell.points, state, sentence)
