"""All exercises on one page: the table of them, and the answers to open on purpose.

The directive `exercise-table` reads exercises/, and the directive `exercise-answers`
the answers in solutions/, never a cell of checks.
"""

from keras_book_grader.exercise import notebooks, read_exercise
from sphinx.util.docutils import SphinxDirective


def row(first, exercises):
    """Return a row of the table: what it is about, and sums over all questions."""
    questions = sum(len(exercise.questions) for exercise in exercises)
    minutes = sum(exercise.minutes for exercise in exercises)
    points = sum(exercise.points for exercise in exercises)
    return f"| {first} | {questions} | {minutes} | {points} |"


def answers(exercise):
    """Yield the Markdown of one exercise: its title, and a closed box a question."""
    yield f"### {exercise.title}"
    for question in exercise.questions:
        # Not a fence of backticks: its line may hold none, and a title does.
        code = f"```python\n{question.answer}\n```"
        yield f":::{{dropdown}} {question.title}\n{code}\n:::"


class FromExercises(SphinxDirective):
    """What is made of the exercises, and made again when one of them changes."""

    def exercises(self, kind):
        """Return the records of all exercises, in the order of their names."""
        paths = notebooks(self.env.srcdir, kind)
        for path in paths:
            self.env.note_dependency(str(path))
        return [read_exercise(path.read_bytes(), path.stem) for path in paths]

    def has_chapter(self, exercise):
        """Say whether an exercise belongs to a chapter; the project does not."""
        return f"book/{exercise.name}" in self.env.found_docs


class ExerciseTable(FromExercises):
    """A table with a row for each exercise, and the sum of all of them."""

    def run(self):
        """Return the nodes of the table."""
        exercises = self.exercises("exercises")
        lines = [
            "| exercise | questions | minutes | points |",
            "|---|--:|--:|--:|",
            *(row(self.links(exercise), [exercise]) for exercise in exercises),
            row("**together**", exercises),
        ]
        return self.parse_text_to_nodes("\n".join(lines))

    def links(self, exercise):
        """Return links to an exercise and to its chapter, if it belongs to one."""
        name = exercise.name
        link = f"[](../exercises/{name}/{name}.ipynb)"
        if self.has_chapter(exercise):
            link += f" (after [chapter {int(name[:2])}](../book/{name}.ipynb))"
        return link


class ExerciseAnswers(FromExercises):
    """A section of answers: its content, then the answers.

    With `exercise_answers: false` in _config.yml, nothing of it is there. The answers
    to the project, which is graded work, never are.
    """

    has_content = True

    def run(self):
        """Return the nodes of the section."""
        if not self.config.exercise_answers:
            return []
        paragraphs = ["\n".join(self.content)]
        for exercise in self.exercises("solutions"):
            if self.has_chapter(exercise):
                paragraphs += answers(exercise)
        return self.parse_text_to_nodes(
            "\n\n".join(paragraphs), allow_section_headings=True
        )
