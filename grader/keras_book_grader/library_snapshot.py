"""Notices, and undoes, what a submission changed in the libraries that checks use."""

import sys
import types

# The last three are what replies are made with: whoever changes them can forge one.
WATCHED = {"builtins", "numpy", "keras", "keras_book_grader", "json", "multiprocessing"}


class LibrarySnapshot:
    """Remembers libraries as they were, to be made before any submitted code runs."""

    def __init__(self):
        names = [name for name in sys.modules if name.split(".")[0] in WATCHED]
        self.modules = {name: sys.modules[name] for name in names}
        self.assigned = set()  # names; also of what has been put back since
        watched_module = _watched_module(self.assigned)
        self.owners, once = [], {}
        for name, module in self.modules.items():
            if type(module) is types.ModuleType:
                module.__class__ = watched_module
            called = _things(module)
            self.owners.append((name, module, called, _ids(module)))
            once |= {id(thing): thing for thing in called.values()}
        things = once.values()
        for thing in things:
            if isinstance(thing, type):
                name = f"{thing.__module__}.{thing.__name__}"
                self.owners.append((name, thing, dict(vars(thing)), _ids(thing)))
        # NumPy hides the Python of np.allclose and others in there.
        inner = [getattr(thing, "_implementation", None) for thing in things]
        self.code = [
            # The name as it is now: a learner may write something else there.
            (f"{function.__module__}.{function.__name__}", function)
            + (function.__code__, function.__defaults__)
            for function in [*things, *inner]
            if isinstance(function, types.FunctionType)
        ]

    def restore(self):
        """Put everything back and return the names of what had been changed."""
        changed = set(self.assigned)
        if sys.gettrace() or sys.getprofile():
            changed.add("sys.settrace or sys.setprofile")
            sys.settrace(None)
            sys.setprofile(None)
        for name, module in self.modules.items():
            if sys.modules.get(name) is not module:
                sys.modules[name] = module
                changed.add(f"sys.modules['{name}']")
        for name, owner, before, ids in self.owners:
            if _ids(owner) == ids:
                continue
            for key, thing in before.items():
                if vars(owner).get(key) is not thing:
                    setattr(owner, key, thing)
                    changed.add(f"{name}.{key}")
        for name, function, code, defaults in self.code:
            if function.__code__ is not code or function.__defaults__ is not defaults:
                function.__code__, function.__defaults__ = code, defaults
                changed.add(name)
        self.assigned.clear()
        return sorted(changed)


def _watched_module(assigned):
    class WatchedModule(types.ModuleType):
        def __setattr__(self, key, value):
            if callable(vars(self).get(key)):
                assigned.add(f"{self.__name__}.{key}")
            super().__setattr__(key, value)

    return WatchedModule


def _ids(owner):
    """Return what is the same only if nothing was rebound; quick to compare."""
    return list(map(id, vars(owner).values()))


def _things(module):
    """Return what checks may call of a module; its other values may change."""
    return {
        key: thing
        for key, thing in vars(module).items()
        if callable(thing) or isinstance(thing, types.ModuleType)
    }
