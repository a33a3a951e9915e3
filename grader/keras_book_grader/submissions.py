"""Finds what a class handed in, and says what can't be read; skips no learner."""

import contextlib
import hashlib
import lzma
import os
import re
import stat
import urllib.parse
import zipfile
import zlib
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from . import GraderError
from .alarm import time_limit
from .notebook import LARGEST

DEFAULT_PATTERN = r"(?P<learner>[^_]+).*\.ipynb"
# "Ann Lee_4711_assignsubmission_file_answers.ipynb", or a folder of that name
MOODLE = r"(?P<learner>.+?)_(?P<number>\d+)_assignsubmission_.*"
# "leeann_LATE_1002_4711_answers.ipynb", or "LATE_anon_aB3dE_4711_answers.ipynb"
CANVAS = r"(?:LATE_)?(?P<learner>(?P<anonymous>anon_\w{5})|.+?)_(?:LATE_)?"
CANVAS += r"(?(anonymous)|(?P<number>\d+)_)\d+_.*"
# Beside what was handed in: lists, archives, and what systems leave in folders.
NO_SUBMISSIONS = (".csv", ".tsv", ".txt", ".xls", ".xlsx", ".ods", ".zip")
LEFT_BEHIND = ("._", "__MACOSX", ".DS_Store", ".ipynb_checkpoints", ".git")
SECONDS_TO_MATCH = 2
# Lets code look like other code: https://trojansource.codes
TURNS_ROUND = re.compile("[\u202a-\u202e\u2066-\u2069]")
LARGEST_ARCHIVE = 4_000_000_000  # bytes, unpacked
BROKEN_ARCHIVE = zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError
BROKEN_ARCHIVE += RuntimeError, ValueError
# A file and a folder of one name: their owner lacks one, and the others nothing.
OF_A_MEMBER = FileExistsError, NotADirectoryError, IsADirectoryError
LONGEST_NAME = 255  # bytes, on most file systems; platforms count characters


@dataclass(frozen=True)
class Submission:
    """One file of one learner, or why there is none."""

    learner: str
    path: Path
    problem: str | None = None
    name: str = ""  # of the person, as the platform wrote it
    number: str | None = None  # a participant of Moodle, a user of Canvas

    @property
    def file_name(self):
        """A name for files about this learner: safe, readable, never the same twice.

        Neither .. nor hidden, so that nbgrader may call a folder so.
        """
        name = os.fsencode(self.learner)
        quoted = re.sub(r"^\.", "%2E", urllib.parse.quote(name, safe=" "))
        looks_made = re.search(r"-[0-9a-f]{8}$", quoted)
        if quoted == self.learner and len(quoted) <= 100 and not looks_made:
            return quoted
        return f"{quoted[:80]}-{hashlib.sha256(name).hexdigest()[:8]}"

    def read(self):
        """Return (content, None) or (None, why it can't be read)."""
        if self.problem:
            return None, self.problem
        try:
            with open(self.path, "rb", opener=_open_file) as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    return None, "not a file"
                return file.read(LARGEST + 1), None
        except OSError as error:
            if self.path.is_symlink():
                return None, "a symbolic link, not a file"
            return None, f"can't be read: {error.strerror}"


def _open_file(path, flags):
    """Open a file; neither follow a link nor wait for the other end of a pipe."""
    for name in ("O_NOFOLLOW", "O_NONBLOCK"):  # not on Windows
        flags |= getattr(os, name, 0)
    return os.open(path, flags)


