"""The opening line of every lesson: one look, fixed seeds, and the %%exercise magic."""

import random

from micrograd_lab.course import presence, questions
from micrograd_lab.course.style import style


def lesson(number: str) -> None:
    """Open lesson `number` ("01"): set the look of its plots and the seeds of its randomness.

    In a notebook this also brings the magic `%%exercise ex01a`, which saves the cell as your
    exercise and grades it.  CourseError for a lesson that does not exist.
    """
    import numpy as np

    seed = int(questions.sheet(number).number)
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002  libraries that draw from the global state repeat too
    style()
    ipython = presence.shell()
    if ipython is not None:
        from micrograd_lab.grader.notebook import register_magic

        register_magic(ipython)
        if not presence.somebody_is_there():
            presence.borrow_a_course_folder(number)
