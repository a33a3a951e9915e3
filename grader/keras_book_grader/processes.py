"""The grader's side of a process that runs one submission."""

import contextlib
import json
import multiprocessing
import os
import secrets
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from . import GraderError

START_SECONDS = 120
OF_MEMORY = "is the machine out of memory?"
GOES_ON = "What is graded is kept, and the same command goes on from there"
ENDED, WROTE = "ended its process", "wrote into the grader's pipe"
CANT_BE_CONFINED = (
    "submissions can't be confined here: {}. Grade on Linux 6.2 or newer that allows "
    "user namespaces (Ubuntu does after `make allow-namespaces`), or pass "
    "--unconfined if you would run every one yourself"
)
LONGEST_REPLY = 100_000  # bytes
SECONDS_TO_WRITE = 10  # a reply, from its first byte to its last
NEEDED = ("PATH", "LANG", "LC_", "SYSTEMROOT")
NEEDED += ("TF_", "KERAS_", "OMP_", "ONEDNN_", "OPENBLAS_")
QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "MPLBACKEND": "Agg"}


@dataclass(frozen=True)
class Limits:
    """What a submission may use."""

    seconds: float = 60  # for each cell
    # Of a processor, for each cell: others on the machine don't use it up. 0: no limit;
    # None: the one that follows from the solution.
    busy_seconds: float | None = 0
    grace_seconds: float = 5  # before a cell that ignores the end of its time is killed
    memory_megabytes: int = 4096
    cpu_seconds: int = 1800
    confined: bool = True

    def __str__(self):
        if not self.busy_seconds:
            return f"{self.seconds:g} seconds"
        busy = f"{self.busy_seconds:g} seconds of a processor's time"
        return f"{busy}, and {self.seconds:g} seconds in all"


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
        self.request_socket, theirs = socket.socketpair()
        self.errors = tempfile.TemporaryFile()
        paths = [str(Path(__file__).parent.parent), os.environ.get("PYTHONPATH")]
        environment = needed(os.environ) | QUIET
        environment |= {
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
            # One thread for each: submissions run side by side, and sums are
            # added up in the same order every time.
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "TF_NUM_INTRAOP_THREADS": "1",
            "TF_NUM_INTEROP_THREADS": "1",
            "CUDA_VISIBLE_DEVICES": "-1",
            "KERAS_BACKEND": "tensorflow",
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
                stderr=self.errors,
                start_new_session=True,
            )

    def fork(self, connection, limits, folder):
        """Return the id and a handle of a new process at the other end."""
        request = json.dumps(asdict(limits) | {"folder": folder}).encode()
        with self.lock:
            try:
                socket.send_fds(self.request_socket, [request], [connection.fileno()])
                told, handles, _, _ = socket.recv_fds(self.request_socket, 64, 1)
                return int(told), handles[0]
            except (OSError, ValueError):
                raise self._ended() from None

    def check(self):
        """Raise a GraderError if it has ended, and all that it forked with it."""
        with self.lock:  # or a handle for another thread may wait here
            if select.select([self.request_socket], [], [], 0)[0]:
                raise self._ended()

    def _ended(self):
        why = ""
        if self.process.wait() > 0:  # by itself
            self.errors.seek(0)
            said = self.errors.read().decode(errors="replace")
            why = said.strip().split("\n")[-1]
        return GraderError(f"the fork server ended: {why or OF_MEMORY}. {GOES_ON}")


def needed(environment):
    """Return what a process for a submission gets of the grader's environment."""
    return {name: environment[name] for name in environment if name.startswith(NEEDED)}


def use_folder(folder):
    """Work there, and leave nothing of the grader's environment but what is needed."""
    for name in os.environ.keys() - needed(os.environ).keys():
        del os.environ[name]
    places = ["HOME", "TMPDIR", "IPYTHONDIR", "MPLCONFIGDIR"]
    os.environ |= dict.fromkeys(places, folder) | QUIET
    tempfile.tempdir = folder  # it remembers the folder of the first call
    os.chdir(folder)


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


class WarmProcess:
    """A fork of the warm server; Linux."""

    def __init__(self, modules, limits, folder):
        self.connection, theirs = multiprocessing.Pipe()
        with theirs:
            self.server = warm_server(modules)
            process, self.handle = self.server.fork(theirs, limits, folder)
        # What a confined one started ends with its namespace.
        self.group = None if limits.confined else process

    def kill(self):
        """End it."""
        with contextlib.suppress(ProcessLookupError):  # it has ended
            signal.pidfd_send_signal(self.handle, signal.SIGKILL)

    def close(self):
        """End it, if it has not ended, and what it has started."""
        self.connection.close()
        if self.group:
            with contextlib.suppress(ProcessLookupError):  # all have ended
                os.killpg(self.group, signal.SIGKILL)
        self.kill()
        os.close(self.handle)


