"""Put each layer, Lambda and loss of the book through its checks, on each backend.

    python tools/backends.py            # every backend that is installed
    python tools/backends.py jax        # one backend; the others' results are kept
    python tools/backends.py --check    # change nothing; exit 1 if a result differs

What is tried stands in book/layers.yml. Its definitions are taken from the notebooks,
the checks from chapters 7 and 8. The results are in book/backends.yml, from which the
page of the book makes its table.
"""

import argparse
import contextlib
import importlib
import json
import multiprocessing
import os
import queue
import re
import runpy
import sys
import tempfile
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import yaml
from backend_process import BACKENDS, answer_of, installed
from definitions import definitions
from repository import ROOT

LAYERS = ROOT / "book" / "layers.yml"
RESULTS = ROOT / "book" / "backends.yml"
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


def read_layers():
    """Return what is tried: each entry of layers.yml with its notebook."""
    return [
        {"notebook": notebook, "kind": "layer", **entry}
        for notebook, entries in yaml.safe_load(LAYERS.read_text()).items()
        if notebook != "not tried"
        for entry in entries
    ]


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
        wanted = f"{entry['make']}, {entry['inputs']}"
        source = definitions(ROOT / entry["notebook"], wanted)
        path.write_text(PREPARED + source + entry.get("setup", ""))
        names = runpy.run_path(str(path))

        def make():
            return eval(entry["make"], names)

        inputs = eval(entry["inputs"], names)
        if entry.get("only_numbers"):
            layer = entry["kind"] == "layer"
            return {"numbers": numbers_of(make(), inputs) if layer else []}
        if entry["kind"] == "model":
            return {"fails": try_model(make, inputs)}
        notebook, name = CHECKS[entry["kind"]]
        check = {}
        exec(definitions(ROOT / notebook, name), check)

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


def measure_here(only_numbers=False):
    """Return versions and results of all entries under the backend of this process."""
    import keras

    backend = importlib.import_module(keras.config.backend())
    version = backend.__version__.partition("+")[0]  # 2.13.0+cpu
    PROCESSES.set_forkserver_preload(["keras", "tensorflow", keras.config.backend()])
    return {
        "versions": {"version": version, "keras": keras.__version__},
        "results": answers(
            [{**entry, "only_numbers": only_numbers} for entry in read_layers()]
        ),
    }


def by_name(known):
    """Return {name: {backend: sentences}} of what is known."""
    return {entry["name"]: entry["backends"] for entry in known.get("layers", [])}


def measure(backends, known):
    """Return what the page shows: versions, and for each entry the backends' sentences.

    What is said of backends that are not measured is taken from `known`.
    """
    measured = {
        backend: answer_of(backend, __file__, "--child") for backend in backends
    }
    if "tensorflow" in measured:
        references = measured["tensorflow"]["results"]
    else:
        numbers = answer_of("tensorflow", __file__, "--child", "--only-numbers")
        references = numbers["results"]
    before = by_name(known)
    entries = []
    for entry in read_layers():
        found = dict.fromkeys(BACKENDS) | before.get(entry["name"], {})
        reference = references[entry["name"]].get("numbers")
        for backend in backends:
            result = measured[backend]["results"][entry["name"]]
            numbers = result.get("numbers")
            if numbers and reference and "noise" not in entry.get("claims", {}):
                if not np.allclose(numbers, reference, atol=1e-4):
                    result["fails"].append("numbers: others than TensorFlow's")
            # Without the numbers that Keras and TensorFlow give to names.
            found[backend] = [re.sub(r"_\d+", "", said) for said in result["fails"]]
        entries.append({"name": entry["name"], "backends": found})
    versions = known.get("versions", {}) | {
        backend: measured[backend]["versions"] for backend in backends
    }
    return {
        "versions": {b: versions[b] for b in BACKENDS if b in versions},
        "layers": entries,
    }


def differences(new, known):
    """Return a sentence for each result that is not what is known."""
    before, now = by_name(known), by_name(new)
    found = [f"{name} is not tried any more" for name in before.keys() - now.keys()]
    for backend, here in new["versions"].items():
        stored = known.get("versions", {}).get(backend)
        if here != stored:
            found.append(f"measured with {backend} {here}, not {stored}")
    for name, results in now.items():
        for backend, result in results.items():
            stored = before.get(name, {}).get(backend)
            if result != stored:
                found.append(f"{name}, {backend}: {result}, not {stored}")
    return found


def main():
    """Measure the backends that were asked for; write or compare the results."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("backends", nargs="*", help="tensorflow, jax, torch")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--only-numbers", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(measure_here(options.only_numbers)))
        return
    backends = options.backends or [b for b in BACKENDS if installed(b)]
    for backend in backends:
        if backend not in BACKENDS:
            sys.exit(f"{backend}: no such backend; there are {', '.join(BACKENDS)}")
        if not installed(backend):
            sys.exit(f"{backend} is not installed: see requirements-backends.txt")
    known = yaml.safe_load(RESULTS.read_text()) if RESULTS.exists() else {}
    new = measure(backends, known)
    if options.check:
        found = differences(new, known)
        print("\n".join(found) or f"as written down: {', '.join(backends)}")
        sys.exit(bool(found))
    RESULTS.write_text(yaml.safe_dump(new, sort_keys=False, width=88))
    print(f"wrote {RESULTS.relative_to(ROOT)}: {', '.join(backends)}")


if __name__ == "__main__":
    main()
