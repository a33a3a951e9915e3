"""All exercises on one page: the table of them, and the answers to open on purpose.

The directive `exercise-table` reads the first cells of exercises/, and the directive
`exercise-answers` the answer cells of solutions/, never a cell of checks.
"""

import re
from pathlib import Path

import nbformat
from sphinx.util.docutils import SphinxDirective

ROOT = Path(__file__).resolve().parents[2]
EXERCISES = ROOT / "exercises"
SOLUTIONS = ROOT / "solutions"
# | question | you write | minutes | points |
QUESTION = re.compile(r"^\| *(\d+) *\| *(.+?) *\| *(\d+) *\| *(\d+) *\|$", re.MULTILINE)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
MARKER = re.compile(r"^ *### (?:BEGIN|END) SOLUTION\n?", re.MULTILINE)


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
    if not has_chapter(name):
        return exercise
    return f"{exercise} (after [chapter {int(name[:2])}](../book/{name}.ipynb))"


def has_chapter(name):
    """Say whether an exercise belongs to a chapter; the project does not."""
    return (ROOT / "book" / f"{name}.ipynb").exists()


def sources_of_answers():
    """Return the solutions that are shown: not the project's, which is graded work."""
    return [
        SOLUTIONS / path.parent.name / path.name
        for path in notebooks()
        if has_chapter(path.stem)
    ]


def answers(path):
    """Return (title, code) of each question: the heading above it, the answer."""
    found, heading = [], None
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown":
            heading = [heading, *HEADING.findall(cell.source)][-1]
        elif cell.metadata.get("nbgrader", {}).get("solution"):
            code = MARKER.sub("", cell.source).rstrip()
            found.append((heading, code))
    return found


def answers_of(path):
    """Yield the Markdown of one exercise: its title, and a closed box a question."""
    first = nbformat.read(path, as_version=4).cells[0].source
    yield f"### {HEADING.search(first)[1]}"
    for title, code in answers(path):
        # Not a fence of backticks: its line may hold none, and a title does.
        yield f":::{{dropdown}} {title}\n```python\n{code}\n```\n:::"


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


class ExerciseAnswers(SphinxDirective):
    """A section of answers: its content, then the answers.

    With `exercise_answers: false` in _config.yml, nothing of it is there.
    """

    has_content = True

    def run(self):
        """Return the nodes of the section."""
        if not self.config.exercise_answers:
            return []
        paragraphs = list(self.content)
        for path in sources_of_answers():
            self.env.note_dependency(str(path))
            paragraphs += ["", "\n\n".join(answers_of(path))]
        return self.parse_text_to_nodes(
            "\n".join(paragraphs), allow_section_headings=True
        )


def setup(app):
    """Register with Sphinx."""
    app.add_directive("exercise-table", ExerciseTable)
    app.add_directive("exercise-answers", ExerciseAnswers)
    app.add_config_value("exercise_answers", True, "env", bool)
    return {
        "version": "1",
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
