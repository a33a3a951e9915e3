"""The directive `exercise-table`: all exercises, as their first cells describe them."""

import re
from pathlib import Path

import nbformat
from sphinx.util.docutils import SphinxDirective

EXERCISES = Path(__file__).resolve().parents[2] / "exercises"
# | question | you write | minutes | points |
QUESTION = re.compile(
    r"^\| *(\d+) *\| *(.+?) *\| *(\d+) *\| *(\d+) *\|$", re.MULTILINE
)


def notebooks():
    """Return the paths of all exercises, in the order of their names."""
    return [
        path
        for path in sorted(EXERCISES.glob("*/*.ipynb"))
        if path.stem == path.parent.name
    ]


def questions(path):
    """Return (number, what you write, minutes, points) for each row in a first cell."""
    first = nbformat.read(path, as_version=4).cells[0].source
    return [
        (int(number), what, int(minutes), int(points))
        for number, what, minutes, points in QUESTION.findall(first)
    ]


def line(first, paths):
    """Return one line of the table: what it is about, and sums over all questions."""
    numbered = [(path, *row) for path in paths for row in questions(path)]
    count = len({(path, number) for path, number, *_ in numbered})
    minutes = sum(minutes for *_, minutes, _ in numbered)
    points = sum(points for *_, points in numbered)
    return f"| {first} | {count} | {minutes} | {points} |"


def links(path):
    """Return links to an exercise and to its chapter, if it belongs to one."""
    name = path.stem
    exercise = f"[](../exercises/{name}/{name}.ipynb)"
    if not (EXERCISES.parent / "book" / f"{name}.ipynb").exists():
        return exercise
    return f"{exercise} (after [chapter {int(name[:2])}](../book/{name}.ipynb))"


class ExerciseTable(SphinxDirective):
    """A table with a line for each exercise, and the sum of all of them."""

    def run(self):
        """Return the nodes of the table."""
        for path in notebooks():
            self.env.note_dependency(str(path))
        lines = [
            "| exercise | questions | minutes | points |",
            "|---|--:|--:|--:|",
            *(line(links(path), [path]) for path in notebooks()),
            line("**together**", notebooks()),
        ]
        return self.parse_text_to_nodes("\n".join(lines))


def setup(app):
    """Register with Sphinx."""
    app.add_directive("exercise-table", ExerciseTable)
    return {
        "version": "1",
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
