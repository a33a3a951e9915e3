"""Processes of their own, in which Keras may use another backend than in this one."""

import contextlib
import importlib.util
import json
import multiprocessing
import os
import subprocess
import sys

from repository import ROOT

BACKENDS = ("tensorflow", "jax", "torch")
# Backends besides TensorFlow are installed here, out of the way of the notebooks.
EXTRA_PACKAGES = ROOT / ".venv" / "backends"
PROCESSES = multiprocessing.get_context("forkserver")


def installed(backend):
    """Say whether a backend can be imported, here or from EXTRA_PACKAGES."""
    here = importlib.util.find_spec(backend) is not None
    return here or (EXTRA_PACKAGES / backend).is_dir()


def environment(backend):
    """Return the variables of a process in which Keras uses a backend, on a CPU."""
    path = [str(EXTRA_PACKAGES)] if backend != "tensorflow" else []
    path += filter(None, [os.environ.get("PYTHONPATH")])
    return {
        **os.environ,
        "KERAS_BACKEND": backend,
        "CUDA_VISIBLE_DEVICES": "",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        # Many small models: optimising them takes longer than they run.
        "XLA_FLAGS": "--xla_backend_optimization_level=0",
        "TORCHDYNAMO_DISABLE": "1",  # compiling takes minutes; Appendix C says so
        "OMP_NUM_THREADS": "1",  # more threads cost a busy machine time
        "PYTHONPATH": os.pathsep.join(path),
    }


def answer_of(backend, script, *options):
    """Run a script of tools/ under a backend; return its last line, which is JSON."""
    process = subprocess.run(
        [sys.executable, script, *options],
        env=environment(backend),
        capture_output=True,
        text=True,
    )
    if process.returncode:
        sys.exit(f"{backend} failed to run: {process.stderr[-2000:]}")
    return json.loads(process.stdout.splitlines()[-1])


@contextlib.contextmanager
def process(function, *arguments):
    """Give a connection to a function that runs in a process, while it is needed.

    The process is forked from one that has imported Keras and computed nothing.
    """
    here, there = PROCESSES.Pipe()
    running = PROCESSES.Process(target=function, args=[there, *arguments], daemon=True)
    running.start()
    there.close()
    try:
        yield here
    finally:
        running.kill()
        running.join()


def reply(connection, patience):
    """Return what a process sends and "", or None and why it sends nothing."""
    try:
        if connection.poll(patience):
            return connection.recv(), ""
        return None, f"no answer within {patience} seconds"
    except EOFError:
        return None, "the process broke off"
