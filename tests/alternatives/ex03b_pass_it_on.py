"""Right answers to exercise 03b that are not the solution's."""

SOLUTIONS = {
    "by number": """
def pass_it_on(node):
    for i in range(len(node.parents)):
        share = node.grad * node.local_grads[i]
        node.parents[i].grad = node.parents[i].grad + share
""",
    "shares first, then the deliveries": """
def pass_it_on(node):
    shares = [node.grad * local for local in node.local_grads]
    for parent, share in zip(node.parents, shares):
        parent.grad += share
""",
    "a sum for each parent": """
def pass_it_on(node):
    total, who = {}, {}
    for parent, local in zip(node.parents, node.local_grads):
        who[id(parent)] = parent
        total[id(parent)] = total.get(id(parent), 0) + local
    for key, parent in who.items():
        parent.grad -= -total[key] * node.grad
""",
}
