"""Right answers to exercise 06a that are not the solution's."""

SOLUTIONS = {
    "zero first and last": """
def train(parameters, loss_of, rate, steps):
    for p in parameters:
        p.grad = 0
    history = []
    while len(history) < steps:
        loss = loss_of()
        history.append(loss.data)
        loss.backward()
        for p in parameters:
            p.data = p.data - p.grad * rate
            p.grad = 0
    return history
""",
    "an optimiser of its own": """
class SGD:
    def __init__(self, parameters, lr):
        self.parameters, self.lr = list(parameters), lr

    def zero_grad(self):
        for p in self.parameters:
            p.grad = 0.0

    def step(self):
        for p in self.parameters:
            p.data += -self.lr * p.grad

def train(parameters, loss_of, rate, steps):
    optimiser = SGD(parameters, rate)

    def one():
        optimiser.zero_grad()
        loss = loss_of()
        loss.backward()
        optimiser.step()
        return float(loss.data)

    return [one() for _ in range(steps)]
""",
    "differences of the gradient, nothing set back": """
def train(parameters, loss_of, rate, steps):
    losses = ()
    for _ in range(steps):
        before = [p.grad for p in parameters]
        loss = loss_of()
        loss.backward()
        for p, old in zip(parameters, before):
            p.data -= rate * (p.grad - old)
        losses += (loss.data,)
    return losses
""",
}
