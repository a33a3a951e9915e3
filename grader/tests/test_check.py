"""The learner's command: which exercise it finds, what it prints, its exit code."""

import signal
import subprocess
import sys

import psutil
import pytest
from classroom import (
    RIGHT,
    STUB,
    WRONG,
    code,
    environment,
    handed_in,
    notebook,
    wait_until,
    write_appendix,
    write_solution,
)
from keras_book_grader import GraderError
from keras_book_grader.exercise import find_exercise


def check(folder, content, *more, exercise="05"):
    """Run the command on a notebook, from the folder of a book."""
    path = folder / "exercises" / "05_small" / "05_small.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    command = [sys.executable, "-m", "keras_book_grader", "check", exercise, *more]
    quiet = {"capture_output": True, "text": True}
    return subprocess.run(command, env=environment(), cwd=folder, **quiet)


def test_all_right_gives_exit_code_0_and_a_table(tmp_path):
    seen = check(tmp_path, notebook(handed_in()))
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
        last=["open('left behind', 'w').write('')"],
    )
    seen = check(tmp_path, notebook(cells))
    assert seen.returncode == 1
    assert "--  triple_checks        0 of 2  failed" in seen.stdout
    assert "--  cube_layer_checks    0 of 3  not answered" in seen.stdout
    assert "The first to mend, triple: triple(2) is 7, expected 6" in seen.stdout
    assert "noise" not in seen.stdout
    assert "oneDNN" not in seen.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["exercises"]


def test_the_entry_of_the_appendix_is_named_for_an_exception(tmp_path):
    """With the reader's own numbers; not for what a check says itself."""
    write_appendix(tmp_path, "axis 2 is out of bounds for array of dimension 1")
    fails = "def double(x):\n    return np.take(2 * x, 0, axis=7)"
    seen = check(tmp_path, notebook(handed_in(double=fails)))
    entry = "Appendix B: axis 2 is out of bounds for array of dimension 1"
    assert seen.stdout.splitlines()[-1] == entry
    seen = check(tmp_path, notebook(handed_in(double=WRONG)))
    assert "The first to mend, double" in seen.stdout
    assert "Appendix B" not in seen.stdout + seen.stderr


@pytest.mark.parametrize(
    "cell, said",
    [
        ("while 1:\n    try: print(1)\n    except Exception: pass", "took more than 2"),
        ("import os\nos._exit(0)", "ended its process"),
    ],
    ids=["an endless loop", "an exit"],
)
def test_a_cell_that_takes_the_process_down_is_told(tmp_path, cell, said):
    cells = handed_in(**STUB | {"double": RIGHT["double"]})
    cells.insert(5, code(cell))
    seen = check(tmp_path, notebook(cells), "--seconds", "2")
    assert seen.returncode == 1
    assert "ok  double_checks" in seen.stdout
    assert f"code cell 4 {said}" in seen.stderr


def test_answers_below_a_stopped_cell_are_checked_and_it_is_the_first(tmp_path):
    seen = check(tmp_path, notebook(handed_in(first=["import os\nos._exit(0)"])))
    assert seen.returncode == 1
    assert "together           6 of 6" in seen.stdout
    assert "The first to mend, code cell 2: It ended its process." in seen.stdout
    seen = check(tmp_path, notebook(handed_in(triple="import os\nos._exit(0)")))
    assert "The first to mend, triple: The answer ended its process." in seen.stdout
    assert "--  triple_checks        0 of 2  stopped" in seen.stdout
    assert "ok  cube_layer_checks" in seen.stdout


def test_a_cell_that_would_define_what_is_missing_is_the_first_to_mend(tmp_path):
    cells = handed_in(double="def double(x):\n    return np.add(x, x)")
    cells[1]["source"] = f"import (keras\n{cells[1]['source']}"
    seen = check(tmp_path, notebook(cells))
    first, _, after = seen.stdout.partition("The first to mend, ")[2].partition("\n")
    assert first == "code cell 1: SyntaxError: invalid syntax (line 1)" and not after


