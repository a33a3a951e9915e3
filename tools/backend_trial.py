"""Put layers, Lambdas and losses through the checks of chapters 7 and 8.

Runs in a process of its own for each backend: backends.py starts it with the names of
what is to be tried, and reads what it prints. Two processes for each core work for it.
"""

import argparse
import contextlib
import importlib
import json
import multiprocessing
import os
import queue
import runpy
import sys
import tempfile
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import yaml
from definitions import definitions
from repository import ROOT

LAYERS = ROOT / "book" / "layers.yml"
CHECKS = {
    "layer": ("book/07_check_layer.ipynb", "check_layer"),
    "loss": ("book/08_todays_layers.ipynb", "check_loss"),
}
PROCESSES = multiprocessing.get_context("forkserver")
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
        finally:
            keras.config.set_dtype_policy("float32")
    return found


def run_programs(connection):
    """Run the programs that come, in a process that knows none of their classes."""
    import keras

    while True:
        program, arguments = connection.recv()
        keras.saving.get_custom_objects().clear()  # of the program before
        sys.argv = ["", *map(str, arguments)]
        try:
            exec(compile(program, "elsewhere", "exec"), {"__name__": "__main__"})
            connection.send("")
        except Exception as error:
            connection.send(f"{type(error).__name__}: {error}")


def try_entries(connection, elsewhere):
    """Answer each entry that comes; `elsewhere` leads to run_programs."""
    import keras

    warnings.simplefilter("ignore")
    while True:
        entry = connection.recv()
        keras.utils.set_random_seed(0)
        keras.backend.clear_session()
        connection.send(try_entry(entry, elsewhere))


def try_entry(entry, elsewhere):
    """Return what fails, and the numbers to be compared with another backend's."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "definitions.py")
        source, source_of_check = source_of(entry)
        path.write_text(source)
        names = runpy.run_path(str(path))

        def make():
            return eval(entry["make"], names)

        inputs = eval(entry["inputs"], names)
        if entry.get("only_numbers"):
            layer = entry["kind"] == "layer"
            return {"numbers": numbers_of(make(), inputs) if layer else []}
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


class Workers:
    """A process that tries entries, and one that it loads its files in.

    Both are forked from one that has imported Keras and computed nothing.
    """

    def __init__(self):
        """Start both."""
        here, elsewhere = PROCESSES.Pipe()
        self.connection, there = PROCESSES.Pipe()
        self.processes = [
            PROCESSES.Process(target=run_programs, args=[elsewhere], daemon=True),
            PROCESSES.Process(target=try_entries, args=[there, here], daemon=True),
        ]
        for process in self.processes:
            process.start()
        for connection in [here, elsewhere, there]:
            connection.close()

    def answer(self, entry):
        """Return the answer to an entry; without one, both processes are ended."""
        self.connection.send(entry)
        try:
            if self.connection.poll(PATIENCE):
                return self.connection.recv()
            message = f"no answer within {PATIENCE} seconds"
        except EOFError:
            message = "the process broke off"
        self.end()
        return {"fails": [message]}

    def end(self):
        """End both."""
        for process in self.processes:
            process.kill()
            process.join()


def answers(entries):
    """Return {name: answer} of entries, from workers that end with it."""
    PROCESSES.set_forkserver_preload(["keras", "tensorflow"])
    waiting, found = queue.SimpleQueue(), {}
    for position, entry in enumerate(entries):
        waiting.put((position, entry))

    def work(_):
        workers = Workers()
        with contextlib.suppress(queue.Empty):
            while True:
                position, entry = waiting.get_nowait()
                found[position] = workers.answer(entry)
                if not all(process.is_alive() for process in workers.processes):
                    workers = Workers()
        workers.end()

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(work, range(os.cpu_count())))
    return {entry["name"]: found[n] for n, entry in enumerate(entries)}


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

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="+")
    parser.add_argument("--only-numbers", action="store_true")
    options = parser.parse_args()
    backend = importlib.import_module(keras.config.backend())
    version = backend.__version__.partition("+")[0]  # 2.13.0+cpu
    chosen = [
        {**entry, "only_numbers": options.only_numbers}
        for entry in read_layers(*options.names)
    ]
    versions = {"version": version, "keras": keras.__version__}
    print(json.dumps({"versions": versions, "results": answers(chosen)}))


if __name__ == "__main__":
    main()
