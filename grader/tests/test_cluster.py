"""A dask cluster grades a class, and goes on when one of its two workers is killed."""

import os
import subprocess
import sys

import pytest
from classroom import ON_LINUX, RIGHT, WRONG, Course, environment, scores, wait_until
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


EXPECTED = {f"learner{number}": "6" if number % 3 else "5" for number in range(8)}


@pytest.fixture
def grading(cluster, tmp_path):
    """Grade slow answers on it; return the course and the grader once two are done."""
    address, _ = cluster
    course = Course(tmp_path)
    slow = f"import time\ntime.sleep(1)\n{RIGHT['double']}"
    for learner, score in EXPECTED.items():
        course.hand_in(f"{learner}_.ipynb", double=slow if score == "6" else WRONG)
    with distributed.Client(address, timeout=60) as client:
        client.wait_for_workers(2, timeout=60)
    command = course.arguments("--scheduler", address, "--seconds", "60")
    program = [sys.executable, "-c", LOOKS_OFTEN, *command]
    with open(tmp_path / "said", "w") as said:
        grader = subprocess.Popen(program, env=environment(), stderr=said)
    stored = course.results.glob
    wait_until(lambda: len(list(stored("*.json"))) >= 2 or grader.poll(), 120)
    assert grader.poll() is None
    return course, grader


def test_a_killed_worker_costs_no_result(cluster, grading):
    _, (_, worker, _) = cluster
    course, grader = grading
    worker.kill()
    assert grader.wait(120) == 0
    assert scores(course.rows()) == EXPECTED


@pytest.mark.parametrize("lost", ["scheduler", "workers"])
def test_a_lost_cluster_gives_no_zeros_and_the_same_command_goes_on(
    cluster, grading, tmp_path, lost
):
    _, (scheduler, *workers) = cluster
    course, grader = grading
    for process in [scheduler] if lost == "scheduler" else workers:
        process.kill()
    assert grader.wait(120) == 1
    last = (tmp_path / "said").read_text().splitlines()[-1]
    assert last.startswith("keras_book_grader: ") and "the same command goes on" in last
    assert not (course.output / "grades.csv").exists()
    assert all('"problem": null' in p.read_text() for p in course.results.glob("*"))
    assert scores(course.grade()) == EXPECTED


def test_no_scheduler_is_one_line(tmp_path, capsys, monkeypatch):
    client = distributed.Client
    monkeypatch.setattr(
        distributed, "Client", lambda address, timeout: client(address, timeout=1)
    )
    course = Course(tmp_path)
    course.hand_in("ann_.ipynb")
    assert main(course.arguments("--scheduler", "tcp://127.0.0.1:9")) == 1
    assert "no dask scheduler answers" in capsys.readouterr().err
