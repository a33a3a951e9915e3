"""Fills in the list of a class that Canvas or Moodle exports, for its import.

Three lists are known, by their first row, in English:

- Canvas' gradebook: Student (or LastName, FirstName), ID, SIS User ID, SIS Login ID,
  Section, then a column for each assignment. A row of points to get stands above the
  learners, and there may be one that says Manual Posting above that. Semicolons may
  stand for commas. A name that begins with = is exported as ="=name".
- Moodle's grading worksheet of an assignment: Identifier (Participant 4711), Full name,
  Grade, Maximum grade, Grade can be changed, Last modified (grade) and others.
- Moodle's gradebook or list of participants: First name, Last name, Email address or
  ID number. Its import asks which of these two to go by.

Read in, and tried against what these say:
https://github.com/instructure/canvas-lms/blob/master/lib/gradebook_exporter.rb
https://github.com/instructure/canvas-lms/blob/master/lib/gradebook_importer.rb
https://teaching.resources.osu.edu/toolsets/carmencanvas/guides/calculating-final-grades/import-csv-file-carmen-grades
https://github.com/moodle/moodle/blob/main/mod/assign/gradingtable.php
https://github.com/moodle/moodle/blob/main/mod/assign/feedback/offline/importgradeslib.php
https://docs.moodle.org/405/en/Grade_import

No cell of a list is changed but those for points: neither a leading zero nor a leading
= + - @. So import the file as it is; a spreadsheet may change it on opening.
"""

import codecs
import csv
import io
import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field

from . import GraderError
from . import submissions as names
from .submissions import shown
from .whole_files import whole_file

LARGEST = 10_000_000  # bytes
CANVAS, WORKSHEET, GRADEBOOK = "Canvas", "Moodle", "Moodle's gradebook"
POINTS_POSSIBLE = "Points Possible"
MOST_NAMED = 10
NO_LEARNER = re.compile(r"\s*(Muted|Manual Posting.*)?\s*", re.I | re.S)
LAST_MODIFIED = "Last modified (grade)"
KNOWN = (
    "export Canvas' gradebook, Moodle's grading worksheet, or Moodle's gradebook with "
    "e-mail addresses or ID numbers, as CSV and with the language set to English"
)


def origin(submission):
    """Return (platform, match with learner and number) of a downloaded file, or None.

    In Moodle's download, the name may be that of a folder around the file, which may
    stand in folders of the learner's own.
    """
    for part in reversed(submission.path.parts):
        if match := re.fullmatch(names.MOODLE, part, re.S):
            return WORKSHEET, match
    match = re.fullmatch(names.CANVAS, submission.path.name, re.S)
    return match and (CANVAS, match)


@dataclass
class Person:
    """A row of a list: who it is, in all ways that the list says."""

    row: list
    name: str
    names: set
    number: str  # of the learner, as the platform's own file names have it
    identifiers: set

    def may_be(self, name):
        """Say whether a name in a download is theirs; a group's may stand first."""
        name = _plain(name)
        return not self.names or any(
            name == known or name.endswith(f"-{known}") for known in self.names
        )


@dataclass
class Filled:
    """What became of a list."""

    submissions: list = field(default_factory=list)  # pairs with a person
    strangers: list = field(default_factory=list)  # pairs with the reason
    absent: list = field(default_factory=list)  # persons who handed in nothing
    left: list = field(default_factory=list)  # persons, submissions and the reason

    def report(self, roster, path):
        """Return lines for the terminal: what became of whom."""
        of = f"{len(self.submissions)} of {len(roster.people)} people on the list"
        lines = [f"{of} have points in {path}."]
        if roster.is_new:
            title = f"a new column, {shown(roster.title)}"
            remedy = "--assignment NAME fills in one that is there"
            lines.append(f"The points are in {title}: {remedy}.")
        if self.absent:
            names = "; ".join(shown(person.name) for person in self.absent[:MOST_NAMED])
            more = "; ..." if len(self.absent) > MOST_NAMED else ""
            lines.append(f"{len(self.absent)} handed in nothing: {names}{more}.")
        for submission, why in self.strangers[:MOST_NAMED]:
            lines.append(f"{shown(submission.learner)} has no row: {shown(why)}.")
        for person, _, why in self.left[:MOST_NAMED]:
            lines.append(f"{shown(person.name)} was left as is: {shown(why)}.")
        if max(len(self.strangers), len(self.left)) > MOST_NAMED:
            lines.append("index.html names the others.")
        return "\n".join(lines)


