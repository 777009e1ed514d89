"""Right answers to exercise 13a that are not the solution's."""

SOLUTIONS = {
    "cut values first": """
def follow(student, teacher, beta):
    s, t = student.detach(), teacher.detach()
    toward, meet = student - t, teacher - s
    return (toward * toward).sum() + (meet * meet).sum() * beta
""",
    "the mean squared error": """
import micrograd_lab.nn.functional as F

def follow(student, teacher, beta):
    first = F.mse_loss(student, teacher.detach(), reduction="sum")
    return first + beta * F.mse_loss(teacher, student.detach(), reduction="sum")
""",
    "constants by no_grad": """
import micrograd_lab as ml

def follow(student, teacher, beta):
    with ml.no_grad():
        still_student, still_teacher = student * 1.0, teacher * 1.0
    return (student - still_teacher).pow(2).sum() + beta * (still_student - teacher).pow(2).sum()
""",
    "multiplied out": """
def follow(student, teacher, beta):
    s, t = student.detach(), teacher.detach()
    first = (student * student - 2 * student * t + t * t).sum()
    return first + beta * (s * s - 2 * s * teacher + teacher * teacher).sum()
""",
}
