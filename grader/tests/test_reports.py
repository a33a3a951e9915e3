"""What goes to learners and platforms: archives, pages, points by hand."""

import contextlib
import html
import json
import re
import shutil
import zipfile
from dataclasses import asdict

import nbformat
import pytest
from classroom import (
    EXERCISE,
    ON_LINUX,
    RIGHT,
    SETUP,
    VISIBLE,
    Course,
    full_disk,
    handed_in,
    notebook,
    read_table,
)
from keras_book_grader import GraderError
from keras_book_grader.archives import write_archives
from keras_book_grader.gradebook import HandGrading
from keras_book_grader.grading import FAILED, FAILED_FURTHER, PASSED, Score
from keras_book_grader.reports import write_reports
from keras_book_grader.submissions import Submission

SAID = "got <b>\n\n    x\n`` $1$ [1]"


def result(**states):
    """Return a result, as grading makes it; by default, all passed."""
    questions = []
    for checks in EXERCISE.checks:
        state = states.get(checks.question, PASSED)
        points = checks.points if state == PASSED else 0
        score = Score(checks.grade_id, checks.question, points, checks.points, state)
        score.sentence = "" if state == PASSED else SAID
        score.hidden_sentence = "SECRET" if state == FAILED_FURTHER else ""
        questions.append(asdict(score))
    flags = ["changes numpy.allclose"] if states else []
    whole = {"problem": None, "questions": questions, "answers": RIGHT, "flags": flags}
    return whole | {"seconds": 1.0, "seconds_in_cells": 0.5}


@pytest.fixture(scope="module")
def empty_gradebook(tmp_path_factory):
    """Return an empty gradebook: to make one, nbgrader needs seconds."""
    folder = tmp_path_factory.mktemp("empty")
    HandGrading(folder, EXERCISE).exchange([])
    return folder / "gradebook.db"


class Graded:
    """A class that was graded, and what is written of it."""

    def __init__(self, folder, empty):
        self.folder, self.results = folder / "out", {}
        self.submitted = folder / "in"
        self.folder.mkdir()
        self.by_hand = HandGrading(self.folder / "gradebook", EXERCISE)
        self.by_hand.folder.mkdir()
        shutil.copy(empty, self.by_hand.folder)

    def add(self, name, graded, cells=None):
        """Add a submission: a file, or a folder with one; return it."""
        path = self.submitted / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(notebook(handed_in() if cells is None else cells))
        submission = Submission(name.split("_")[0].split("/")[0], path)
        self.results[submission] = graded
        return submission

    def write(self, gradebook=False):
        """Write all that a run writes; return {learner: row of grades.csv}."""
        results = list(self.results.items())
        if gradebook:
            results = self.by_hand.exchange(results)
        write_reports(self.folder, EXERCISE, results)
        return read_table(self.folder / "grades.csv")

    def archive(self, name):
        """Return {name: text} of what is in an archive."""
        with zipfile.ZipFile(self.folder / name) as archive:
            return {name: archive.read(name).decode() for name in archive.namelist()}

    def shown(self, submission):
        """Return the notebook that formgrader shows."""
        folder = self.by_hand.folder / "autograded" / submission.file_name
        return (folder / "01_small" / "01_small.ipynb").read_text()

    def change(self, submission, score=None, extra=None, comment=None):
        """Do by hand what formgrader does: change points of triple, and comment."""
        with self.stored(submission) as (gradebook, grade, where):
            grade.manual_score, grade.extra_credit = score, extra
            gradebook.find_comment("triple", *where).manual_comment = comment
            gradebook.db.commit()

    def waits_for_a_look(self, submission):
        """Say whether formgrader asks to look at the points of triple again."""
        with self.stored(submission) as (_, grade, _):
            return grade.needs_manual_grade

    @contextlib.contextmanager
    def stored(self, submission):
        """Open the gradebook: with the grade of triple, and where it stands."""
        from nbgrader.api import Gradebook

        with Gradebook(f"sqlite:///{self.by_hand.folder}/gradebook.db") as gradebook:
            where = "01_small", "01_small", submission.file_name
            yield gradebook, gradebook.find_grade("triple_checks", *where), where


