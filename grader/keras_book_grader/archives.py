"""Feedback as an archive that a learning platform gives out to its learners.

Both platforms tell from names of files whose feedback it is, so these are the names
that they gave when the submissions were downloaded:

- Moodle, "Upload multiple feedback files in a zip": a folder
  Full name_4711_assignsubmission_file_ for each learner, with a page in it.
- Canvas, "Upload Submissions" of an assignment: the file's own name, with the numbers
  of the learner and of what was handed in. Canvas attaches it to a comment, under the
  name that the learner's file had: a notebook. So it is one here, of a single cell.

Read in:
https://github.com/moodle/moodle/blob/main/mod/assign/feedback/file/importziplib.php
https://github.com/instructure/canvas-lms/blob/master/app/models/assignment.rb
(infer_comment_context_from_filename)
"""

import re
import zipfile

import nbformat
from nbformat.v4 import new_markdown_cell, new_notebook

from .roster import CANVAS, WORKSHEET, origin
from .whole_files import whole_file

NAMES = {CANVAS: "feedback_canvas.zip", WORKSHEET: "feedback_moodle.zip"}


def write_archives(folder, exercise, pages):
    """Write an archive for each platform that submissions are from.

    pages is {submission: page for its learner}. Return {platform: how many are in its
    archive}.
    """
    files = {platform: {} for platform in NAMES}
    for submission, page in pages.items():
        platform, match = origin(submission) or (None, None)
        if platform == WORKSHEET:
            owner = f"{match['learner']}_{match['number']}_assignsubmission_file_"
            files[platform][f"{owner}/{exercise.name}.html"] = page
        elif platform == CANVAS:
            files[platform][submission.path.name] = as_notebook(page)
    for platform, entries in files.items():
        path = folder / NAMES[platform]
        if not entries:
            path.unlink(missing_ok=True)
            continue
        with whole_file(path, "wb") as file, zipfile.ZipFile(file, "w") as archive:
            for name, text in entries.items():
                entry = zipfile.ZipInfo(_text(name))  # with a date that stays
                archive.writestr(entry, _text(text), zipfile.ZIP_DEFLATED)
    return {platform: len(entries) for platform, entries in files.items() if entries}


def as_notebook(page):
    """Return a notebook of one Markdown cell that shows what stands on a page."""
    content = page.partition("<main>")[2].rpartition("</main>")[0].strip()
    # Markdown would go on after a blank line, and a $ would begin a formula.
    content = re.sub(r"^[ \t]*\n", "&#10;", content, flags=re.M)
    cell = new_markdown_cell(content.replace("$", "&#36;"), id="feedback")
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nbformat.writes(new_notebook(cells=[cell], metadata={"kernelspec": kernel}))


def _text(text):
    """Return text without the lone surrogates of names that aren't UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode()
