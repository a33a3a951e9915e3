"""The process that a submission runs in: takes one step at a time, says how it went.

Both sides speak JSON. Each request carries a random number that its answer must
repeat, so that submitted code can't prepare the answer to a later request. The
hidden checks come last, after all that a learner wrote and is shown has run.
"""

import builtins
import contextlib
import json
import linecache
import os
import signal
import sys
import tempfile
import threading
from types import SimpleNamespace

LONGEST_MESSAGE = 2000  # characters
NEEDED = ("PATH", "LANG", "LC_", "SYSTEMROOT")
NEEDED += ("TF_", "KERAS_", "OMP_", "ONEDNN_", "OPENBLAS_")
BUILTINS = frozenset(vars(builtins)) - {"__builtins__", "__name__"}

# Submitted code can rebind these names in their modules, not here.
trusted = SimpleNamespace(
    compile=compile,
    exec=exec,
    dumps=json.dumps,
    loads=json.loads,
)


class OutOfTime(BaseException):
    """Not an Exception: a cell that catches everything should not catch it."""


def make_shell():
    """Return the IPython shell of this process: no history, no thread, no output."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    class Shell(InteractiveShell):
        def enable_gui(self, gui=None):
            """Do nothing; `%matplotlib inline` asks for it."""

        def _tee(self, channel):
            """Keep no output, of which there may be very much."""
            return contextlib.nullcontext()

        def showtraceback(self, *args, **kwargs):
            """Print nothing: the error is sent instead."""

        showsyntaxerror = showtraceback

    config = Config()
    config.HistoryManager.enabled = False
    return Shell.instance(config=config)


class Worker:
    """Runs steps in one namespace, the teacher's apart from the learner's."""

    def __init__(self, shell, tripwire):
        import tensorflow as tf

        # Most graphs run once here: to optimize them takes longer than to run them.
        options = {"disable_meta_optimizer": True}
        tf.config.optimizer.set_experimental_options(options)
        self.shell = shell
        self.tripwire = tripwire
        self.learner_names = shell.user_ns
        self.given = {}  # what the teacher's cells defined: can't be rebound
        self.teacher_names = {
            "__name__": "__main__",
            "__builtins__": __builtins__,
        }
        self.kept = {}  # {question: both sets of names after its visible checks}
        self.settings = {}  # {question: those of the libraries at that time}
        self.flags = []

    def run(self, request):
        """Run one step; return its error as [class, message], or None."""
        kind, question = request["kind"], request["question"]
        if request["seed"] is not None:
            self._seed(request["seed"])
        if kind in ("own", "answer"):
            return self._run_learner(request["source"], request["seconds"])
        if kind != "given":
            self._restore_libraries()
        if kind in ("hidden", "probe"):
            self._go_back_to(question)
            set_settings(self.settings[question])
        error = self._run_teacher(request)
        if kind == "probe":
            self._go_back_to(question)
        elif kind != "given":
            self.settings[question] = settings()
            self.kept[question] = (
                dict(self.teacher_names),
                dict(self.learner_names),
            )
        return error

    def _seed(self, seed):
        import keras

        keras.utils.set_random_seed(seed)

    def end(self):
        """Return what was noticed about the submission."""
        self._restore_libraries()
        return [flag[:200] for flag in self.flags[:20]]

    def _restore_libraries(self):
        for name in self.tripwire.restore():
            flag = f"changes {name}"
            if flag not in self.flags:
                self.flags.append(flag)

    def _go_back_to(self, question):
        for names, kept in zip(
            (self.teacher_names, self.learner_names),
            self.kept[question],
            strict=True,
        ):
            names.clear()
            names.update(kept)

    def _run_learner(self, source, seconds):
        with time_limit(seconds):
            result = self.shell.run_cell(source, store_history=False)
        error = result.error_before_exec or result.error_in_exec
        return None if error is None else describe(error)

    def _run_teacher(self, request):
        names = self.teacher_names
        # Who calls something of their own `float` doesn't change what checks call so.
        names.update(
            {
                name: value
                for name, value in self.learner_names.items()
                if name not in BUILTINS
            }
        )
        names.update(self.given)
        before = dict(names)
        file_name = f"<{request['name']}>"
        source = request.pop("source")
        if request["kind"] != "hidden":  # Keras and tracebacks look it up here
            lines = source.splitlines(keepends=True)
            linecache.cache[file_name] = len(source), None, lines, file_name
        error = None
        try:
            code = trusted.compile(source, file_name, "exec", dont_inherit=True)
            del source
            with time_limit(request["seconds"]):
                trusted.exec(code, names)
        except BaseException as problem:
            error = describe(problem)
        changed = {
            name: value
            for name, value in names.items()
            if name not in before or before[name] is not value
        }
        if request["kind"] == "given":
            self.given.update(changed)
        else:
            self.given.update(
                {name: changed[name] for name in changed if name in self.given}
            )
        self.learner_names.update(changed)
        return error


def settings():
    """Return the settings of libraries that change what a model computes."""
    import keras
    import numpy as np

    config = keras.config
    return config.floatx(), config.dtype_policy(), np.geterr()


def set_settings(kept):
    """Go back to settings of before: a later cell may have changed them."""
    import keras
    import numpy as np

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
    return [type(error).__name__[:100], message]


class time_limit:
    """Raise OutOfTime in the block after some seconds, and again each second."""

    def __init__(self, seconds):
        self.seconds = seconds

    def __enter__(self):
        if hasattr(signal, "SIGALRM"):
            signal.signal(signal.SIGALRM, self._ring)
            signal.setitimer(signal.ITIMER_REAL, self.seconds, 1)

    def __exit__(self, *_):
        if hasattr(signal, "SIGALRM"):
            signal.setitimer(signal.ITIMER_REAL, 0)

    def _ring(self, *_):
        raise OutOfTime(f"took more than {self.seconds:g} seconds")


def needed(environment):
    """Return what a process for a submission gets of the grader's environment."""
    return {name: environment[name] for name in environment if name.startswith(NEEDED)}


def use_folder(folder):
    """Work there, and leave nothing of the grader's environment but what is needed."""
    for name in os.environ.keys() - needed(os.environ).keys():
        del os.environ[name]
    places = ["HOME", "TMPDIR", "IPYTHONDIR", "MPLCONFIGDIR"]
    os.environ |= dict.fromkeys(places, folder) | {"MPLBACKEND": "Agg"}
    tempfile.tempdir = folder  # it remembers the folder of the first call
    os.chdir(folder)


def serve(connection, shell, tripwire):
    """Answer requests until the grader hangs up. Never returns."""
    worker = Worker(shell, tripwire)
    receive, send = connection.recv_bytes, connection.send_bytes
    sys.stdout = sys.stderr = open(os.devnull, "w")
    send(b'{"ready": true}')
    while True:
        try:
            request = trusted.loads(receive())
        except EOFError:
            os._exit(0)
        if request["kind"] == "end":
            left = [t for t in threading.enumerate() if not t.daemon]
            if len(left) > 1:
                worker.flags.append("leaves a thread running")
            said = worker.end()
        else:
            said = worker.run(request)
        send(trusted.dumps({"said": said, "nonce": request["nonce"]}).encode())