@pytest.fixture
def graded(tmp_path, empty_gradebook):
    return Graded(tmp_path, empty_gradebook)


MOODLE = "Ann Lee_4711_assignsubmission_file_/01_small.ipynb"
MOODLE_FLAT = "Ben_4712_assignsubmission_file_01_small.ipynb"
CANVAS = "leecy_LATE_1001_55_01_small-1.ipynb"


def test_archives_have_the_names_that_platforms_gave(graded):
    graded.add(MOODLE, result())
    graded.add(MOODLE_FLAT, result(triple=FAILED))
    graded.add(CANVAS, result(triple=FAILED, double=FAILED_FURTHER))
    graded.add("someone/01_small.ipynb", result())
    graded.write()
    moodle = graded.archive("feedback_moodle.zip")
    assert list(moodle) == [
        "Ann Lee_4711_assignsubmission_file_/01_small.html",
        "Ben_4712_assignsubmission_file_/01_small.html",
    ]
    page = moodle["Ben_4712_assignsubmission_file_/01_small.html"]
    assert page == (graded.folder / "feedback" / "Ben.html").read_text()
    canvas = graded.archive("feedback_canvas.zip")
    assert list(canvas) == [CANVAS]
    written = nbformat.reads(canvas[CANVAS], as_version=4)
    nbformat.validate(written)
    [cell] = written.cells
    assert "3 of 6 points" in cell["source"]
    assert "got &lt;b&gt;\n&#10;    x\n`` &#36;1&#36; [1]" in cell["source"]
    assert "\n\n" not in cell["source"]


def test_an_archive_is_the_same_again_and_goes_with_its_learners(graded):
    submission = graded.add(CANVAS, result())
    graded.write()
    path = graded.folder / "feedback_canvas.zip"
    before = path.read_bytes()
    graded.write()
    assert path.read_bytes() == before
    del graded.results[submission]
    graded.write()
    assert not path.exists()


@pytest.mark.parametrize("name", ["grades.csv", "feedback/Ann Lee.html", "index.html"])
def test_a_disk_that_is_full_halves_no_file(graded, name):
    path = graded.folder / name
    ann = graded.add(MOODLE, result(triple=FAILED))
    graded.write()
    before = path.read_bytes()
    graded.results[ann] = result(triple=FAILED, double=FAILED)
    with full_disk(len(before) - 10):
        graded.write()
    assert path.read_bytes() == before
    assert not list(graded.folder.rglob("*.part"))


def test_a_disk_that_is_full_halves_no_archive(graded):
    ann = graded.add(MOODLE, result())
    graded.write()
    path = graded.folder / "feedback_moodle.zip"
    before = path.read_bytes()
    another = {ann: "".join(map(str, range(2000)))}
    with full_disk(len(before) - 10):
        write_archives(graded.folder, EXERCISE, another)
    assert path.read_bytes() == before


def test_flagged_learners_have_links_to_their_page_and_what_they_wrote(graded):
    attack = "<script>alert(1)</script>"
    cells = handed_in(first=[f"own = 1  # {attack}"], double="def double(x): 0")
    graded.add("=Eve/01_small.ipynb", result(triple=FAILED), cells)
    honest = graded.add("ann/01_small.ipynb", result())
    graded.write()
    summary = (graded.folder / "index.html").read_text()
    flagged = summary.partition("Submissions to look at")[2].partition("Everyone")[0]
    assert re.search(r'href="feedback/%253DEve-\w+\.html"', flagged)
    assert 'href="answers/%253DEve' in flagged
    assert "Nothing here changed a score" not in summary
    [page] = (graded.folder / "answers").iterdir()
    assert attack not in page.read_text()
    text = html.unescape(page.read_text())
    assert "own = 1" in text
    assert "def double(x): 0" in text
    for given in (SETUP, VISIBLE["triple"]):
        assert given.splitlines()[0] not in text
    assert not (graded.folder / "answers" / f"{honest.file_name}.html").exists()


