"""Run the steps of this book under TensorFlow, JAX and PyTorch; write down which run.

    python tools/backends.py            # every backend that is installed
    python tools/backends.py jax        # one backend; the others' results are kept
    python tools/backends.py --check    # change nothing; exit 1 if a result differs

The steps are in backend_cases.py, the results in book/backends.yml, from which the page
of the book makes its table.
"""

import argparse
import importlib
import importlib.util
import json
import os
import re
import subprocess
import sys

import numpy as np
import yaml
from nbconvert.filters import strip_ansi
from repository import ROOT

RESULTS = ROOT / "book" / "backends.yml"
# Backends besides TensorFlow are installed here, out of the way of the notebooks.
EXTRA_PACKAGES = ROOT / ".venv" / "backends"
BACKENDS = ("tensorflow", "jax", "torch")
FRAME = ("Exception encountered when calling", "Arguments received by")
SAME_NOISE = "no error, but the same noise each time"


def first_sentence(error):
    """Return the type of an error and the first sentence that says something."""
    lines = [
        line.strip()
        for line in strip_ansi(str(error)).splitlines()
        if line.strip() and not line.startswith(FRAME)
    ]
    sentence = re.split(r"(?<!e\.g)\. ", lines[0])[0] if lines else ""
    return f"{type(error).__name__}: {sentence}".rstrip(": ")


def run_case(build):
    """Return what `predict` and `fit` make of a case: "yes", or what went wrong."""
    import keras

    keras.utils.set_random_seed(0)
    result = {}
    try:
        models = build()
    except Exception as error:
        return dict.fromkeys(("predict", "fit"), first_sentence(error))
    try:
        model, x = models["predict"]
        outputs = model.predict(x, verbose=0)
        result["predict"] = "yes"
        if "noise" in models:
            if np.array_equal(outputs, model.predict(x, verbose=0)):
                result["predict"] = SAME_NOISE
        elif "random" not in models:
            result["numbers"] = np.ravel(outputs).tolist()
    except Exception as error:
        result["predict"] = first_sentence(error)
    try:
        model, x, y = models["fit"]
        losses = model.fit(x, y, verbose=0).history["loss"]
        finite = np.isfinite(losses).all()
        result["fit"] = "yes" if finite else "the loss is not finite"
        if "noise" in models and not noise_moves_the_loss(model, x, y):
            result["fit"] = SAME_NOISE
    except Exception as error:
        result["fit"] = first_sentence(error)
    return result


def noise_moves_the_loss(model, x, y):
    """Say whether two epochs without any learning, of one batch each, differ."""
    model.optimizer.learning_rate = 0.0
    data = {"x": x, "y": y, "batch_size": len(x), "shuffle": False}
    losses = model.fit(**data, epochs=2, verbose=0).history["loss"]
    return not np.isclose(*losses, rtol=1e-6)


def measure_here():
    """Return versions and results of all cases under the backend of this process."""
    import keras
    from backend_cases import CASES

    backend = importlib.import_module(keras.config.backend())
    version = backend.__version__.partition("+")[0]  # 2.13.0+cpu
    return {
        "versions": {"version": version, "keras": keras.__version__},
        "results": [
            {"chapter": chapter, "step": step, "why": why, **run_case(build)}
            for chapter, step, why, build in CASES
        ],
    }


def run_in_a_process(backend):
    """Return versions and results of a backend, from a Python process of its own."""
    path = filter(None, [str(EXTRA_PACKAGES), os.environ.get("PYTHONPATH")])
    settings = {"KERAS_BACKEND": backend, "CUDA_VISIBLE_DEVICES": ""}
    process = subprocess.run(
        [sys.executable, __file__, "--child"],
        env={**os.environ, **settings, "PYTHONPATH": os.pathsep.join(path)},
        capture_output=True,
        text=True,
    )
    if process.returncode:
        sys.exit(f"{backend} failed to run: {process.stderr[-2000:]}")
    return json.loads(process.stdout.splitlines()[-1])


def installed(backend):
    """Say whether a backend can be imported, here or from EXTRA_PACKAGES."""
    here = importlib.util.find_spec(backend) is not None
    return here or (EXTRA_PACKAGES / backend).is_dir()


def by_step(known):
    """Return {step: {backend: result}} of what is known."""
    return {entry["step"]: entry["backends"] for entry in known.get("steps", [])}


def measure(backends, known):
    """Return what the page shows: versions, and for each step the backends' results.

    What is said of backends that are not measured is taken from `known`.
    """
    measured = {
        backend: run_in_a_process(backend)
        for backend in dict.fromkeys(["tensorflow", *backends])
    }
    before = by_step(known)
    steps = []
    for position, case in enumerate(measured["tensorflow"]["results"]):
        by_backend = dict.fromkeys(BACKENDS) | before.get(case["step"], {})
        for backend in backends:
            result = measured[backend]["results"][position]
            numbers, reference = result.get("numbers"), case.get("numbers")
            if numbers is not None and not (
                np.shape(numbers) == np.shape(reference)
                and np.allclose(numbers, reference, atol=1e-4)
            ):
                result["predict"] = "other numbers than TensorFlow's"
            by_backend[backend] = {use: result[use] for use in ("predict", "fit")}
        about = {key: case[key] for key in ("chapter", "step", "why")}
        steps.append({**about, "backends": by_backend})
    measured_with = known.get("versions", {}) | {
        backend: measured[backend]["versions"] for backend in backends
    }
    return {
        "versions": {b: measured_with[b] for b in BACKENDS if b in measured_with},
        "steps": steps,
    }


def differences(new, known):
    """Return a sentence for each result that is not what is known."""
    before, now = by_step(known), by_step(new)
    found = [f"{step} is no case any more" for step in before.keys() - now.keys()]
    for backend, here in new["versions"].items():
        stored = known.get("versions", {}).get(backend)
        if here != stored:
            found.append(f"measured with {backend} {here}, not {stored}")
    for step, results in now.items():
        for backend, result in results.items():
            stored = before.get(step, {}).get(backend)
            if result != stored:
                found.append(f"{step}, {backend}: {result}, not {stored}")
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
    options = parser.parse_args()
    if options.child:
        print(json.dumps(measure_here()))
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
