"""The grader's side of a process that runs one submission."""

import abc
import atexit
import contextlib
import json
import multiprocessing
import os
import secrets
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from dataclasses import asdict, dataclass
from pathlib import Path

from . import GraderError
from .worker import needed

START_SECONDS = 120
ENDED, WROTE = "ended its process", "wrote into the grader's pipe"
CANT_BE_CONFINED = (
    "submissions can't be confined here: {}. Grade on Linux 6.2 or newer that allows "
    "user namespaces (Ubuntu does after `make allow-namespaces`), or pass "
    "--unconfined if you would run every one yourself"
)
LONGEST_REPLY = 100_000  # bytes


@dataclass(frozen=True)
class Limits:
    """What a submission may use."""

    seconds: float = 60  # for each cell
    grace_seconds: float = 5  # before a cell that ignores the end of its time is killed
    memory_megabytes: int = 4096
    cpu_seconds: int = 1800
    confined: bool = True


class Stopped(Exception):
    """The process of a submission ended, froze, or broke the protocol; says which.

    earlier: it was not the last step that did it, but the one before.
    """

    def __init__(self, reason, earlier=False):
        super().__init__(reason)
        self.earlier = earlier


class WarmServer:
    """Starts `warm_server` once and asks it for processes, from any thread."""

    def __init__(self, modules):
        self.lock = threading.Lock()
        self.control, theirs = socket.socketpair()
        self.said = tempfile.TemporaryFile()
        packages = str(Path(__file__).parent.parent)
        environment = needed(os.environ) | {
            "PYTHONPATH": os.pathsep.join([packages, *_added_to_path()]),
            # One thread for each: submissions run side by side, and sums are
            # added up in the same order every time.
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "TF_NUM_INTRAOP_THREADS": "1",
            "TF_NUM_INTEROP_THREADS": "1",
            "CUDA_VISIBLE_DEVICES": "-1",
            "KERAS_BACKEND": "tensorflow",
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "MPLBACKEND": "Agg",
        }
        program = [sys.executable, "-m", "keras_book_grader.warm_server"]
        with theirs:
            self.process = subprocess.Popen(
                [*program, str(theirs.fileno()), *modules],
                pass_fds=[theirs.fileno()],
                env=environment,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self.said,
                start_new_session=True,
            )

    def fork(self, connection, limits, folder):
        """Return a handle of a new process at the other end of the connection."""
        request = json.dumps(asdict(limits) | {"folder": folder}).encode()
        with self.lock:
            try:
                socket.send_fds(self.control, [request], [connection.fileno()])
                _, handles, _, _ = socket.recv_fds(self.control, 1, 1)
                return handles[0]
            except (OSError, IndexError):
                self.process.wait()
                self.said.seek(0)
                said = self.said.read().decode(errors="replace").split("\n")
                last = [line for line in said if line.strip()][-1:]
                raise GraderError(
                    f"the fork server ended: {''.join(last) or 'out of memory?'}"
                ) from None

    def stop(self):
        """End the server and every process that it forked."""
        self.control.close()
        self.process.wait()
        self.said.close()


def _added_to_path():
    return [p for p in os.environ.get("PYTHONPATH", "").split(os.pathsep) if p]


_servers = {}
_servers_lock = threading.Lock()


def warm_server(modules):
    """Return this process's server for these modules, started at the first call."""
    key = tuple(modules)
    with _servers_lock:
        server = _servers.get(key)
        if server is None or server.process.poll() is not None:
            server = _servers[key] = WarmServer(modules)
        return server


@atexit.register
def stop_servers():
    """End all servers of this process."""
    while _servers:
        _servers.popitem()[1].stop()


class WarmProcess:
    """A fork of the warm server; Linux."""

    def __init__(self, modules, limits, folder):
        self.connection, theirs = multiprocessing.Pipe()
        with theirs:
            self.handle = warm_server(modules).fork(theirs, limits, folder)

    def kill(self):
        """End it."""
        with contextlib.suppress(ProcessLookupError):  # it has ended
            signal.pidfd_send_signal(self.handle, signal.SIGKILL)

    def close(self):
        """End it, and wait until it has ended."""
        self.connection.close()
        self.kill()
        select.select([self.handle], [], [], START_SECONDS)
        os.close(self.handle)


