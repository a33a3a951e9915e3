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
from keras_book_grader.exercise import read_source

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
    path = root / "solutions" / EXERCISE / f"{EXERCISE}.ipynb"
    return read_source(path.read_bytes(), EXERCISE)


def learners(root):
    """Yield (name, kind, content, questions lost) for each learner."""
    exercises = root / "exercises"
    fresh = (exercises / EXERCISE / f"{EXERCISE}.ipynb").read_text()
    other = exercises / OTHER_EXERCISE / f"{OTHER_EXERCISE}.ipynb"
    known = yaml.safe_load((root / "solutions" / EXERCISE / "answers.yml").read_text())
    right = {q.grade_id: q.answer for q in read_solution(root).questions}
    questions = list(right)
    first, last = questions[0], questions[-1]
    wrong = {q: pick(known, q, "wrong") for q in questions}

    def written(**answers):
        return dump(fill(fresh, right | answers))

    def right_otherwise(place):
        others = {q: pick(known, q, "right", place)["answer"] for q in questions}
        return written(**others)

    yield "Ada", "all right", written(), []
    yield "Bob", "all right, written otherwise", right_otherwise(0), []
    yield "Cleo", "right in a third way", right_otherwise(1), []
    yield "Dan", "fresh, nothing answered", fresh.encode(), questions
    names = ["Eve", "Finn", "Gita", "Hugo", "Ines"]
    for name, question in zip(names, wrong, strict=False):
        kind = f"{question} wrong: {wrong[question]['what']}"
        content = written(**{question: wrong[question]["answer"]})
        yield name, kind, content, [question]
    subtle = next(q for q in questions if any("hidden" in a for a in known[q]["wrong"]))
    hidden = pick(known, subtle, "wrong", hidden=True)["answer"]
    yield "Jan", "fails hidden checks only", written(**{subtle: hidden}), [subtle]
    all_wrong = written(**{q: wrong[q]["answer"] for q in questions})
    yield "Kim", "every answer wrong", all_wrong, questions
    begun = dump(fill(fresh, {q: right[q] for q in questions[:2]}))
    yield "Lea", "stopped after question 2", begun, questions[2:]
    calls_helper = f"def {first}():\n    return helper()\n"
    late = fill(fresh, right | {first: calls_helper})
    late["cells"].append(own_cell(right[first].replace(first, "helper")))
    yield "Max", "a helper cell at the end", dump(late), []
    for name, kind, place, answer in NOT_HONEST:
        question = questions[place]
        content = written(**{question: answer.format(question)})
        yield name, kind, content, [question]
    edits = {last: wrong[last]["answer"], f"{last}_checks": "assert True"}
    yield "Quin", "edited a check", written(**edits), [last]
    dropped = fill(fresh, right)
    checks = f"{questions[2]}_checks"
    dropped["cells"] = [c for c in dropped["cells"] if grade_id(c) != checks]
    yield "Rosa", "removed a check, answer right", dump(dropped), []
    yield "Will", "half a file", written()[:9000], questions
    yield "Xena", "another exercise", other.read_bytes(), questions


def pick(known, question, kind, place=0, hidden=False):
    """Return an answer of answers.yml; hidden: only hidden checks find it wrong."""
    found = [a for a in known[question][kind] if a.get("hidden", False) == hidden]
    if place >= len(found):
        what = f"{question} lacks {place + 1} {kind} answers with hidden: {hidden}"
        raise ValueError(f"answers.yml of {EXERCISE}: {what}")
    return found[place]


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


def own_cell(source):
    """Return a learner's own cell."""
    cell = {"cell_type": "code", "id": "own", "metadata": {}, "source": source}
    return cell | {"outputs": [], "execution_count": None}


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    make_class(pathlib.Path(__file__).parents[1].resolve(), pathlib.Path(sys.argv[1]))
