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


@dataclass(eq=False)
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
        text, self.encoding = _text(path)
        self.line_end = "\r\n" if text.partition("\n")[0].endswith("\r") else "\n"
        self.platform, self.head, rows = _table(path, text)
        platform = "canvas" if self.platform == CANVAS else "moodle"
        self.file_name = f"{platform}_import.csv"
        self.above = [
            row
            for row in rows
            if self.platform == CANVAS
            and (POINTS_POSSIBLE in row[0] or all(map(NO_LEARNER.fullmatch, row)))
        ]
        rows = [row for row in rows if row not in self.above]
        self.column = self._column(assignment)
        self.is_new = self.column is None
        if self.is_new:
            self.column = len(self.head)
            self.head.append(assignment or exercise.name)
            for row in self.above:
                row.append(f"{exercise.points:g}" if POINTS_POSSIBLE in row[0] else "")
            for row in rows:
                row.append("")
        self.title = self.head[self.column]
        self._check_maximum(rows)
        self.people = [self._person(row) for row in rows]
        if not self.people:
            raise self._error("the list names nobody")

    def _error(self, what):
        return GraderError(f"{self.path}: {what}")

    @property
    def _own(self):
        """How many columns are Canvas' own, in front of the assignments."""
        return self.head.index("Section") + 1 if self.platform == CANVAS else 0

    def _column(self, assignment):
        """Return the column of the points, or None if there is none yet."""
        if self.platform == WORKSHEET:
            return self.head.index("Grade")
        names = self.exercise.name, self.exercise.title
        wanted = {assignment} if assignment else set(names)
        found = [
            place
            for place, title in enumerate(self.head)
            if place >= self._own and {title, _bare(title)} & wanted
        ]
        if len(found) > 1:
            whole = " or ".join(f"'{shown(self.head[place])}'" for place in found)
            raise self._error(f"which column? say --assignment {whole}")
        if not found and assignment and self.platform == CANVAS:
            raise self._error(f"no column is named {shown(assignment)}")
        return found[0] if found else None

    def _check_maximum(self, rows):
        """Refuse points out of more, or fewer, than the exercise has."""
        if self.platform == WORKSHEET:
            maximum = {row[self.head.index("Maximum grade")] for row in rows}
        else:
            points = [row for row in self.above if POINTS_POSSIBLE in row[0]]
            maximum = {row[self.column] for row in points}
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

        number = cell("ID" if self.platform == CANVAS else "Identifier")
        number = re.search(r"\d*$", number)[0]
        first = cell("First name", "FirstName")
        last = cell("Last name", "Surname", "LastName")
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
        by_number, by_text = defaultdict(set), defaultdict(set)
        for person in self.people:
            by_number[person.number].add(person)
            for text in person.names | person.identifiers:
                by_text[text].add(person)
        claims, filled = defaultdict(list), Filled()
        for submission in submissions:
            person, why = self._find(submission, by_number, by_text)
            if person:
                claims[person].append(submission)
            else:
                filled.strangers.append((submission, why))
        for person in self.people:
            own = claims[person]
            if not own:
                filled.absent.append(person)
            elif len(own) > 1:
                why = f"one of {len(own)} submissions for {person.name}"
                filled.strangers += [(submission, why) for submission in own]
            elif why := self._fixed(person):
                filled.left.append((person, own[0], why))
            else:
                filled.submissions.append((person, own[0]))
        return filled

    def _find(self, submission, by_number, by_text):
        """Return a person, or None and why there is none."""
        name, number = submission.name, submission.number
        platform, _ = origin(submission) or (self.platform, None)
        has_number = number and platform == self.platform != GRADEBOOK
        if has_number:
            found = by_number[number]
            many = f"{number} stands on the list {len(found)} times"
        else:
            found = by_text[name] | by_text[_plain(name)]
            many = f"the list has {len(found)} people of this name"
        if len(found) != 1:
            return None, many if found else "not on the list"
        [person] = found
        if has_number and platform == WORKSHEET and not person.may_be(name):
            # Numbers are those of one assignment: on a list of another one, the
            # same number is somebody else.
            return None, f"{number} is {person.name} on the list"
        return person, None

    def _fixed(self, person):
        """Return why the platform takes no points for a person, or None."""
        if self.platform == WORKSHEET and "Grade can be changed" in self.head:
            if person.row[self.head.index("Grade can be changed")] == "No":
                return "the list says that the grade can't be changed"
        text = person.row[self.column]
        if self.platform == CANVAS and text.upper() in ("EX", "N/A"):
            return f"the list says {text}"
        return None

    def write(self, path, filled, points_of):
        """Write the list with points; points_of(submission) returns them.

        In a row without a submission, the cell stays as it was.
        """
        for person, submission in filled.submissions:
            person.row[self.column] = f"{points_of(submission):g}"
        columns = list(range(len(self.head)))
        if self.platform == CANVAS:  # or older points of others would be set back
            columns = columns[: self._own]
        if self.platform != WORKSHEET:
            columns = [c for c in columns if c != self.column] + [self.column]
        with whole_file(path, newline="", encoding=self.encoding) as file:
            table = csv.writer(file, lineterminator=self.line_end)
            for row in [self.head, *self.above, *(p.row for p in self.people)]:
                table.writerow([row[column] for column in columns])


def _text(path):
    """Return the text of a list, and the encoding to write it with."""
    with open(path, "rb") as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise GraderError(f"{path}: too large for a list of a class")
    is_utf_16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = content.decode("utf-16" if is_utf_16 else "utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise GraderError(f"{path}: neither UTF-8 nor UTF-16: save it as CSV in UTF-8")
    marked = is_utf_16 or content.startswith(codecs.BOM_UTF8)
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
