"""What a submission can't reach, and what it can't take down.

Each attack stands in an answer that is right only if the attack fails. The same
attack must succeed without confinement, or its test would prove nothing.
"""

import contextlib
import ctypes
import dataclasses
import os
import platform
import socket
from types import SimpleNamespace

import pytest
from classroom import IMPATIENT, LIMITS, ON_LINUX, RIGHT, graded, handed_in
from keras_book_grader import confinement

pytestmark = ON_LINUX

UNCONFINED = dataclasses.replace(LIMITS, confined=False)

ATTACKS = {
    "a file of the teacher": "open({secret!r}).read()",
    "a folder of the teacher": "os.listdir(os.path.dirname({secret!r}))",
    "the repository": "open({here!r}).read()",
    "the grader's package": "import keras_book_grader as k; open(k.__file__).read()",
    "the file of users": "open('/etc/passwd').read()",
    "the grader's environment": "open('/proc/{grader}/environ').read()",
    "the variables of the grader": "assert 'TOKEN' in str(os.environ)",
    "those that it started with": "assert 'TOKEN' in open('/proc/self/environ').read()",
    "the grader's command line": "open('/proc/{grader}/cmdline').read()",
    "the list of processes": "assert str({grader}) in os.listdir('/proc')",
    "what the grader has open": "os.listdir('/proc/{grader}/fd')",
    "writing beside": "open({folder!r} + '/written', 'w')",
    "the real /tmp": "assert len(os.listdir('/tmp')) > 0",
    "writing into the packages": """p = os.path.dirname(np.__file__) + '/written'
    open(p, 'w').close(); os.remove(p)""",
    "renaming": """os.rename({secret!r}, {secret!r} + '2')
    os.rename({secret!r} + '2', {secret!r})""",
    "a link to a file": "os.symlink({secret!r}, 'l'); open('l').read()",
    "changing a mode": "os.chmod({secret!r}, 0o644)",
    "changing times": "os.utime({secret!r})",
    "changing an owner": "os.chown({secret!r}, -1, -1)",
    "TCP": "socket.create_connection(('127.0.0.1', {tcp}), 1)",
    "UDP": """s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.sendto(b'x', ('127.0.0.1', 9))""",
    "DNS": """socket.getaddrinfo('localhost', 80)[0]
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM)""",
    "an abstract socket": (
        "socket.socket(socket.AF_UNIX).connect('\\0keras-book-{grader}')"
    ),
    "an abstract socket of datagrams": """
    pair = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    pair[0].sendto(b'x', '\\0keras-book-datagrams-{grader}')""",
    "datagrams to a path": """
    pair = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    pair[0].sendto(b'x', {folder!r} + '/datagrams')""",
    "a socket with a path": (
        "socket.socket(socket.AF_UNIX).connect({folder!r} + '/stream')"
    ),
    "listening": "socket.create_server(('127.0.0.1', 0))",
    "a signal to the grader": "os.kill({grader}, 0)",
    "a signal to its parent": "p = os.getppid(); assert p; os.kill(p, 0)",
    "fork": "os.fork() or os._exit(0)",
    "a program": "import subprocess; subprocess.run(['true'], check=True)",
    "a shell": "assert os.system('true') == 0",
    "posix_spawn": "os.posix_spawn('/bin/true', ['true'], {{}})",
    "multiprocessing": """import multiprocessing as m
    p = m.get_context('fork').Process(); p.start(); p.join()""",
    "memory without a file": "os.memfd_create('hog')",
    "much memory": "np.empty(3 << 27)",
    "many descriptors": "os.dup2(0, 300); os.close(300)",
    "a queue of messages": "assert libc.msgget({grader}, 0) >= 0",
    "a root": "os.chroot('/')",
    "much shared memory": """import mmap
    m = mmap.mmap(-1, 2 << 30); m[::4096] = b'x' * (2 << 18)""",
    "no parent-death signal": "assert libc.prctl(1, 0) == 0",
    "another root": "assert libc.unshare(0x10000000) == 0",
    "many files": """for n in range(5001): os.mkdir('hog' + str(n))
    for n in range(5001): os.rmdir('hog' + str(n))""",
}
# Without confinement these would do harm, need root, fail, too, or can't be told from
# success.
ONLY_CONFINED = {"a signal to its parent", "no parent-death signal", "a root"}
ONLY_CONFINED |= {"the variables of the grader", "those that it started with"}

ATTEMPT = """
import ctypes, os, socket
libc = ctypes.CDLL(None)
try:
    {attack}
    got_in = 1
except Exception as error:
    got_in = 0
def double(x):
    return 2 * x + got_in
"""


