"""Right answers to exercise 04b that are not the solution's."""

SOLUTIONS = {
    "a stack of paths begun": """
def ledger(root, x):
    done, begun = [], [(root, 1)]
    while begun:
        node, product = begun.pop()
        if node is x:
            done.append(product)
            continue
        for parent, local in zip(node.parents, node.local_grads):
            begun.append((parent, product * local))
    return done
""",
    "a generator": """
def paths(node, x, product):
    if node == x:
        yield product
    else:
        for i in range(len(node.parents)):
            yield from paths(node.parents[i], x, product * node.local_grads[i])

def ledger(root, x):
    return tuple(paths(root, x, 1.0))
""",
    "lists of edges first, products later": """
import math

def edges_of(root, x):
    if root is x:
        return [[]]
    ways = []
    for parent, local in zip(root.parents, root.local_grads):
        for way in edges_of(parent, x):
            ways.append([local] + way)
    return ways

def ledger(root, x):
    return [math.prod(way) for way in edges_of(root, x)]
""",
}
