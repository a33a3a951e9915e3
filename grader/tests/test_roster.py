"""Lists of Canvas and Moodle: filled in, and nothing else of them changed."""

import csv
import io
import pathlib
import re

import pytest
from classroom import EXERCISE, ON_LINUX, WRONG, Course, full_disk
from keras_book_grader import GraderError
from keras_book_grader.__main__ import main
from keras_book_grader.roster import Roster
from keras_book_grader.submissions import CANVAS as CANVAS_FILES
from keras_book_grader.submissions import MOODLE, Submission

EXPORTS = pathlib.Path(__file__).parent / "exports"
CANVAS = (EXPORTS / "canvas.csv").read_text(encoding="utf-8")
WORKSHEET = (EXPORTS / "moodle_worksheet.csv").read_text(encoding="utf-8")
GRADEBOOK = (EXPORTS / "moodle_gradebook.csv").read_text(encoding="utf-8")


def submission(name):
    """Return what finding a file, or a file in a folder, makes of its name."""
    match = re.fullmatch(MOODLE, name) or re.fullmatch(CANVAS_FILES, name)
    person = match["learner"] if match else name.split("_")[0]
    number = match["number"] if match else None
    return Submission(person, pathlib.Path("in", name), None, person, number)


class Class:
    """A list, and what its people handed in."""

    def __init__(self, folder):
        self.folder, self.path = folder, folder / "list.csv"

    def fill(self, content, points, assignment=None):
        """Fill in a list; points are {name of a file or folder: points}."""
        content = content if isinstance(content, bytes) else content.encode()
        self.path.write_bytes(content)
        self.roster = Roster(self.path, EXERCISE, assignment)
        submissions = {submission(name): score for name, score in points.items()}
        self.filled = self.roster.match(submissions)
        self.written = self.folder / self.roster.file_name
        self.roster.write(self.written, self.filled, submissions.get)
        with open(self.written, newline="", encoding="utf-8-sig") as file:
            return list(csv.reader(file))

    @property
    def strangers(self):
        """{name of the file: why it is in no row}."""
        return {s.path.name: why for s, why in self.filled.strangers}

    @property
    def absent(self):
        return [person.name for person in self.filled.absent]


@pytest.fixture
def course(tmp_path):
    return Class(tmp_path)


def read(text):
    return list(csv.reader(text.splitlines()))


def as_csv(table, delimiter=","):
    csv.writer(text := io.StringIO(), delimiter=delimiter).writerows(table)
    return text.getvalue()


def test_canvas_gets_its_own_columns_and_that_of_the_assignment(course):
    rows = course.fill(
        CANVAS,
        {
            "leeann_1001_55_01_small.ipynb": 5.5,
            "schmidtanna_LATE_1002_56_01_small-1.ipynb": 0,
            "schmidtanna_1003_57_01_small.ipynb": 6,
            "obriennuezzo_1005_58_01_small.ipynb": 6,
            "someoneelse_2000_59_01_small.ipynb": 6,
        },
    )
    before = read(CANVAS)
    assert [row[:5] for row in rows] == [row[:5] for row in before]
    points = [row[5] for row in rows]
    assert points[:3] == ["01_small (90)", "Manual Posting", "6.00"]
    assert points[3:] == ["5.5", "0", "EX", "", "6", ""]
    assert {len(row) for row in rows} == {6}  # a column of others would go back in time
    assert course.strangers == {"someoneelse_2000_59_01_small.ipynb": "not on the list"}
    assert course.absent == ["=cmd|x!A1", "Student, Test"]
    [(person, _, why)] = course.filled.left
    assert (person.number, why) == ("1003", "the list says EX")


def test_canvas_without_the_column_gets_a_new_one_with_its_points(course):
    content = CANVAS.replace("01_small (90)", "Quiz (90)")
    rows = course.fill(content, {"leeann_1001_55_x.ipynb": 5})
    assert [row[5] for row in rows[:4]] == ["01_small", "", "6", "5"]
    report = course.filled.report(course.roster, course.written)
    assert "a new column, 01_small: --assignment" in report
    rows = course.fill(content, {"leeann_1001_55_x.ipynb": 5}, assignment="Quiz")
    assert [row[5] for row in rows[2:4]] == ["6.00", "5"]


