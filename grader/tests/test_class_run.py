"""A class: found whatever its layout, graded once, lost never, reported safely."""

import csv
import html.parser
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
from types import SimpleNamespace

import pytest
from classroom import (
    ON_LINUX,
    PACKAGES,
    RIGHT,
    SETUP,
    SOURCE,
    STUB,
    code,
    exercise,
    handed_in,
    notebook,
)
from keras_book_grader import processes
from keras_book_grader.__main__ import main

pytestmark = ON_LINUX

GOOD = notebook(handed_in())
WRONG = notebook(handed_in(double="def double(x):\n    return x"))


@pytest.fixture
def course(tmp_path):
    """Return a folder with a solution, as the book has it."""
    solution = tmp_path / "solutions" / "01_small" / "01_small.ipynb"
    solution.parent.mkdir(parents=True)
    solution.write_bytes(SOURCE)
    (tmp_path / "in").mkdir()
    return tmp_path


def arguments(course, *more):
    solution = course / "solutions" / "01_small" / "01_small.ipynb"
    output = ["--output", str(course / "out")]
    options = ["--seconds", "10", "--jobs", "2", "--allow-root"]
    return ["grade", str(solution), str(course / "in"), *output, *options, *more]


def grade(course, *more):
    """Grade the folder; return {learner: row of grades.csv}."""
    assert main(arguments(course, *more)) == 0
    return rows(course)


def rows(course):
    with open(course / "out" / "grades.csv", newline="") as file:
        return {row["learner"]: row for row in csv.DictReader(file)}


def hand_in(course, name, content=GOOD):
    path = course / "in" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def summary(course):
    return (course / "out" / "index.html").read_text()


def test_layout_of_nbgrader(course):
    hand_in(course, "ann/01_small/01_small.ipynb")
    hand_in(course, "ben/01_small/01_small_1.ipynb", WRONG)
    hand_in(course, "cem/02_other/02_other.ipynb")
    (course / "in" / "dan").symlink_to(course / "solutions")
    hand_in(course, "eve/notes.txt")
    (course / "in" / "eve" / "01_small").symlink_to(course / "solutions" / "01_small")
    seen = grade(course)
    assert {name: row["score"] for name, row in seen.items()} == {
        "ann": "6", "ben": "5", "cem": "0", "dan": "0", "eve": "0"
    }  # fmt: skip
    assert seen["dan"]["flags"] == seen["eve"]["flags"]
    assert "a symbolic link, not a folder" in seen["eve"]["flags"]
    assert "no notebook with the name 01_small.ipynb" in seen["cem"]["flags"]


def test_layout_of_a_folder_for_each_learner(course):
    hand_in(course, "ann/01_small.ipynb")
    hand_in(course, "ben/my answers.ipynb", WRONG)
    hand_in(course, "cem/one.ipynb")
    hand_in(course, "cem/two.ipynb")
    seen = grade(course)
    assert {name: row["score"] for name, row in seen.items()} == {
        "ann": "6", "ben": "5", "cem": "0"
    }  # fmt: skip
    assert "several notebooks" in seen["cem"]["flags"]


def test_layout_of_a_learning_platform(course):
    hand_in(course, "Ann Lee_4711_assignsubmission_file.ipynb")
    hand_in(course, "Ben_4712.ipynb", WRONG)
    hand_in(course, "Ben_4713.ipynb")
    hand_in(course, "holiday.pdf", b"%PDF")
    seen = grade(course)
    assert seen["Ann Lee"]["score"] == "6"
    assert "several files" in seen["Ben"]["flags"]
    assert "doesn't match the pattern" in seen["holiday.pdf"]["flags"]
    assert set(grade(course, "--pattern", r".*_(?P<learner>\d+).*")) == {
        "4711", "4712", "4713", "holiday.pdf"
    }  # fmt: skip


