"""Say which of the faults of Keras that the book documents are still there.

    python tools/keras_faults.py            # under each backend that is installed
    python tools/keras_faults.py jax        # under one backend

Each fault of book/keras_faults.yml has a script, whose last line asserts it. The exit
code is 1 if one is gone, or there, although the list says otherwise, and if a script
breaks off.
"""

import argparse
import contextlib
import io
import json
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import yaml
from backend_process import BACKENDS, PROCESSES, answer_of, installed, process, reply
from packaging.version import Version
from repository import ROOT

LIST = ROOT / "book" / "keras_faults.yml"
AT_ONCE = 2
PATIENCE = 120  # seconds
THERE, GONE, BROKEN = "still there", "gone", "broken"
PREPARED = "import keras\nimport numpy as np\nfrom keras import layers, ops\n"


def read_faults():
    """Return the faults, each with the backend that it is tried with."""
    faults = yaml.safe_load(LIST.read_text())
    return [{"backend": "tensorflow", **fault} for fault in faults]


def try_script(connection, script):
    """Answer (state, what a broken script has said)."""
    answer = THERE, ""
    quiet = io.StringIO()
    with (
        tempfile.TemporaryDirectory() as folder,
        contextlib.chdir(folder),
        contextlib.redirect_stdout(quiet),
        contextlib.redirect_stderr(quiet),
    ):
        try:
            exec(PREPARED + script, {"__name__": "__main__"})
        except AssertionError:
            answer = GONE, ""
        except Exception as error:
            answer = BROKEN, f"{type(error).__name__}: {error}"
    connection.send(answer)


def state_of(script):
    """Return the answer of a script, run in a process of its own."""
    with process(try_script, script) as connection:
        answer, problem = reply(connection, PATIENCE)
    return answer or (BROKEN, problem)


def try_here(scripts):
    """Return the version of Keras, and the states, under this process's backend."""
    import keras

    PROCESSES.set_forkserver_preload(["keras", keras.config.backend()])
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return keras.__version__, list(pool.map(state_of, scripts))


def measure(backend, faults=None):
    """Return the version of Keras, and (fault, state, message) for each fault."""
    faults = [f for f in faults or read_faults() if f["backend"] == backend]
    scripts = json.dumps([fault["script"] for fault in faults])
    version, states = answer_of(backend, __file__, "--scripts", scripts)
    return version, [(f, *state) for f, state in zip(faults, states, strict=True)]


def expected(fault, version):
    """Return what the list says of a fault in a version of Keras."""
    # 3.16.0.dev2026 is a 3.16, too.
    here = Version(version).release
    gone = fault["until"] and here >= Version(fault["until"]).release
    return GONE if gone else THERE


def surprises(version, measured):
    """Return a sentence for each fault that is not as the list says, or is broken."""
    found = []
    for fault, state, message in measured:
        what = f"{fault['section']}: {fault['what']}"
        if state == BROKEN:
            found.append(f"the script is broken ({message}): {what}")
        elif state != expected(fault, version):
            until = fault["until"] or "null"
            found.append(f"{state} in Keras {version}, and `until` is {until}: {what}")
    return found


def those_gone(version, measured):
    """Return the faults that are gone, as lines of Markdown."""
    told = {GONE: "as the list says", THERE: "**the list doesn't say so yet**"}
    return [
        f"- {fault['what']} `{fault['section']}`, {told[expected(fault, version)]}"
        for fault, state, _ in measured
        if state == GONE
    ]


def main():
    """Try the faults, print how they are, and say by the exit code if as listed."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("backends", nargs="*", help=", ".join(BACKENDS))
    # For `measure`, which runs this file under another backend.
    parser.add_argument("--scripts", type=json.loads, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.scripts is not None:
        print(json.dumps(try_here(options.scripts)))
        return
    found = []
    for backend in options.backends or filter(installed, BACKENDS):
        version, measured = measure(backend)
        print(f"Keras {version}, {backend}:")
        for fault, state, _ in measured:
            print(f"{state:12} {fault['what']}")
        found += surprises(version, measured)
    print("\n".join(["", *found]) if found else "\nas the list says")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