def test_canvas_with_two_names_and_semicolons(course):
    content = """\
LastName;FirstName;ID;SIS Login ID;Section;01_small (90)
    Points Possible;;;;;6,00
Lee;Ann;1001;ann;1;
"""
    rows = course.fill(content, {"leeann_1001_55_x.ipynb": 2.5})
    assert rows[-1] == ["Lee", "Ann", "1001", "ann", "1", "2.5"]
    rows = course.fill(content, {"Ann Lee_.ipynb": 2.5})
    assert rows[-1][-1] == "2.5"


def test_moodle_worksheet_gets_grades_and_is_else_the_same(course):
    rows = course.fill(
        WORKSHEET,
        {
            "Anna Schmidt_4711_assignsubmission_file_01_small.ipynb": 5,
            "Anna Schmidt_4712_assignsubmission_file_/01_small.ipynb": 4.5,
            "Group A-Zoë OBrien_4714_assignsubmission_file/deep/er/x.ipynb": 6,
            "Max_4713_assignsubmission_file_x.ipynb": 6,
        },
    )
    grade = rows[0].index("Grade")
    assert [row[grade] for row in rows[1:]] == ["5", "4.5", "", "1.00"]
    for row, before in zip(rows, read(WORKSHEET), strict=True):
        assert row[:grade] + row[grade + 1 :] == before[:grade] + before[grade + 1 :]
    assert b"\r" not in course.written.read_bytes()
    assert list(course.strangers.values()) == ["4713 is =SUM(1) on the list"]
    assert "can't be changed" in course.filled.left[0][2]
    assert course.absent == ["=SUM(1)"]


def test_moodle_without_names_goes_by_the_number(course):
    content = as_csv(row[:1] + row[4:] for row in read(WORKSHEET))
    name = "Participant 4712_4712_assignsubmission_file_/01_small.ipynb"
    rows = course.fill(content, {name: 3})
    assert [row[2] for row in rows[1:]] == ["", "3", "", "1.00"]


def test_moodle_gradebook_goes_by_name_address_or_number(course):
    rows = course.fill(
        GRADEBOOK,
        {
            "Ann Lee_4711_assignsubmission_file_01_small.ipynb": 5,
            "Anna Schmidt_4712_assignsubmission_file_01_small.ipynb": 4,
            "00014": 3,
            "zoe@example.org": 6,
        },
    )
    # The export's own column of the assignment is last, where the import looks for it.
    assert [row[-1] for row in rows] == [rows[0][-1], *"5-36"]
    assert rows[0][-1] == "Assignment: 01_small (Real)"
    assert [row[2] for row in rows[1:]] == ["00012", "00013", "00014", "00015"]
    assert list(course.strangers.values()) == ["the list has 2 people of this name"]


LEE = "leeann_1001_55_x.ipynb"
MAX = "Max_1001_assignsubmission_file_x.ipynb"
IN_DOUBT = {  # with how many have handed in nothing
    "one of 3 submissions for Lee, Ann": (CANVAS, [LEE, "leeann_1001_56_x", "ann"], 5),
    "1001 stands on the list 2 times": (CANVAS.replace("1002,", "1001,"), [LEE], 6),
    "not on the list": (CANVAS, ["someone_2000_55_x.ipynb"], 6),
    "not on the list, but on one of Moodle": (CANVAS, [MAX], 6),
    "not on the list, but on one of Canvas": (WORKSHEET, ["max_4711_55_x.ipynb"], 4),
}


@pytest.mark.parametrize("why", IN_DOUBT)
def test_what_is_in_doubt_is_nobodys(course, why):
    content, files, absent = IN_DOUBT[why]
    as_it_was = course.fill(content, {})
    assert course.fill(content, dict.fromkeys(files, 5)) == as_it_was
    assert course.strangers == dict.fromkeys(files, why.partition(", but")[0])
    assert len(course.absent) == absent


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_and_separators(course, encoding, delimiter):
    table = read(WORKSHEET)
    mark = "\ufeff" if encoding == "utf-16-be" else ""  # which Python leaves out
    content = (mark + as_csv(table, delimiter)).encode(encoding)
    name = "Zoë OBrien_4714_assignsubmission_file_x.ipynb"
    rows = course.fill(content, {name: 6})
    assert [row[:5] for row in rows] == [row[:5] for row in table]
    assert b"\x00" not in course.written.read_bytes()