def test_code_is_shown_in_the_order_in_which_it_runs(graded):
    turned = "own = 1  # \u202e no\u2066"
    cells = handed_in(first=[turned], double=turned)
    eve = graded.add("eve/01_small.ipynb", result(triple=FAILED), cells)
    graded.results[eve]["answers"] = {"double": turned}
    for question in graded.results[eve]["questions"]:
        if question["state"] == FAILED:
            question["sentence"] = turned
    graded.write(gradebook=True)
    pages = [*graded.folder.rglob("eve.html"), graded.folder / "index.html"]
    texts = [page.read_text() for page in pages]
    texts.append(json.loads(graded.shown(eve))["cells"][-1]["source"])
    assert len(texts) == 4
    for text in texts:
        assert r"own = 1  # \u202e no\u2066" in text
        assert not set("\u202e\u2066") & set(text)


def test_points_and_comments_by_hand_are_kept_and_shown(graded):
    ann = graded.add("ann/01_small.ipynb", result(triple=FAILED))
    ben = graded.add("ben/01_small.ipynb", result(triple=FAILED))
    assert graded.write(gradebook=True)["ann"]["score"] == "4"
    graded.change(ann, score=1.5, comment="<i>Nearly</i>\nright")
    graded.change(ben, extra=1)
    for _ in range(2):
        rows = graded.write(gradebook=True)
        assert (rows["ann"]["score"], rows["ann"]["triple_checks"]) == ("5.5", "1.5")
        assert rows["ben"]["score"] == "5"
    page = (graded.folder / "feedback" / "ann.html").read_text()
    assert "5.5 of 6 points" in page
    assert "1.5 of 2\npoints, given by hand" in page
    assert "&lt;i&gt;Nearly&lt;/i&gt;\nright" in page
    summary = (graded.folder / "index.html").read_text()
    by_hand = summary.partition("Changed by hand")[2].partition("Everyone")[0]
    assert "Nearly" in by_hand
    assert by_hand.count("<code>triple_checks</code>") == 2


def test_points_by_hand_wait_for_a_look_when_the_answer_has_changed(graded):
    ann = graded.add("ann/01_small.ipynb", result(triple=FAILED))
    graded.write(gradebook=True)
    assert not graded.waits_for_a_look(ann)
    graded.change(ann, score=1)
    graded.write(gradebook=True)
    assert not graded.waits_for_a_look(ann)
    ann.path.write_bytes(notebook(handed_in(triple="def triple(x): return 3")))
    rows = graded.write(gradebook=True)
    assert rows["ann"]["triple_checks"] == "1"
    assert graded.waits_for_a_look(ann)
    assert "answer has changed since" in (graded.folder / "index.html").read_text()


def test_formgrader_shows_no_hidden_check_and_no_output(graded):
    cells = handed_in(last=["helper = 1"], double="def double(x): 0")
    attack = "<script>alert(1)</script>"
    cells[3]["outputs"] = [
        {"output_type": "display_data", "data": {"text/html": attack}}
    ]
    cells.append({"cell_type": "markdown", "metadata": {}, "source": attack})
    states = {"double": FAILED_FURTHER, "triple": FAILED}
    eve = graded.add("eve/01_small.ipynb", result(**states), cells)
    graded.write(gradebook=True)
    text = graded.shown(eve)
    assert all(not cell.get("outputs") for cell in json.loads(text)["cells"])
    database = (graded.by_hand.folder / "gradebook.db").read_bytes()
    for word in ("SECRET", "HIDDEN", "154.5", attack):
        assert word not in text
        assert word.encode() not in database
    assert "helper = 1" in text
    assert "def double(x): 0" in text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"score": 3}, "has 3 of 2 points for triple_checks"),
        ({"score": 2, "extra": 0.5}, "has 2.5 of 2 points"),
        ({"score": -1}, "has -1 of 2 points"),
    ],
)
def test_points_that_do_not_fit_are_refused(graded, change, said):
    ann = graded.add("ann/01_small.ipynb", result(triple=FAILED))
    graded.write(gradebook=True)
    graded.change(ann, **change)
    with pytest.raises(GraderError, match="change it in formgrader") as error:
        graded.write(gradebook=True)
    assert said in str(error.value)


