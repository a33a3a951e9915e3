"""What the grader writes for learners and teachers can be read on every screen."""

import shutil
import sys

import pytest
from keras_book_grader.__main__ import main
from keras_book_grader.exercise import find_exercise
from page_problems import PHONE, problems_on_screens
from repository import ROOT

EXERCISE = "01_lambda_layers"


@pytest.mark.skipif(sys.platform != "linux", reason="the grader confines on Linux only")
@pytest.mark.browser_context_args(**PHONE)
def test_grader_pages_are_accessible_on_every_screen(page, tmp_path):
    """The summary, and feedback on what is right, fresh, or no notebook at all."""
    handed_in, output = tmp_path / "in", tmp_path / "out"
    handed_in.mkdir()
    solution = find_exercise(EXERCISE, "solutions", ROOT)
    shutil.copy(solution, handed_in / "right_.ipynb")
    shutil.copy(find_exercise(EXERCISE, "exercises", ROOT), handed_in / "fresh_.ipynb")
    (handed_in / "broken_.ipynb").write_text("{")
    arguments = [str(solution), str(handed_in), "--output", str(output)]
    assert main(["grade", *arguments, "--allow-root"]) == 0
    pages = [output / "index.html", *output.glob("feedback/*.html")]
    assert len(pages) == 4
    devtools = page.context.new_cdp_session(page)
    for path in pages:
        page.goto(path.as_uri())
        problems = problems_on_screens(page, devtools)
        assert not any(problems.values()), path.name