class ColdProcess:
    """A new Python: slow, unconfined, and the same on every system."""

    def __init__(self, modules, limits, folder):
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        with theirs:
            self.process = context.Process(target=_cold_worker, args=(theirs, folder))
            self.process.start()

    def kill(self):
        """End it."""
        self.process.kill()

    def close(self):
        """End it, and wait until it has ended."""
        self.connection.close()
        self.kill()
        self.process.join()


def _cold_worker(connection, folder):
    from . import tripwire, worker

    worker.use_folder(folder)
    import keras  # noqa: F401

    worker.serve(connection, worker.make_shell(), tripwire.Tripwire())


class Session(abc.ABC):
    """Runs the steps of one submission, one by one."""

    seconds: float  # for each step

    @abc.abstractmethod
    def ask(self, step, seed):
        """Run a step; return its error, [class, message], or None."""

    @abc.abstractmethod
    def end(self):
        """Return what was noticed about the submission."""


class ProcessSession(Session):
    """Runs them in a process of its own; a context manager."""

    def __init__(self, modules, limits):
        if limits.confined and sys.platform != "linux":
            raise GraderError(CANT_BE_CONFINED.format("this is no Linux"))
        self.limits = limits
        self.seconds = limits.seconds  # for each cell
        self.last_nonce = ""
        self.folder = None  # a confined process has one in memory
        if not limits.confined:
            self.folder = tempfile.mkdtemp(prefix="keras-book-grader-")
        start = WarmProcess if sys.platform == "linux" else ColdProcess
        self.process = start(modules, limits, self.folder)

    def __enter__(self):
        try:
            ready = self._receive(START_SECONDS)
        except Stopped:
            ready = {}
        if "ready" not in ready:
            self.__exit__()
            if "missing" in ready:
                raise GraderError(CANT_BE_CONFINED.format(ready["missing"]))
            raise GraderError("a process for a submission did not start")
        return self

    def __exit__(self, *_):
        self.process.close()
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def ask(self, step, seed):
        """Run a step there; raise Stopped if there is no proper reply."""
        limit = {"seconds": self.limits.seconds}
        said = self._ask(asdict(step) | limit | {"seed": seed})
        if said is not None and len(said) != 2:
            raise Stopped(WROTE)
        return said

    def end(self):
        """Return what the process noticed; raise Stopped if it has ended before."""
        return self._ask({"kind": "end"}) or []

    def _ask(self, request):
        seconds = self.limits.seconds + self.limits.grace_seconds
        # Who writes half a reply, or reads no request, would keep us waiting.
        deadline = threading.Timer(seconds + 1, self.process.kill)
        deadline.start()
        try:
            return self._send(request, seconds)
        finally:
            deadline.cancel()

    def _send(self, request, seconds):
        nonce = secrets.token_hex(16)
        request["nonce"] = nonce
        try:
            self.process.connection.send_bytes(json.dumps(request).encode())
        except OSError:
            raise Stopped(ENDED) from None
        reply = self._receive(seconds)
        if reply.get("nonce") != nonce:
            raise Stopped(WROTE, reply.get("nonce") == self.last_nonce)
        self.last_nonce = nonce
        said = reply.get("said")
        if said is not None:
            if not isinstance(said, list) or set(map(type, said)) - {str}:
                raise Stopped(WROTE)
        return said

    def _receive(self, seconds):
        connection = self.process.connection
        try:
            if not connection.poll(seconds):
                what = f"took more than {self.limits.seconds:g} seconds"
                raise Stopped(what)
            reply = json.loads(connection.recv_bytes(LONGEST_REPLY))
        except (EOFError, ConnectionError):
            raise Stopped(ENDED) from None
        except (OSError, ValueError, RecursionError):
            raise Stopped(WROTE) from None
        if not isinstance(reply, dict):
            raise Stopped(WROTE)
        return reply