def test_changes_for_nobody_are_refused_and_nobody_is_forgotten(graded):
    ann = graded.add("ann/01_small.ipynb", result(triple=FAILED))
    ben = graded.add("ben/01_small.ipynb", result())
    graded.write(gradebook=True)
    del graded.results[ben]
    assert set(graded.write(gradebook=True)) == {"ann"}
    graded.results[ben] = result()
    graded.change(ann, score=1)
    del graded.results[ann]
    with pytest.raises(GraderError, match="ann has changes by hand"):
        graded.write(gradebook=True)
    graded.results[ann] = result(triple=FAILED)
    assert graded.write(gradebook=True)["ann"]["score"] == "5"


def test_a_gradebook_that_can_not_be_used_is_refused(graded):
    graded.add("ann/01_small.ipynb", result())
    (graded.by_hand.folder / "gradebook.db").write_bytes(b"no database" * 1000)
    with pytest.raises(GraderError, match="can't be used: .*not a database") as error:
        graded.write(gradebook=True)
    assert "\n" not in str(error.value)


def test_a_gradebook_of_another_exercise_is_refused(graded):
    graded.add("ann/01_small.ipynb", result())
    graded.write(gradebook=True)
    other = EXERCISE.only("double")
    graded.by_hand = HandGrading(graded.folder / "gradebook", other)
    with pytest.raises(GraderError, match="another version of the exercise"):
        graded.write(gradebook=True)


def test_names_of_learners_stay_in_their_folder(graded):
    names = ["..", ".hidden", "=1+1", "a'b\"", "<b>x", "\u202eevil", "n" * 200, "é é"]
    for name in names:
        graded.add(f"{name}/01_small.ipynb", result(triple=FAILED))
    assert len(graded.write(gradebook=True)) == len(names)
    gradebook = graded.by_hand.folder
    folders = list((gradebook / "autograded").iterdir())
    assert len(folders) == len(names)
    assert not any(folder.name.startswith(".") for folder in folders)
    written = {"autograded", "gradebook.db", "nbgrader_config.py", "source"}
    assert {path.name for path in gradebook.iterdir()} == written
    assert [path.name for path in (gradebook / "source").rglob("*")] == ["01_small"]


# Each tells, in a hidden check's turn, what it was called with: 31.5, there alone.
LEAKS = {
    "raises": "raise PermissionError(f'leaked {x}')",
    "prints": "print(f'leaked {x}')",
    "adds to a library": "import numpy; setattr(numpy, f'leaked {x}', 1)",
    "changes one of many": "import numpy; setattr(numpy, 'all' + 'close', None)",
    "ends": "import os; os._exit(int(x))",
    "warns": "import warnings; warnings.warn(f'leaked {x}')",
    "writes where it can": "open(f'leaked {x}', 'w').write('leaked')",
}


@ON_LINUX
def test_hidden_checks_reach_no_file_that_may_leave(tmp_path):
    course = Course(tmp_path)
    for number, leak in enumerate(LEAKS.values()):
        answer = f"def triple(x):\n    if x > 30:\n        {leak}\n    return 3 * x\n"
        name = f"learner{number}_{1000 + number}_55_01_small.ipynb"
        course.hand_in(name, triple=answer)
    roster = tmp_path / "list.csv"
    rows = [f'"{n}, Learner",{1000 + n},l{n},1,' for n in range(len(LEAKS))]
    head = ["Student,ID,SIS Login ID,Section,01_small", "    Points Possible,,,,6"]
    roster.write_text("\n".join([*head, *rows]))
    course.grade("--roster", str(roster), "--gradebook")
    kept = {course.output / "index.html", course.output / "results"}
    texts = []
    for path in course.output.rglob("*"):
        if path.is_file() and not kept & {path, *path.parents}:
            texts.append((path, path.read_bytes()))
            if path.suffix == ".zip":
                with zipfile.ZipFile(path) as archive:
                    texts += [(path, archive.read(name)) for name in archive.namelist()]
    assert len(texts) >= 3 * len(LEAKS)
    assert "changes numpy.allclose" in course.summary()
    for path, text in texts:
        for told in (b"31.5", b"SECRET", b"changes numpy"):
            assert told not in text, path
