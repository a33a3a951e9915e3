"""A process that has imported TensorFlow and forks a ready one for each submission.

Forking is safe after the imports, and would hang after the first operation of
TensorFlow. The server reads no submission and holds no solution; when the grader
ends, however it ends, the server and all that it forked end, too.
"""

import gc
import importlib
import json
import os
import signal
import socket
import sys
from multiprocessing.connection import Connection

PRELOADED = [
    "tensorflow",
    "keras",
    "numpy.testing",
    "IPython.core.interactiveshell",
]


def main():
    """Fork on request. Each request brings the socket for the new process."""
    control = socket.socket(fileno=int(sys.argv[1]))
    modules = sys.argv[2:]
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for a forked process
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()  # there is no garbage yet: imports take a quarter less time
    from keras_book_grader import tripwire, worker

    for name in [*PRELOADED, *modules]:
        try:
            importlib.import_module(name)
        except ImportError:
            pass  # the cell that needs it will say so
    shell = worker.make_shell()
    wire = tripwire.Tripwire()
    gc.freeze()  # or each process would copy all memory to look for garbage
    gc.enable()
    _assert_that_forking_is_safe()
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 4096, 1)
        if not message:
            os._exit(0)
        process = os.fork()
        if process == 0:
            control.close()
            _become_worker(descriptors[0], json.loads(message), shell, wire)
        os.close(descriptors[0])
        handle = os.pidfd_open(process)
        socket.send_fds(control, [b"."], [handle])
        os.close(handle)


def _assert_that_forking_is_safe():
    from tensorflow.python.eager import context

    assert context.context_safe() is None, "an import ran an operation of TensorFlow"
    assert len(os.listdir("/proc/self/task")) == 1, "an import started a thread"


def _become_worker(descriptor, limits, shell, wire):
    from keras_book_grader import confinement, worker

    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        os.closerange(3, descriptor)
        os.closerange(descriptor + 1, 4096)
        nothing = os.open(os.devnull, os.O_RDWR)
        for standard in range(3):
            os.dup2(nothing, standard)
        os.close(nothing)
        connection = Connection(descriptor)
        if limits["confined"]:
            confinement.confine(limits["memory_megabytes"], limits["cpu_seconds"])
        worker.use_folder(limits["folder"] or confinement.SCRATCH)
    except confinement.ConfinementError as error:
        connection.send_bytes(json.dumps({"missing": str(error)}).encode())
        os._exit(1)
    try:
        worker.serve(connection, shell, wire)
    finally:
        os._exit(1)


if __name__ == "__main__":
    main()
