"""nbgrader generates exercises/ from solutions/, the same bytes each time."""

from nbconvert.preprocessors import ClearMetadataPreprocessor
from nbgrader.converters import GenerateAssignment

c = get_config()  # noqa: F821

c.CourseDirectory.course_id = "keras-beyond-the-built-in-layers"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "exercises"
c.CourseDirectory.ignore = [".ipynb_checkpoints", "answers.yml"]
c.NbGrader.logfile = ""

c.ClearSolutions.code_stub = {"python": "raise NotImplementedError()"}

# Metadata of whoever edited the solution last has no place in an exercise.
c.GenerateAssignment.preprocessors = [
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