def test_hostile_names_stay_as_they_are(course):
    names = ["=1+1", "+1", "-1", "@x", 'a"b', "line\none", "a;b,c", "\u202eevil"]
    names.append("n" * 999)
    head = ["Student", "ID", "SIS Login ID", "Section", "01_small (90)"]
    table = [head, ["    Points Possible", "", "", "", "6"]]
    table += [[name, f"00{n}", name, "", ""] for n, name in enumerate(names)]
    rows = course.fill(as_csv(table), {f"x_00{n}_5_x.ipynb": n for n in range(7)})
    assert [row[:4] for row in rows] == [row[:4] for row in table]
    assert [row[4] for row in rows[2:]] == [*"0123456", "", ""]
    report = course.filled.report(course.roster, course.written)
    assert "\\u202eevil" in report
    assert "\u202e" not in report


def test_a_disk_that_is_full_halves_no_list(course):
    course.fill(CANVAS, {"leeann_1001_55_01_small.ipynb": 5.5})
    before = course.written.read_bytes()
    with full_disk(len(before) - 10):
        course.roster.write(course.written, course.filled, lambda _: 6)
    assert course.written.read_bytes() == before


REFUSED = {
    "empty": (b"", "no list that is known"),
    "another table": ("learner,score\nann,5\n", "no list that is known"),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0", "neither UTF-8 nor UTF-16"),
    "Latin-1": ("Name;Größe".encode("latin-1"), "neither UTF-8 nor UTF-16"),
    "no rows": ("\n".join(CANVAS.splitlines()[:3]), "names nobody"),
    "more points": (CANVAS.replace("6.00", "9"), "is out of 9, the exercise out of 6"),
    "in Moodle": (WORKSHEET.replace("6.00", "100"), "set 6 on Moodle, and export"),
    "two columns": (CANVAS.replace("Essay (91)", "01_small (92)"), "which column?"),
    "a long row": (CANVAS.replace("f00,", "f00,,,,,,,,,,"), "a row has"),
    "a long cell": (CANVAS.replace("tea", "t" * 200_000), "no table"),
    "a large file": (b"a" * 10_000_001, "too large"),
    "no head": (WORKSHEET.replace("Identifier", "ID"), "no list that is known"),
    "German": ("ID,Vollständiger Name,Bewertung\n", "language set to English"),
    "no such column": (CANVAS, "no column is named Exam", "Exam"),
    "another column": (CANVAS, "is out of 10.00", "Essay"),
    "no points": (CANVAS, "is out of (read only)", "Essay Final Score"),
}


@pytest.mark.parametrize("refused", REFUSED.values(), ids=REFUSED)
def test_what_is_no_list_for_this_exercise_is_refused(course, refused):
    content, said, *assignment = refused
    with pytest.raises(GraderError, match="list.csv: ") as error:
        course.fill(content, {}, *assignment)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


@ON_LINUX
def test_the_command_fills_in_a_list_and_grades_one_learner_again(tmp_path, capsys):
    course = Course(tmp_path)
    course.hand_in("Anna Schmidt_4711_assignsubmission_file_01_small.ipynb")
    course.hand_in("Anna Schmidt_4712_assignsubmission_file_x.ipynb", double=WRONG)
    course.hand_in("Eve_4799_assignsubmission_file_01_small.ipynb")
    roster = tmp_path / "worksheet.csv"
    roster.write_text(WORKSHEET, encoding="utf-8")
    seen = course.grade("--roster", str(roster))
    assert len(seen) == 3
    with open(course.output / "moodle_import.csv", newline="") as file:
        grades = [row["Grade"] for row in csv.DictReader(file)]
    assert grades == ["6", "5", "", "1.00"]
    said = capsys.readouterr().out
    assert "Eve has no row: not on the list." in said
    assert "2 handed in nothing: =SUM(1); Zoë O'Brien." in said
    summary = course.summary()
    assert "2 handed in nothing" in summary
    assert "not on the list" in summary
    assert (course.output / "feedback_moodle.zip").exists()

    assert main(course.arguments("--again", "Anna Schmidt (4712)")) == 0
    assert capsys.readouterr().out.startswith("1 graded, 2 as before")
    assert main(course.arguments("--again", "Anna Schmidt")) == 1
    said = capsys.readouterr().err.splitlines()
    assert "--again: 2 submissions are from Anna Schmidt; is it Anna S" in said[-1]
    assert main(course.arguments("--again", "Adam")) == 1
    assert main(course.arguments("--roster", str(tmp_path / "none.csv"))) == 1
    assert main(course.arguments("--roster", str(course.solution))) == 1
    said = capsys.readouterr().err.splitlines()
    assert said[-2].endswith("none.csv: No such file or directory")
    assert "no list that is known" in said[-1]
