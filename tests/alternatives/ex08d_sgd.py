"""Right answers to exercise 08d that are not the solution's."""

SOLUTIONS = {
    "a queue of examples": """
from collections import deque

def sgd(parameters, loss_of, data, size, rates):
    history = []
    for rate in rates:
        waiting, total, count = deque(data), 0.0, 0
        while waiting:
            batch = [waiting.popleft() for _ in range(min(size, len(waiting)))]
            loss = loss_of(batch)
            total, count = total + loss.data, count + 1
            for p in parameters:
                p.grad = 0
            loss.backward()
            for p in parameters:
                p.data = p.data - p.grad * rate
        history.append(total / count)
    return history
""",
    "an optimiser and a loader": """
class SGD:
    def __init__(self, parameters, lr):
        self.parameters, self.lr = parameters, lr

    def step(self, loss):
        for p in self.parameters:
            p.grad = 0.0
        loss.backward()
        for p in self.parameters:
            p.data += -self.lr * p.grad
        return loss.data

def loader(data, size):
    for i in range((len(data) + size - 1) // size):
        yield data[i * size:(i + 1) * size]

def sgd(parameters, loss_of, data, size, rates):
    def epoch(rate):
        optimiser = SGD(parameters, rate)
        losses = [optimiser.step(loss_of(batch)) for batch in loader(data, size)]
        return sum(losses) / len(losses)

    return [epoch(rate) for rate in rates]
""",
    "zero after the step, NumPy's mean": """
import numpy as np

def sgd(parameters, loss_of, data, size, rates):
    for p in parameters:
        p.grad = 0.0
    cuts = range(size, len(data), size)
    batches = [list(b) for b in np.split(np.array(data), cuts)]
    means = []
    for rate in rates:
        losses = []
        for batch in batches:
            loss = loss_of(batch)
            loss.backward()
            for p in parameters:
                p.data -= float(rate * p.grad)
                p.grad = 0.0
            losses.append(loss.data)
        means.append(np.mean(losses))
    return means
""",
}