@pytest.fixture(scope="module")
def target(tmp_path_factory):
    """Start what is attacked: a secret file, a queue, and servers of every kind."""
    folder = tmp_path_factory.mktemp("teacher")
    secret = folder / "solution.ipynb"
    secret.write_text("the answer")
    grader, (STREAM, DATAGRAMS) = os.getpid(), (socket.SOCK_STREAM, socket.SOCK_DGRAM)
    with contextlib.ExitStack() as stack:
        tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        for kind, address in [
            (STREAM, str(folder / "stream")),
            (STREAM, f"\0keras-book-{grader}"),
            (DATAGRAMS, str(folder / "datagrams")),
            (DATAGRAMS, f"\0keras-book-datagrams-{grader}"),
        ]:
            server = stack.enter_context(socket.socket(socket.AF_UNIX, kind))
            server.bind(address)
            if kind == STREAM:
                server.listen(50)
        IPC_CREATE, IPC_REMOVE, libc = 0o1000, 0, ctypes.CDLL(None)
        queue = libc.msgget(grader, IPC_CREATE | 0o666)
        stack.callback(libc.msgctl, queue, IPC_REMOVE, None)
        yield {
            "secret": str(secret),
            "here": __file__,
            "folder": str(folder),
            "grader": grader,
            "tcp": tcp.getsockname()[1],
        }


@pytest.mark.parametrize("attack", ATTACKS)
def test_attack_fails(attack, target):
    answer = ATTEMPT.format(attack=ATTACKS[attack].format(**target))
    assert graded(double=answer).lost == {}


@pytest.mark.parametrize("attack", [a for a in ATTACKS if a not in ONLY_CONFINED])
def test_attack_is_real_and_succeeds_without_confinement(attack, target):
    answer = ATTEMPT.format(attack=ATTACKS[attack].format(**target))
    result = graded(limits=UNCONFINED, double=answer)
    assert result.states["double"] in ("failed", "stopped"), result


def test_every_forbidden_call_is_refused():
    """Those of the 32-bit ABI of x86-64, too, which have numbers of their own."""
    column = confinement.MACHINES[platform.machine()][0]
    calls = {n: v[column] for n, v in confinement.FORBIDDEN.items() if v[column]}
    answer = f"""
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
NOT_PERMITTED, NOT_THERE = 1, 38
def double(x):
    result = libc.syscall({confinement.CLONE3[column]}, 0, 0)
    assert (result, ctypes.get_errno()) == (-1, NOT_THERE), "clone3"
    for name, number in {calls}.items():
        for call in (number, number | 0x40000000):
            result = libc.syscall(call, 0, 0, 0, 0, 0)
            assert (result, ctypes.get_errno()) == (-1, NOT_PERMITTED), (name, call)
    return 2 * x
"""
    result = graded(double=answer)
    assert result.lost == {}, result.sentence("double")


@pytest.mark.parametrize("limits", [LIMITS, UNCONFINED], ids=["confined", "not"])
def test_nothing_is_open_but_the_connection(limits):
    answer = """
import os, stat
NOTHING = os.stat("/dev/null").st_rdev
others = []
for number in range(256):
    try:
        about = os.fstat(number)
    except OSError:
        continue
    if about.st_rdev != NOTHING:
        others.append(stat.S_ISSOCK(about.st_mode))
def double(x):
    assert others == [True], others
    return 2 * x
"""
    result = graded(limits=limits, double=answer)
    assert result.lost == {}, result.sentence("double")


def test_many_threads_cannot_use_more_than_the_time_of_processors():
    limits = dataclasses.replace(LIMITS, cpu_seconds=2)
    result = graded(limits=limits, double="sum(iter(int, 1))")
    assert result.sentence("double") == "The answer ended its process."


@pytest.mark.skipif(
    os.geteuid() == 0, reason="root may start what it likes: don't grade as root"
)
def test_a_bomb_of_threads_is_counted_for_its_own_sandbox():
    answer = f"""
import threading
threading.stack_size(64 * 1024)
started, over = 0, threading.Event()
try:
    for _ in range(4 * {confinement.MOST_THREADS}):
        threading.Thread(target=over.wait, daemon=True).start()
        started += 1
except RuntimeError:
    pass
over.set()
def double(x):
    return 2 * x + (started > {confinement.MOST_THREADS})
"""
    assert graded(double=answer).lost == {}


