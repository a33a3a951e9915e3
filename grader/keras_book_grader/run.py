"""Runs the steps of a submission, and finds which of them takes its process down."""

import math
import time
import zlib
from dataclasses import dataclass, field, replace

from .merge import Step
from .processes import ProcessSession, Stopped

FORGES = "says itself that it passes"
TOO_LONG = "was to run when all the time of a submission was used up"
MOST_STOPPED = 12  # steps, each of which costs its time limit and another run
CELLS_WORTH_OF_TIME = 20  # for all runs of a submission: 20 minutes by default
# When checks are run without the answer, to see that they can still fail: an answer
# that has taken over its process, and claims that all checks pass, claims it of such a
# probe as well. The last is to find which answer it is.
NEVER, AT_THE_END, EACH_TIME = "never", "at the end", "each time that checks pass"


@dataclass
class Run:
    """What the steps of one run said."""

    errors: dict = field(default_factory=dict)  # {(kind, name): [class, message]}
    flags: list = field(default_factory=list)
    seconds: float = 0.0  # in the cells, and not in what is around them
    slowest: float = 0.0  # the most of a processor's time that a cell took
    culprit: Step | None = None  # took the process down
    reason: str = ""
    stopped: dict = field(default_factory=dict)  # {step: why}, of a learner's own run

    def failed_with(self, kind, name, error_class):
        """Say whether a step failed with an error of a class, given by its name."""
        error = self.errors.get((kind, name))
        return error is not None and error[0] == error_class


def run_until_whole(merged, modules, limits):
    """Run without what takes the process down; return the run and {step: why}."""
    stopped, failed_before = {}, {}
    seconds, probes = 0.0, AT_THE_END
    deadline = time.monotonic() + limits.seconds * CELLS_WORTH_OF_TIME
    while True:
        skip = {*stopped, *(step.question for step in stopped), *failed_before} - {None}
        with ProcessSession(modules, limits) as session:
            run = run_steps(merged, session, skip, probes, deadline)
        seconds += run.seconds
        if run.reason == FORGES and probes == AT_THE_END:
            probes = EACH_TIME
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
        suspects = _failed_questions(merged, run) - {run.culprit.question}
        failed_before |= dict.fromkeys(suspects, run.errors)
        if not suspects:
            stopped[run.culprit] = run.reason
    for step in merged.steps:
        key = step.kind, step.name
        if key in failed_before.get(step.question, {}):
            run.errors[key] = failed_before[step.question][key]
    run.seconds = seconds
    return run, stopped


def _failed_questions(merged, run):
    """Return the questions of which no checks can pass any more."""

    def for_good(step):
        error = run.errors.get((step.kind, step.name))
        # What a later cell may mend is none.
        return error and error[0] not in ("NameError", "NotImplementedError")

    kept = {s.question for s in merged.of_kind("checks") if not for_good(s)}
    answers = merged.of_kind("answer")
    return {s.question for s in answers if s.question not in kept or for_good(s)}


def run_steps(merged, session, skip=(), probes=NEVER, deadline=math.inf, progress=None):
    """Run all steps but those to skip, and those of questions to skip.

    deadline is one of time.monotonic(), for all runs of a submission together.
    """
    run = Run()
    before = now = passing = None
    try:
        for step in _in_order(merged, run):
            if step in skip or step.question in skip:
                continue
            before, now = now, step
            if time.monotonic() > deadline:
                raise Stopped(TOO_LONG)
            if progress:
                progress(step)
            error = _ask(session, step, run)
            if step.kind in ("checks", "hidden") and error is None:
                passing, before = step.question, step
                if probes == EACH_TIME:
                    _probe(merged, session, passing)
        if passing and probes != NEVER:
            _probe(merged, session, passing)
        before, now = now, None
        run.flags = session.end()
    except Stopped as problem:
        blamed = before if problem.earlier or now is None else now
        run.culprit, run.reason = blamed or merged.steps[0], str(problem)
    return run


def _in_order(merged, run):
    """Yield the steps; the next ones depend on what those before have said."""
    yield from merged.steps
    checks = merged.of_kind("checks")
    # A cell further down may have defined what the checks lacked.
    late = [
        s.question for s in checks if run.failed_with("checks", s.name, "NameError")
    ]
    yield from (step for step in checks if step.question in late)
    yield from merged.hidden


def _ask(session, step, run):
    started = time.perf_counter()
    try:
        error = session.ask(step, zlib.crc32((step.question or "").encode()))
    finally:
        seconds = time.perf_counter() - started
        run.seconds += seconds
    run.slowest = max(run.slowest, session.took)
    if error and error[0] == "OutOfTime":  # in our words: these go to the learner
        busy = session.busy_seconds
        if busy and seconds < session.seconds:
            raise Stopped(f"took more than {busy:g} seconds of a processor's time")
        raise Stopped(f"took more than {session.seconds:g} seconds")
    if error and error[0] == "MemoryError":
        raise Stopped("ran out of memory")
    run.errors[step.kind, step.name] = error
    return error


def _probe(merged, session, question):
    stubs = [
        f"def {name}(*_, **__):\n    raise RuntimeError('no answer')\n"
        for name in merged.questions[question].names
    ]
    checks = next(s for s in merged.of_kind("checks") if s.question == question)
    source = "".join([*stubs, checks.source])
    if session.ask(replace(checks, kind="probe", source=source), 0) is None:
        raise Stopped(FORGES)
