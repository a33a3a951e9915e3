"""Kernels that are forked from a process that has imported Keras; Linux.

To import it takes three seconds of a processor, for each notebook that is tested.

To a cell, such a kernel is what a fresh one is, but: KERAS_BACKEND or MPLBACKEND that a
cell sets before its imports come too late, and what an import warns of isn't seen.
`make execute`, and the tests on a Mac, start fresh kernels.
"""

import builtins
import contextlib
import functools
import importlib
import json
import logging
import os
import select
import signal
import subprocess
import sys
from importlib.metadata import EntryPoint

from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner

# What most notebooks import. To import them computes nothing and starts no thread.
IMPORTED = ["ipykernel.kernelapp", "keras", "tensorflow"]
IMPORTED += ["matplotlib.pyplot", "numpy.testing"]
NAME = "forked"


def use_by_default():
    """Let each kernel that this process starts be a forked one."""
    factory = KernelProvisionerFactory.instance()
    where = f"{__name__}:ForkedProvisioner"
    factory.provisioners[NAME] = EntryPoint(NAME, where, factory.GROUP_NAME)
    factory.default_provisioner_name = NAME


class ForkedProvisioner(LocalProvisioner):
    """Starts a kernel as a fork."""

    async def launch_kernel(self, cmd, **kwargs):
        """Fork a kernel; return how to connect to it."""
        environment = dict(kwargs["env"])
        # Its value changes with each test. Because of it, ipykernel leaves alone what
        # libraries log below Python.
        environment["PYTEST_CURRENT_TEST"] = NAME
        environment["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
        server = server_with(tuple(sorted(environment.items())))
        self.cwd = kwargs.get("cwd") or os.getcwd()
        arguments = cmd[cmd.index("ipykernel_launcher") + 1 :]
        try:
            print(json.dumps([arguments, str(self.cwd)]), file=server.stdin, flush=True)
            self.process = ForkedProcess(int(server.stdout.readline()))
        except (BrokenPipeError, ValueError):
            server_with.cache_clear()  # the next notebook gets another one
            problem = "what forks kernels has ended: does python tools/forked_kernel.py"
            raise RuntimeError(f"{problem} </dev/null say why?") from None
        self.pid = self.pgid = self.process.pid
        return self.connection_info


@functools.cache
def server_with(environment):
    """Start the process that forks, with some environment; it ends with this one."""
    return subprocess.Popen(
        [sys.executable, __file__],
        env=dict(environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


class ForkedProcess:
    """What a provisioner uses of `Popen`, for the child of another process."""

    stdin = stdout = stderr = None

    def __init__(self, pid):
        self.pid = pid
        self.handle = os.pidfd_open(pid)

    def poll(self):
        """Return 0 if it has ended, or None."""
        return 0 if select.select([self.handle], [], [], 0)[0] else None

    def wait(self):
        """Return 0 as soon as it has ended."""
        select.select([self.handle], [], [])
        return 0

    def send_signal(self, signal_number):
        """Send it a signal, unless it has ended."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.handle, signal_number)


def main():
    """Fork a kernel for each line, and answer with its number."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for a forked process
    # As in IPython: by these, TensorFlow decides where AutoGraph's messages, its log
    # and what tf.print() prints are to go.
    sys.ps1, builtins.get_ipython = "In : ", lambda: None
    del sys.path[0]  # the folder of this file
    for name in IMPORTED:
        with contextlib.suppress(Exception):  # a cell that imports it tells it
            importlib.import_module(name)
    assert len(os.listdir("/proc/self/task")) == 1, "an import started a thread"
    for line in sys.stdin:
        if process := os.fork():
            print(process, flush=True)
        else:
            become_kernel(*json.loads(line))


def become_kernel(arguments, folder):
    """Be a kernel, as `python -m ipykernel_launcher` with the arguments would be."""
    import numpy
    from ipykernel import kernelapp

    os.setsid()  # a signal to its group reaches no other
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    os.chdir(folder)
    sys.argv = ["ipykernel_launcher.py", *arguments]
    numpy.random.seed()  # noqa: NPY002 - other numbers than its siblings
    # The kernel ends when its parent does. Its class read JPY_PARENT_PID when imported.
    parent = f"--IPKernelApp.parent_handle={os.getppid()}"
    kernel = kernelapp.IPKernelApp.instance()
    kernel.initialize([*arguments, parent])
    # The log has kept the standard output that there was when TensorFlow was imported.
    for handler in logging.getLogger("tensorflow").handlers:
        handler.setStream(sys.stdout)
    kernel.start()
    sys.exit()


if __name__ == "__main__":
    main()
