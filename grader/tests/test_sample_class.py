"""The class that ships with the book scores what its list says."""

import csv
import sys

from classroom import BOOK, IN_THE_BOOK, ON_LINUX, PACKAGES
from keras_book_grader.__main__ import main

pytestmark = [ON_LINUX, IN_THE_BOOK]

sys.path.insert(0, str(PACKAGES))
from sample_class import EXERCISE, make_class  # noqa: E402


def test_sample_class_scores_what_it_says(tmp_path):
    make_class(BOOK, tmp_path)
    source = BOOK / "solutions" / EXERCISE / f"{EXERCISE}.ipynb"
    command = ["grade", str(source), str(tmp_path / "submitted"), "--allow-root"]
    command += ["--seconds", "5", "--memory", "2048", "--jobs", "2"]
    assert main([*command, "--output", str(tmp_path / "out")]) == 0
    with open(tmp_path / "expected.csv", newline="") as file:
        expected = list(csv.DictReader(file))
    with open(tmp_path / "out" / "grades.csv", newline="") as file:
        seen = {row["learner"]: row["score"] for row in csv.DictReader(file)}
    assert len(seen) == len(expected) == 24
    for row in expected:
        assert seen[row["learner"]] == row["score"], row
