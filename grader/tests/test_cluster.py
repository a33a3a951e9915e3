"""A dask cluster grades a class, and goes on when one of its two workers is killed."""

import csv
import os
import signal
import subprocess
import sys
import time

import pytest
from classroom import ON_LINUX, PACKAGES, RIGHT, SOURCE, handed_in, notebook
from keras_book_grader.__main__ import main

pytestmark = ON_LINUX

distributed = pytest.importorskip("distributed")


def start(folder, *command):
    paths = [str(PACKAGES), os.environ.get("PYTHONPATH", "")]
    return subprocess.Popen(
        [sys.executable, "-m", *command],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


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
    yield address, running[1:]
    for process in running:
        process.kill()
        process.wait()


def test_a_killed_worker_costs_no_result(cluster, tmp_path, monkeypatch):
    address, workers = cluster
    source = tmp_path / "01_small.ipynb"
    source.write_bytes(SOURCE)
    (tmp_path / "in").mkdir()
    slow = f"import time\ntime.sleep(0.5)\n{RIGHT['double']}"
    for number in range(8):
        cells = handed_in(double=slow if number % 3 else "def double(x):\n    return x")
        (tmp_path / "in" / f"learner{number:02}_.ipynb").write_bytes(notebook(cells))
    output = tmp_path / "out"
    results = output / "results"

    with distributed.Client(address, timeout=60) as client:
        client.wait_for_workers(2, timeout=60)
    command = ["keras_book_grader", "grade", str(source), str(tmp_path / "in")]
    options = ["--output", str(output), "--scheduler", address, "--allow-root"]
    grader = start(tmp_path, *command, *options)
    deadline = time.monotonic() + 120
    while len(list(results.glob("*.json"))) < 2:
        assert grader.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    workers[0].send_signal(signal.SIGKILL)
    assert grader.wait(120) == 0
    with open(output / "grades.csv", newline="") as file:
        scores = [row["score"] for row in csv.DictReader(file)]
    assert scores == ["6" if number % 3 else "5" for number in range(8)]


def test_no_scheduler_is_one_line(tmp_path, capsys, monkeypatch):
    client = distributed.Client
    monkeypatch.setattr(
        distributed, "Client", lambda address, timeout: client(address, timeout=1)
    )
    source = tmp_path / "01_small.ipynb"
    source.write_bytes(SOURCE)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "ann_.ipynb").write_bytes(notebook(handed_in()))
    command = ["grade", str(source), str(tmp_path / "in"), "--allow-root"]
    command += ["--output", str(tmp_path / "out"), "--scheduler", "tcp://127.0.0.1:9"]
    assert main(command) == 1
    assert "no dask scheduler answers" in capsys.readouterr().err
