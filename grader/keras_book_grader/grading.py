"""One submission in, one result out: what each question scores, and why."""

import re
import time
from dataclasses import asdict, dataclass

from .merge import merge
from .notebook import UnreadableNotebook, code_cells, without_escapes
from .processes import Limits
from .run import run_until_whole

PASSED, FAILED, FAILED_FURTHER = "passed", "failed", "failed a further check"
NOT_ANSWERED, STOPPED, UNREADABLE = "not answered", "stopped", "unreadable"
FURTHER = "fails a further check that follows the same rules on other inputs"
MOST_FLAGS, LONGEST_FLAG = 20, 200
OF_IPYTHON = re.compile(r"<ipython-input-[^>]*>, (?=line )")  # no file of theirs
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
    raised: str = ""  # by the answer, where a learner may see it: an exception's text


def grade(exercise, submission, limits=Limits()):  # noqa: B008
    """Grade the bytes of a notebook against an exercise; return a dict."""
    started = time.perf_counter()
    try:
        merged = merge(exercise, code_cells(submission))
    except UnreadableNotebook as problem:
        return unreadable(exercise, str(problem))
    run, stopped = run_until_whole(merged, exercise.modules, limits)
    flags = merged.flags + [f"{step.name}: {why}" for step, why in stopped.items()]
    flags += run.flags
    flags += [
        f"{name}: {sentence_of(error)}"
        for (kind, name), error in run.errors.items()
        if kind != "hidden" and run.failed_with(kind, name, "PermissionError")
    ]
    flags = [flag[:LONGEST_FLAG] for flag in dict.fromkeys(flags)]
    return {
        "problem": None,
        "questions": [asdict(s) for s in scores(exercise, merged, run, stopped)],
        "answers": {q: code[:LONGEST_SHOWN] for q, code in merged.answers.items()},
        "flags": flags[:MOST_FLAGS],
        "seconds": round(time.perf_counter() - started, 3),
        "seconds_in_cells": round(run.seconds, 3),
        "busy_seconds_of_slowest_cell": round(run.slowest, 3),
        "limit": str(limits),
    }


def unreadable(exercise, problem):
    """Return the result of a submission that can't be graded: no points."""
    sentence = f"The notebook could not be graded: {problem}."
    unread = [_score(checks, UNREADABLE, sentence) for checks in exercise.checks]
    return {
        "problem": problem,
        "questions": [asdict(score) for score in unread],
        "answers": {},
        "flags": [problem],
        "seconds": 0.0,
        "seconds_in_cells": 0.0,
    }


def scores(exercise, merged, run, stopped):
    """Return a Score for each cell of checks, in the teacher's order and points."""
    hidden = {step.name for step in merged.hidden}
    reasons = {step.question: (step.kind, why) for step, why in stopped.items()}
    return [
        _judge(checks, checks.grade_id in hidden, merged, run, reasons)
        for checks in exercise.checks
    ]


def _judge(checks, has_hidden, merged, run, reasons):
    question, name = checks.question, checks.grade_id
    answer = merged.answers.get(question)
    if answer is None and run.failed_with("checks", name, "NameError"):
        return _score(checks, NOT_ANSWERED, "The answer's cell is missing.")
    if question in reasons:
        kind, why = reasons[question]
        if kind == "hidden":  # how it was stopped would tell of a hidden check
            sentence, hidden = f"The answer {FURTHER}.", f"The answer {why}."
            return _score(checks, FAILED_FURTHER, sentence, hidden)
        return _score(checks, STOPPED, f"The answer {why}.")
    if ("checks", name) not in run.errors:
        return _score(checks, STOPPED, f"Another cell {run.reason}.")
    if error := run.errors["checks", name]:
        if error[0] == "NotImplementedError" and error[0] in (answer or ""):
            return _score(checks, NOT_ANSWERED, "Not answered.")
        if own := run.errors.get(("answer", question)):
            sentence = f"The answer itself fails: {sentence_of(own)}"
            return _score(checks, FAILED, sentence, raised=_raised(own))
        return _score(checks, FAILED, sentence_of(error), raised=_raised(error))
    if has_hidden and ("hidden", name) not in run.errors:
        return _score(checks, STOPPED, f"Another cell {run.reason}.")
    if has_hidden and (error := run.errors["hidden", name]):
        sentence = f"The answer {FURTHER}."
        return _score(checks, FAILED_FURTHER, sentence, sentence_of(error))
    return _score(checks, PASSED)


def sentence_of(error):
    """Return what a learner is told of an error, [class, message]."""
    name, message = map(without_escapes, error)
    message = OF_IPYTHON.sub("", message)
    if name == "AssertionError" and message:
        return message
    return f"{name}: {message}" if message else name


def _raised(error):
    """Return an exception as Python shows it, but not what a check says itself."""
    name, message = error
    return "" if name == "AssertionError" else sentence_of([name, message])


def _score(checks, state, sentence="", hidden_sentence="", raised=""):
    name, question, out_of = checks.grade_id, checks.question, checks.points
    points = out_of if state == PASSED else 0
    sentences = sentence, hidden_sentence, raised
    return Score(name, question, points, out_of, state, *sentences)
