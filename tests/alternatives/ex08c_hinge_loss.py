"""Right answers to exercise 08c that are not the solution's."""

SOLUTIONS = {
    "a running total": """
from micrograd_lab.scalar import Value

def hinge_loss(scores, labels, parameters, alpha):
    total = Value(0.0)
    for i in range(len(scores)):
        total += (scores[i] * -labels[i] + 1).relu() * (1 / len(scores))
    for p in parameters:
        total += p ** 2 * alpha
    return total
""",
    "only those that miss the margin": """
def hinge_loss(scores, labels, parameters, alpha):
    loss = sum((alpha * p) * p for p in parameters)
    for s, y in zip(scores, labels):
        if s.data * y < 1:
            loss = loss + (1 - s if y > 0 else 1 + s) / len(scores)
    return loss
""",
    "max of Values, NumPy for the mean": """
import numpy as np

def hinge_loss(scores, labels, parameters, alpha):
    s, p = np.array(scores, dtype=object), np.array(parameters, dtype=object)
    hinges = [h.max(0.0) for h in 1 - np.array(labels, dtype=float) * s]
    return np.mean(hinges) + alpha * p.dot(p)
""",
}
