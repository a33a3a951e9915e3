"""A class: found whatever its layout, graded once, lost never, reported safely."""

import html.parser
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import zipfile
from types import SimpleNamespace

import pytest
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
from keras_book_grader.__main__ import main
from keras_book_grader.submissions import Submission, find_submissions, unpack

pytestmark = ON_LINUX

ONE_WRONG = notebook(handed_in(double=WRONG))


@pytest.fixture
def course(tmp_path):
    return Course(tmp_path)


def test_layout_of_nbgrader(course):
    course.hand_in("ann/01_small/01_small.ipynb")
    course.hand_in("ben/01_small/01_small_1.ipynb", ONE_WRONG)
    course.hand_in("cem/02_other/02_other.ipynb")
    (course.submitted / "dan").symlink_to(course.folder / "solutions")
    course.hand_in("eve/notes.txt")
    (course.submitted / "eve" / "01_small").symlink_to(course.solution.parent)
    seen = course.grade()
    expected = {"ann": "6", "ben": "5", "cem": "0", "dan": "0", "eve": "0"}
    assert scores(seen) == expected
    assert seen["dan"]["problem"] == seen["eve"]["problem"]
    assert "a symbolic link, not a folder" in seen["eve"]["problem"]
    assert "no notebook with the name 01_small.ipynb" in seen["cem"]["problem"]


def test_layout_of_a_folder_for_each_learner(course):
    course.hand_in("ann/01_small.ipynb")
    course.hand_in("ben/my answers.ipynb", ONE_WRONG)
    course.hand_in("cem/one.ipynb")
    course.hand_in("cem/two.ipynb")
    seen = course.grade()
    assert scores(seen) == {"ann": "6", "ben": "5", "cem": "0"}
    assert "several notebooks" in seen["cem"]["problem"]


def test_layout_of_a_learning_platform(course):
    course.hand_in("Ann Lee_4711_assignsubmission_file.ipynb")
    course.hand_in("Ben_4712.ipynb", ONE_WRONG)
    course.hand_in("Ben_4713.ipynb")
    course.hand_in("holiday.pdf", b"%PDF")
    seen = course.grade()
    assert seen["Ann Lee"]["score"] == "6"
    assert "several files" in seen["Ben"]["problem"]
    assert "doesn't match the pattern" in seen["holiday.pdf"]["problem"]
    course.output = course.folder / "by_number"
    by_number = course.grade("--pattern", r".*_(?P<learner>\d+).*")
    assert set(by_number) == {"4711", "4712", "4713", "holiday.pdf"}


def learners(folder, pattern=None):
    """Return {learner: problem} of the submissions found in a folder."""
    found = find_submissions(folder, "01_small", pattern)
    assert len({each.file_name for each in found}) == len(found)
    return {each.learner: each.problem for each in found}


def test_two_people_of_one_name_stay_two(tmp_path):
    for name in [
        "Anna Schmidt_4711_assignsubmission_file_a.ipynb",
        "Anna Schmidt_4812_assignsubmission_file_a.ipynb",
        "Ben_van_Dyk_4900_assignsubmission_file_b.ipynb",
        "schmidtanna_1001_77_a.ipynb",
        "schmidtanna_LATE_1002_78_a-1.ipynb",
        "lee_ann_1003_79_a.ipynb",
        "lee_ben_LATE_1004_80_a.ipynb",
        "anon_aB3dE_81_a.ipynb",
        "LATE_anon_aB3dF_82_a.ipynb",
    ]:
        (tmp_path / name).touch()
    names = ["Anna Schmidt (4711)", "Anna Schmidt (4812)", "Ben_van_Dyk"]
    names += ["schmidtanna (1001)", "schmidtanna (1002)", "lee_ann", "lee_ben"]
    names += ["anon_aB3dE", "anon_aB3dF"]
    assert learners(tmp_path) == dict.fromkeys(names)


