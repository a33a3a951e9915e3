"""The grader's side of a process: whatever comes from there is no surprise."""

import gc
import json
import multiprocessing
import pathlib
import tempfile
import threading
from dataclasses import asdict, replace

import pytest
from classroom import (
    LIMITS,
    ON_LINUX,
    SOURCE,
    below,
    graded,
    wait_until,
    wait_until_ended,
)
from keras_book_grader import GraderError, processes
from keras_book_grader.exercise import read_source
from keras_book_grader.merge import Step
from keras_book_grader.processes import ProcessSession, Stopped, warm_server
from test_tampering import TAKES_OVER

pytestmark = ON_LINUX

STEP = Step("own", "1 + 1", "own cell 1")
NONCE = "nonce"


class Puppet:
    """A process that has said already what it is going to say."""

    reply, server = b"", None

    def __init__(self, *_):
        self.connection, self.theirs = multiprocessing.Pipe()
        # By a thread: a large one waits for its reader.
        threading.Thread(target=self.theirs.send_bytes, args=[self.reply]).start()

    def kill(self):
        self.theirs.close()

    def close(self):
        self.connection.close()
        self.theirs.close()


@pytest.fixture
def say(monkeypatch):
    """Return a function: to what is said, a session with a process that says it."""
    monkeypatch.setattr(processes, "WarmProcess", Puppet)
    monkeypatch.setattr(processes.secrets, "token_hex", lambda _: NONCE)

    def session(reply):
        monkeypatch.setattr(Puppet, "reply", reply)
        return ProcessSession([], LIMITS)

    return session


@pytest.mark.parametrize(
    "reply",
    [
        "[]",
        "[" * 50_000,
        "{",
        json.dumps({"nonce": NONCE, "result": 5}),
        json.dumps({"nonce": NONCE, "result": [5, 5]}),
        json.dumps({"nonce": NONCE, "result": ["E", "message", "more"]}),
        json.dumps({"nonce": NONCE, "result": None, "long": 100_000 * "x"}),
        json.dumps({"nonce": "another", "result": None}),
    ],
    ids=lambda reply: reply[:50],
)
def test_a_reply_that_is_none_stops_the_process(reply, say):
    session = say(reply.encode())
    with pytest.raises(Stopped, match="wrote into the grader's pipe"):
        session.ask(STEP, 0)


def test_a_reply_that_waits_is_read_however_late_and_nobody_killed_for_it(say):
    session = say(json.dumps({"nonce": NONCE, "result": None}).encode())
    assert session.process.connection.poll(10)
    session.seconds_to_reply = -1  # the grader comes to it when all time is over
    assert session.ask(STEP, 0) is None
    assert not session.process.theirs.closed


def test_who_cannot_be_confined_is_not_graded(say):
    with pytest.raises(GraderError, match="can't be confined here: no Landlock"):
        say(b'{"missing": "no Landlock"}').__enter__()


def test_nothing_is_left_of_a_process_not_even_if_it_does_not_end_by_itself():
    graded(double=TAKES_OVER)
    server = warm_server(read_source(SOURCE).modules).process.pid
    children = pathlib.Path(f"/proc/{server}/task/{server}/children")
    wait_until(lambda: not children.read_text())


def test_all_ends_with_the_server_even_an_endless_loop():
    source = "import signal\nsignal.setitimer(signal.ITIMER_REAL, 0)\nwhile 1: pass"
    with ProcessSession(["keras"], LIMITS) as session:
        server = warm_server(["keras"]).process
        request = asdict(STEP) | {"source": source, "seconds": 60, "seed": 0}
        request["busy_seconds"] = 0
        session.process.connection.send_bytes(json.dumps(request).encode())
        processes_then = below(server.pid)
        assert len(processes_then) == 2  # the first of its namespace has a parent
        server.kill()
        wait_until_ended(processes_then)
        # Nobody's answer has done it, and nobody is to lose points for it.
        with pytest.raises(GraderError, match="server ended: .*memory.* goes on"):
            session.end()


def test_forking_after_an_operation_of_tensorflow_is_refused(tmp_path, monkeypatch):
    """Such forks would hang. Nothing is left of the one that wasn't made."""
    (tmp_path / "at_once.py").write_text("import keras; keras.ops.ones(1)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(GraderError, match="an import started a thread"):
        with ProcessSession(["at_once"], replace(LIMITS, confined=False)):
            pass
    gc.collect()
    assert not list(tmp_path.glob("keras-book-grader-*"))
    assert warm_server(["at_once"]).process.wait() == 1
