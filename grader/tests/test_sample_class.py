"""The class that ships with the book scores what its list says."""

import csv
import os
import pathlib
import sys

import pytest
from classroom import ON_LINUX
from keras_book_grader.__main__ import main

pytestmark = ON_LINUX

GRADER = pathlib.Path(__file__).resolve().parents[1]
BOOK = pathlib.Path(os.environ.get("BOOK", GRADER.parent))
sys.path.insert(0, str(GRADER))


@pytest.mark.skipif(not (BOOK / "solutions").is_dir(), reason="not in the book")
def test_sample_class_scores_what_it_says(tmp_path):
    from sample_class import EXERCISE, make_class

    make_class(BOOK, tmp_path)
    source = BOOK / "solutions" / EXERCISE / f"{EXERCISE}.ipynb"
    command = [
        "grade",
        str(source),
        str(tmp_path / "submitted"),
        "--allow-root",
    ]
    command += ["--seconds", "5", "--memory", "2048", "--jobs", "2"]
    assert main([*command, "--output", str(tmp_path / "out")]) == 0
    with open(tmp_path / "expected.csv", newline="") as file:
        expected = {row["learner"]: row["score"] for row in csv.DictReader(file)}
    with open(tmp_path / "out" / "grades.csv", newline="") as file:
        seen = {row["learner"]: row["score"] for row in csv.DictReader(file)}
    assert seen == expected
    assert len(seen) == 24