class Roster:
    """A list of a class."""

    def __init__(self, path, exercise, assignment=None):
        """Read a list; assignment is the name of its column, for Canvas.

        GraderError if it is no list, or if its maximum isn't that of the exercise.
        """
        self.path, self.exercise = path, exercise
        self.new_title = assignment or exercise.name
        text, self.encoding = _text(path)
        self.line_end = "\r\n" if text.partition("\n")[0].endswith("\r") else "\n"
        self.platform, self.head, rows = _table(path, text)
        self.above, rows = self._split(rows)
        self.kept, self.column = self._columns(assignment)
        self.is_new = self.column is None
        self._check_maximum(rows)
        self.people = [self._person(row) for row in rows]
        if not self.people:
            raise self._error("the list names nobody")

    @property
    def file_name(self):
        """The name of the file to import."""
        return "canvas_import.csv" if self.platform == CANVAS else "moodle_import.csv"

    def _error(self, what):
        return GraderError(f"{self.path}: {what}")

    def _split(self, rows):
        """Return the rows above the learners, and those of the learners."""
        if self.platform != CANVAS:
            return [], rows
        above = [
            row
            for row in rows
            if POINTS_POSSIBLE in row[0] or all(map(NO_LEARNER.fullmatch, row))
        ]
        return above, [row for row in rows if row not in above]

    def _columns(self, assignment):
        """Return the columns to write but that of the points, and that, or None."""
        if self.platform == WORKSHEET:
            return range(len(self.head)), self.head.index("Grade")
        first = 0
        if self.platform == CANVAS:
            first = self.head.index("Section") + 1
        names = self.exercise.name, self.exercise.title
        wanted = {assignment} if assignment else set(names)
        found = [
            place
            for place, title in enumerate(self.head)
            if place >= first and {title, _bare(title)} & wanted
        ]
        if len(found) > 1:
            whole = " or ".join(f"'{shown(self.head[place])}'" for place in found)
            raise self._error(f"which column? say --assignment {whole}")
        if not found and assignment and self.platform == CANVAS:
            raise self._error(f"no column is named {shown(assignment)}")
        if self.platform == CANVAS:
            kept = range(first)  # the import would set older points of others back
        else:
            kept = [place for place in range(len(self.head)) if place not in found]
        return kept, found[0] if found else None

    @property
    def title(self):
        """The head of the column of points."""
        return self.new_title if self.is_new else self.head[self.column]

    def _check_maximum(self, rows):
        """Refuse points out of more, or fewer, than the exercise has."""
        maximum = set()
        if self.platform == CANVAS and not self.is_new:
            points = [row for row in self.above if POINTS_POSSIBLE in row[0]]
            maximum = {row[self.column] for row in points}
        elif self.platform == WORKSHEET:
            maximum = {row[self.head.index("Maximum grade")] for row in rows}
        for text in maximum - {""}:
            try:
                same = float(text.replace(",", ".")) == self.exercise.points
            except ValueError:  # a scale of words, a column that can't be written
                same = False
            if not same:
                points = f"{self.exercise.points:g}"
                what = f"{self.title} is out of {shown(text)}, the exercise out of"
                remedy = f"set {points} on {self.platform}, and export again"
                raise self._error(f"{what} {points}: {remedy}")

    def _person(self, row):
        def cell(*titles):
            found = [row[self.head.index(t)] for t in titles if t in self.head]
            return " ".join(found).strip()

        number = cell("ID") if self.platform == CANVAS else cell("Identifier")
        if self.platform == WORKSHEET:
            number = re.search(r"\d*$", number)[0]
        first, last = cell("First name", "FirstName"), cell("Last name", "Surname")
        last = last or cell("LastName")
        name = cell("Student") or cell("Full name") or f"{first} {last}".strip()
        if name.startswith('="') and name.endswith('"'):
            name = name[2:-1]
        backwards = " ".join(reversed(name.split(", ", 1)))
        titles = ["ID", "SIS User ID", "SIS Login ID", "Identifier", "ID number"]
        titles += ["Email address", "Username"]
        identifiers = {cell(title) for title in titles}
        names = {_plain(name), _plain(backwards), _plain(f"{last} {first}")}
        return Person(row, name, names - {""}, number, identifiers - {""})

    def match(self, submissions):
        """Match submissions with people: by number, identifier, or a lone name."""
        by_number, by_text = defaultdict(list), defaultdict(list)
        for person in self.people:
            by_number[person.number].append(person)
            for text in person.names | person.identifiers:
                by_text[text].append(person)
        claims, filled = defaultdict(list), Filled()
        for submission in submissions:
            person, why = self._find(submission, by_number, by_text)
            if person:
                claims[id(person)].append(submission)
            else:
                filled.strangers.append((submission, why))
        for person in self.people:
            own = claims[id(person)]
            fixed = self._fixed(person)
            if not own:
                filled.absent.append(person)
            elif len(own) > 1:
                why = f"one of {len(own)} submissions for {person.name}"
                filled.strangers += [(submission, why) for submission in own]
            elif fixed:
                filled.left.append((person, own[0], fixed))
            else:
                filled.submissions.append((person, own[0]))
        contested = {id(p) for p in self.people if len(claims[id(p)]) > 1}
        filled.absent = [p for p in filled.absent if id(p) not in contested]
        return filled

    def _find(self, submission, by_number, by_text):
        """Return a person, or None and why there is none."""
        name, number = submission.name or submission.learner, submission.number
        platform, _ = origin(submission) or (self.platform, None)
        if number and platform == self.platform and platform != GRADEBOOK:
            found = by_number[number]
            if len(found) > 1:
                return None, f"{number} stands on the list {len(found)} times"
            if found and platform == WORKSHEET and not found[0].may_be(name):
                # Numbers are those of one assignment: on a list of another one, the
                # same number is somebody else.
                return None, f"{number} is {found[0].name} on the list"
            return (found[0], None) if found else (None, "not on the list")
        texts = {name, _plain(name)}
        found = {id(p): p for text in texts for p in by_text[text]}
        if len(found) > 1:
            return None, f"the list has {len(found)} people of this name"
        return (*found.values(), None) if found else (None, "not on the list")

    def _fixed(self, person):
        """Return why the platform takes no points for a person, or None."""
        if self.platform == WORKSHEET and "Grade can be changed" in self.head:
            if person.row[self.head.index("Grade can be changed")] == "No":
                return "the list says that the grade can't be changed"
        if self.platform == CANVAS and not self.is_new:
            text = person.row[self.column]
            if text.upper() in ("EX", "N/A"):
                return f"the list says {text}"
        return None

    def write(self, path, filled, points_of):
        """Write the list with points; points_of(submission) returns them.

        In a row without a submission, the cell stays as it was.
        """
        points = {id(p): f"{points_of(s):g}" for p, s in filled.submissions}

        def written(row, new):
            """Return the columns to import of a row; new is its cell of points."""
            cells = [row[place] for place in self.kept]
            if self.platform == WORKSHEET:
                cells[self.column] = new
                return cells
            return [*cells, new]

        def before(row):
            return "" if self.is_new else row[self.column]

        rows = [written(self.head, self.title)]
        for row in self.above:
            out_of = self.is_new and POINTS_POSSIBLE in row[0]
            new = f"{self.exercise.points:g}" if out_of else before(row)
            rows.append(written(row, new))
        for person in self.people:
            new = points.get(id(person), before(person.row))
            rows.append(written(person.row, new))
        with whole_file(path, newline="", encoding=self.encoding) as file:
            csv.writer(file, lineterminator=self.line_end).writerows(rows)


