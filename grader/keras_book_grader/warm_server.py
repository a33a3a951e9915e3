"""A process that has imported TensorFlow and forks a ready one for each submission.

Forking is safe after the imports, and would hang after the first operation of
TensorFlow. The server reads no submission and holds no solution; when the grader
ends, however it ends, the server and all that it forked end, too.
"""

import contextlib
import gc
import importlib
import json
import os
import signal
import socket
import sys
from multiprocessing.connection import Connection


def main():
    """Fork on request. Each request brings the socket for the new process."""
    request_socket = socket.socket(fileno=int(sys.argv[1]))
    modules = sys.argv[2:]
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for a forked process
    gc.disable()  # there is no garbage yet: imports take a quarter less time
    from keras_book_grader import library_snapshot, worker

    for name in ["numpy.testing", *modules]:
        with contextlib.suppress(ImportError):  # the cell that needs it will say so
            importlib.import_module(name)
    shell = worker.make_shell()
    snapshot = library_snapshot.LibrarySnapshot()
    gc.freeze()  # or each process would copy all memory to look for garbage
    gc.enable()
    # TensorFlow starts threads at its first operation.
    assert len(os.listdir("/proc/self/task")) == 1, "an import started a thread"
    while True:
        message, descriptors, _, _ = socket.recv_fds(request_socket, 4096, 1)
        if not message:
            os._exit(0)
        process = os.fork()
        if process == 0:
            _become_worker(descriptors[0], json.loads(message), shell, snapshot)
        os.close(descriptors[0])
        handle = os.pidfd_open(process)
        socket.send_fds(request_socket, [str(process).encode()], [handle])
        os.close(handle)


def _become_worker(descriptor, limits, shell, snapshot):
    from keras_book_grader import confinement, processes, worker

    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.dup2(0, 2)  # what the server says is not for a submission
        os.closerange(3, descriptor)
        os.closerange(descriptor + 1, 4096)
        connection = Connection(descriptor)
        if limits["confined"]:
            confinement.confine(limits["memory_megabytes"], limits["cpu_seconds"])
        else:
            confinement.die_with_parent()
        os.setsid()  # or a signal to its group would reach the server
        processes.use_folder(limits["folder"] or confinement.SCRATCH)
        worker.serve(connection, shell, snapshot)
    except confinement.ConfinementError as error:
        connection.send_bytes(json.dumps({"missing": str(error)}).encode())
    finally:
        os._exit(1)


if __name__ == "__main__":
    main()