@pytest.mark.parametrize("gone", ["double", "double_checks"])
@pytest.mark.parametrize("to", [None, "markdown"])
def test_a_question_that_is_gone_does_not_pass(tmp_path, gone, to):
    cells = handed_in()
    names = [cell["metadata"].get("nbgrader", {}).get("grade_id") for cell in cells]
    cell = cells.pop(names.index(gone))
    cells += [cell | {"cell_type": to}] if to else []
    seen = check(tmp_path, notebook(cells), "--hint")
    assert seen.returncode == 1
    assert "--  double_checks" in seen.stdout and "missing" in seen.stdout
    assert "The first to mend, double: the cell of the answer, or" in seen.stdout


def test_the_book_knows_a_question_of_which_nothing_is_left(tmp_path):
    write_solution(tmp_path)
    cells = [c for c in handed_in() if not c.get("id", "").startswith("triple")]
    seen = check(tmp_path, notebook(cells))
    assert seen.returncode == 1
    assert "--  triple_checks        0 of 2  missing" in seen.stdout
    assert "together           4 of 6" in seen.stdout


def test_a_given_cell_that_is_gone_is_the_first_to_mend(tmp_path):
    write_solution(tmp_path)
    cells = handed_in(double="def double(x):\n    return np.add(x, x)")
    seen = check(tmp_path, notebook([c for c in cells if c.get("id") != "setup"]))
    assert "The first to mend, a cell that is gone: copy `import keras`" in seen.stdout


def test_checks_that_are_there_twice_count_once_and_a_second_answer_is_told(tmp_path):
    cells = handed_in()
    seen = check(tmp_path, notebook([*cells, *cells[3:5]]))
    assert "together           6 of 6" in seen.stdout
    assert "double has two cells, of which the lower counts" in seen.stderr


def test_what_a_cell_started_ends_with_the_check(tmp_path):
    started = tmp_path / "started"
    sleeps = "import subprocess\nprocess = subprocess.Popen(['sleep', '100'])\n"
    sleeps += f"open({str(started)!r}, 'w').write(str(process.pid))"
    check(tmp_path, notebook(handed_in(last=[sleeps])))
    wait_until(lambda: not psutil.pid_exists(int(started.read_text())))


@pytest.mark.parametrize("ends", ["SIGTERM", "SIGKILL"])
def test_nothing_runs_on_when_the_command_is_ended(tmp_path, ends):
    started = tmp_path / "started"
    loops = f"import os\nopen({str(started)!r}, 'w').write(str(os.getpid()))\n"
    loops += "while True:\n    try:\n        while True: pass\n"
    loops += "    except BaseException: pass"
    path, places = tmp_path / "05.ipynb", tmp_path / "places"
    path.write_bytes(notebook(handed_in(first=[loops])))
    places.mkdir()
    command = [sys.executable, "-m", "keras_book_grader", "check", str(path)]
    variables = environment() | {"TMPDIR": str(places)}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, env=variables, **quiet) as process:
        wait_until(lambda: started.exists() and started.read_text(), 60)
        process.send_signal(getattr(signal, ends))
    wait_until(lambda: not psutil.pid_exists(int(started.read_text())))
    assert ends == "SIGKILL" or not list(places.iterdir())


def test_several_exercises_all_have_to_pass(tmp_path):
    done = tmp_path / "exercises" / "01_done" / "01_done.ipynb"
    done.parent.mkdir(parents=True)
    done.write_bytes(notebook(handed_in()))
    seen = check(tmp_path, notebook(handed_in(double=WRONG)), "01")
    assert seen.returncode == 1
    assert "together           6 of 6" in seen.stdout
    assert "together           5 of 6" in seen.stdout
    seen = check(tmp_path, notebook(handed_in()), "01", "--watch")
    assert "--watch watches one exercise" in seen.stderr


