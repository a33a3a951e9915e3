"""The learner's command: what it prints, and its exit code."""

import os
import subprocess
import sys

from classroom import PACKAGES, RIGHT, STUB, code, exercise, handed_in, notebook


def check(folder, cells, *more):
    """Run the command on a notebook, from the folder of a book."""
    path = folder / "exercises" / "05_small" / "05_small.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(notebook(cells))
    return subprocess.run(
        [sys.executable, "-m", "keras_book_grader", "check", "05", *more],
        env=os.environ | {"PYTHONPATH": str(PACKAGES)},
        cwd=folder,
        capture_output=True,
        text=True,
    )


def test_all_right_gives_exit_code_0_and_a_table(tmp_path):
    seen = check(tmp_path, handed_in())
    assert seen.returncode == 0
    assert seen.stdout.splitlines()[:4] == [
        "ok  double_checks        1 of 1  passed",
        "ok  triple_checks        2 of 2  passed",
        "ok  cube_layer_checks    3 of 3  passed",
        "    together           6 of 6",
    ]


def test_first_failure_is_told_and_output_of_cells_is_not(tmp_path):
    cells = handed_in(
        double="def double(x):\n    print('noise')\n    return 2 * x",
        triple="def triple(x):\n    return 7",
        cube_layer=STUB["cube_layer"],
    )
    cells.append(code("open('left behind', 'w').write('')"))
    seen = check(tmp_path, cells)
    assert seen.returncode == 1
    assert "--  triple_checks        0 of 2  failed" in seen.stdout
    assert "--  cube_layer_checks    0 of 3  not answered" in seen.stdout
    assert "The first to mend, triple: triple(2) is 7, expected 6" in seen.stdout
    assert "noise" not in seen.stdout
    assert "oneDNN" not in seen.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["exercises"]


def test_a_fresh_exercise_and_an_endless_loop(tmp_path):
    cells = exercise(STUB | {"double": RIGHT["double"]}, hidden=False)
    loop = (
        "while True:\n    try:\n        print(1)\n    except Exception:\n        pass"
    )
    cells.insert(5, code(loop))
    seen = check(tmp_path, cells, "--seconds", "2")
    assert seen.returncode == 1
    assert "ok  double_checks" in seen.stdout
    assert "took more than 2 seconds" in seen.stderr + seen.stdout


def test_what_is_no_notebook_or_no_exercise_gets_one_line(tmp_path):
    path = tmp_path / "exercises" / "05_small" / "05_small.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text("{")
    command = [sys.executable, "-m", "keras_book_grader", "check"]
    quiet = {"cwd": tmp_path, "capture_output": True, "text": True}
    quiet["env"] = os.environ | {"PYTHONPATH": str(PACKAGES)}
    seen = subprocess.run([*command, "05_small"], **quiet)
    assert seen.returncode == 1
    assert "its JSON is broken" in seen.stderr
    seen = subprocess.run([*command, "9"], **quiet)
    assert seen.returncode == 1
    assert "there is no exercise 9" in seen.stderr
    assert seen.stderr.count("\n") == 1


def test_nothing_of_linux_is_imported_for_it():
    program = (
        "import sys\n"
        "for name in ('resource', 'fcntl', 'keras_book_grader.confinement'):\n"
        "    sys.modules[name] = None\n"
        "import keras_book_grader.check, keras_book_grader.class_run\n"
    )
    environment = os.environ | {"PYTHONPATH": str(PACKAGES)}
    subprocess.run([sys.executable, "-c", program], env=environment, check=True)