def test_a_notebook_counts_whatever_else_was_handed_in_with_it(tmp_path):
    for name in ["lee_1_5_notes.pdf", "lee_1_5_work.ipynb", "kim_2_6_notes.pdf"]:
        (tmp_path / name).touch()
    found = learners(tmp_path)
    assert found == {"lee": None, "kim": "kim_2_6_notes.pdf is no notebook"}


def test_moodles_folders_and_what_systems_leave_behind(tmp_path):
    for name in ["Ann Lee_1_assignsubmission_file", "Ann Lee_2_assignsubmission_file_"]:
        (tmp_path / name).mkdir()
        for file in ["work.ipynb", "._work.ipynb"]:
            (tmp_path / name / file).touch()
    own = tmp_path / "Ben Ray_3_assignsubmission_file" / "my work"
    online = tmp_path / "Ben Ray_3_assignsubmission_onlinetext"
    for folder, name in [
        (own, "work.ipynb"),
        (own / ".ipynb_checkpoints", "work-checkpoint.ipynb"),
        (online, "onlinetext.html"),
    ]:
        folder.mkdir(parents=True)
        (folder / name).touch()
    for name in ["roster.csv", "all.zip", ".DS_Store", "._x.ipynb"]:
        (tmp_path / name).touch()
    names = ["Ann Lee (1)", "Ann Lee (2)", "Ben Ray"]
    assert learners(tmp_path) == dict.fromkeys(names)
    by_number = learners(tmp_path, r".*_(?P<learner>\d+)_assign.*")
    assert by_number == {"1": None, "2": None, "3": None}


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_folder_that_cant_be_read_is_its_learners_alone(tmp_path):
    (tmp_path / "ann").mkdir(0)
    (tmp_path / "ben").mkdir()
    (tmp_path / "ben" / "work.ipynb").touch()
    assert learners(tmp_path) == {
        "ann": "can't be read: Permission denied",
        "ben": None,
    }


def test_notebooks_beside_folders_are_refused_by_name(tmp_path):
    for name in ["ann", "ben"]:
        (tmp_path / name).mkdir()
    (tmp_path / "stray.ipynb").touch()
    with pytest.raises(GraderError, match=r"take stray\.ipynb out"):
        learners(tmp_path)


def test_a_pattern_that_matches_nothing_or_takes_for_ever_is_refused(tmp_path):
    (tmp_path / f"{'a' * 40}.ipynb").touch()
    with pytest.raises(GraderError, match="matches no name here, such as aaa"):
        learners(tmp_path, r"(?P<learner>\d+)_.*")
    with pytest.raises(GraderError, match="takes too long"):
        learners(tmp_path, r"(?P<learner>(a+)+)b")


def test_the_zip_of_a_platform_is_taken_as_it_is(course):
    archive = course.folder / "submissions.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("Ann Lee_1_assignsubmission_file/work.ipynb", GOOD)
        packed.writestr("Ann Lee_2_assignsubmission_file/work.ipynb", ONE_WRONG)
        packed.writestr("../../outside_3_assignsubmission_file/work.ipynb", GOOD)
    course.submitted = archive
    seen = course.grade()
    assert scores(seen) == {"Ann Lee (1)": "6", "Ann Lee (2)": "5", "outside": "6"}
    assert {path.name for path in course.folder.iterdir()} == {
        *("in", "out", "solutions", "submissions.zip")
    }
    archive.write_bytes(archive.read_bytes()[:-100])
    assert main(course.arguments()) == 1


