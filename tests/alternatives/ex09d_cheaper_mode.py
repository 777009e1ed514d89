"""Right answers to exercise 09d that are not the solution's."""

SOLUTIONS = {
    "fills in a table": """
def jacobian(push, pull, n, m):
    J = [[0.0] * n for _ in range(m)]
    if m < n:
        for i in range(m):
            e = [0.0] * m
            e[i] = 1.0
            J[i] = pull(e)
    else:
        for j in range(n):
            e = [0] * n
            e[j] = 1
            for i, y in enumerate(push(e)):
                J[i][j] = y
    return J
""",
    "NumPy, reverse mode for a tie": """
import numpy as np

def jacobian(push, pull, n, m):
    if m <= n:
        return np.array([pull(e) for e in np.eye(m)]).tolist()
    return np.array([push(e) for e in np.eye(n)]).T.tolist()
""",
    "one mode is the other, turned": """
def jacobian(push, pull, n, m):
    run, count = min((push, n), (pull, m), key=lambda mode: mode[1])
    slices = [run([float(i == k) for k in range(count)]) for i in range(count)]
    return list(zip(*slices)) if run is push else slices
""",
}