def shown(text):
    """Return text from outside as one printable line."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def in_order(text):
    """Return text whose characters are shown in the order in which they stand."""
    return TURNS_ROUND.sub(lambda match: ascii(match[0])[1:-1], text)


def unpack(archive, folder):
    """Unpack what a platform offers for download into a folder; return the folder."""
    try:
        with zipfile.ZipFile(archive) as opened:
            members = [member for member in opened.infolist() if not member.is_dir()]
            if sum(min(m.file_size, LARGEST) for m in members) > LARGEST_ARCHIVE:
                raise GraderError(f"{archive} is too large: unpack it yourself")
            for member in members:
                parts = PurePosixPath(member.filename.replace("\\", "/")).parts
                inside = [_shortened(part) for part in parts if part.strip("./")]
                place = folder.joinpath(*inside or ["unnamed"])
                with opened.open(member) as packed, contextlib.suppress(*OF_A_MEMBER):
                    place.parent.mkdir(parents=True, exist_ok=True)
                    place.write_bytes(packed.read(LARGEST + 1))
    except BROKEN_ARCHIVE as why:
        raise GraderError(f"{archive} can't be unpacked: {why}") from None
    return folder


def _shortened(name):
    """Return a name that fits into a folder, with its beginning and its ending."""
    content = os.fsencode(name)
    if len(content) <= LONGEST_NAME:
        return name
    return b"".join([content[:200], content[-40:]]).decode(errors="ignore")


def find_submissions(folder, exercise, pattern=None):
    """Return the submissions in a folder, one for each learner, sorted.

    Without a pattern, names as Moodle and Canvas write them are known.
    """
    if not folder.is_dir():
        raise GraderError(f"{folder} is no folder: give the one with the submissions")
    entries = [
        path
        for path in sorted(folder.iterdir())
        if not path.name.startswith(LEFT_BEHIND)
        and (path.suffix == ".ipynb" or not path.name.startswith("."))
        and (
            path.suffix.lower() not in NO_SUBMISSIONS
            or any(re.fullmatch(each, path.name, re.S) for each in (MOODLE, CANVAS))
        )
    ]
    if not entries:
        raise GraderError(f"{folder} is empty: give the folder with the submissions")
    files = [entry for entry in entries if entry.suffix == ".ipynb"]
    folders = [e for e in entries if e.is_dir() and e.suffix != ".ipynb"]
    if files and folders:
        odd = min(files, folders, key=len)[0]
        raise GraderError(
            f"{folder} holds notebooks and folders: take {shown(odd.name)} out, or "
            "what is of the other kind"
        )
    if folders:
        named = _named(folders, [MOODLE, "(?P<learner>.+)"], pattern)
        found = [_in_folder(submission, exercise) for submission in named]
    else:
        named = _named(entries, [MOODLE, CANVAS, DEFAULT_PATTERN], pattern)
        found = [_in_file(submission) for submission in named]
    return sorted(_told_apart(found), key=lambda submission: submission.learner)


def _in_folder(submission, exercise):
    """Return a learner's submission: folder/exercise/exercise.ipynb.

    Without a folder of that name, the notebook may stand in the learner's own.
    """
    folder, name = submission.path, f"{exercise}.ipynb"
    place = folder / exercise
    found = replace(submission, path=place / name)
    if found.problem:
        return found
    try:
        if not place.is_dir():
            place = folder
            found = replace(found, path=place / name)
        if folder.is_symlink() or place.is_symlink():
            return replace(found, problem="a symbolic link, not a folder")
        if found.path.is_symlink() or found.path.exists():
            return found
        others = _notebooks(place, place.iterdir())
        if not others and re.fullmatch(MOODLE, folder.name, re.S):
            # Moodle keeps the folders in which a learner handed in.
            others = _notebooks(place, place.rglob("*"))
    except OSError as error:
        return replace(found, problem=f"can't be read: {error.strerror}")
    if len(others) == 1:
        return replace(found, path=others[0])
    why = "several notebooks, none" if others else "no notebook"
    return replace(found, problem=f"{why} with the name {name}")


def _notebooks(folder, paths):
    """Return those of the paths that are notebooks, and not left behind by a system."""
    return [
        path
        for path in sorted(paths)
        if path.suffix == ".ipynb"
        and not any(p.startswith(LEFT_BEHIND) for p in path.relative_to(folder).parts)
    ]


def _in_file(submission):
    name = submission.path.name
    if submission.path.suffix != ".ipynb" and not submission.problem:
        return replace(submission, problem=f"{shown(name)} is no notebook")
    return submission


def _named(entries, known, pattern):
    """Return a submission for each path, with the name that a pattern finds in it."""
    patterns = known if pattern is None else [pattern]
    try:
        compiled = [re.compile(each, re.S) for each in patterns]
        [each.groupindex["learner"] for each in compiled]
    except (re.error, KeyError):
        raise GraderError(
            f"--pattern {pattern!r} is no regular expression with a group named "
            r"learner: try '(?P<learner>[^_]+)_.*\.ipynb'"
        ) from None
    matches = {}
    nested = "--pattern takes too long: write it without nested repeats"
    with time_limit(GraderError(nested), SECONDS_TO_MATCH):
        for path in entries:
            found = (each.fullmatch(path.name) for each in compiled)
            matches[path] = next(filter(None, found), None)
    if pattern and not any(matches.values()):
        raise GraderError(
            f"--pattern {pattern!r} matches no name here, such as "
            f"{shown(entries[0].name)}"
        )
    what = f"the file name doesn't match the pattern {patterns[-1]}"
    submissions = []
    for path, match in matches.items():
        groups = match.groupdict() if match else {}
        if name := groups.get("learner"):
            found = Submission(name, path, None, name, groups.get("number"))
        else:
            found = Submission(path.name, path, what, path.name)
        submissions.append(found)
    return submissions


def _told_apart(submissions):
    """Return one submission for each person; two of one name stay two."""
    of_person = {}
    for submission in submissions:
        person = submission.name, submission.number
        of_person.setdefault(person, []).append(submission)
    people = Counter(name for name, _ in of_person)
    found = []
    for (name, number), files in of_person.items():
        notebooks = [each for each in files if not each.problem]
        one = notebooks[0] if len(notebooks) == 1 else files[-1]
        if len(files) > 1 and len(notebooks) != 1:
            one = replace(one, problem=f"{name} handed in several files: keep one")
        if people[name] > 1 and number:
            one = replace(one, learner=f"{name} ({number})")
        found.append(one)
    return found
