"""Finds what a class handed in, and says what can't be read; skips no learner."""

import hashlib
import os
import re
import stat
import urllib.parse
from dataclasses import dataclass
from pathlib import Path

from . import GraderError
from .notebook import LARGEST

DEFAULT_PATTERN = r"(?P<learner>[^_]+).*\.ipynb"


@dataclass(frozen=True)
class Submission:
    """One file of one learner, or why there is none."""

    learner: str
    path: Path
    problem: str | None = None

    @property
    def file_name(self):
        """A name for files about this learner: safe, readable, never the same twice."""
        name = os.fsencode(self.learner)
        quoted = urllib.parse.quote(name, safe=" ")
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


def find_submissions(folder, exercise, pattern=None):
    """Return the submissions in a folder, one for each learner, sorted."""
    folder = Path(folder)
    if not folder.is_dir():
        raise GraderError(f"{folder} is no folder: give the one with the submissions")
    entries = sorted(
        path
        for path in folder.iterdir()
        if path.suffix == ".ipynb" or not path.name.startswith((".", "__MACOSX"))
    )
    if any(entry.is_dir() for entry in entries) and not any(
        entry.suffix == ".ipynb" for entry in entries
    ):  # a folder for each learner: a list of the class beside them is none
        entries = [entry for entry in entries if entry.is_dir()]
    if not entries:
        raise GraderError(f"{folder} is empty: give the folder with the submissions")
    if pattern is None and all(entry.is_dir() for entry in entries):
        return [_of_nbgrader(entry, exercise) for entry in entries]
    return _of_flat_folder(entries, pattern or DEFAULT_PATTERN)


def _of_nbgrader(folder, exercise):
    """Return a learner's submission: folder/exercise/exercise.ipynb.

    Without a folder of that name, the notebook may stand in the learner's own.
    """
    place = folder / exercise
    if not place.is_dir():
        place = folder
    expected = place / f"{exercise}.ipynb"
    learner = folder.name
    if folder.is_symlink() or expected.parent.is_symlink():
        return Submission(learner, expected, "a symbolic link, not a folder")
    if expected.is_symlink() or expected.exists():
        return Submission(learner, expected)
    others = sorted(expected.parent.glob("*.ipynb"))
    if len(others) == 1:
        return Submission(learner, others[0])
    why = "several notebooks, none" if others else "no notebook"
    return Submission(learner, expected, f"{why} with the name {expected.name}")


def _of_flat_folder(entries, pattern):
    """Return the submissions of a folder as a learning platform exports it."""
    try:
        pattern = re.compile(pattern, re.S)
        pattern.groupindex["learner"]
    except (re.error, KeyError):
        raise GraderError(
            f"--pattern {pattern!r} is no regular expression with a group named "
            r"learner: try '(?P<learner>[^_]+)_.*\.ipynb'"
        ) from None
    found = {}
    for path in entries:
        match = pattern.fullmatch(path.name)
        learner = match["learner"] if match else None
        if not learner:
            what = f"the file name doesn't match the pattern {pattern.pattern}"
            found[path.name] = Submission(path.name, path, what)
        elif learner in found:
            what = f"{learner} handed in several files: keep one"
            found[learner] = Submission(learner, path, what)
        else:
            found[learner] = Submission(learner, path)
    return [found[learner] for learner in sorted(found)]
