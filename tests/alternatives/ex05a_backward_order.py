"""Right answers to exercise 05a that are not the solution's."""

SOLUTIONS = {
    "count the children that are still to come": """
def backward_order(root):
    waiting, seen, found = {}, {root}, [root]
    for node in found:
        for parent in node.parents:
            waiting[parent] = waiting.get(parent, 0) + 1
            if parent not in seen:
                seen.add(parent)
                found.append(parent)
    order, ready = [], [root]
    while ready:
        node = ready.pop()
        order.append(node)
        for parent in node.parents:
            waiting[parent] -= 1
            if waiting[parent] == 0:
                ready.append(parent)
    return order
""",
    "a stack of iterators": """
def backward_order(root):
    order, seen = [], {id(root)}
    stack = [(root, iter(root.parents))]
    while stack:
        node, parents = stack[-1]
        for parent in parents:
            if id(parent) not in seen:
                seen.add(id(parent))
                stack.append((parent, iter(parent.parents)))
                break
        else:
            order.append(node)
            stack.pop()
    order.reverse()
    return order
""",
    "the standard library": """
from graphlib import TopologicalSorter

def backward_order(root):
    graph, todo = {}, [root]
    while todo:
        node = todo.pop()
        if node not in graph:
            graph[node] = node.parents
            todo.extend(node.parents)
    return list(TopologicalSorter(graph).static_order())[::-1]
""",
    "by the longest way to a leaf": """
def backward_order(root):
    height = {}
    stack = [root]
    while stack:
        node = stack[-1]
        parents = node.parents
        missing = [p for p in parents if p not in height]
        if missing:
            stack.append(missing[0])
        else:
            height[node] = 1 + max((height[p] for p in parents), default=0)
            stack.pop()
    return tuple(sorted(height, key=height.get, reverse=True))
""",
}