def test_what_cant_be_read_scores_nothing_and_is_reported(course):
    hand_in(course, "not json_.ipynb", b"\x89PNG")
    hand_in(course, "half_.ipynb", GOOD[: len(GOOD) // 2])
    hand_in(course, "deep_.ipynb", b'{"cells": ' + b"[" * 100_000)
    hand_in(course, "empty_.ipynb", b"")
    hand_in(course, "list_.ipynb", b"[1, 2]")
    hand_in(course, "no cells_.ipynb", b'{"cells": {"a": 1}}')
    hand_in(course, "other_.ipynb", notebook([code("1 + 1")]))
    hand_in(course, "setup only_.ipynb", notebook([code(SETUP, "setup")]))
    with open(hand_in(course, "large_.ipynb"), "ab") as file:
        file.truncate(10**12)  # to read it all, no machine has the memory
    os.symlink(
        course / "solutions/01_small/01_small.ipynb", course / "in" / "link_.ipynb"
    )
    os.mkfifo(course / "in" / "pipe_.ipynb")
    (course / "in" / "folder_.ipynb").mkdir()
    hand_in(course, "good_.ipynb")
    seen = grade(course)
    reasons = {
        "not json": "its JSON is broken",
        "half": "its JSON is broken",
        "deep": "its JSON is broken",
        "empty": "the file is empty",
        "list": "not that of a notebook",
        "no cells": "not that of a notebook",
        "other": "another exercise",
        "setup only": "another exercise",
        "large": "larger than 20 MB",
        "link": "a symbolic link",
        "pipe": "not a file",
        "folder": "Is a directory",
    }
    assert set(seen) == {*reasons, "good"}
    for learner, reason in reasons.items():
        assert reason in seen[learner]["flags"], learner
        assert seen[learner]["score"] == "0"
        assert reason in summary(course)
    assert seen["good"]["score"] == "6"


def test_names_of_files_do_no_harm(course):
    names = ["a\nb", "..", "<b>x", "é" * 60, "n" * 245, "%2e%2e", "a;b,c\"d'"]
    formulas = ["=cmd|x!A1", "-1", "+1", "@SUM(1)"]
    names += formulas
    for name in names:
        hand_in(course, f"{name}_.ipynb", b"")
    hand_in(course, os.fsdecode(b"\xff\xfe_.ipynb"), WRONG)
    seen = grade(course)
    assert len(seen) == len(names) + 1
    assert seen["\\udcff\\udcfe"]["score"] == "5"
    assert {"a\\nb", *(f"'{formula}" for formula in formulas)} < set(seen)
    assert {path.name for path in course.iterdir()} == {"in", "out", "solutions"}
    assert len(list((course / "out" / "feedback").iterdir())) == len(names) + 1
    assert "<b>x" not in summary(course)
    links = re.findall(r'href="(feedback/[^"]+)"', summary(course))
    assert len(links) == len(names) + 1


class Tags(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen, self.attributes = set(), set()

    def handle_starttag(self, tag, attributes):
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attributes}


def test_pages_hold_no_script_and_no_hidden_check(course):
    attack = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    answer = f"def double(x):\n    raise ValueError({attack!r})  # {attack}"
    cells = handed_in(double=answer, triple="def triple(x):\n    return 6")
    cells[3]["outputs"] = [
        {"output_type": "display_data", "data": {"text/html": attack}}
    ]
    hand_in(course, f"{attack.replace('/', '')}_.ipynb", notebook(cells))
    leak = "    if x > 30: raise ValueError('lea' + f'ked {x}')\n    return 6"
    no_text = "def double(x):\n    raise ValueError('\\ud83d')"
    cells = handed_in(triple=f"def triple(x):\n{leak}", double=no_text)
    hand_in(course, "leak_.ipynb", notebook(cells))
    grade(course)
    pages = [p.read_text() for p in (course / "out" / "feedback").iterdir()]
    assert len(pages) == 2
    for page in [*pages, summary(course)]:
        tags = Tags()
        tags.feed(page)
        assert not tags.seen & {"script", "img", "iframe", "link", "object", "svg"}
        assert not any(name.startswith("on") for name in tags.attributes)
        assert "default-src 'none'" in page
    for page in pages:
        assert "SECRET" not in page and "leaked" not in page and "31.5" not in page
        assert "follows the\nsame rules" in page
    assert any("&lt;script&gt;" in page for page in pages)


def test_only_what_is_new_or_changed_is_graded_again(course, capfd):
    hand_in(course, "ann_.ipynb")
    hand_in(course, "ben_.ipynb")
    grade(course)
    assert "2 graded, 0" in capfd.readouterr().out
    stored = {p: p.stat().st_mtime_ns for p in (course / "out/results").iterdir()}
    hand_in(course, "ben_.ipynb", WRONG)
    hand_in(course, "cem_.ipynb", WRONG)
    assert [row["score"] for row in grade(course).values()] == ["6", "5", "5"]
    assert "2 graded, 1" in capfd.readouterr().out
    ann = course / "out/results/ann.json"
    assert ann.stat().st_mtime_ns == stored[ann]
    source = course / "solutions/01_small/01_small.ipynb"
    source.write_bytes(SOURCE + b"\n")
    grade(course)
    assert "3 graded, 0" in capfd.readouterr().out
    ann.write_text(ann.read_text()[:100])  # as a power failure might leave it
    os.remove(course / "in" / "cem_.ipynb")
    assert set(grade(course)) == {"ann", "ben"}
    assert "1 graded, 1" in capfd.readouterr().out
    assert not (course / "out" / "feedback" / "cem.html").exists()


def below(ancestor):
    """Return the ids of all processes that a process started, directly or not."""
    parents = {}
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            state, parent = (entry / "stat").read_text().rsplit(")")[-1].split()[:2]
        except OSError:
            continue
        if state != "Z":
            parents[int(entry.name)] = int(parent)
    found, new = set(), {ancestor}
    while new:
        found |= new
        new = {child for child, parent in parents.items() if parent in new} - found
    return found - {ancestor} if ancestor in parents else set()


def test_kill_9_loses_nothing_and_leaves_nothing_behind(course):
    slow = "import time\ntime.sleep(0.2)\n"
    for number in range(6):
        hand_in(
            course,
            f"learner{number}_.ipynb",
            notebook(handed_in(double=slow + RIGHT["double"])),
        )
    folders = set(pathlib.Path("/tmp").glob("keras-book-grader-*"))
    command = [sys.executable, "-m", "keras_book_grader", *arguments(course)]
    environment = os.environ | {"PYTHONPATH": str(PACKAGES)}
    with open(course / "said", "wb") as said:
        grader = subprocess.Popen(command, env=environment, stdout=said, stderr=said)
    deadline = time.monotonic() + 60
    results = course / "out" / "results"
    while len(list(results.glob("*.json"))) < 2:
        assert time.monotonic() < deadline, (course / "said").read_text()
        time.sleep(0.02)
    grader.send_signal(signal.SIGSTOP)
    children = below(grader.pid)
    assert len(children) >= 2  # the server, and a submission
    grader.send_signal(signal.SIGKILL)
    grader.wait()
    deadline = time.monotonic() + 20
    while any(os.path.exists(f"/proc/{child}") for child in children):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert set(pathlib.Path("/tmp").glob("keras-book-grader-*")) <= folders
    before = {p: p.stat().st_mtime_ns for p in results.glob("*.json")}
    seen = grade(course)
    assert [row["score"] for row in seen.values()] == ["6"] * 6
    assert all(path.stat().st_mtime_ns == when for path, when in before.items())
    assert not list(results.glob("*.part"))


def test_a_solution_that_fails_its_own_checks_is_refused(course, capsys):
    hand_in(course, "ann_.ipynb")
    broken = exercise(RIGHT | {"triple": STUB["triple"]}, hidden=True)
    (course / "solutions/01_small/01_small.ipynb").write_bytes(notebook(broken))
    assert main(arguments(course)) == 1
    assert "the solution fails its own triple_checks" in capsys.readouterr().err


@pytest.mark.parametrize(
    "change, says",
    [
        (lambda a: a[:2] + ["/nowhere"] + a[3:], "is no folder"),
        (lambda a: ["grade", "77", *a[2:]], "there is no exercise 77"),
        (lambda a: [*a, "--pattern", "("], "no regular expression"),
        (lambda a: [*a, "--pattern", "x"], "a group named learner"),
        (lambda a: [*a, "--jobs", "0"], "--jobs must be 1 or more"),
    ],
)
def test_mistakes_at_the_keyboard_get_one_line(
    course, capsys, monkeypatch, change, says
):
    hand_in(course, "ann_.ipynb")
    (course / "exercises").mkdir()
    monkeypatch.chdir(course)
    assert main(change(arguments(course))) == 1
    error = capsys.readouterr().err
    assert says in error and error.count("\n") == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="for root only")
def test_root_is_refused_unless_told(course, capsys):
    hand_in(course, "ann_.ipynb")
    assert main([a for a in arguments(course) if a != "--allow-root"]) == 1
    assert "--allow-root" in capsys.readouterr().err


def test_a_machine_that_cant_confine_says_what_is_missing(course, capsys, monkeypatch):
    hand_in(course, "ann_.ipynb")
    monkeypatch.setattr(processes, "sys", SimpleNamespace(platform="darwin"))
    assert main(arguments(course)) == 1
    assert "this is no Linux" in (said := capsys.readouterr().err)
    assert "--unconfined" in said


def test_another_system_grades_unconfined(course, monkeypatch, capfd):
    seen = "import os\nif 'TOKEN_OF_TEACHER' in os.environ:\n    os._exit(1)\n"
    written = "open('left behind', 'w').write('')\nprint('noise')\n"
    cells = handed_in(double=seen + written + "def double(x):\n    return x")
    hand_in(course, "ann_.ipynb", notebook(cells))
    (course / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(course / "temporary"))
    monkeypatch.setattr(processes, "sys", SimpleNamespace(platform="darwin"))
    monkeypatch.setenv("PYTHONPATH", str(PACKAGES))
    ann = grade(course, "--unconfined")["ann"]
    assert (ann["score"], ann["flags"]) == ("5", "")
    assert not list((course / "temporary").iterdir())
    assert "noise" not in capfd.readouterr().out


def test_results_say_how_long_it_took(course):
    hand_in(course, "ann_.ipynb")
    grade(course)
    result = json.loads((course / "out/results/ann.json").read_text())
    assert 0 < result["seconds_in_cells"] < result["seconds"]


@pytest.mark.parametrize(
    "option", [("--seconds", "nan"), ("--seconds", "-1"), ("--memory", "0")]
)
def test_a_limit_that_is_none_is_refused(course, capsys, option):
    hand_in(course, "ann_.ipynb")
    assert main(arguments(course, *option)) == 1
    assert f"{option[0]} must be" in capsys.readouterr().err


def test_a_stored_result_that_is_none_is_graded_again(course):
    hand_in(course, "ann_.ipynb")
    grade(course)
    path = course / "out/results/ann.json"
    stored = json.loads(path.read_text())
    path.write_text(json.dumps(stored | {"questions": []}))
    assert grade(course)["ann"]["score"] == "6"


def test_no_cell_of_the_table_is_split_at_a_semicolon(course):
    hand_in(course, "ann;=1+1_.ipynb")
    grade(course)
    assert '"ann;=1+1"' in (course / "out/grades.csv").read_text()
