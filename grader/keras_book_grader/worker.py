"""The process that a submission runs in: takes one step at a time, says how it went.

Both sides speak JSON. Each request carries a random number that its reply must
repeat, so that submitted code can't prepare the reply to a later request. The
hidden checks come last, after all that a learner wrote and is shown has run.
"""

import builtins
import contextlib
import json
import linecache
import os
import sys
import threading
import time
from types import SimpleNamespace

import keras
import numpy as np
import tensorflow as tf
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from .alarm import time_limit

LONGEST_MESSAGE = 2000  # characters
BUILTINS = frozenset(vars(builtins)) - {"__builtins__", "__name__"}


class OutOfTime(BaseException):
    """Not an Exception: a cell that catches everything should not catch it."""


class Shell(InteractiveShell):
    """IPython without output, of which there may be very much."""

    def enable_gui(self, gui=None):
        """Do nothing; `%matplotlib inline` asks for it."""

    def _tee(self, channel):
        return contextlib.nullcontext()

    def showtraceback(self, *args, **kwargs):
        """Print nothing: the error is sent instead."""

    showsyntaxerror = showtraceback


def make_shell():
    """Return the IPython shell of this process, without the thread of a history."""
    config = Config()
    config.HistoryManager.enabled = False
    return Shell.instance(config=config)


class Worker:
    """Runs steps in one namespace, the teacher's apart from the learner's."""

    def __init__(self, shell, snapshot):
        # Most graphs run once here: to optimize them takes longer than to run them.
        options = {"disable_meta_optimizer": True}
        tf.config.optimizer.set_experimental_options(options)
        self.shell = shell
        self.snapshot = snapshot
        self.learner_names = shell.user_ns
        self.given = {}  # what the teacher's cells defined: can't be rebound
        self.teacher_names = {"__name__": "__main__", "__builtins__": __builtins__}
        self.kept = {}  # {question: names and settings after its visible checks}
        self.flags = []

    def run(self, request):
        """Run one step; return its error as [class, message], or None.

        A request is a step of merge.py as a dict, with a seed and the seconds it may
        take: those of a clock, and those of a processor.
        """
        step = SimpleNamespace(**request)
        keras.utils.set_random_seed(step.seed)
        if step.kind in ("own", "answer"):
            return self._run_learner(step)
        self._restore_libraries()
        if step.kind == "hidden":
            self._go_back_to(step.question)
        error = self._run_teacher(step)
        if step.kind == "probe":
            self._go_back_to(step.question)
        elif step.kind != "given":
            names = dict(self.teacher_names), dict(self.learner_names)
            self.kept[step.question] = *names, settings()
        return error

    def end(self):
        """Return what was noticed about the submission."""
        self._restore_libraries()
        if threading.active_count() > 1:
            self.flags.append("leaves a thread running")
        return self.flags

    def _restore_libraries(self):
        self.flags += [f"changes {name}" for name in self.snapshot.restore()]

    def _go_back_to(self, question):
        teacher_names, learner_names, settings_then = self.kept[question]
        self.teacher_names.clear()
        self.teacher_names.update(teacher_names)
        self.learner_names.clear()
        self.learner_names.update(learner_names)
        set_settings(settings_then)

    def _time_limit(self, step):
        return time_limit(OutOfTime("took too long"), step.seconds, step.busy_seconds)

    def _run_learner(self, step):
        with self._time_limit(step):
            result = self.shell.run_cell(step.source, store_history=False)
            error = result.error_before_exec or result.error_in_exec
            return None if error is None else describe(error)

    def _run_teacher(self, step):
        names = self.teacher_names
        # Who calls something of their own `float` doesn't change what checks call so.
        names |= {n: v for n, v in self.learner_names.items() if n not in BUILTINS}
        names |= self.given
        before = dict(names)
        file_name = f"<{step.name}>"
        if step.kind != "hidden":  # Keras, tracebacks and learners look it up here
            lines = step.source.splitlines(keepends=True)
            linecache.cache[file_name] = len(step.source), None, lines, file_name
        error = None
        with self._time_limit(step):
            try:
                exec(compile(step.source, file_name, "exec"), names)
            except BaseException as problem:
                error = describe(problem)
        for name, value in names.items():
            if name not in before or before[name] is not value:
                self.learner_names[name] = value
                if step.kind == "given" or name in self.given:
                    self.given[name] = value
        return error


def settings():
    """Return the settings of libraries that change what a model computes."""
    return keras.config.floatx(), keras.config.dtype_policy(), np.geterr()


def set_settings(kept):
    """Go back to settings of before: a later cell may have changed them."""
    floatx, policy, errors = kept
    keras.config.set_floatx(floatx)
    keras.config.set_dtype_policy(policy)
    np.seterr(**errors)


def describe(error):
    """Return [class, message] of an exception, short, whatever it does to str()."""
    try:
        message = str(error)[:LONGEST_MESSAGE]
    except BaseException:
        message = ""
    return [type(error).__name__, message]


def serve(connection, shell, snapshot):
    """Answer requests until the grader hangs up. Never returns."""
    worker = Worker(shell, snapshot)
    # Submitted code can rebind these in their modules, not here.
    receive, send = connection.recv_bytes, connection.send_bytes
    loads, dumps, now = json.loads, json.dumps, time.process_time
    sys.stdout = sys.stderr = open(os.devnull, "w")
    send(b'{"ready": true}')
    while True:
        try:
            request = loads(receive())
        except EOFError:
            os._exit(0)
        started = now()
        result = worker.end() if request["kind"] == "end" else worker.run(request)
        reply = {"result": result, "nonce": request["nonce"], "took": now() - started}
        send(dumps(reply).encode())
