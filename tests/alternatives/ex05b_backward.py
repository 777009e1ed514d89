"""Right answers to exercise 05b that are not the solution's."""

SOLUTIONS = {
    "count the children that are still to come": """
def backward(root):
    waiting, found = {root: 0}, [root]
    for node in found:
        for parent in node.parents:
            if parent not in waiting:
                waiting[parent] = 0
                found.append(parent)
            waiting[parent] += 1
    root.grad = 1
    ready = [root]
    while ready:
        node = ready.pop(0)
        for parent, local in zip(node.parents, node.local_grads):
            parent.grad += local * node.grad
            waiting[parent] -= 1
            if not waiting[parent]:
                ready.append(parent)
""",
    "a stack of its own, and the edges by number": """
def backward(root):
    done, opened, stack = [], set(), [root]
    while stack:
        node = stack[-1]
        if node in opened:
            stack.pop()
            if not hasattr(node, "turn"):
                node.turn = len(done)
                done.append(node)
            continue
        opened.add(node)
        stack.extend(p for p in node.parents if p not in opened)
    for node in done:
        node.grad = 0.0
    root.grad = 1.0
    for node in done[::-1]:
        parents, locals_ = node.parents, node.local_grads
        for i in range(len(parents)):
            parents[i].grad = parents[i].grad + locals_[i] * node.grad
""",
    "by height above the leaves, in a dict of gradients": """
def backward(root):
    height, stack = {}, [root]
    while stack:
        node = stack[-1]
        missing = [p for p in node.parents if p not in height]
        if missing:
            stack += missing
        else:
            height[node] = 1 + max([height[p] for p in node.parents] or [0])
            stack.pop()
    grads = dict.fromkeys(height, 0.0)
    grads[root] = 1.0
    for node in sorted(height, key=lambda n: -height[n]):
        node.grad = grads[node]
        for parent, local in zip(node.parents, node.local_grads):
            grads[parent] += local * grads[node]
""",
}
