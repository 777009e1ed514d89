"""Right answers to exercise 02b that are not the solution's."""

SOLUTIONS = {
    "level by level": """
def count_nodes(root):
    found = level = {root}
    while level:
        level = {parent for node in level for parent in node.parents} - found
        found = found | level
    return len(found)
""",
    "a list that grows while it is walked, and ids": """
def count_nodes(root):
    nodes, known = [root], {id(root)}
    for node in nodes:
        for parent in node.parents:
            if id(parent) not in known:
                known.add(id(parent))
                nodes.append(parent)
    return len(nodes)
""",
    "a queue": """
from collections import deque

def count_nodes(root):
    seen, waiting = {}, deque([root])
    while waiting:
        node = waiting.popleft()
        if id(node) in seen:
            continue
        seen[id(node)] = node
        waiting.extend(node.parents)
    return len(seen)
""",
}
