"""Which notebooks are as they were when they last passed on this machine.

What decides is the code, the stored outputs and the metadata of their code cells, what
is installed, how outputs are compared, the Python, and settings in the environment. In
doubt, a notebook is run. The same decides about the run of a chapter on JAX, and so do
the tools for it.
"""

import importlib.metadata
import json
import os
import platform
import sys
from collections import Counter

from repository import digest, notebooks_in

MATTERS = ("requirements.txt", "tools/figures.py", "tools/nbval_figures.py")
MATTERS += ("conftest.py", "pyproject.toml", "tools/passed_before.py")
JAX_MATTERS = ("requirements-backends.txt", "tools/on_backend.py", "tools/execute.py")
JAX_MATTERS += ("tools/backend_process.py", "tests/test_neutral_chapters.py")
ON_JAX = "tests/test_neutral_chapters.py::test_chapter_runs_on_jax[{}]"
SETTINGS = ("TF_", "ONEDNN_", "KERAS_", "OMP_", "CUDA_", "XLA_", "MKL_", "OPENBLAS_")
SETTINGS += ("NPY_", "MPL", "MATPLOTLIB", "PYTHON", "IPYTHON", "JUPYTER_")


class PassedBefore:
    """A file of digests, below _build; read at first, written at last.

    skipped: the notebooks, and the tests on JAX by their ids, that need not be run.
    """

    def __init__(self, root, skip=True):
        self.root, self.path = root, root / "_build" / "passed.json"
        common = [platform.platform(), sys.version]
        common += [(root / name).read_text() for name in MATTERS]
        common += [f"{k}={os.environ[k]}" for k in os.environ if k.startswith(SETTINGS)]
        installed = importlib.metadata.distributions()
        common += sorted(f"{one.name} {one.version}" for one in installed)
        for_jax = [(root / name).read_text() for name in JAX_MATTERS]
        self.cells, self.now = {}, {}
        for path in notebooks_in(root / "book", root / "solutions"):
            name = path.relative_to(root).as_posix()
            try:
                cells = json.loads(path.read_bytes())["cells"]
                code = [cell for cell in cells if cell["cell_type"] == "code"]
            except (ValueError, KeyError, TypeError):
                continue
            self.cells[name], self.now[name] = len(code), digest(common, code)
            if path.parent.name == "book":
                on_jax = ON_JAX.format(path.stem)
                self.cells[on_jax], self.now[on_jax] = 1, digest(common, code, for_jax)
        before = self.read()
        same = [name for name in self.now if before.get(name) == self.now[name]]
        self.skipped = same if skip else []

    def read(self):
        """Return {notebook: digest} of those that have passed."""
        try:
            return dict(json.loads(self.path.read_bytes()))
        except (OSError, ValueError, TypeError):
            return {}

    def skips(self, path):
        """Say whether a notebook need not be run."""
        return path in [self.root / name for name in self.skipped]

    def write(self, reports):
        """Keep the digests of the notebooks of which each cell has run and passed."""
        passed, others = Counter(), set()
        for report in reports:
            name = report.nodeid
            name = name if name in self.now else name.split("::")[0]
            if report.outcome != "passed":
                others.add(name)
            elif report.when == "call":
                passed[name] += 1
        known = self.read()  # another run may have written, too
        for name in self.now:
            if name in others:
                known.pop(name, None)
            elif passed[name] == self.cells[name]:
                known[name] = self.now[name]
        self.path.parent.mkdir(exist_ok=True)
        unfinished = self.path.with_suffix(f".{os.getpid()}.part")
        unfinished.write_text(json.dumps(known, indent=1))
        os.replace(unfinished, self.path)
