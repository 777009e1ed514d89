"""Right answers to exercise 06b that are not the solution's."""

SOLUTIONS = {
    "sums first, one division at the end": """
def accumulate(parameters, batches, mean_loss):
    for p in parameters:
        p.grad = 0
    total = count = 0
    for batch in batches:
        loss = len(batch) * mean_loss(batch)
        loss.backward()
        total += loss.data
        count += len(batch)
    for p in parameters:
        p.grad /= count
    return total / count
""",
    "gradients taken out after each part": """
def accumulate(parameters, batches, mean_loss):
    n = sum(map(len, batches))
    sums, mean = [0.0] * len(parameters), 0.0
    for batch in batches:
        share = len(batch) / n
        for p in parameters:
            p.grad = 0.0
        loss = mean_loss(batch)
        loss.backward()
        sums = [s + share * p.grad for s, p in zip(sums, parameters)]
        mean += share * loss.data
    for p, s in zip(parameters, sums):
        p.grad = s
    return mean
""",
    "one example at a time": """
def accumulate(parameters, batches, mean_loss):
    examples = [example for batch in batches for example in batch]
    for p in parameters:
        p.grad = 0.0
    losses = []
    for example in examples:
        loss = mean_loss([example]) / len(examples)
        loss.backward()
        losses.append(loss.data)
    return sum(losses)
""",
}
