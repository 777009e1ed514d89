"""Every error the lab raises on purpose.

    LabError
    ├── NotANumberError      (TypeError)          a Value was given something that is not one number
    ├── NotANodeError        (TypeError)          a tool that looks at graphs was given no graph
    ├── SizeError            (ValueError)         the wrong number of inputs
    ├── UndefinedError       (ValueError)         no real result: log(-1), (-8) ** 0.5
    ├── DivisionByZeroError  (ZeroDivisionError)  1 / 0, 0 ** -1
    ├── TooLargeError        (OverflowError)      beyond the largest float: exp(1000)
    ├── DrawingError         (RuntimeError)       a picture could not be laid out or written
    ├── ExerciseError        (LookupError)        no such exercise, or its file is not there
    ├── CourseError          (RuntimeError)       a lesson or exercise does not match its source
    └── FolderError          (OSError)            a folder is missing, or cannot be written to

Each one is also the built-in it refines, so `except ValueError` keeps working.  A message says
what you asked for, what was found, and what to do next.
"""


class LabError(Exception):
    """Any error that micrograd_lab raises on purpose."""


class NotANumberError(LabError, TypeError):
    """A Value was given something that is not one number."""


class NotANodeError(LabError, TypeError):
    """A tool that looks at graphs was given something that is no node of one."""


class SizeError(LabError, ValueError):
    """The wrong number of inputs: three numbers for a neuron with two weights."""


class UndefinedError(LabError, ValueError):
    """The operation has no real result for this input."""


class DivisionByZeroError(LabError, ZeroDivisionError):
    """The operation divides by zero."""


class TooLargeError(LabError, OverflowError):
    """The result is larger than the largest float."""


class DrawingError(LabError, RuntimeError):
    """A picture could not be laid out or written."""


class ExerciseError(LabError, LookupError):
    """There is no such exercise, or its file is missing."""


class CourseError(LabError, RuntimeError):
    """A lesson or an exercise does not match the source it is built from."""


class FolderError(LabError, OSError):
    """A folder, or a file expected in it, is missing, taken or cannot be written."""
