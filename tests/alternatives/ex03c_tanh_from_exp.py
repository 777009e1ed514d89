"""Right answers to exercise 03c that are not the solution's."""

SOLUTIONS = {
    "one minus a fraction": """
def tanh(x):
    return 1 - 2 / ((x * 2).exp() + 1)
""",
    "the difference over the sum": """
def tanh(x):
    up, down = x.exp(), (-x).exp()
    return (up - down) * (up + down) ** -1
""",
    "with the square of exp, upside down": """
def tanh(x):
    e = (-1 * x).exp()
    square = e * e
    return (1 - square) / (1 + square)
""",
}
