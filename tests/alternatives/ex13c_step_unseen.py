"""Right answers to exercise 13c that are not the solution's."""

SOLUTIONS = {
    "add_ with alpha": """
import micrograd_lab as ml

@ml.no_grad()
def update(params, learning_rate):
    for p in params:
        if p.grad is not None:
            p.add_(p.grad, alpha=-learning_rate)
""",
    "through detach, which shares the version": """
def update(params, learning_rate):
    for p in params:
        if p.grad is None:
            continue
        q = p.detach()
        q -= learning_rate * p.grad
""",
    "copied in": """
import micrograd_lab as ml

def update(params, learning_rate):
    moving = [p for p in params if p.grad is not None]
    with ml.no_grad():
        for p in moving:
            p.copy_(p - learning_rate * p.grad)
""",
    "switched by hand": """
import micrograd_lab as ml

def update(params, learning_rate):
    before = ml.is_grad_enabled()
    ml.set_grad_enabled(False)
    try:
        for p in params:
            if p.grad is not None:
                p[...] = p - learning_rate * p.grad
    finally:
        ml.set_grad_enabled(before)
""",
}
