"""Right answers to exercise 01b that are not the solution's."""

SOLUTIONS = {
    "the square multiplied out": """
def blame(x, w, b):
    # L = x²w² + 2xwb + b²
    return 2 * x**2 * w + 2 * x * b, 2 * x * w + 2 * b
""",
    "backwards, one link at a time": """
def blame(x, w, b):
    error = x * w + b
    grads = {"loss": 1.0}
    grads["error"] = grads["loss"] * 2 * error
    grads["b"] = grads["error"] * 1
    grads["w"] = grads["error"] * x
    return [grads[name] for name in "wb"]
""",
    "an engine": """
from micrograd_lab.scalar import Value

def blame(x, w, b):
    w, b = Value(w), Value(b)
    error = w * x + b
    (error * error).backward()
    return w.grad, b.grad
""",
    "measured, which is exact for a parabola": """
def blame(x, w, b):
    def loss(w, b):
        return (x * w + b) ** 2
    return (loss(w + 1, b) - loss(w - 1, b)) / 2, (loss(w, b + 1) - loss(w, b - 1)) / 2
""",
}