class ColdProcess:
    """A new Python: slow, unconfined, and the same on every system."""

    server = None  # no other process has to be there for it

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
    use_folder(folder)
    # TensorFlow writes there as it starts; a traceback of Python is still shown.
    sys.stderr = os.fdopen(os.dup(2), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    from .library_snapshot import LibrarySnapshot
    from .worker import make_shell, serve

    serve(connection, make_shell(), LibrarySnapshot())


class ProcessSession:
    """Runs the steps of one submission in a process of its own; a context manager."""

    def __init__(self, modules, limits):
        if limits.confined and sys.platform != "linux":
            raise GraderError(CANT_BE_CONFINED.format("this is no Linux"))
        self.seconds, self.busy_seconds = limits.seconds, limits.busy_seconds
        self.seconds_to_reply = limits.seconds + limits.grace_seconds
        self.last_nonce = ""
        self.took = 0  # of a processor's time, the last request; as the process says
        self.folder, place = None, None  # a confined process has one in memory
        if not limits.confined:  # removed whatever comes in between
            options = {"prefix": "keras-book-grader-", "ignore_cleanup_errors": True}
            self.folder = tempfile.TemporaryDirectory(**options)
            place = self.folder.name
        start = WarmProcess if sys.platform == "linux" else ColdProcess
        self.process = start(modules, limits, place)

    def __enter__(self):
        try:
            first = self._receive(START_SECONDS)
        except Stopped:
            first = {}
        if "ready" not in first:
            self.__exit__()
            if "missing" in first:
                raise GraderError(CANT_BE_CONFINED.format(first["missing"]))
            raise GraderError("a process for a submission did not start")
        return self

    def __exit__(self, *_):
        self.process.close()
        if self.folder:
            self.folder.cleanup()

    def ask(self, step, seed):
        """Run a step; return its error, [class, message], or None.

        Raise Stopped if there is no proper reply.
        """
        times = {"seconds": self.seconds, "busy_seconds": self.busy_seconds}
        error = self._request(asdict(step) | times | {"seed": seed})
        if error is not None and len(error) != 2:
            raise Stopped(WROTE)
        return error

    def end(self):
        """Return what the process noticed; raise Stopped if it has ended before."""
        return self._request({"kind": "end"}) or []

    def _request(self, request):
        """Return the result of a request: None, or a list of texts."""
        nonce = secrets.token_hex(16)
        request = json.dumps(request | {"nonce": nonce}).encode()
        reply = self._receive(self.seconds_to_reply, request)
        if reply.get("nonce") != nonce:
            raise Stopped(WROTE, reply.get("nonce") == self.last_nonce)
        self.last_nonce = nonce
        took = reply.get("took")
        self.took = took if isinstance(took, float) else 0
        result = reply.get("result")
        if result is None:
            return None
        if not isinstance(result, list) or set(map(type, result)) - {str}:
            raise Stopped(WROTE)
        return result

    def _receive(self, seconds, request=None):
        """Return the next reply, to a request if there is one."""
        connection = self.process.connection
        deadline = time.monotonic() + seconds
        try:
            with self._killed_after(seconds + SECONDS_TO_WRITE):  # may read no request
                if request:
                    connection.send_bytes(request)
            # A reply that waits is read, however late this thread comes to it.
            if not connection.poll(max(0, deadline - time.monotonic())):
                self.process.kill()
                raise Stopped(f"took more than {self.seconds:g} seconds")
            with self._killed_after(SECONDS_TO_WRITE):  # may write half a reply
                reply = json.loads(connection.recv_bytes(LONGEST_REPLY))
        except (EOFError, ConnectionError):
            if self.process.server:  # the machine may have ended both
                self.process.server.check()
            late = time.monotonic() > deadline
            what = f"took more than {self.seconds:g} seconds" if late else ENDED
            raise Stopped(what) from None
        except (OSError, ValueError, RecursionError):
            raise Stopped(WROTE) from None
        if not isinstance(reply, dict):
            raise Stopped(WROTE)
        return reply

    @contextlib.contextmanager
    def _killed_after(self, seconds):
        timer = threading.Timer(seconds, self.process.kill)
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