def _text(path):
    """Return the text of a list, and the encoding to write it with."""
    with open(path, "rb") as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise GraderError(f"{path}: too large for a list of a class")
    encoding = "utf-8-sig"
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise GraderError(f"{path}: neither UTF-8 nor UTF-16: save it as CSV in UTF-8")
    marked = encoding == "utf-16" or content.startswith(codecs.BOM_UTF8)
    return text, "utf-8-sig" if marked else "utf-8"


def _table(path, text):
    """Return the platform, the head and the rows of a list, whatever parts cells."""
    for delimiter in ",;\t":
        try:
            lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
            head = [title.strip() for title in next(lines, [])]
            platform = _platform(head)
            if platform is None:
                continue
            rows = [row for row in lines if any(cell.strip() for cell in row)]
        except csv.Error as problem:
            raise GraderError(f"{path}: no table: {problem}") from None
        for row in rows:
            if len(row) > len(head):
                what = f"a row has {len(row)} cells, the head {len(head)}"
                raise GraderError(f"{path}: {what}: {KNOWN}")
            row += [""] * (len(head) - len(row))
        return platform, head, rows
    raise GraderError(f"{path}: no list that is known: {KNOWN}")


def _platform(head):
    """Return whose list it is, by its first row, or None."""
    titles = set(head)
    if {"ID", "Section"} <= titles and {"Student", "LastName"} & set(head[:1]):
        return CANVAS
    if {"Identifier", "Grade", "Maximum grade", LAST_MODIFIED} <= titles:
        return WORKSHEET
    names = "First name" in titles and titles & {"Last name", "Surname"}
    if names and titles & {"Email address", "ID number"}:
        return GRADEBOOK
    return None


def _bare(title):
    """Return the name of an assignment without what a platform adds to it."""
    title = re.sub(r" \(\d+\)$", "", title)  # Canvas
    return re.sub(r"^Assignment: (.*?)( \((Real|Points)\))?$", r"\1", title, flags=re.S)


def _plain(name):
    """Return a name as platforms write it into a file's name, whatever its spaces."""
    name = unicodedata.normalize("NFC", name).replace("_", " ")
    return " ".join(re.sub(r"[\x00-\x1f\x7f&<>\"`|':\\/]", "", name).split()).casefold()
