"""Right answers to exercise 13d that are not the solution's."""

SOLUTIONS = {
    "a counter as an object": """
class Counter:
    def __init__(self):
        self.n = 0

class Watched:
    def __init__(self, data, shared=None):
        self.data, self.shared = data, shared or Counter()

    @property
    def version(self):
        return self.shared.n

    def add_(self, other):
        self.data[...] = self.data + other
        self.shared.n += 1
        return self

    def rows(self, start, stop):
        return Watched(self.data[slice(start, stop)], self.shared)

    def detach(self):
        return Watched(self.data.view(), self.shared)

    def clone(self):
        return Watched(self.data + 0)

    def save(self):
        return Saved(self.data, self.shared)

class Saved:
    def __init__(self, data, counter):
        self.data, self.counter, self.at = data, counter, counter.n

    def __call__(self):
        if self.counter.n > self.at:
            raise RuntimeError("gone")
        return self.data
""",
    "the whole keeps the count": """
import numpy as np

class Watched:
    def __init__(self, data, base=None):
        self.data, self.base, self.count = data, base or self, 0

    @property
    def version(self):
        return self.base.count

    def add_(self, other):
        np.add(self.data, other, out=self.data)
        self.base.count += 1
        return self

    def rows(self, start, stop):
        return Watched(self.data[start:stop], self.base)

    def detach(self):
        return Watched(self.data, self.base)

    def clone(self):
        return Watched(np.array(self.data))

    def save(self, /):
        def peek(at=self.version):
            if at == self.version:
                return self.data
            raise ValueErrorOfOurs("version")
        return peek

class ValueErrorOfOurs(RuntimeError):
    pass
""",
    "a log of changes": """
class Watched:
    def __init__(self, data, log=None):
        self.data = data
        self.log = log if log is not None else []

    version = property(lambda self: len(self.log))

    def add_(self, other):
        self.data.__iadd__(other)
        self.log.append(other)
        return self

    def rows(self, start, stop):
        return self.__class__(self.data[start:stop], self.log)

    def detach(self):
        return self.rows(None, None)

    def clone(self):
        return self.__class__(self.data.copy())

    def save(self):
        data, log, known = self.data, self.log, len(self.log)
        def get():
            if log[known:]:
                raise RuntimeError(f"{len(log) - known} changes since")
            return data
        return get
""",
}
