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
import multiprocessing
import os
import re
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import yaml
from backend_process import BACKENDS, answer_of, installed
from repository import ROOT

LIST = ROOT / "book" / "keras_faults.yml"
PROCESSES = multiprocessing.get_context("forkserver")
AT_ONCE = 2
PATIENCE = 120  # seconds
THERE, GONE, BROKEN = "still there", "gone", "broken"
PREPARED = "import keras\nimport numpy as np\nfrom keras import layers, ops\n"


def read_faults(path=LIST):
    """Return the faults, each with the backend that it is tried with."""
    return [
        {"backend": "tensorflow", **fault}
        for fault in yaml.safe_load(Path(path).read_text())
    ]


def try_script(connection, script):
    """Answer (state, what a broken script has said)."""
    answer = THERE, ""
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            code = compile(PREPARED + script, "script", "exec")
            quiet = io.StringIO()
            with contextlib.redirect_stdout(quiet), contextlib.redirect_stderr(quiet):
                exec(code, {"__name__": "__main__"})
        except AssertionError:
            answer = GONE, ""
        except Exception as error:
            answer = BROKEN, f"{type(error).__name__}: {error}"
        os.chdir(ROOT)
    connection.send(answer)


def state_of(fault):
    """Return the answer of a script, run in a process that has imported Keras."""
    here, there = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=try_script, args=[there, fault["script"]])
    process.start()
    there.close()
    try:
        if here.poll(PATIENCE):
            return here.recv()
        return BROKEN, f"no answer within {PATIENCE} seconds"
    except EOFError:
        return BROKEN, "the process broke off"
    finally:
        process.kill()
        process.join()


def measure_here(path):
    """Return the versions and the states, under the backend of this process."""
    import keras

    backend = keras.config.backend()
    PROCESSES.set_forkserver_preload(["keras", backend])
    faults = [fault for fault in read_faults(path) if fault["backend"] == backend]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return {"keras": keras.__version__, "states": list(pool.map(state_of, faults))}


def measure(backend, path=LIST):
    """Return the version of Keras, and (fault, state, message) for each fault."""
    measured = answer_of(backend, __file__, "--child", "--list", str(path))
    faults = [fault for fault in read_faults(path) if fault["backend"] == backend]
    states = zip(faults, measured["states"], strict=True)
    return measured["keras"], [(fault, *state) for fault, state in states]


def release(version):
    """Return the numbers of a version: 3.16.0.dev2026 is (3, 16)."""
    return tuple(int(number) for number in re.findall(r"\d+", version)[:2])


def expected(fault, version):
    """Return what the list says of a fault in a version of Keras."""
    gone = fault["until"] and release(version) >= release(fault["until"])
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
    lines = []
    for fault, state, _ in measured:
        if state == GONE:
            listed = expected(fault, version) == GONE
            told = "as the list says" if listed else "**the list doesn't say so yet**"
            lines.append(f"- {fault['what']} `{fault['section']}`, {told}")
    return lines


def main():
    """Try the faults, print how they are, and say by the exit code if as listed."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("backends", nargs="*", help=", ".join(BACKENDS))
    parser.add_argument("--list", type=Path, default=LIST)
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(measure_here(options.list)))
        return
    found = []
    for backend in options.backends or filter(installed, BACKENDS):
        version, measured = measure(backend, options.list)
        print(f"Keras {version}, {backend}:")
        for fault, state, _ in measured:
            print(f"{state:12} {fault['what']}")
        found += surprises(version, measured)
    print("\n".join(["", *found]) if found else "\nas the list says")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
