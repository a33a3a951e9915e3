"""Execute notebooks in place: the only writer of stored outputs.

    python tools/execute.py book/01_lambda_layers.ipynb solutions/*/*.ipynb

Notebooks run in parallel. One whose outputs come out as they were is not
touched; the others are replaced in one step, so that an interruption leaves
each file either old or new.
"""

import argparse
import concurrent.futures
import os
import pathlib
import subprocess
import sys
import time

import nbformat
import version_check
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from tqdm import tqdm

# A cell that fails, a kernel that dies, a file that is missing or not a notebook.
NOT_EXECUTED = (CellExecutionError, DeadKernelError, OSError, ValueError)
KERNEL_ARGUMENTS = [
    # TensorFlow logs time-stamped lines below Python, at import: not captured.
    "--IPKernelApp.capture_fd_output=False",
    # A stored error is its message: a full traceback holds this machine's paths.
    "--InteractiveShell.xmode=Minimal",
]


def run_cells(notebook, folder: pathlib.Path, allow_errors=False, env=os.environ):
    """Run a notebook from top to bottom, in a folder; its outputs are put into it."""
    client = NotebookClient(
        notebook,
        timeout=600,
        allow_errors=allow_errors,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,
        extra_arguments=KERNEL_ARGUMENTS,
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute(stderr=subprocess.DEVNULL, env=env)  # without TensorFlow's log


def execute(path: pathlib.Path) -> bool:
    """Run one notebook from top to bottom; tell whether its file changed."""
    before = path.read_text(encoding="utf-8")
    notebook = nbformat.reads(before, as_version=4)
    metadata = notebook.metadata.copy()
    version_check.put_into(notebook)
    run_cells(notebook, path.parent)
    notebook.metadata = metadata  # nbclient adds the version of this Python
    after = nbformat.writes(notebook) + "\n"
    if after == before:
        return False
    replacement = path.with_name(path.name + ".new")
    replacement.write_text(after, encoding="utf-8")
    os.replace(replacement, path)
    return True


def in_parallel(function, tasks):
    """Yield (task, its future) as each is done, beside a bar of progress.

    An interruption ends the program at once.
    """
    executor = concurrent.futures.ThreadPoolExecutor(os.cpu_count())
    running = {executor.submit(function, task): task for task in tasks}
    try:
        for future in tqdm(
            concurrent.futures.as_completed(running),
            total=len(running),
            unit="notebook",
        ):
            yield running[future], future
    except KeyboardInterrupt:
        tqdm.write("Interrupted: what was done before is kept.")
        sys.stdout.flush()
        os._exit(130)  # the kernels end when they miss this process


def main() -> int:
    """Execute the notebooks named on the command line; 1 if any of them failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="+", type=pathlib.Path)
    arguments = parser.parse_args()

    failed = False
    started = time.monotonic()
    for path, future in in_parallel(execute, arguments.notebooks):
        try:
            outcome = "rewritten" if future.result() else "unchanged"
        except NOT_EXECUTED as error:
            outcome, failed = f"FAILED, left as it was\n{error}", True
        seconds = time.monotonic() - started
        tqdm.write(f"{seconds:6.1f} s  {path}: {outcome}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
