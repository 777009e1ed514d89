"""Right answers to exercise 01a that are not the solution's."""

SOLUTIONS = {
    "the mean of the slopes to either side": """
def slope(f, x, h=1e-5):
    left = (f(x) - f(x - h)) / h
    right = (f(x + h) - f(x)) / h
    return (left + right) / 2
""",
    "two points in a list": """
def slope(f, x, h=1e-5):
    low, high = [f(point) for point in (x - h, x + h)]
    rise, width = high - low, h + h
    return rise / width
""",
    "from right to left, as a lambda": """
slope = lambda f, x, h=0.00001: (f(x - h) - f(x + h)) * -0.5 / h
""",
    "a straight line fitted to three points": """
import numpy as np

def slope(f, x, h=1e-5):
    steps = np.array([-1.0, 0.0, 1.0])
    heights = [f(x + float(step) * h) for step in steps]
    return float(steps @ heights / (steps @ steps)) / h
""",
}
