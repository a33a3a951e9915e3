"""Writes a class to try the grader on: 24 submissions, each of a kind that it states.

    python grader/sample_class.py FOLDER

They are made from exercise 1, its solution and its answers.yml, the same bytes each
time. FOLDER/submitted gets the notebooks, as a learning platform exports them, and
FOLDER/expected.csv says of what kind each is and what it must score.
"""

import copy
import csv
import json
import pathlib
import sys

import yaml

EXERCISE = "01_lambda_layers"
POINTS = {
    "cube_layer": 1,
    "softsign_model": 2,
    "standardise": 2,
    "outer_product": 3,
    "text_average": 4,
}

HELPER = "def cubed(x):\n    return x**3\n"
LATE = 'def cube_layer():\n    return layers.Lambda(cubed, name="cube")\n'
LOOP = "def outer_product(x):\n    while True:\n        pass\n"
EXIT = "def softsign_model(width):\n    import os\n\n    os._exit(0)\n"
HOG = "def standardise(x):\n    return [bytearray(10**8) for _ in range(10**6)]\n"
PEEK = f"""\
import glob

def cube_layer():
    for path in glob.glob("/**/solutions/{EXERCISE}/*.ipynb", recursive=True):
        exec(open(path).read())
"""
CALL = """\
import socket

def standardise(x):
    return socket.create_connection(("192.0.2.1", 80), timeout=1)
"""
PATCH = """\
np.allclose = lambda *_, **__: True

def standardise(x):
    return x
"""
SCRIPT = "def cube_layer():\n    raise ValueError('<script>alert(1)</script>')\n"


def make_class(root, folder):
    """Write the class below folder, from the book in root."""
    submitted = folder / "submitted"
    submitted.mkdir(parents=True, exist_ok=True)
    with open(folder / "expected.csv", "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["learner", "score", "kind"])
        for number, (name, kind, content, lost) in enumerate(learners(root)):
            path = submitted / f"{name}_{4700 + number}_{EXERCISE}.ipynb"
            path.write_bytes(content)
            score = sum(POINTS.values()) - sum(POINTS[question] for question in lost)
            table.writerow([name, score, kind])


def learners(root):
    """Yield (name, kind, content, questions lost) for each learner."""
    exercise = read(root / "exercises" / EXERCISE / f"{EXERCISE}.ipynb")
    solution = read(root / "solutions" / EXERCISE / f"{EXERCISE}.ipynb")
    known = yaml.safe_load((root / "solutions" / EXERCISE / "answers.yml").read_text())
    right = {name: answer_cell(solution, name)["source"] for name in POINTS}

    def notebook(**answers):
        filled = copy.deepcopy(exercise)
        for name, answer in (right | answers).items():
            answer_cell(filled, name)["source"] = answer
        return filled

    def wrong(question, what):
        entries = known[question]["wrong"]
        return {question: next(e["answer"] for e in entries if e["what"] == what)}

    def first(kind, place):
        return {name: known[name][kind][place]["answer"] for name in POINTS}

    everything = list(POINTS)
    yield "Ada", "all right", dump(notebook()), []
    yield (
        "Bob",
        "all right, written otherwise",
        dump(notebook(**first("right", 0))),
        [],
    )
    yield (
        "Cleo",
        "right in a third way",
        dump(notebook(**first("right", 1))),
        [],
    )
    yield "Dan", "fresh, nothing answered", dump(exercise), everything
    for name, question in zip(
        ["Eve", "Finn", "Gita", "Hugo"], everything, strict=False
    ):
        answer = known[question]["wrong"][0]
        content = dump(notebook(**{question: answer["answer"]}))
        yield (
            name,
            f"{question} wrong: {answer['what']}",
            content,
            [question],
        )
    what = "padding counted"
    content = dump(notebook(**wrong("text_average", what)))
    yield "Ines", f"text_average wrong: {what}", content, ["text_average"]
    what = "the vectors of the visible checks"
    content = dump(notebook(**wrong("text_average", what)))
    yield "Jan", "fails hidden checks only", content, ["text_average"]
    content = dump(notebook(**first("wrong", 0)))
    yield "Kim", "every answer wrong", content, everything
    stubs = {name: answer_cell(exercise, name)["source"] for name in everything[2:]}
    yield (
        "Lea",
        "stopped after question 2",
        dump(notebook(**stubs)),
        everything[2:],
    )
    late = notebook(cube_layer=LATE)
    late["cells"].append(code_cell(HELPER))
    yield "Max", "a helper cell at the end", dump(late), []
    yield (
        "Nia",
        "an endless loop",
        dump(notebook(outer_product=LOOP)),
        ["outer_product"],
    )
    yield (
        "Oli",
        "ends its process",
        dump(notebook(softsign_model=EXIT)),
        ["softsign_model"],
    )
    yield (
        "Pia",
        "takes all memory",
        dump(notebook(standardise=HOG)),
        ["standardise"],
    )
    edited = notebook(**wrong("text_average", "the sum"))
    answer_cell(edited, "text_average_checks")["source"] = "assert True"
    yield "Quin", "edited a check", dump(edited), ["text_average"]
    dropped = notebook()
    dropped["cells"].remove(answer_cell(dropped, "standardise_checks"))
    yield "Rosa", "removed a check, answer right", dump(dropped), []
    yield (
        "Sam",
        "reads the solution",
        dump(notebook(cube_layer=PEEK)),
        ["cube_layer"],
    )
    yield (
        "Tess",
        "uses the network",
        dump(notebook(standardise=CALL)),
        ["standardise"],
    )
    yield (
        "Udo",
        "patches NumPy",
        dump(notebook(standardise=PATCH)),
        ["standardise"],
    )
    yield (
        "Vera",
        "script in an error",
        dump(notebook(cube_layer=SCRIPT)),
        ["cube_layer"],
    )
    yield "Will", "half a file", dump(notebook())[:9000], everything
    other = "02_passing_arguments"
    content = dump(read(root / "exercises" / other / f"{other}.ipynb"))
    yield "Xena", "another exercise", content, everything


def read(path):
    """Return a notebook, each source as one text."""
    notebook = json.loads(path.read_text())
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"])
    return notebook


def dump(notebook):
    """Return the bytes of a notebook."""
    return json.dumps(notebook, indent=1, ensure_ascii=False).encode()


def answer_cell(notebook, grade_id):
    """Return the cell with a grade_id."""
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == grade_id:
            return cell
    raise KeyError(grade_id)


def code_cell(source):
    """Return a learner's own cell."""
    return {
        "cell_type": "code",
        "id": "own",
        "metadata": {},
        "source": source,
        "outputs": [],
        "execution_count": None,
    }


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    make_class(
        pathlib.Path(__file__).resolve().parents[1],
        pathlib.Path(sys.argv[1]),
    )
