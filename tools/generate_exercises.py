"""Make exercises/ from solutions/ with nbgrader: all of them, or those that are named.

python tools/generate_exercises.py [--into FOLDER] [05 09_attention ...]

A source in which something is in doubt is refused, and what was there before stays.
"""

import argparse
import os
import pathlib
import shutil
import sys
import tempfile

from keras_book_grader import GraderError
from keras_book_grader.exercise import find_exercise, notebooks, read_source
from nbgrader.apps import GenerateAssignmentApp
from nbgrader.converters import GenerateAssignment, NbGraderException
from repository import ROOT


def check(path):
    """Raise GraderError if a solution can't be made into an exercise."""
    beside = {other.name for other in path.parent.iterdir() if other.name[0] != "."}
    if others := beside - {path.name, "answers.yml"}:
        raise GraderError(f"{', '.join(sorted(others))} would be published: {path}")
    try:
        read_source(path.read_bytes())
    except ValueError as problem:
        raise GraderError(f"{path.relative_to(ROOT)}: {problem}") from None


def generate(paths, into):
    """Run nbgrader on solutions, in this process; put in place what is whole."""
    os.chdir(ROOT)  # nbgrader looks for its settings here
    app = GenerateAssignmentApp()
    app.initialize(["--force", "--no-db", "--log-level=ERROR"])
    app.coursedir.root = str(ROOT)
    into.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=into, prefix=".") as new:
        app.coursedir.release_directory = new
        for path in paths:
            app.coursedir.assignment_id = path.stem
            GenerateAssignment(coursedir=app.coursedir, parent=app).start()
        for path in paths:
            shutil.rmtree(into / path.stem, ignore_errors=True)
            os.replace(pathlib.Path(new, path.stem), into / path.stem)
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
            check(path)
        generate(paths, options.into.resolve())
    except (GraderError, NbGraderException, OSError) as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