def test_a_message_is_one_line_that_any_terminal_shows(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    says = "raise ValueError('a\\r\\x07\\n☃' + 'x ' * 9999)"
    seen = check(tmp_path, notebook(handed_in(first=[says])))
    assert seen.returncode == 0
    line = seen.stderr.splitlines()[-1]
    assert line.startswith("code cell 2 fails: ValueError: a \\u2603x x x")
    assert len(line) < 1600 and line.endswith("...")


@pytest.mark.parametrize("points", ["many", True])
def test_points_that_are_no_number_get_one_line(tmp_path, points):
    cells = handed_in()
    cells[4]["metadata"]["nbgrader"]["points"] = points
    seen = check(tmp_path, notebook(cells))
    assert seen.returncode == 1
    assert "the points of double_checks are no number" in seen.stderr
    assert "Traceback" not in seen.stderr


def test_what_is_no_exercise_is_not_run(tmp_path):
    seen = check(tmp_path, notebook([code("open('ran', 'w')")]))
    assert seen.returncode == 1
    assert "it has no checks: is it an exercise of the book?" in seen.stderr


def test_a_broken_notebook_names_the_one_that_jupyter_saved(tmp_path):
    saved = "exercises/05_small/.ipynb_checkpoints/05_small-checkpoint.ipynb"
    (tmp_path / saved).parent.mkdir(parents=True)
    (tmp_path / saved).touch()
    seen = check(tmp_path, b"{")
    assert seen.returncode == 1 and saved in seen.stderr


@pytest.mark.parametrize(
    "exercise, said",
    [
        ("05_small", "its JSON is broken"),
        ("9", "there is no exercise 9"),
        ("--watch", "need an exercise"),
        ("", "there is no exercise ''"),
    ],
)
def test_a_mistake_gets_one_line(tmp_path, exercise, said):
    seen = check(tmp_path, b"{", exercise=exercise)
    assert seen.returncode == 1
    assert said in seen.stderr and seen.stderr.count("\n") == 1


def test_nothing_of_linux_is_imported_for_it():
    program = (
        "import sys\n"
        "for name in ('resource', 'fcntl', 'keras_book_grader.confinement'):\n"
        "    sys.modules[name] = None\n"
        "import keras_book_grader.check, keras_book_grader.class_run\n"
    )
    subprocess.run([sys.executable, "-c", program], env=environment(), check=True)


def test_each_question_that_fails_has_a_line_and_no_colours(tmp_path):
    red = "def triple(x):\n    raise ValueError('\\x1b[1mred\\x1b[0m')"
    cells = handed_in(double="def double(x):\n    return 7", triple=red)
    seen = check(tmp_path, notebook(cells))
    assert "The first to mend, double: TypeError" in seen.stdout
    assert "starting TensorFlow" not in seen.stderr  # a bar, where no terminal is
    assert "triple_checks: ValueError: red" in seen.stdout
    assert "\x1b[1m" not in seen.stdout + seen.stderr


NAMES = ["05_ctc", "09_attention", "09_project"]


@pytest.fixture
def root(tmp_path):
    for name in NAMES:
        folder = tmp_path / "exercises" / name
        folder.mkdir(parents=True)
        (folder / f"{name}.ipynb").touch()
        (folder / "notes.ipynb").touch()
    return tmp_path


@pytest.mark.parametrize(
    "given, found",
    [
        ("5", "05_ctc"),
        ("05", "05_ctc"),
        ("exercises/05_ctc/", "05_ctc"),  # as a shell completes it
        *((name, name) for name in NAMES),
    ],
)
def test_a_number_a_name_or_a_folder_finds_it(given, found, root, monkeypatch):
    monkeypatch.chdir(root)
    assert find_exercise(given, "exercises").stem == found


@pytest.mark.parametrize(
    "given, says",
    [
        ("09", "09_attention, 09_project: give the whole name"),
        ("6", "only: 05_ctc, 09_attention, 09_project"),
    ],
    ids=["two have the number", "none has the number"],
)
def test_a_number_that_finds_no_exercise_lists_them(given, says, root):
    with pytest.raises(GraderError, match=says):
        find_exercise(given, "exercises", root)
