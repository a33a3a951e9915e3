"""Ends what takes too long, by a signal; not on Windows, which has none."""

import contextlib
import signal


@contextlib.contextmanager
def time_limit(error, seconds, busy_seconds=0):
    """Raise an error in the block after some seconds.

    busy_seconds are those in which it has a processor; 0 is no limit.
    """

    def ring(*_):
        raise error

    if not hasattr(signal, "SIGALRM"):
        yield
        return
    signal.signal(signal.SIGALRM, ring)
    signal.signal(signal.SIGPROF, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    signal.setitimer(signal.ITIMER_PROF, busy_seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.setitimer(signal.ITIMER_PROF, 0)
