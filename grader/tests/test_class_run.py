"""A class: found whatever its layout, graded once, lost never, reported safely."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import zipfile
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from classroom import (
    BOOK,
    GOOD,
    IN_THE_BOOK,
    ON_LINUX,
    PACKAGES,
    RIGHT,
    SETUP,
    SOURCE,
    STUB,
    WRONG,
    Course,
    below,
    code,
    environment,
    exercise,
    handed_in,
    notebook,
    read_table,
    scores,
    wait_until,
    wait_until_ended,
    write_appendix,
)
from keras_book_grader import GraderError, appendix, class_run, processes
from keras_book_grader import exercise as record
from keras_book_grader.__main__ import main
from keras_book_grader.submissions import Submission, find_submissions, unpack

pytestmark = ON_LINUX

ONE_WRONG = notebook(handed_in(double=WRONG))


@pytest.fixture
def course(tmp_path):
    return Course(tmp_path)


@pytest.fixture
def refused(course, capsys):
    """Give a function: grade, which is refused; return the line that says why."""

    def refuse(*more):
        assert main(course.arguments(*more)) == 1
        return capsys.readouterr().err.splitlines()[-1]

    return refuse


def found(folder, pattern=None):
    """Return {learner: what counts of what they handed in, or why nothing does}."""
    submissions = find_submissions(folder, "01_small", pattern)
    assert len({each.file_name for each in submissions}) == len(submissions)
    return {
        each.learner: each.problem or str(each.path.relative_to(folder))
        for each in submissions
    }


def put(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


IN_MOODLE = "assignsubmission_file"
# {file: whose work it is, or None if it doesn't count}; with a reason, nobody's counts
LAYOUTS = {
    "folders of nbgrader": {
        "ann/01_small/01_small.ipynb": "ann",
        "ben/01_small/01_small_1.ipynb": "ben",
        "cem/02_other/02_other.ipynb": ("cem", "no notebook with the name 01_small"),
    },
    "a folder for each learner": {
        "ann/01_small.ipynb": "ann",
        "ann/other.ipynb": None,
        "ben/my answers.ipynb": "ben",
        "cem/one.ipynb": ("cem", "several notebooks, none with the name 01_small"),
        "cem/two.ipynb": None,
        "dan/notes.txt": ("dan", "no notebook with the name 01_small"),
    },
    "folders of Moodle": {
        f"Ann Lee_1_{IN_MOODLE}/x.ipynb": "Ann Lee (1)",
        f"Ann Lee_1_{IN_MOODLE}/._x.ipynb": None,
        f"Ann Lee_2_{IN_MOODLE}_/x.ipynb": "Ann Lee (2)",
        f"Ben Ray_3_{IN_MOODLE}/my work/x.ipynb": "Ben Ray",
        f"Ben Ray_3_{IN_MOODLE}/my work/.ipynb_checkpoints/x.ipynb": None,
        "Ben Ray_3_assignsubmission_onlinetext/onlinetext.html": None,
    },
    "files, of two platforms and people of one name": {
        f"Anna Schmidt_4711_{IN_MOODLE}_a.ipynb": "Anna Schmidt (4711)",
        f"Anna Schmidt_4812_{IN_MOODLE}_a.ipynb": "Anna Schmidt (4812)",
        f"Ben_van_Dyk_4900_{IN_MOODLE}_b.ipynb": "Ben_van_Dyk",
        "schmidtanna_1001_77_a.ipynb": "schmidtanna (1001)",
        "schmidtanna_LATE_1002_78_a-1.ipynb": "schmidtanna (1002)",
        "lee_ann_1003_79_a.ipynb": "lee_ann",
        "lee_ben_LATE_1004_80_a.ipynb": "lee_ben",
        "anon_aB3dE_81_a.ipynb": "anon_aB3dE",
        "LATE_anon_aB3dF_82_a.ipynb": "anon_aB3dF",
        "lee_1_5_work.ipynb": "lee",
        "lee_1_5_notes.pdf": None,
        "kim_2_6_notes.pdf": ("kim", "kim_2_6_notes.pdf is no notebook"),
        "Ben_4712.ipynb": ("Ben", "Ben handed in several files: keep one"),
        "Ben_4713.ipynb": None,
        "holiday.pdf": ("holiday.pdf", "the file name doesn't match the pattern (?P"),
    },
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_what_counts_of_what_was_handed_in(tmp_path, layout):
    """Whatever lists, archives and files of systems are left beside it."""
    put(tmp_path, "list.csv", "class.txt", "all.zip", ".DS_Store", "._x.ipynb")
    put(tmp_path, "__MACOSX/x.ipynb", *layout)
    seen = found(tmp_path)
    for file, whose in layout.items():
        if isinstance(whose, tuple):
            learner, why = whose
            assert seen.pop(learner).startswith(why)
        elif whose:
            assert seen.pop(whose) == file
    assert seen == {}


def test_a_pattern_says_where_a_name_has_the_learner(tmp_path):
    names = "Ann_1_assign/x.ipynb", "Ann_2_assign/x.ipynb", "Ben/x.ipynb"
    put(tmp_path, *names)
    numbers = found(tmp_path, r".*_(?P<learner>\d+)_.*")
    assert list(numbers) == ["1", "2", "Ben"]
    assert "doesn't match the pattern .*_(?P" in numbers["Ben"]


def test_links_to_folders_are_not_followed(tmp_path):
    put(tmp_path, "solutions/01_small/01_small.ipynb")
    (tmp_path / "in" / "eve").mkdir(parents=True)
    (tmp_path / "in" / "dan").symlink_to(tmp_path / "solutions")
    (tmp_path / "in" / "eve" / "01_small").symlink_to(tmp_path / "solutions/01_small")
    why = "a symbolic link, not a folder"
    assert found(tmp_path / "in") == {"dan": why, "eve": why}


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_folder_that_cant_be_read_is_its_learners_alone(tmp_path):
    (tmp_path / "ann").mkdir(0)
    put(tmp_path, "ben/x.ipynb")
    why = "can't be read: Permission denied"
    assert found(tmp_path) == {"ann": why, "ben": "ben/x.ipynb"}


def test_notebooks_beside_folders_are_refused_by_name(tmp_path):
    put(tmp_path, "ann/x.ipynb", "ben/x.ipynb", "stray.ipynb")
    with pytest.raises(GraderError, match=r"take stray\.ipynb out"):
        found(tmp_path)


def test_a_pattern_that_matches_nothing_or_takes_for_ever_is_refused(tmp_path):
    put(tmp_path, f"{'a' * 40}.ipynb")
    with pytest.raises(GraderError, match="matches no name here, such as aaa"):
        found(tmp_path, r"(?P<learner>\d+)_.*")
    with pytest.raises(GraderError, match="takes too long"):
        found(tmp_path, r"(?P<learner>(a+)+)b")


def pack(archive, files, method=zipfile.ZIP_STORED):
    """Write a ZIP file of {name: content}."""
    with zipfile.ZipFile(archive, "w", method) as packed:
        for name, content in files.items():
            packed.writestr(name, content)


def test_the_zip_of_a_platform_is_taken_as_it_is(course):
    """It leaves the folder of submissions that nbgrader has."""
    kept = course.output / "submitted" / "ann.ipynb"
    put(course.output, "submitted/ann.ipynb")
    course.submitted = course.folder / "submissions (1).zip"
    files = {
        f"Ann Lee_1_{IN_MOODLE}/work.ipynb": GOOD,
        f"Ann Lee_2_{IN_MOODLE}/work.ipynb": ONE_WRONG,
        f"../../outside_3_{IN_MOODLE}/work.ipynb": GOOD,
    }
    pack(course.submitted, files)
    seen = course.grade()
    assert scores(seen) == {"Ann Lee (1)": "6", "Ann Lee (2)": "5", "outside": "6"}
    assert kept.exists()
    assert {path.name for path in course.folder.iterdir()} == {
        *("in", "out", "solutions", "submissions (1).zip")
    }


def test_no_name_of_a_learners_file_keeps_a_zip_from_being_unpacked(tmp_path):
    ann, ben, cem = (f"{name}_1_{IN_MOODLE}" for name in ("A", "B", "C"))
    long = f"{ann}/{'书' * 250}.ipynb"
    names = [long, f"{ben}/mine", f"{ben}/mine/work.ipynb", f"{cem}/work.ipynb"]
    pack(tmp_path / "all.zip", dict.fromkeys(names, b""))
    seen = found(unpack(tmp_path / "all.zip", tmp_path / "unpacked"))
    assert seen.pop("A").startswith(f"{ann}/书")
    none = "no notebook with the name 01_small.ipynb"
    assert seen == {"B": none, "C": f"{cem}/work.ipynb"}


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, 14])
def test_a_damaged_zip_is_refused_in_one_line(course, refused, method):
    course.submitted = course.folder / "submissions.zip"
    pack(course.submitted, {"ann_.ipynb": GOOD}, method)
    content = bytearray(course.submitted.read_bytes())
    content[60:80] = bytes(20)
    course.submitted.write_bytes(content)
    assert "submissions.zip can't be unpacked: " in refused()


def test_no_results_among_the_submissions(course, refused):
    course.hand_in("ann/01_small.ipynb")
    course.output = course.submitted / "out"
    assert "would take what this one writes for submissions" in refused()
    assert {path.name for path in course.submitted.iterdir()} == {"ann"}


@IN_THE_BOOK
def test_make_takes_names_with_spaces_and_brackets():
    """Browsers call a second download so."""
    make = ["make", "--old-file=.venv/installed", "grade", "OPTIONS=--allow-root"]
    command = [*make, "FOLDER=submissions (1)"]
    done = subprocess.run(command, cwd=BOOK, capture_output=True, text=True)
    assert "submissions (1) is no folder" in done.stderr


def test_another_class_in_the_same_place_is_refused(course, refused):
    ann = course.hand_in("ann_.ipynb")
    course.grade()
    ann.rename(course.submitted / "ben_.ipynb")
    assert "results of another class" in refused()
    assert set(course.rows()) == {"ann"}
    # Some names are in two classes.
    for name in ["ben", "cem", "dan"]:
        (course.results / f"{name}.json").write_text("{}")
    assert "of its 4 learners, 1 handed in here" in refused()


LACKS = {"No space left": OSError(28, "No space left"), "out of memory": MemoryError()}


@pytest.mark.parametrize("says", LACKS)
def test_what_the_machine_lacks_costs_nobody_points(course, refused, monkeypatch, says):
    course.hand_in("ann_.ipynb")

    def replace(*_):
        raise LACKS[says]

    with monkeypatch.context() as full:
        full.setattr(os, "replace", replace)
        assert says in refused()
    assert not list(course.results.iterdir())
    assert not (course.output / "grades.csv").exists()
    assert course.grade()["ann"]["score"] == "6"


def test_what_cant_be_read_scores_nothing_and_is_reported(course, capsys):
    broken, strange = "its JSON is broken", "not that of a notebook"
    files = {
        "not json": (b"\x89PNG", broken),
        "half": (GOOD[: len(GOOD) // 2], broken),
        "deep": (b'{"cells": ' + b"[" * 100_000, broken),
        "empty": (b"", "the file is empty"),
        "list": (b"[1, 2]", strange),
        "no cells": (b'{"cells": {"a": 1}}', strange),
        "millions": (b'{"cells": [' + b"{}," * 3_000_000 + b"{}]}", "20000 cells"),
        "other": (notebook([code("1 + 1")]), "another exercise"),
        "setup only": (notebook([code(SETUP, "setup")]), "another exercise"),
        "large": (b"{", "larger than 20 MB"),
        "link": (None, "a symbolic link"),
        "pipe": (None, "not a file"),
        "folder": (None, "Is a directory"),
    }
    for learner, (content, _) in files.items():
        if content is not None:
            course.hand_in(f"{learner}_.ipynb", content)
    with open(course.submitted / "large_.ipynb", "ab") as file:
        file.truncate(10**12)  # to read it all, no machine has the memory
    (course.submitted / "link_.ipynb").symlink_to(course.solution)
    os.mkfifo(course.submitted / "pipe_.ipynb")
    (course.submitted / "folder_.ipynb").mkdir()
    course.hand_in("good_.ipynb")
    capsys.readouterr()
    seen = course.grade()
    assert f"{len(files)} of all can't be read" in capsys.readouterr().out
    assert set(seen) == {*files, "good"}
    for learner, (_, reason) in files.items():
        assert reason in seen[learner]["problem"], learner
        assert seen[learner]["score"] == "0"
        assert reason in course.summary()
    assert seen["good"]["score"] == "6"


def test_names_of_files_do_no_harm(course):
    formulas = ["=cmd|x!A1", "-1", "+1", "@SUM(1)", "\uff1dcmd|x!A1"]
    names = [*formulas, "a\nb", "..", "<b>x", "é" * 60, "n" * 245, "%2e%2e"]
    names += ["a;b,c\"d'", "semicolon;=1+1"]
    for name in names:
        course.hand_in(f"{name}_.ipynb", b"")
    no_text = os.fsdecode(b"\xff\xfe")
    course.hand_in(f"{no_text}_1_{IN_MOODLE}_x.ipynb", ONE_WRONG)
    seen = course.grade()
    assert len(seen) == len(names) + 1
    assert seen["\\udcff\\udcfe"]["score"] == "5"
    assert {"a\\nb", *(f"'{formula}" for formula in formulas)} < set(seen)
    # Quoted, or a semicolon would begin a cell, and with it a formula.
    assert '"semicolon;=1+1"' in (course.output / "grades.csv").read_text()
    assert {path.name for path in course.folder.iterdir()} == {"in", "out", "solutions"}
    assert len(list((course.output / "feedback").iterdir())) == len(names) + 1
    assert "<b>x" not in course.summary()
    links = set(re.findall(r'href="(feedback/[^"]+)"', course.summary()))
    assert len(links) == len(names) + 1


def test_a_name_like_a_made_one_is_never_the_same_twice():
    made = Submission("n" * 120, None).file_name
    assert Submission(made, None).file_name != made


def test_pages_hold_no_script_and_no_hidden_check(course):
    attack = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    cells = handed_in(
        double=f"def double(x):\n    raise ValueError({attack!r})  # {attack}",
        triple="def triple(x):\n    return 6",
        cube_layer="def cube_layer():\n    raise ValueError('\\ud83d')",
    )
    cells[3]["outputs"] = [
        {"output_type": "display_data", "data": {"text/html": attack}}
    ]
    name = f"{attack.replace('/', '')}_1_{IN_MOODLE}_x.ipynb"
    course.hand_in(name, notebook(cells))
    course.grade()
    [feedback] = (course.output / "feedback").iterdir()
    for page in (feedback.read_text(), course.summary()):
        tags = BeautifulSoup(page, "html.parser").find_all(True)
        forbidden = {"script", "img", "iframe", "link", "object", "svg"}
        assert not forbidden & {tag.name for tag in tags}
        assert not any(name.startswith("on") for tag in tags for name in tag.attrs)
        assert "default-src 'none'" in page
        assert "&lt;script&gt;" in page
    assert "SECRET" not in feedback.read_text()
    assert "follows the\nsame rules" in feedback.read_text()


def test_feedback_names_the_entry_of_the_appendix(course, monkeypatch):
    """For an exception that the learner sees; not for what a hidden check meets."""
    message = "axis 2 is out of bounds for array of dimension 1"
    write_appendix(course.folder, message)
    monkeypatch.chdir(course.folder)
    appendix.line.cache_clear()
    for name, least in [("seen", 0), ("hidden", 50)]:
        fails = f"if x[0] > {least}:\n        return np.take(x, 0, axis=7)"
        answer = f"def double(x):\n    {fails}\n    return 2 * x"
        course.hand_in(f"{name}_.ipynb", double=answer)
    course.hand_in("wrong_.ipynb", double=WRONG)
    course.grade()
    monkeypatch.undo()
    appendix.line.cache_clear()
    pages = {p.stem: p.read_text() for p in (course.output / "feedback").iterdir()}
    assert f"Appendix B: {message}" in pages["seen"]
    assert "failed a further check" in pages["hidden"]
    assert "Appendix B" not in pages["hidden"] + pages["wrong"]


def test_only_what_is_new_or_changed_is_graded_again(course, capfd):
    course.hand_in("ann_.ipynb")
    course.hand_in("ben_.ipynb")
    course.grade()
    assert "2 graded, 0" in capfd.readouterr().out
    ann, ben = (course.results / f"{name}.json" for name in ("ann", "ben"))
    result, stored = json.loads(ann.read_text()), ann.stat().st_mtime_ns
    assert 0 < result["seconds_in_cells"] < result["seconds"]
    course.hand_in("ben_.ipynb", ONE_WRONG)
    course.hand_in("cem_.ipynb", ONE_WRONG)
    assert list(scores(course.grade()).values()) == ["6", "5", "5"]
    assert "2 graded, 1" in capfd.readouterr().out
    assert ann.stat().st_mtime_ns == stored
    course.solution.write_bytes(SOURCE + b"\n")
    course.grade()
    assert "3 graded, 0" in capfd.readouterr().out
    ann.write_text(ann.read_text()[:100])  # as a power failure might leave it
    ben.write_text(json.dumps(json.loads(ben.read_text()) | {"questions": []}))
    os.remove(course.submitted / "cem_.ipynb")
    assert scores(course.grade()) == {"ann": "6", "ben": "5"}
    assert "2 graded, 0" in capfd.readouterr().out
    assert not (course.output / "feedback" / "cem.html").exists()


def test_processes_get_ready_while_the_source_is_read(course, monkeypatch):
    seen = []
    monkeypatch.setattr(class_run, "warm_server", seen.append)
    monkeypatch.setattr(record, "_problems", lambda _: seen.append("read") or [])
    run = class_run.ClassRun(SOURCE, "01_small", None, course.folder, here=True)
    assert seen == [run.exercise.modules, "read"]


@pytest.fixture
def measured(course, monkeypatch):
    """Return a course whose limits follow from its solution: two seconds a cell."""
    monkeypatch.setattr(class_run, "LEAST_SECONDS", 2)
    monkeypatch.setattr(class_run, "TIMES_AS_SLOW", 0)
    course.options = []
    return course


def test_a_limit_that_follows_from_the_solution_ends_what_computes_for_ever(measured):
    endless = "def double(x):\n    while True: pass"
    measured.hand_in("ann_.ipynb", double=endless)
    # Waits, as a cell does that shares its processor with others.
    waits = f"import time\ntime.sleep(3)\n{RIGHT['double']}"
    measured.hand_in("ben_.ipynb", double=waits)
    assert scores(measured.grade()) == {"ann": "5", "ben": "6"}
    said = "more than 2 seconds of a processor&#39;s time"
    assert said in (measured.output / "feedback" / "ann.html").read_text()
    limit = "may take 2 seconds of a processor&#39;s time, and 60 seconds in all"
    assert limit in measured.summary()


def test_a_grade_stays_when_the_solution_takes_longer_but_not_under_another_limit(
    measured, monkeypatch, capfd
):
    measured.hand_in("ann_.ipynb")
    measured.grade()
    monkeypatch.setattr(class_run, "LEAST_SECONDS", 3)
    measured.grade()
    assert "0 graded, 1" in capfd.readouterr().out
    measured.grade("--seconds", "60")
    assert "1 graded, 0" in capfd.readouterr().out
    assert "Each cell may take 60 seconds" in measured.summary()


@pytest.mark.parametrize("slowest, limit", [(0, 30), (1.5, 30), (2.01, 41), (9, 60)])
def test_a_limit_has_bounds(slowest, limit):
    assert class_run.busy_seconds(slowest, most=60) == limit


def test_kill_9_loses_nothing_and_leaves_nothing_behind(course):
    slow = "import time\ntime.sleep(0.2)\n"
    for number in range(6):
        course.hand_in(f"learner{number}_.ipynb", double=slow + RIGHT["double"])
    (temporary := course.folder / "temporary").mkdir()  # in /tmp others are at work
    command = [sys.executable, "-m", "keras_book_grader", *course.arguments()]
    variables = environment() | {"TMPDIR": str(temporary)}
    grader = subprocess.Popen(command, env=variables)
    results = course.results
    wait_until(lambda: len(list(results.glob("*.json"))) >= 2, 60)
    grader.send_signal(signal.SIGSTOP)
    children = below(grader.pid)
    assert len(children) >= 2  # the server, and a submission
    grader.send_signal(signal.SIGKILL)
    grader.wait()
    wait_until_ended(children)
    assert not list(temporary.iterdir())
    before = {p: p.stat().st_mtime_ns for p in results.glob("*.json")}
    assert list(scores(course.grade()).values()) == ["6"] * 6
    assert all(path.stat().st_mtime_ns == when for path, when in before.items())
    assert not list(results.glob("*.part"))


def test_a_solution_that_fails_its_own_checks_is_refused(course, refused):
    course.hand_in("ann_.ipynb")
    broken = exercise(RIGHT | {"triple": STUB["triple"]}, hidden=True)
    course.solution.write_bytes(notebook(broken))
    assert "the solution fails its own triple_checks" in refused()


MISTAKES = [
    ({"submitted": "/nowhere"}, "is no folder"),
    ({"solution": "77"}, "there is no exercise 77"),
    ({"options": ["--pattern", "("]}, "no regular expression"),
    ({"options": ["--pattern", "x"]}, "a group named learner"),
    ({"options": ["--jobs", "0"]}, "--jobs must be 1 or more"),
    ({"options": ["--seconds", "nan"]}, "--seconds must be"),
    ({"options": ["--seconds", "-1"]}, "--seconds must be"),
    ({"options": ["--memory", "0"]}, "--memory must be"),
]


@pytest.mark.parametrize("given, says", MISTAKES)
def test_mistakes_at_the_keyboard_get_one_line(
    course, capsys, monkeypatch, given, says
):
    course.hand_in("ann_.ipynb")
    (course.folder / "exercises").mkdir()
    monkeypatch.chdir(course.folder)
    vars(course).update(given)
    assert main(course.arguments()) == 1
    error = capsys.readouterr().err
    assert says in error and error.count("\n") == 1


def test_a_class_that_hands_in_something_else_is_a_failure_with_reports(
    course, refused
):
    for learner in ("ann", "bob"):
        course.hand_in(f"{learner}_.ipynb", b"{}")
    assert "do they answer 01_small?" in refused()
    assert set(course.rows()) == {"ann", "bob"}


@pytest.mark.skipif(os.geteuid() != 0, reason="for root only")
def test_root_is_refused_unless_told(course, capsys):
    course.hand_in("ann_.ipynb")
    assert main([a for a in course.arguments() if a != "--allow-root"]) == 1
    assert "--allow-root" in capsys.readouterr().err


def test_a_machine_that_cant_confine_says_what_is_missing(course, refused, monkeypatch):
    course.hand_in("ann_.ipynb")
    monkeypatch.setattr(processes, "sys", SimpleNamespace(platform="darwin"))
    said = refused()
    assert "this is no Linux" in said and "--unconfined" in said


def test_another_system_grades_unconfined(course, monkeypatch, capfd):
    seen = "import os\nif 'TOKEN_OF_TEACHER' in os.environ:\n    os._exit(1)\n"
    written = "open('left behind', 'w').write('')\nprint('noise')\n"
    course.hand_in("ann_.ipynb", double=seen + written + WRONG)
    (temporary := course.folder / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    monkeypatch.setattr(processes, "sys", SimpleNamespace(platform="darwin"))
    monkeypatch.setenv("PYTHONPATH", str(PACKAGES))
    ann = course.grade("--unconfined")["ann"]
    assert (ann["score"], ann["problem"]) == ("5", "")
    assert not list(temporary.iterdir())
    said = capfd.readouterr()
    assert "noise" not in said.out and "oneDNN" not in said.err


@IN_THE_BOOK
def test_sample_class_scores_what_it_says(course, monkeypatch):
    monkeypatch.syspath_prepend(PACKAGES)
    from sample_class import EXERCISE, make_class

    make_class(BOOK, course.folder)
    course.submitted = course.folder / "submitted"
    course.solution = BOOK / "solutions" / EXERCISE / f"{EXERCISE}.ipynb"
    course.options = ["--seconds", "15", "--memory", "2048"]
    expected = scores(read_table(course.folder / "expected.csv"))
    assert len(expected) == 24
    assert scores(course.grade()) == expected
