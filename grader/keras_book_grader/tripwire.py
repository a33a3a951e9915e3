"""Notices, and undoes, what a submission changed in the libraries that checks use."""

import sys
import threading
import types

WATCHED = {"builtins", "numpy", "keras", "IPython", "keras_book_grader"}
WATCHED |= {
    "json",
    "signal",
    "linecache",
    "multiprocessing",
}  # what the worker uses


class Tripwire:
    """Remembers libraries as they were, to be made before any submitted code runs."""

    def __init__(self):
        self.modules = {
            name: module
            for name, module in sys.modules.items()
            if name.split(".")[0] in WATCHED
        }
        self.assigned = {}  # {name: None}, in order; also what was put back since
        for module in self.modules.values():
            if type(module) is types.ModuleType:
                module.__class__ = _watched_module(self.assigned)
        self.module_names = [
            (name, vars(module), _things(vars(module)), _ids(vars(module)))
            for name, module in self.modules.items()
        ]
        everything = {
            id(thing): thing
            for _, _, things, _ in self.module_names
            for thing in things.values()
        }.values()
        self.classes = [
            (thing, dict(vars(thing)), _ids(vars(thing)))
            for thing in everything
            if isinstance(thing, type) and thing.__flags__ & (1 << 9)
        ]  # 1 << 9: a class written in Python; others can't be changed
        # NumPy hides the Python of np.allclose and others in there.
        inner = [getattr(t, "_implementation", None) for t in everything]
        self.code = [
            (function, function.__code__, function.__defaults__)
            for function in [*everything, *inner]
            if isinstance(function, types.FunctionType)
        ]

    def restore(self):
        """Put everything back and return the names of what had been changed."""
        changed = list(self.assigned)
        self.assigned.clear()
        if sys.gettrace() or sys.getprofile():
            changed.append("sys.settrace or sys.setprofile")
            sys.settrace(None)
            sys.setprofile(None)
        threading.settrace(None)
        for name, module in self.modules.items():
            if sys.modules.get(name) is not module:
                sys.modules[name] = module
                changed.append(f"sys.modules['{name}']")
        for name, now, before, ids in self.module_names:
            if _ids(now) == ids:
                continue
            for key, thing in before.items():
                if now.get(key) is not thing:
                    now[key] = thing
                    if f"{name}.{key}" not in changed:
                        changed.append(f"{name}.{key}")
        for owner, before, ids in self.classes:
            now = vars(owner)
            if _ids(now) == ids:
                continue
            for key, thing in before.items():
                if now.get(key) is not thing and not key.startswith("_abc"):
                    setattr(owner, key, thing)
                    changed.append(f"{owner.__module__}.{owner.__name__}.{key}")
        for function, code, defaults in self.code:
            if function.__code__ is not code or function.__defaults__ is not defaults:
                function.__code__, function.__defaults__ = code, defaults
                changed.append(f"{function.__module__}.{function.__name__}")
        return changed


def _watched_module(assigned):
    class module(types.ModuleType):
        def __setattr__(self, key, value):
            if callable(vars(self).get(key)):
                assigned[f"{self.__name__}.{key}"] = None
            super().__setattr__(key, value)

    return module


def _ids(names):
    """Return what is the same only if nothing was rebound; quick to compare."""
    return list(map(id, names.values()))


def _things(names):
    return {
        key: thing
        for key, thing in names.items()
        if callable(thing) or isinstance(thing, types.ModuleType)
    }
