"""Put layers, Lambdas and losses through the checks of chapters 7 and 8.

Runs in a process of its own for each backend: backends.py starts it with the names of
what is to be tried, and reads what it prints. Each entry has two processes: one that
tries it, and one that loads its files.
"""

import importlib
import json
import os
import runpy
import sys
import tempfile
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import yaml
from backend_process import PROCESSES, process, reply
from definitions import definitions
from repository import ROOT

LAYERS = ROOT / "book" / "layers.yml"
CHECKS = {
    "layer": ("book/07_check_layer.ipynb", "check_layer"),
    "loss": ("book/08_todays_layers.ipynb", "check_loss"),
}
PATIENCE = 300  # seconds
PREPARED = """
import keras
import numpy as np
from keras import layers, ops

def normal(*shape):
    return np.random.default_rng(0).normal(size=shape).astype("float32")
"""


def try_model(make_model, data):
    """Return a sentence for each policy under which a model can't be trained."""
    import keras

    found = []
    for policy in ["float32", "mixed_float16"]:
        keras.config.set_dtype_policy(policy)
        try:
            history = make_model().fit(*data, verbose=0).history
            if not np.isfinite(list(history.values())).all():
                found.append(f"{policy}: the loss is not finite")
        except Exception as error:
            said = str(error).strip().splitlines()[-1]
            found.append(f"{policy}: {type(error).__name__}: {said}")
    return found


def run_program(connection):
    """Run the program that comes, in a process that knows none of its classes."""
    program, arguments = connection.recv()
    sys.argv = ["", *map(str, arguments)]
    try:
        exec(compile(program, "elsewhere", "exec"), {"__name__": "__main__"})
        connection.send("")
    except Exception as error:
        connection.send(f"{type(error).__name__}: {error}")


def try_entry(connection, entry, elsewhere):
    """Answer an entry; `elsewhere` leads to run_program."""
    import keras

    warnings.simplefilter("ignore")
    keras.utils.set_random_seed(0)
    connection.send(found_in(entry, elsewhere))


def found_in(entry, elsewhere):
    """Return what fails, and the numbers to be compared with another backend's."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "definitions.py")
        source, source_of_check = source_of(entry)
        path.write_text(source)
        names = runpy.run_path(str(path))

        def make():
            return eval(entry["make"], names)

        inputs = eval(entry["inputs"], names)
        if entry["kind"] == "model":
            return {"fails": try_model(make, inputs)}
        check, (_, name) = {}, CHECKS[entry["kind"]]
        exec(source_of_check, check)

        def run_elsewhere(*arguments):
            elsewhere.send((check["PROGRAM"], arguments))
            if error := elsewhere.recv():
                raise RuntimeError(error)

        check["run_elsewhere"] = run_elsewhere
        claims = entry.get("claims", {})
        settings = {claim: eval(value, names) for claim, value in claims.items()}
        if entry["kind"] == "loss":
            return {"fails": check[name](make, *inputs, **settings)}
        fails = check[name](make, inputs, definitions=[path], **settings)
        return {"fails": fails, "numbers": numbers_of(make(), inputs)}


def source_of(entry):
    """Return the code that a trial of an entry runs, and that of its check."""
    wanted = f"{entry['make']}, {entry['inputs']}"
    source = definitions(ROOT / entry["notebook"], wanted)
    source = PREPARED + source + entry.get("setup", "")
    if entry["kind"] == "model":
        return source, ""
    notebook, name = CHECKS[entry["kind"]]
    return source, definitions(ROOT / notebook, name)


def numbers_of(layer, inputs):
    """Return what a layer gives, in one list; nothing if its weights are random."""
    import keras
    from keras import ops

    try:
        outputs = keras.tree.flatten(layer(inputs))
    except Exception:  # the check has said so
        return []
    if layer.weights or getattr(layer, "seed_generator", None):
        return []
    arrays = [ops.convert_to_numpy(output).ravel() for output in outputs]
    return np.concatenate(arrays).tolist()


def answer(entry):
    """Return the answer to an entry, or one sentence if its process gives none."""
    with (
        process(run_program) as elsewhere,
        process(try_entry, entry, elsewhere) as trial,
    ):
        found, problem = reply(trial, PATIENCE)
    return found or {"fails": [problem]}


def answers(entries):
    """Return {name: answer} of entries."""
    PROCESSES.set_forkserver_preload(["keras", "tensorflow"])
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = pool.map(answer, entries)
        return {entry["name"]: each for entry, each in zip(entries, found, strict=True)}


def read_layers(*names):
    """Return entries of layers.yml, all or those named, with their notebooks."""
    return [
        {"notebook": notebook, "kind": "layer", **entry}
        for notebook, entries in yaml.safe_load(LAYERS.read_text()).items()
        if notebook != "not tried"
        for entry in entries
        if not names or entry["name"] in names
    ]


def main():
    """Print versions, and the answers to the entries named, under this backend."""
    import keras

    backend = importlib.import_module(keras.config.backend())
    version = backend.__version__.partition("+")[0]  # 2.13.0+cpu
    versions = {"version": version, "keras": keras.__version__}
    results = answers(read_layers(*sys.argv[1:]))
    print(json.dumps({"versions": versions, "results": results}))


if __name__ == "__main__":
    main()
