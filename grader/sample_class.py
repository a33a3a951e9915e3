"""Writes a class to try the grader on: 24 submissions, each of a kind that it states.

    python grader/sample_class.py FOLDER

They are made from exercise 1, its solution and its answers.yml, the same bytes each
time. FOLDER/submitted gets the notebooks, as a learning platform exports them, and
FOLDER/expected.csv says of what kind each is and what it must score.
"""

import csv
import json
import pathlib
import sys

import yaml
from keras_book_grader.exercise import find_exercise, read_source
from nbformat.v4 import new_code_cell

EXERCISE, OTHER_EXERCISE = "01_lambda_layers", "02_passing_arguments"
LOOP = "def {}(x):\n    while True:\n        pass\n"
EXIT = "def {}(x):\n    import os\n\n    os._exit(0)\n"
HOG = "def {}(x):\n    return [bytearray(10**8) for _ in range(10**6)]\n"
PEEK = f"""\
import glob

def {{}}():
    for path in glob.glob("/**/solutions/{EXERCISE}/*.ipynb", recursive=True):
        exec(open(path).read())
"""
CALL = """\
import socket

def {}(x):
    return socket.create_connection(("192.0.2.1", 80), timeout=1)
"""
PATCH = "np.allclose = lambda *_, **__: True\n\ndef {}(x):\n    return x\n"
SCRIPT = "def {}():\n    raise ValueError('<script>alert(1)</script>')\n"
# Learner, kind, the place of the question in the exercise, and an answer to it.
NOT_HONEST = [
    ("Nia", "an endless loop", 3, LOOP),
    ("Oli", "ends its process", 1, EXIT),
    ("Pia", "takes all memory", 2, HOG),
    ("Sam", "reads the solution", 0, PEEK),
    ("Tess", "uses the network", 2, CALL),
    ("Udo", "patches NumPy", 2, PATCH),
    ("Vera", "script in an error", 0, SCRIPT),
]


def make_class(root, folder):
    """Write the class below folder, from the book in root."""
    submitted = folder / "submitted"
    submitted.mkdir(parents=True, exist_ok=True)
    points = {q.grade_id: q.points for q in read_solution(root).questions}
    with open(folder / "expected.csv", "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["learner", "score", "kind"])
        for number, (name, kind, content, lost) in enumerate(learners(root)):
            path = submitted / f"{name}_{4700 + number}_{EXERCISE}.ipynb"
            path.write_bytes(content)
            score = sum(points[question] for question in points.keys() - lost)
            table.writerow([name, f"{score:g}", kind])


def read_solution(root):
    """Return the record of exercise 1."""
    return read_source(find_exercise(EXERCISE, "solutions", root).read_bytes())


def learners(root):
    """Yield (name, kind, content, questions lost) for each learner."""
    fresh = find_exercise(EXERCISE, "exercises", root).read_bytes()
    other = find_exercise(OTHER_EXERCISE, "exercises", root).read_bytes()
    bank = yaml.safe_load((root / "solutions" / EXERCISE / "answers.yml").read_text())
    right = {q.grade_id: q.answer for q in read_solution(root).questions}
    questions = list(right)
    first, last = questions[0], questions[-1]
    wrong, hidden = {}, {}  # what a visible check fails, and what only hidden ones do
    for question in questions:
        for answer in reversed(bank[question]["wrong"]):
            found = hidden if answer.get("hidden") else wrong
            found[question] = answer

    def written(answers):
        return dump(fill(fresh, right | answers))

    def right_otherwise(place):
        return written({q: bank[q]["right"][place]["answer"] for q in questions})

    yield "Ada", "all right", written({}), []
    yield "Bob", "all right, written otherwise", right_otherwise(0), []
    yield "Cleo", "right in a third way", right_otherwise(1), []
    yield "Dan", "fresh, nothing answered", fresh, questions
    names = ["Eve", "Finn", "Gita", "Hugo", "Ines"]
    for name, question in zip(names, questions, strict=False):
        kind = f"{question} wrong: {wrong[question]['what']}"
        content = written({question: wrong[question]["answer"]})
        yield name, kind, content, [question]
    subtle = next(question for question in questions if question in hidden)
    content = written({subtle: hidden[subtle]["answer"]})
    yield "Jan", "fails hidden checks only", content, [subtle]
    content = written({q: wrong[q]["answer"] for q in questions})
    yield "Kim", "every answer wrong", content, questions
    begun = dump(fill(fresh, {q: right[q] for q in questions[:2]}))
    yield "Lea", "stopped after question 2", begun, questions[2:]
    calls_helper = f"def {first}():\n    return helper()\n"
    late = fill(fresh, right | {first: calls_helper})
    helper = right[first].replace(first, "helper")
    late["cells"].append(new_code_cell(helper, id="own"))
    yield "Max", "a helper cell at the end", dump(late), []
    for name, kind, place, answer in NOT_HONEST:
        question = questions[place]
        content = written({question: answer.format(question)})
        yield name, kind, content, [question]
    edits = {last: wrong[last]["answer"], f"{last}_checks": "assert True"}
    yield "Quin", "edited a check", written(edits), [last]
    dropped = fill(fresh, right)
    checks = f"{questions[2]}_checks"
    dropped["cells"] = [c for c in dropped["cells"] if grade_id(c) != checks]
    yield "Rosa", "removed a check, answer right", dump(dropped), []
    yield "Will", "half a file", written({})[:9000], questions
    yield "Xena", "another exercise", other, questions


def fill(fresh, sources):
    """Return a notebook with the sources of some cells, {grade_id: source}."""
    notebook = json.loads(fresh)
    for cell in notebook["cells"]:
        cell["source"] = sources.get(grade_id(cell), cell["source"])
    return notebook


def dump(notebook):
    """Return the bytes of a notebook."""
    return json.dumps(notebook, indent=1, ensure_ascii=False).encode()


def grade_id(cell):
    """Return the grade_id of a cell, or None."""
    return cell["metadata"].get("nbgrader", {}).get("grade_id")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    make_class(pathlib.Path(__file__).parents[1].resolve(), pathlib.Path(sys.argv[1]))
