"""Do the bounds that the notebooks assert hold for other seeds than the printed ones?

    python tools/seeds.py --training 10 --data 5 book/*.ipynb

Runs each notebook with the seeds of training shifted, and apart from that with those
of the data shifted; no notebook is changed. A run that is done is kept in _build/seeds,
until the notebook's code or the pins change. The report is _build/seeds.md, the exit
code 0 only if every assertion held in every run.
"""

import argparse
import ast
import itertools
import json
import os
import pathlib
import sys

import nbformat
import numpy as np
from execute import NOT_EXECUTED, in_parallel, run_cells
from keras_book_grader.notebook import code_cells
from nbconvert.filters import strip_ansi
from repository import ROOT, digest
from version_check import CELL_ID

RUNS = ROOT / "_build" / "seeds"
REPORT = ROOT / "_build" / "seeds.md"
SIZES = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
STEP = 1000  # from one shift to the next: further than a notebook's own seeds lie apart
IN_THE_KERNEL = """\
import sys
sys.path.append({tools!r})
import seeds
seeds.shift(**{shifts})
get_ipython().ast_transformers.append(seeds.RecordedAssertions({results!r}))"""


def shift(training=0, data=0):
    """In a kernel: add to each seed of training, and to each seed of data."""
    import keras
    import sklearn.model_selection

    def shifted(function, by, keyword=None):
        def call(*arguments, **settings):
            if keyword is None and arguments and arguments[0] is not None:
                arguments = (arguments[0] + by, *arguments[1:])
            for name in {keyword, "seed"} & settings.keys():
                settings[name] += by
            return function(*arguments, **settings)

        return call

    keras.utils.set_random_seed = shifted(keras.utils.set_random_seed, training)
    np.random.default_rng = shifted(np.random.default_rng, data)
    sklearn.model_selection.train_test_split = shifted(
        sklearn.model_selection.train_test_split, data, "random_state"
    )


class RecordedAssertions(ast.NodeTransformer):
    """In a kernel: an assertion is written to a file, and the notebook goes on."""

    def __init__(self, results):
        self.results = results

    def visit_Assert(self, node):
        """Turn each part of `assert a and b` into a call of `record`."""
        both = isinstance(node.test, ast.BoolOp) and isinstance(node.test.op, ast.And)
        parts = node.test.values if both else [node.test]
        calls = []
        for text, operator, operands in measured(parts):
            call = ast.parse("__import__('seeds').record()").body[0]
            constants = (self.results, text, operator)
            call.value.args = [*map(ast.Constant, constants), *operands]
            calls.append(ast.fix_missing_locations(ast.copy_location(call, node)))
        return calls


def measured(parts):
    """Yield (text, operator, operands) of each comparison of sizes, or of a whole."""
    for part in parts:
        operators = part.ops if isinstance(part, ast.Compare) else [None]
        if all(isinstance(operator, SIZES) for operator in operators):
            pairs = itertools.pairwise([part.left, *part.comparators])
            for operator, (left, right) in zip(operators, pairs, strict=True):
                text = ast.unparse(ast.Compare(left, [operator], [right]))
                yield text, type(operator).__name__, [left, right]
        else:
            yield ast.unparse(part), "", [part]


def record(results, text, operator, left, right=None):
    """Write down whether an assertion held and, for a comparison, by what margin."""
    if not operator:
        held, margin = bool(left), None
    else:
        below = np.asarray(right, float) - np.asarray(left, float)
        margin = float(np.min(below if operator.startswith("Lt") else -below))
        held = margin >= 0 if operator.endswith("E") else margin > 0
    with open(results, "a", encoding="utf-8") as file:
        file.write(json.dumps([text, held, margin]) + "\n")


def run(task):
    """Run a notebook with shifted seeds, unless that was done.

    Returns {assertion: [whether it held each time, its smallest margin or None]}.
    """
    path, kind, number = task
    code = [c.source for c in code_cells(path.read_bytes()) if c.id != CELL_ID]
    made_of = digest(code, (ROOT / "requirements.txt").read_text())
    done = RUNS / f"{path.stem}-{made_of}-{kind}-{number}.jsonl"
    if not done.exists():
        part = done.with_suffix(f".{os.getpid()}.part")
        part.write_text("")
        first = IN_THE_KERNEL.format(
            tools=str(pathlib.Path(__file__).parent),
            shifts={kind: STEP * number},
            results=str(part),
        )
        notebook = nbformat.read(path, as_version=4)
        notebook.cells.insert(0, nbformat.v4.new_code_cell(first))
        try:
            run_cells(notebook, path.parent)
        except NOT_EXECUTED as error:
            reason = strip_ansi(str(error)).strip().splitlines()[-1]
            record(part, f"runs to its end: {reason}", "", False)
        os.replace(part, done)
    found = {}
    for line in done.read_text().splitlines():
        text, *result = json.loads(line)
        # What failed is less than what held, and then the margin decides.
        found[text] = min(result, found.get(text, result))
    return found


def table(path, runs):
    """Yield the report on one notebook, line by line; runs is {kind: [found, ...]}."""
    yield f"## {path}\n"
    heads = [f"{kind}: held | smallest margin" for kind in runs]
    yield f"| bound | {' | '.join(heads)} |"
    yield "|---|" + "--:|--:|" * len(runs)
    together = [found for of_kind in runs.values() for found in of_kind]
    texts = dict.fromkeys(text for found in together for text in found)
    held = [True, None]  # an assertion that has no margin
    others = [t for t in texts if all(found.get(t, held) == held for found in together)]
    for text in [t for t in texts if t not in others]:
        columns = []
        for of_kind in runs.values():
            results = [found[text] for found in of_kind if text in found]
            margins = [margin for _, margin in results if margin is not None]
            columns.append(f"{sum(h for h, _ in results)} of {len(results)}")
            columns.append(f"{min(margins):.3g}" if margins else "")
        yield f"| `{text}` | {' | '.join(columns)} |"
    yield f"\n{len(others)} other assertions held in each run.\n"


def main():
    """Run what was asked for and report; 1 if an assertion failed anywhere."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="+", type=pathlib.Path)
    parser.add_argument("--training", type=int, default=10, metavar="RUNS")
    parser.add_argument("--data", type=int, default=5, metavar="RUNS")
    parser.add_argument("--first", type=int, default=1, metavar="SHIFT")
    arguments = parser.parse_args()
    if arguments.training + arguments.data < 1:
        parser.error("no runs were asked for: --training or --data")
    for path in arguments.notebooks:
        try:
            nbformat.read(path, as_version=4)
        except (OSError, ValueError):
            parser.error(f"{path} is not there, or no notebook")

    RUNS.mkdir(parents=True, exist_ok=True)
    counts = {"training": arguments.training, "data": arguments.data}
    tasks = [
        (path, kind, arguments.first + number)
        for path in arguments.notebooks
        for kind, count in counts.items()
        for number in range(count)
    ]
    runs = {path: {kind: [] for kind in counts} for path in arguments.notebooks}
    all_held = True
    for (path, kind, _), future in in_parallel(run, tasks):
        found = future.result()
        runs[path][kind].append(found)
        all_held = all_held and all(held for held, _ in found.values())
    lines = [line for path in runs for line in table(path, runs[path])]
    REPORT.write_text("\n".join(lines) + "\n")
    print(REPORT.read_text())
    return int(not all_held)


if __name__ == "__main__":
    sys.exit(main())
