"""Run the steps of this book under TensorFlow, JAX and PyTorch; write down which run.

    python tools/engines.py            # every engine that is installed
    python tools/engines.py jax        # one engine; the others' results are kept
    python tools/engines.py --check    # change nothing; exit 1 if a result differs

The steps are in engine_cases.py, the results in book/engines.yml, from which the page
of the book makes its table.
"""

import argparse
import importlib.util
import json
import os
import pathlib
import subprocess
import sys

import numpy as np
import yaml
from nbconvert.filters import strip_ansi

ROOT = pathlib.Path(__file__).resolve().parent.parent
RESULTS = ROOT / "book" / "engines.yml"
# Engines besides TensorFlow are installed here, out of the way of the notebooks.
EXTRA_PACKAGES = ROOT / ".venv" / "engines"
ENGINES = ("tensorflow", "jax", "torch")


def first_sentence(error):
    """Return the type of an error and the first sentence that says something."""
    lines = [
        line.strip()
        for line in strip_ansi(str(error)).splitlines()
        if line.strip()
        and not line.startswith(
            ("Exception encountered when calling", "Arguments received by")
        )
    ]
    sentence = lines[0].split(". ")[0] if lines else ""
    return f"{type(error).__name__}: {sentence}".rstrip(": ")


def run_case(build):
    """Return what `predict` and `fit` make of a case: "yes", or what went wrong."""
    import keras

    keras.utils.set_random_seed(0)
    models, result = {}, {}
    try:
        models = build()
        model, x = models["predict"]
        outputs = model.predict(x, verbose=0)
        result["predict"] = "yes"
        if "random" not in models:
            result["numbers"] = np.ravel(outputs).tolist()
    except Exception as error:
        result["predict"] = result["fit"] = first_sentence(error)
    if "fit" in models:
        try:
            model, x, y = models["fit"]
            losses = model.fit(x, y, verbose=0).history["loss"]
            finite = np.isfinite(losses).all()
            result["fit"] = "yes" if finite else "the loss is not finite"
        except Exception as error:
            result["fit"] = first_sentence(error)
    return result


def run_cases():
    """Return the results of all cases under the engine of this process."""
    from engine_cases import CASES

    return [
        {"chapter": chapter, "step": step, "why": why, **run_case(build)}
        for chapter, step, why, build in CASES
    ]


def run_in_a_process(engine):
    """Return the results under an engine, from a Python process of its own."""
    path = [str(EXTRA_PACKAGES), os.environ.get("PYTHONPATH", "")]
    process = subprocess.run(
        [sys.executable, __file__, "--child"],
        env={
            **os.environ,
            "KERAS_BACKEND": engine,
            "PYTHONPATH": os.pathsep.join(filter(None, path)),
            "CUDA_VISIBLE_DEVICES": "",
        },
        capture_output=True,
        text=True,
    )
    if process.returncode:
        sys.exit(f"{engine} failed to run: {process.stderr[-2000:]}")
    return json.loads(process.stdout.splitlines()[-1])


def installed(engine):
    """Say whether an engine can be imported, here or from EXTRA_PACKAGES."""
    return (EXTRA_PACKAGES / engine).is_dir() or bool(
        importlib.util.find_spec(engine)
    )


def agree(numbers, reference):
    """Say whether two lists of numbers, or None, are equal up to rounding."""
    if reference is None or len(numbers) != len(reference):
        return False
    return np.allclose(numbers, reference, atol=1e-4)


def measure(engines, known):
    """Return what the page shows: an entry for each step, engines side by side.

    The results of engines that are not measured are taken from `known`.
    """
    before = {
        entry["step"]: entry["engines"] for entry in known.get("steps", [])
    }
    reference = run_in_a_process("tensorflow")
    results = {
        engine: run_in_a_process(engine)
        for engine in engines
        if engine != "tensorflow"
    }
    results["tensorflow"] = reference
    steps = []
    for position, case in enumerate(reference):
        by_engine = {
            **dict.fromkeys(ENGINES),
            **before.get(case["step"], {}),
        }
        for engine in engines:
            result = results[engine][position]
            here, there = result.get("numbers"), case.get("numbers")
            if here is not None and not agree(here, there):
                result["predict"] = "other numbers than TensorFlow's"
            by_engine[engine] = {u: result[u] for u in ("predict", "fit")}
        about = {key: case[key] for key in ("chapter", "step", "why")}
        steps.append({**about, "engines": by_engine})
    return {"steps": steps}


def differences(new, known):
    """Return a sentence for each result that is not what is known."""
    before = {
        entry["step"]: entry["engines"] for entry in known.get("steps", [])
    }
    found = [
        f"{step} is no case any more"
        for step in before.keys()
        - {entry["step"] for entry in new["steps"]}
    ]
    for entry in new["steps"]:
        for engine, result in entry["engines"].items():
            stored = before.get(entry["step"], {}).get(engine)
            if result != stored:
                found.append(
                    f"{entry['step']}, {engine}: {result}, not {stored}"
                )
    return found


def main():
    """Measure the engines that were asked for; write or compare the results."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("engines", nargs="*", help="tensorflow, jax, torch")
    parser.add_argument("--check", action="store_true")
    parser.add_argument(
        "--child", action="store_true", help=argparse.SUPPRESS
    )
    options = parser.parse_args()
    if options.child:
        print(json.dumps(run_cases()))
        return
    engines = options.engines or [e for e in ENGINES if installed(e)]
    for engine in engines:
        if engine not in ENGINES:
            sys.exit(
                f"{engine}: no such engine; there are {', '.join(ENGINES)}"
            )
        if not installed(engine):
            sys.exit(
                f"{engine} is not installed: see requirements-engines.txt"
            )
    known = yaml.safe_load(RESULTS.read_text()) if RESULTS.exists() else {}
    new = measure(engines, known)
    if options.check:
        found = differences(new, known)
        print("\n".join(found) or f"as written down: {', '.join(engines)}")
        sys.exit(bool(found))
    RESULTS.write_text(yaml.safe_dump(new, sort_keys=False, width=88))
    print(f"wrote {RESULTS.relative_to(ROOT)}: {', '.join(engines)}")


if __name__ == "__main__":
    main()
