"""Make exercises/ from solutions/ with nbgrader: all of them, or those that are named.

python tools/generate_exercises.py [--into FOLDER] [05 08_attention ...]

A source in which something is in doubt is refused before anything is written.
"""

import argparse
import pathlib
import sys

from keras_book_grader import GraderError
from keras_book_grader.exercise import find_exercise, notebooks, read_source
from nbgrader.apps import GenerateAssignmentApp
from nbgrader.converters import GenerateAssignment, NbGraderException
from repository import ROOT


def generate(paths, into):
    """Run nbgrader on solutions, one after the other, in this process."""
    app = GenerateAssignmentApp()
    app.initialize(["--force", "--no-db", "--log-level=ERROR"])
    app.coursedir.root = str(ROOT)
    app.coursedir.release_directory = str(into)
    for path in paths:
        app.coursedir.assignment_id = path.stem
        GenerateAssignment(coursedir=app.coursedir, parent=app).start()
        print(into / path.stem / path.name)


def main(arguments=None):
    """Generate; return 1 after one line that says what to mend."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("exercises", nargs="*", metavar="EXERCISE")
    parser.add_argument("--into", type=pathlib.Path, default=ROOT / "exercises")
    options = parser.parse_args(arguments)
    try:
        named = [find_exercise(e, "solutions", ROOT) for e in options.exercises]
        paths = named or notebooks(ROOT, "solutions")
        for path in paths:
            try:
                read_source(path.read_bytes())
            except ValueError as problem:
                raise GraderError(f"{path.relative_to(ROOT)}: {problem}") from None
        generate(paths, options.into)
    except (GraderError, NbGraderException) as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