def test_no_name_of_a_learners_file_keeps_a_zip_from_being_unpacked(tmp_path):
    archive = tmp_path / "submissions.zip"
    ann, ben, cem = (f"{name}_1_assignsubmission_file" for name in ("A", "B", "C"))
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr(f"{ann}/{'书' * 250}.ipynb", GOOD)
        packed.writestr(f"{ben}/mine", b"")
        packed.writestr(f"{ben}/mine/work.ipynb", GOOD)
        packed.writestr(f"{cem}/work.ipynb", GOOD)
    found = learners(unpack(archive, tmp_path / "unpacked"))
    no_notebook = "no notebook with the name 01_small.ipynb"
    assert found == {"A": None, "B": no_notebook, "C": None}


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, 14])
def test_a_damaged_zip_is_refused_in_one_line(tmp_path, method):
    archive = tmp_path / "submissions.zip"
    with zipfile.ZipFile(archive, "w", method) as packed:
        packed.writestr("ann_.ipynb", GOOD)
    content = bytearray(archive.read_bytes())
    content[60:80] = bytes(20)
    archive.write_bytes(content)
    with pytest.raises(GraderError, match="submissions.zip can't be unpacked: ."):
        unpack(archive, tmp_path / "unpacked")


def test_a_zip_leaves_the_folder_of_submissions_that_nbgrader_has(course):
    kept = course.output / "submitted" / "ann.ipynb"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(GOOD)
    course.submitted = course.folder / "submissions (1).zip"
    with zipfile.ZipFile(course.submitted, "w") as packed:
        packed.writestr("ben_.ipynb", b"")
    assert set(course.grade()) == {"ben"}
    assert kept.read_bytes() == GOOD


def test_no_results_among_the_submissions(course, capsys):
    course.hand_in("ann/01_small.ipynb")
    course.output = course.submitted / "out"
    assert main(course.arguments()) == 1
    assert "would take what this one writes for submissions" in capsys.readouterr().err
    assert {path.name for path in course.submitted.iterdir()} == {"ann"}


@IN_THE_BOOK
def test_make_takes_names_with_spaces_and_brackets():
    """Browsers call a second download so."""
    make = ["make", "--old-file=.venv/installed", "grade", "OPTIONS=--allow-root"]
    command = [*make, "FOLDER=submissions (1)"]
    done = subprocess.run(command, cwd=BOOK, capture_output=True, text=True)
    assert "submissions (1) is no folder" in done.stderr


def test_another_class_in_the_same_place_is_refused(course, capsys):
    ann = course.hand_in("ann_.ipynb", b"")
    course.grade()
    ann.rename(course.submitted / "ben_.ipynb")
    assert main(course.arguments()) == 1
    assert "results of another class" in capsys.readouterr().err
    assert set(course.rows()) == {"ann"}
    # Some names are in two classes.
    for name in ["ben", "cem", "dan"]:
        (course.results / f"{name}.json").write_text("{}")
    assert main(course.arguments()) == 1
    assert "of its 4 learners, 1 handed in here" in capsys.readouterr().err


@pytest.mark.parametrize("broken", [OSError(28, "No space left"), MemoryError()])
def test_what_the_machine_lacks_costs_nobody_points(
    course, capsys, monkeypatch, broken
):
    course.hand_in("ann_.ipynb")

    def replace(*_):
        raise broken

    with monkeypatch.context() as full:
        full.setattr(os, "replace", replace)
        assert main(course.arguments()) == 1
        said = capsys.readouterr().err.splitlines()[-1]
        assert "No space left" in said or "out of memory" in said
    assert not list(course.results.iterdir())
    assert not (course.output / "grades.csv").exists()
    assert course.grade()["ann"]["score"] == "6"