DISASTERS = {  # by how it goes for the answer, and what is said of it
    ("stopped", "took more than 2 seconds"): {
        "an endless loop": "while True: pass",
        "an endless loop that catches everything": "while 1:\n    try:\n"
        "        while 1: pass\n    except BaseException: pass",
        "an endless loop that ignores signals": "import signal\n"
        "signal.setitimer(signal.ITIMER_REAL, 0)\nwhile True: pass",
        "an endless call into C": "sum(iter(int, 1))",
    },
    ("stopped", "ended its process"): {
        "os._exit": "import os\nos._exit(0)",
        "a crash": "import ctypes\nctypes.string_at(0)",
        "a call as of 32 bits": "import ctypes, mmap\n"
        "code = mmap.mmap(-1, 4096, prot=7)\n"
        "code.write(b'\\xb8\\x14\\0\\0\\0\\xcd\\x80\\xc3')  # getpid\n"
        "place = ctypes.addressof(ctypes.c_char.from_buffer(code))\n"
        "ctypes.CFUNCTYPE(ctypes.c_int)(place)()",
        "signals to itself": "import os, signal\nos.kill(os.getpid(), 6)\nos.abort()",
        "closed descriptors": "import os\nos.closerange(0, 256)",
    },
    ("stopped", ""): {  # out of memory, or of time on a busy machine
        "a memory hog": "hog = []\nwhile True: hog.append(bytearray(10**8))",
    },
    ("failed", ""): {
        "an error whose text takes for ever": "class E(Exception):\n"
        "    def __str__(self):\n        while True: pass\nraise E",
    },
    ("failed", "PermissionError"): {
        "exec": "import os\nos.execv('/bin/true', ['true'])",
        "a fork bomb": "import os\nwhile True: os.fork()",
        "a daemon": "import os\nif os.fork() == 0:\n    os.setsid()\n"
        "    while True: pass",
    },
    ("failed", "NameError"): {  # the first process of a group is immune
        "a signal to its group": "import os\nos.killpg(0, 9)",
    },
    ("failed", "RecursionError"): {"recursion": "f = lambda: f()\nf()"},
    ("failed", "SystemExit"): {"exit()": "import sys\nsys.exit()"},
    ("failed", "E"): {
        "an error without a text": "class E(BaseException):\n"
        "    def __str__(self): return 1 / 0\nraise E",
    },
    ("failed", "ValueError"): {
        "an error with a long text": "raise ValueError('x' * 10**7)",
    },
    ("failed", "OSError"): {
        "a disk filler": "n = 0\nwhile True:\n    n += 1\n"
        "    with open(f'hog{n}', 'wb') as f: f.write(bytes(10**7))",
    },
    ("failed", "can't start new thread"): {
        "many threads": "import threading, time\n"
        "while True: threading.Thread(target=time.sleep, args=(60,)).start()",
    },
}


@pytest.mark.parametrize(
    "state, said, source",
    [
        pytest.param(state, said, source, id=name)
        for (state, said), sources in DISASTERS.items()
        for name, source in sources.items()
    ],
)
def test_disaster_costs_its_own_question_only(state, said, source):
    takes_long = said == "" or "seconds" in said
    limits = IMPATIENT if takes_long else LIMITS
    result = graded(limits=limits, double=source + "\n")
    assert result.lost == {"double": state}
    assert said in result.sentence("double")


def test_a_disaster_in_every_question_and_in_a_helper():
    cells = handed_in(
        double="def double(x):\n    import os\n    os._exit(1)",
        triple="while True:\n    try:\n        while True: pass\n    except: pass",
        first=["import os; os.kill(1, 6); os.abort()"],
    )
    result = graded(cells, IMPATIENT)
    expected = {"double": "stopped", "triple": "stopped", "cube_layer": "passed"}
    assert result.states == expected
    assert len(result["flags"]) >= 3


def test_an_output_flood_fills_no_memory_and_no_report():
    answer = "for n in range(2000): print('x' * 10**6)\n" + RIGHT["double"]
    result = graded(double=answer)
    assert result.lost == {}
    assert len(str(result)) < 10_000


def test_many_cells_that_end_the_process_do_not_cost_many_runs():
    result = graded(last=30 * ["import os; os._exit(1)"])
    assert result.states == dict.fromkeys(RIGHT, "stopped") or result["flags"]
    assert len(result["flags"]) <= 13


@pytest.mark.skipif(
    os.name != "posix" or os.geteuid() == 0,
    reason="the files of root's processes belong to root: don't grade as root",
)
def test_a_process_cannot_search_its_own_memory():
    answer = RIGHT["double"] + "\nopen('/proc/self/mem', 'rb')"
    flags = graded(double=answer)["flags"]
    assert any("Permission denied" in flag for flag in flags), flags


def test_a_signal_to_the_group_reaches_nobody_else_unconfined():
    answer = "import os\nos.killpg(0, 9)\n"
    assert graded(limits=UNCONFINED, double=answer).lost == {"double": "stopped"}


def test_ubuntus_way_to_forbid_namespaces_is_named(monkeypatch):
    """There, a namespace can be had, but nobody may be anybody in it."""

    def forbidden(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(confinement, "libc", SimpleNamespace(unshare=lambda _: 0))
    monkeypatch.setattr(confinement, "open", forbidden, raising=False)
    with pytest.raises(confinement.ConfinementError, match="no user names"):
        confinement._unshare()
