"""Right answers to exercise 10c that are not the solution's."""

SOLUTIONS = {
    "a loop from the end": """
import numpy as np

def running_energy_vjp(g, x):
    dx, later = np.zeros(len(x)), 0.0
    for j in range(len(x) - 1, -1, -1):
        later += g[j]
        dx[j] = 2 * x[j] * later
    return dx
""",
    "all minus what came before": """
import numpy as np

def running_energy_vjp(g, x):
    return 2 * x * (g.sum() - np.cumsum(g) + g)
""",
    "a sum per entry, slow and small": """
import numpy as np

def running_energy_vjp(g, x):
    return np.array([2 * x[j] * g[j:].sum() for j in range(len(x))])
""",
    "plain Python": """
import itertools
import numpy as np

def running_energy_vjp(g, x):
    later = list(itertools.accumulate(reversed(g.tolist())))[::-1]
    return np.array([(a + a) * b for a, b in zip(x.tolist(), later)])
""",
}
