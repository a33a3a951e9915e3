"""Put each layer, Lambda and loss of the book through its checks, on each backend.

    python tools/backends.py            # what has changed, on each installed backend
    python tools/backends.py jax        # on one backend; the others' results are kept
    python tools/backends.py --all      # what has not changed, too
    python tools/backends.py --check    # write nothing; exit 1 if a result differs

What is tried stands in book/layers.yml. Its definitions are taken from the notebooks,
the checks from chapters 7 and 8. The results are in book/backends.yml, from which the
page of the book makes its table. Beside a result stands the fingerprint of all that
it was measured with, but for the Python and the machine.
"""

import argparse
import functools
import importlib.metadata
import re
import sys
import sysconfig
from pathlib import Path

import backend_process
import backend_trial
import numpy as np
import yaml
from backend_process import BACKENDS, EXTRA_PACKAGES, answer_of, installed
from backend_trial import read_layers
from repository import ROOT, digest

RESULTS = ROOT / "book" / "backends.yml"
TRIAL = backend_trial.__file__
TOOLS = [Path(module.__file__) for module in (backend_process, backend_trial)]
# Whose versions decide, besides the backend's; numbers are compared with TensorFlow's.
PACKAGES = {"keras", "tensorflow", "numpy", "ml_dtypes", "h5py"}
SAID_BY_ENTRY = {"name", "why", "bad"}  # what the page says, and no trial reads


def known_results():
    """Return what book/backends.yml holds."""
    return yaml.safe_load(RESULTS.read_text()) if RESULTS.exists() else {}


@functools.cache
def versions_of(backend):
    """Return the versions of the packages that decide about a backend's results."""
    wanted = PACKAGES | {backend, f"{backend}lib"}
    folders = [str(EXTRA_PACKAGES), sysconfig.get_path("purelib")]
    found = importlib.metadata.distributions(path=folders)
    return sorted(f"{one.name} {one.version}" for one in found if one.name in wanted)


def fingerprint(entry, backend):
    """Return a digest of what decides about an entry's result on a backend."""
    tried = {key: entry[key] for key in entry.keys() - SAID_BY_ENTRY}
    tools = [path.read_text() for path in TOOLS]
    return digest(tried, backend_trial.source_of(entry), versions_of(backend), tools)


def changed(backends, known):
    """Return the names of the entries that are not as they were when measured."""
    before = by_name(known, "fingerprints")
    return [
        entry["name"]
        for entry in read_layers()
        if any(
            before.get(entry["name"], {}).get(backend) != fingerprint(entry, backend)
            for backend in backends
        )
    ]


def by_name(known, what="backends"):
    """Return {name: {backend: sentences}} of what is known, or the fingerprints."""
    return {entry["name"]: entry.get(what, {}) for entry in known.get("layers", [])}


def measure(backends, known, names):
    """Return what the page shows: versions, and for each entry the backends' sentences.

    What is said of other entries and of other backends is taken from `known`.
    """
    tried = dict.fromkeys(["tensorflow", *backends]) if names else ()
    answers = {backend: answer_of(backend, TRIAL, *names) for backend in tried}
    versions = dict(known.get("versions", {}))
    for backend in backends if names else ():
        versions[backend] = answers[backend]["versions"]
    before, prints = by_name(known), by_name(known, "fingerprints")
    entries = []
    for entry in read_layers():
        name = entry["name"]
        found = dict.fromkeys(BACKENDS) | before.get(name, {})
        made_of = dict(prints.get(name, {}))
        for backend in backends if name in names else ():
            result = answers[backend]["results"][name]
            numbers = result.get("numbers")
            reference = answers["tensorflow"]["results"][name].get("numbers")
            if numbers and reference and "noise" not in entry.get("claims", {}):
                if not np.allclose(numbers, reference, atol=1e-4):
                    result["fails"].append("numbers: others than TensorFlow's")
            # Without the numbers that Keras and TensorFlow give to names.
            found[backend] = [re.sub(r"_\d+", "", said) for said in result["fails"]]
            made_of[backend] = fingerprint(entry, backend)
        entries.append({"name": name, "backends": found, "fingerprints": made_of})
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
    """Measure what was asked for; write or compare the results."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("backends", nargs="*", help="tensorflow, jax, torch")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    backends = options.backends or [b for b in BACKENDS if installed(b)]
    for backend in backends:
        if backend not in BACKENDS:
            sys.exit(f"{backend}: no such backend; there are {', '.join(BACKENDS)}")
        if not installed(backend):
            sys.exit(f"{backend} is not installed: see requirements-backends.txt")
    known = known_results()
    every = [entry["name"] for entry in read_layers()]
    names = every if options.all else changed(backends, known)
    new = measure(backends, known, names)
    print(f"measured {len(names)} of {len(every)} entries: {', '.join(backends)}")
    if options.check:
        found = differences(new, known)
        print("\n".join(found) or "as written down")
        sys.exit(bool(found))
    RESULTS.write_text(yaml.safe_dump(new, sort_keys=False, width=88))
    print(f"wrote {RESULTS.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
