"""A dask cluster grades a class, and goes on when one of its two workers is killed."""

import os
import signal
import subprocess
import sys

import pytest
from classroom import (
    ON_LINUX,
    RIGHT,
    WRONG,
    Course,
    environment,
    handed_in,
    notebook,
    scores,
    wait_until,
)
from keras_book_grader.__main__ import main

pytestmark = ON_LINUX

distributed = pytest.importorskip("distributed")
# Or it would wait half a minute for workers to come back.
LOOKS_OFTEN = """
from keras_book_grader import __main__, class_run
class_run.SECONDS_TO_LOOK = 1
raise SystemExit(__main__.main())
"""


def start(folder, *command):
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    program = [sys.executable, "-m", *command]
    return subprocess.Popen(program, env=environment(), cwd=folder, **quiet)


@pytest.fixture
def cluster(tmp_path):
    """Start a scheduler and two workers in folders of their own; nothing is shared."""
    address = f"tcp://127.0.0.1:{20000 + os.getpid() % 20000}"
    scheduler = ["distributed.cli.dask_scheduler", "--no-dashboard", "--host", address]
    running = [start(tmp_path, *scheduler)]
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        worker = ["distributed.cli.dask_worker", address, "--nthreads", "1"]
        options = ["--no-dashboard", "--no-nanny", "--name", name]
        running.append(start(tmp_path / name, *worker, *options))
    yield address, running
    for process in running:
        process.kill()
        process.wait()


def test_a_killed_worker_costs_no_result(cluster, tmp_path):
    address, (_, *workers) = cluster
    course = Course(tmp_path)
    slow = f"import time\ntime.sleep(0.5)\n{RIGHT['double']}"
    for number in range(8):
        cells = handed_in(double=slow if number % 3 else WRONG)
        course.hand_in(f"learner{number:02}_.ipynb", notebook(cells))
    results = course.results

    with distributed.Client(address, timeout=60) as client:
        client.wait_for_workers(2, timeout=60)
    command = course.arguments("--scheduler", address, "--seconds", "60")
    grader = start(tmp_path, "keras_book_grader", *command)
    has_ended = grader.poll
    wait_until(lambda: len(list(results.glob("*.json"))) >= 2 or has_ended(), 120)
    assert has_ended() is None
    workers[0].send_signal(signal.SIGKILL)
    assert grader.wait(120) == 0
    expected = ["6" if number % 3 else "5" for number in range(8)]
    assert list(scores(course.rows()).values()) == expected


@pytest.mark.parametrize("lost", ["scheduler", "workers"])
def test_a_lost_cluster_gives_no_zeros_and_the_same_command_goes_on(
    cluster, tmp_path, lost
):
    address, (scheduler, *workers) = cluster
    course = Course(tmp_path)
    slow = f"import time\ntime.sleep(1)\n{RIGHT['double']}"
    for number in range(8):
        course.hand_in(f"learner{number}_.ipynb", notebook(handed_in(double=slow)))
    with distributed.Client(address, timeout=60) as client:
        client.wait_for_workers(2, timeout=60)
    command = course.arguments("--scheduler", address, "--seconds", "60")
    with open(tmp_path / "said", "w") as said:
        program = [sys.executable, "-c", LOOKS_OFTEN, *command]
        grader = subprocess.Popen(program, env=environment(), stderr=said)
        wait_until(lambda: list(course.results.glob("*.json")) or grader.poll(), 120)
        for process in [scheduler] if lost == "scheduler" else workers:
            process.kill()
        assert grader.wait(120) == 1
    last = (tmp_path / "said").read_text().splitlines()[-1]
    assert last.startswith("keras_book_grader: ") and "the same command goes on" in last
    assert not (course.output / "grades.csv").exists()
    assert all('"problem": null' in p.read_text() for p in course.results.glob("*"))
    assert set(scores(course.grade()).values()) == {"6"}


def test_no_scheduler_is_one_line(tmp_path, capsys, monkeypatch):
    client = distributed.Client
    monkeypatch.setattr(
        distributed, "Client", lambda address, timeout: client(address, timeout=1)
    )
    course = Course(tmp_path)
    course.hand_in("ann_.ipynb")
    assert main(course.arguments("--scheduler", "tcp://127.0.0.1:9")) == 1
    assert "no dask scheduler answers" in capsys.readouterr().err
