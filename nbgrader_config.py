"""nbgrader generates exercises/ from solutions/, the same bytes each time."""

import nbformat
from keras_book_grader.exercise import read_source
from nbconvert.preprocessors import ClearMetadataPreprocessor, Preprocessor
from nbgrader.converters import GenerateAssignment

c = get_config()  # noqa: F821


def with_points(table, points, below=()):
    """Return a text with a column of points in its table, and lines below that."""
    column = [" points |", "--:|", *(f" {entry:g} |" for entry in points)]
    lines = table.splitlines()
    rows = [place for place, line in enumerate(lines) if line.startswith("|")]
    for place, entry in zip(rows, column, strict=True):
        lines[place] += entry
    lines[rows[-1] + 1 : rows[-1] + 1] = below
    return "\n".join(lines)


class WritePoints(Preprocessor):
    """Write the points into tables: nbgrader's metadata is the one place for them.

    The table of questions gets a column and, under it, the sums; a table of the cells
    of checks of one question gets a column. What can't be graded is refused.
    """

    enabled = True

    def preprocess(self, notebook, resources):
        """Change the text of a notebook that is not yet an exercise."""
        exercise = read_source(nbformat.writes(notebook).encode())
        first = notebook.cells[0]
        if "| question |" in first.source:
            points = [question.points for question in exercise.questions]
            sums = f"Together: {exercise.minutes} minutes, {exercise.points:g} points."
            first.source = with_points(first.source, points, ["", sums])
        for cell in notebook.cells:
            for question in exercise.questions:
                bars = "| cell of checks |" in cell.source
                if bars and question.title in cell.source:
                    points = [checks.points for checks in question.checks]
                    cell.source = with_points(cell.source, points)
        return notebook, resources


c.CourseDirectory.course_id = "keras-beyond-the-built-in-layers"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "exercises"
c.CourseDirectory.ignore = [".ipynb_checkpoints", "answers.yml"]
c.NbGrader.logfile = ""

c.ClearSolutions.code_stub = {"python": "raise NotImplementedError()"}

# Metadata of whoever edited the solution last has no place in an exercise.
c.GenerateAssignment.preprocessors = [
    WritePoints,
    *GenerateAssignment().preprocessors,
    ClearMetadataPreprocessor,
]
c.ClearMetadataPreprocessor.enabled = True
c.ClearMetadataPreprocessor.preserve_nb_metadata_mask = {
    "kernelspec",
    ("language_info", "name"),
}
c.ClearMetadataPreprocessor.preserve_cell_metadata_mask = {
    "nbgrader",
    "tags",
    "deletable",
    "editable",
}
