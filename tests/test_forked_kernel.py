"""A forked kernel is, for a notebook, what a fresh one is."""

import os
import subprocess
import sys
import time

import nbformat.v4 as nbformat4
import pytest
from execute import run_cells
from jupyter_client.provisioning import KernelProvisionerFactory
from repository import ROOT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks on Linux only")
CELLS = [
    "import os, sys; print(len(sys.argv), sys.path, os.getcwd())",
    "import keras, tensorflow as tf; tf.print('printed by TensorFlow')",
    "tf.get_logger().warning('logged by TensorFlow')",
    "print(keras.config.backend(), keras.layers.Dense(1).name)",
    "import matplotlib.pyplot as plt; print(plt.get_backend(), plt.isinteractive())",
    "import repository",
]
START = """
import forked_kernel, jupyter_client.manager, time
forked_kernel.use_by_default()
kernel, _ = jupyter_client.manager.start_new_kernel()
print(kernel.provisioner.pid, flush=True)
time.sleep(100)
"""


def outputs_of(*sources):
    """Return what cells put out in a kernel of their own."""
    cells = [nbformat4.new_code_cell(source) for source in sources]
    notebook = nbformat4.new_notebook(cells=cells)
    run_cells(notebook, ROOT / "book", allow_errors=True)
    return [cell.outputs for cell in notebook.cells]


def test_cells_put_out_what_they_do_in_a_fresh_kernel(monkeypatch):
    forked = outputs_of(*CELLS)
    assert all(forked)
    kernels = KernelProvisionerFactory.instance()
    monkeypatch.setattr(kernels, "default_provisioner_name", "local-provisioner")
    assert outputs_of(*CELLS) == forked


def test_two_kernels_draw_different_numbers():
    draw = "import numpy; print(numpy.random.rand())"
    assert outputs_of(draw) != outputs_of(draw)


def test_a_kernel_ends_with_the_process_that_has_started_it():
    command = [sys.executable, "-c", START]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "tools")}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as process:
        kernel = f"/proc/{int(process.stdout.readline())}"
        assert os.path.exists(kernel)
        process.kill()
    for _ in range(100):
        if not os.path.exists(kernel):
            return
        time.sleep(0.1)
    pytest.fail("it has been running for ten seconds without its parent")
