"""Right answers to exercise 13b that are not the solution's."""

SOLUTIONS = {
    "the value computed off the record": """
import micrograd_lab as ml

def straight_through(x, f):
    with ml.no_grad():
        correction = f(x) - x
    return x + correction
""",
    "zero with a slope": """
def straight_through(x, f):
    return f(x.detach()) + (x - x.detach())
""",
    "an op of one's own": """
import micrograd_lab as ml

class Through(ml.autograd.Function):
    @staticmethod
    def forward(ctx, x, f):
        return f(x)

    @staticmethod
    def backward(ctx, g):
        return g, None

def straight_through(x, f):
    return Through.apply(x, f)
""",
    "a constant correction": """
import micrograd_lab as ml

def straight_through(x, f):
    still = x.detach()
    return x + ml.tensor((f(still) - still).numpy())
""",
}
