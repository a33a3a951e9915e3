"""`make test-seeds` measures each asserted bound, and changes no notebook."""

import ast
import json

import nbformat
import pytest
import seeds


@pytest.mark.parametrize(
    "code, found",
    [
        ("assert 0.5 >= 0.25", [["0.5 >= 0.25", True, 0.25]]),
        ("assert 0.25 > 0.5, 'why'", [["0.25 > 0.5", False, -0.25]]),
        ("assert 1 <= 2 < 4", [["1 <= 2", True, 1.0], ["2 < 4", True, 2.0]]),
        ("assert 1 < 2 and ok()", [["1 < 2", True, 1.0], ["ok()", False, None]]),
        ("assert 1 == 2", [["1 == 2", False, None]]),
        ("assert 1 < 2 == 2", [["1 < 2 == 2", True, None]]),
        ("assert not [1, 2] < [2]", [["not [1, 2] < [2]", False, None]]),
        ("assert 3 > 3", [["3 > 3", False, 0.0]]),
        ("assert 3 >= 3", [["3 >= 3", True, 0.0]]),
    ],
)
def test_each_part_of_an_assertion_is_measured(code, found, tmp_path):
    results = tmp_path / "results.jsonl"
    tree = seeds.RecordedAssertions(str(results)).visit(ast.parse(code))
    exec(compile(tree, "cell", "exec"), {"ok": lambda: False})
    assert [json.loads(line) for line in results.read_text().splitlines()] == found


NOTEBOOK = [
    "import keras\nimport numpy as np",
    "keras.utils.set_random_seed(1)\nweight = float(keras.random.uniform(()))",
    "point = np.random.default_rng(1).uniform()",
    "assert weight < 1.5\nassert point < 1.5",
    "def check(x):\n    assert x < 1\nfor x in (2, 3, 0): check(x)",
    "from sklearn.model_selection import train_test_split\n"
    "chosen, _ = train_test_split(np.arange(9), random_state=0)\n"
    "print(weight, point, chosen)",
    "assert weight < 0",
    "1 / 0",
]


def test_seeds_are_shifted_apart_and_runs_are_kept(tmp_path, monkeypatch, capsys):
    path = tmp_path / "small.ipynb"
    cells = [nbformat.v4.new_code_cell(source) for source in NOTEBOOK]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    before = path.read_bytes()
    monkeypatch.setattr(seeds, "RUNS", tmp_path / "runs")
    monkeypatch.setattr(seeds, "REPORT", tmp_path / "report.md")
    arguments = ["seeds", str(path), "--training", "2", "--data", "1"]
    monkeypatch.setattr("sys.argv", arguments)

    assert seeds.main() == 1
    report = capsys.readouterr().out
    assert path.read_bytes() == before
    held = {"weight < 1.5": (2, 1), "weight < 0": (0, 0), "x < 1": (0, 0)}
    for text, (training, data) in held.items():
        (bound,) = [row for row in report.splitlines() if text in row]
        assert f"{training} of 2" in bound and f"{data} of 1" in bound
    assert "runs to its end: ZeroDivisionError: division by zero" in report

    def margins(text):
        runs = [("training", 1), ("training", 2), ("data", 1)]
        return [seeds.run((path, *run))[text][1] for run in runs]

    monkeypatch.setattr(seeds, "run_cells", None)  # what is done is kept
    assert seeds.main() == 1
    assert capsys.readouterr().out == report
    assert len(set(margins("weight < 1.5"))) == 3
    assert set(margins("x < 1")) == {-2}  # the worst of three
    first, second, other_data = margins("point < 1.5")
    assert first == second != other_data


@pytest.mark.parametrize(
    "arguments, why",
    [
        (["nowhere.ipynb"], "nowhere.ipynb is not there, or no notebook"),
        ([__file__], "test_seeds.py is not there, or no notebook"),
        (["--training=0", "--data=0", __file__], "no runs were asked for"),
    ],
)
def test_what_cant_be_run_is_said_in_one_line(arguments, why, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["seeds", *arguments])
    with pytest.raises(SystemExit) as stopped:
        seeds.main()
    assert stopped.value.code == 2
    assert why in capsys.readouterr().err.splitlines()[-1]