def test_what_cant_be_read_scores_nothing_and_is_reported(course):
    broken, strange = "its JSON is broken", "not that of a notebook"
    contents = {
        "not json": (b"\x89PNG", broken),
        "half": (GOOD[: len(GOOD) // 2], broken),
        "deep": (b'{"cells": ' + b"[" * 100_000, broken),
        "empty": (b"", "the file is empty"),
        "list": (b"[1, 2]", strange),
        "no cells": (b'{"cells": {"a": 1}}', strange),
        "millions": (b'{"cells": [' + b"{}," * 3_000_000 + b"{}]}", "20000 cells"),
        "other": (notebook([code("1 + 1")]), "another exercise"),
        "setup only": (notebook([code(SETUP, "setup")]), "another exercise"),
    }
    for learner, (content, _) in contents.items():
        course.hand_in(f"{learner}_.ipynb", content)
    with open(course.hand_in("large_.ipynb"), "ab") as file:
        file.truncate(10**12)  # to read it all, no machine has the memory
    (course.submitted / "link_.ipynb").symlink_to(course.solution)
    os.mkfifo(course.submitted / "pipe_.ipynb")
    (course.submitted / "folder_.ipynb").mkdir()
    course.hand_in("good_.ipynb")
    seen = course.grade()
    reasons = {learner: reason for learner, (_, reason) in contents.items()} | {
        "large": "larger than 20 MB",
        "link": "a symbolic link",
        "pipe": "not a file",
        "folder": "Is a directory",
    }
    assert set(seen) == {*reasons, "good"}
    for learner, reason in reasons.items():
        assert reason in seen[learner]["problem"], learner
        assert seen[learner]["score"] == "0"
        assert reason in course.summary()
    assert seen["good"]["score"] == "6"


def test_names_of_files_do_no_harm(course):
    names = ["a\nb", "..", "<b>x", "é" * 60, "n" * 245, "%2e%2e", "a;b,c\"d'"]
    formulas = ["=cmd|x!A1", "-1", "+1", "@SUM(1)", "\uff1dcmd|x!A1"]
    names += formulas
    for name in names:
        course.hand_in(f"{name}_.ipynb", b"")
    course.hand_in(os.fsdecode(b"\xff\xfe_.ipynb"), ONE_WRONG)
    seen = course.grade()
    assert len(seen) == len(names) + 1
    assert seen["\\udcff\\udcfe"]["score"] == "5"
    assert {"a\\nb", *(f"'{formula}" for formula in formulas)} < set(seen)
    assert {path.name for path in course.folder.iterdir()} == {"in", "out", "solutions"}
    assert len(list((course.output / "feedback").iterdir())) == len(names) + 1
    assert "<b>x" not in course.summary()
    links = set(re.findall(r'href="(feedback/[^"]+)"', course.summary()))
    assert len(links) == len(names) + 1


def test_a_list_of_the_class_beside_the_folders_is_no_submission(tmp_path):
    (tmp_path / "ann").mkdir()
    (tmp_path / "__MACOSX").mkdir()
    (tmp_path / "class.txt").write_text("ann")
    found = find_submissions(tmp_path, "01_small")
    assert [submission.learner for submission in found] == ["ann"]


def test_a_name_like_a_made_one_is_never_the_same_twice():
    made = Submission("José", None).file_name
    assert Submission(made, None).file_name != made


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
    output = {"output_type": "display_data", "data": {"text/html": attack}}
    cells[3]["outputs"] = [output]
    course.hand_in(f"{attack.replace('/', '')}_.ipynb", notebook(cells))
    leak = "    if x > 30: raise ValueError('lea' + f'ked {x}')\n    return 6"
    no_text = "def double(x):\n    raise ValueError('\\ud83d')"
    cells = handed_in(triple=f"def triple(x):\n{leak}", double=no_text)
    course.hand_in("leak_.ipynb", notebook(cells))
    course.grade()
    pages = [p.read_text() for p in (course.output / "feedback").iterdir()]
    assert len(pages) == 2
    for page in [*pages, course.summary()]:
        tags = Tags()
        tags.feed(page)
        assert not tags.seen & {"script", "img", "iframe", "link", "object", "svg"}
        assert not any(name.startswith("on") for name in tags.attributes)
        assert "default-src 'none'" in page
    for page in pages:
        assert "SECRET" not in page and "leaked" not in page and "31.5" not in page
        assert "follows the\nsame rules" in page
    assert any("&lt;script&gt;" in page for page in pages)


def test_feedback_names_the_entry_of_the_appendix(course, monkeypatch):
    """For an exception that the learner sees; not for what a hidden check meets."""
    message = "axis 2 is out of bounds for array of dimension 1"
    write_appendix(course.folder, message)
    monkeypatch.chdir(course.folder)
    appendix.line.cache_clear()
    for name, least in [("seen", 0), ("hidden", 50)]:
        fails = f"if x[0] > {least}:\n        return np.take(x, 0, axis=7)"
        answer = f"def double(x):\n    {fails}\n    return 2 * x"
        course.hand_in(f"{name}_.ipynb", notebook(handed_in(double=answer)))
    course.hand_in("wrong_.ipynb", notebook(handed_in(double=WRONG)))
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
    stored = {p: p.stat().st_mtime_ns for p in course.results.iterdir()}
    course.hand_in("ben_.ipynb", ONE_WRONG)
    course.hand_in("cem_.ipynb", ONE_WRONG)
    assert list(scores(course.grade()).values()) == ["6", "5", "5"]
    assert "2 graded, 1" in capfd.readouterr().out
    ann = course.results / "ann.json"
    assert ann.stat().st_mtime_ns == stored[ann]
    course.solution.write_bytes(SOURCE + b"\n")
    course.grade()
    assert "3 graded, 0" in capfd.readouterr().out
    ann.write_text(ann.read_text()[:100])  # as a power failure might leave it
    os.remove(course.submitted / "cem_.ipynb")
    assert set(course.grade()) == {"ann", "ben"}
    assert "1 graded, 1" in capfd.readouterr().out
    assert not (course.output / "feedback" / "cem.html").exists()


@pytest.fixture
def measured(course, monkeypatch):
    """Return a course whose limits follow from its solution: two seconds a cell."""
    monkeypatch.setattr(class_run, "LEAST_SECONDS", 2)
    monkeypatch.setattr(class_run, "TIMES_AS_SLOW", 0)
    course.limit = []
    return course


def test_a_limit_that_follows_from_the_solution_ends_what_computes_for_ever(measured):
    endless = "def double(x):\n    while True: pass"
    measured.hand_in("ann_.ipynb", notebook(handed_in(double=endless)))
    # Waits, as a cell does that shares its processor with others.
    waits = f"import time\ntime.sleep(3)\n{RIGHT['double']}"
    measured.hand_in("ben_.ipynb", notebook(handed_in(double=waits)))
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


LIMITS = [(0, 30), (1.5, 30), (2.01, 41), (9, 60)]


@pytest.mark.parametrize(("slowest", "limit"), LIMITS)
def test_a_limit_has_bounds(slowest, limit):
    assert class_run.busy_seconds(slowest, most=60) == limit


def test_kill_9_loses_nothing_and_leaves_nothing_behind(course):
    slow = "import time\ntime.sleep(0.2)\n"
    content = notebook(handed_in(double=slow + RIGHT["double"]))
    for number in range(6):
        course.hand_in(f"learner{number}_.ipynb", content)
    folders = set(pathlib.Path("/tmp").glob("keras-book-grader-*"))
    command = [sys.executable, "-m", "keras_book_grader", *course.arguments()]
    grader = subprocess.Popen(command, env=environment())
    results = course.results
    wait_until(lambda: len(list(results.glob("*.json"))) >= 2, 60)
    grader.send_signal(signal.SIGSTOP)
    children = below(grader.pid)
    assert len(children) >= 2  # the server, and a submission
    grader.send_signal(signal.SIGKILL)
    grader.wait()
    wait_until_ended(children)
    assert set(pathlib.Path("/tmp").glob("keras-book-grader-*")) <= folders
    before = {p: p.stat().st_mtime_ns for p in results.glob("*.json")}
    assert list(scores(course.grade()).values()) == ["6"] * 6
    assert all(path.stat().st_mtime_ns == when for path, when in before.items())
    assert not list(results.glob("*.part"))


def test_a_solution_that_fails_its_own_checks_is_refused(course, capsys):
    course.hand_in("ann_.ipynb")
    broken = exercise(RIGHT | {"triple": STUB["triple"]}, hidden=True)
    course.solution.write_bytes(notebook(broken))
    assert main(course.arguments()) == 1
    assert "the solution fails its own triple_checks" in capsys.readouterr().err


@pytest.mark.parametrize(
    "change, says",
    [
        (lambda a: a[:2] + ["/nowhere"] + a[3:], "is no folder"),
        (lambda a: ["grade", "77", *a[2:]], "there is no exercise 77"),
        (lambda a: [*a, "--pattern", "("], "no regular expression"),
        (lambda a: [*a, "--pattern", "x"], "a group named learner"),
        (lambda a: [*a, "--jobs", "0"], "--jobs must be 1 or more"),
        (lambda a: [*a, "--seconds", "nan"], "--seconds must be"),
        (lambda a: [*a, "--seconds", "-1"], "--seconds must be"),
        (lambda a: [*a, "--memory", "0"], "--memory must be"),
    ],
)
def test_mistakes_at_the_keyboard_get_one_line(
    course, capsys, monkeypatch, change, says
):
    course.hand_in("ann_.ipynb")
    (course.folder / "exercises").mkdir()
    monkeypatch.chdir(course.folder)
    assert main(change(course.arguments())) == 1
    error = capsys.readouterr().err
    assert says in error and error.count("\n") == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="for root only")
def test_root_is_refused_unless_told(course, capsys):
    course.hand_in("ann_.ipynb")
    assert main([a for a in course.arguments() if a != "--allow-root"]) == 1
    assert "--allow-root" in capsys.readouterr().err


def test_a_machine_that_cant_confine_says_what_is_missing(course, capsys, monkeypatch):
    course.hand_in("ann_.ipynb")
    monkeypatch.setattr(processes, "sys", SimpleNamespace(platform="darwin"))
    assert main(course.arguments()) == 1
    assert "this is no Linux" in (said := capsys.readouterr().err)
    assert "--unconfined" in said


def test_another_system_grades_unconfined(course, monkeypatch, capfd):
    seen = "import os\nif 'TOKEN_OF_TEACHER' in os.environ:\n    os._exit(1)\n"
    written = "open('left behind', 'w').write('')\nprint('noise')\n"
    cells = handed_in(double=seen + written + WRONG)
    course.hand_in("ann_.ipynb", notebook(cells))
    (temporary := course.folder / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    monkeypatch.setattr(processes, "sys", SimpleNamespace(platform="darwin"))
    monkeypatch.setenv("PYTHONPATH", str(PACKAGES))
    ann = course.grade("--unconfined")["ann"]
    assert (ann["score"], ann["problem"]) == ("5", "")
    assert not list(temporary.iterdir())
    assert "noise" not in capfd.readouterr().out


def test_results_say_how_long_it_took(course):
    course.hand_in("ann_.ipynb")
    course.grade()
    result = json.loads((course.results / "ann.json").read_text())
    assert 0 < result["seconds_in_cells"] < result["seconds"]


def test_a_stored_result_that_is_none_is_graded_again(course):
    course.hand_in("ann_.ipynb")
    course.grade()
    path = course.results / "ann.json"
    stored = json.loads(path.read_text())
    path.write_text(json.dumps(stored | {"questions": []}))
    assert course.grade()["ann"]["score"] == "6"


def test_no_cell_of_the_table_is_split_at_a_semicolon(course):
    course.hand_in("ann;=1+1_.ipynb")
    course.grade()
    assert '"ann;=1+1"' in (course.output / "grades.csv").read_text()


@IN_THE_BOOK
def test_sample_class_scores_what_it_says(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(PACKAGES)
    from sample_class import EXERCISE, make_class

    make_class(BOOK, tmp_path)
    source = BOOK / "solutions" / EXERCISE / f"{EXERCISE}.ipynb"
    command = ["grade", str(source), str(tmp_path / "submitted"), "--allow-root"]
    command += ["--seconds", "15", "--memory", "2048", "--jobs", "2"]
    assert main([*command, "--output", str(tmp_path / "out")]) == 0
    expected = scores(read_table(tmp_path / "expected.csv"))
    assert len(expected) == 24
    assert scores(read_table(tmp_path / "out" / "grades.csv")) == expected
