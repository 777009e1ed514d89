"""Right answers to exercise 06c that are not the solution's."""

SOLUTIONS = {
    "gradients beside the graph": """
from micrograd_lab.graph import topological_order

def backward(root):
    order = topological_order(root)
    grads = {node: 0.0 for node in order}
    grads[root] = 1.0
    while order:
        node = order.pop()
        if node.parents:
            node.grad = grads[node]
        else:
            node.grad += grads[node]
        for parent, local in zip(node.parents, node.local_grads):
            grads[parent] += local * grads[node]
""",
    "cleared on first sight of an edge": """
def backward(root):
    order, seen = [], set()

    def visit(node):
        if node not in seen:
            seen.add(node)
            if node.parents:
                node.grad = 0
            for parent in node.parents:
                visit(parent)
            order.insert(0, node)

    visit(root)
    root.grad = root.grad + 1
    for node in order:
        for i in range(len(node.parents)):
            node.parents[i].grad += node.grad * node.local_grads[i]
""",
    "the sum of a pass from zero and what the leaves had": """
from micrograd_lab.graph import topological_order

def backward(root):
    nodes = topological_order(root)
    kept = [(n, n.grad) for n in nodes if len(n.parents) == 0]
    for n in nodes:
        n.grad = 0.0
    root.grad = 1.0
    for n in nodes[::-1]:
        for p, d in zip(n.parents, n.local_grads):
            p.grad += d * n.grad
    for n, old in kept:
        n.grad += old
""",
}
