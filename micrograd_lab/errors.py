"""Every error the lab raises on purpose.

    LabError
    ├── NotANumberError      (TypeError)          a Value was given something that is not one number
    ├── NotANodeError        (TypeError)          a tool that looks at graphs was given no graph
    ├── SizeError            (ValueError)         the wrong number of inputs
    ├── UndefinedError       (ValueError)         no real result: log(-1), (-8) ** 0.5
    ├── DivisionByZeroError  (ZeroDivisionError)  1 / 0, 0 ** -1
    ├── TooLargeError        (OverflowError)      beyond the largest float: exp(1000)
    ├── ShapeError           (ValueError, IndexError, RuntimeError)  shapes or axes do not fit
    ├── SingularError        (ArithmeticError, RuntimeError)  this matrix has no inverse, or no such factors
    ├── OptionError          (ValueError, RuntimeError)  an argument has a value that it cannot have
    ├── DtypeError           (TypeError, RuntimeError)  an op cannot take or give this kind of number
    ├── DeviceError          (RuntimeError)       a device that is not the CPU
    ├── StateError           (RuntimeError)       a state_dict does not fit what it is loaded into
    ├── HookError            (RuntimeError)       a hook returned what cannot be used
    ├── TrainingError        (RuntimeError)       training cannot go on: the loss is nan
    ├── WorkerError          (RuntimeError)       a worker process of a DataLoader failed, or died
    ├── FileError            (RuntimeError)       a file of tensors is damaged, unknown or unsafe
    ├── GradError            (RuntimeError)       backward cannot start, or gradients cannot flow
    │   ├── FreedGraphError                       backward a second time through a freed graph
    │   └── ModifiedError                         a value that backward needs was overwritten
    ├── TapeError            (RuntimeError)       a function would not do now what its tape holds
    ├── AnomalyError         (RuntimeError)       the first nan or inf, under detect_anomaly
    ├── GradcheckError       (RuntimeError)       a gradient and a measured slope disagree
    ├── DrawingError         (RuntimeError)       a picture could not be laid out or written
    ├── ExerciseError        (LookupError)        no such exercise, or its file is not there
    ├── SandboxError         (RuntimeError)       no wall strong enough for the work of others
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


class SandboxError(LabError, RuntimeError):
    """No wall strong enough to run the work of others stands on this machine."""


class CourseError(LabError, RuntimeError):
    """A lesson or an exercise does not match the source it is built from."""


class FolderError(LabError, OSError):
    """A folder, or a file expected in it, is missing, taken or cannot be written."""


class ShapeError(LabError, ValueError, IndexError, RuntimeError):
    """Shapes or axes do not fit.  (PyTorch raises RuntimeError or IndexError, NumPy ValueError.)"""


class SingularError(LabError, ArithmeticError, RuntimeError):
    """The matrix has no inverse, or cannot be factored as asked."""


class OptionError(LabError, ValueError, RuntimeError):
    """An argument has a value that it cannot have: mode="mirror", a probability of 2."""


class DtypeError(LabError, TypeError, RuntimeError):
    """An op cannot take, or cannot give, this kind of number."""


class DeviceError(LabError, RuntimeError):
    """Tensors live on the CPU; another device was asked for."""


class StateError(LabError, RuntimeError):
    """A state_dict does not fit the module, optimiser or schedule that it is loaded into."""


class HookError(LabError, RuntimeError):
    """A hook of a module returned something that cannot take the place of what it was shown."""


class TrainingError(LabError, RuntimeError):
    """Training cannot go on as it is: the loss is nan or inf, or a batch is no batch."""


class WorkerError(LabError, RuntimeError):
    """A worker of a DataLoader died, or did not answer in time."""


class FileError(LabError, RuntimeError):
    """A file of tensors is damaged, of an unknown kind, or one that could run code."""


class GradError(LabError, RuntimeError):
    """Backward cannot start here, or a gradient cannot flow."""


class FreedGraphError(GradError):
    """Backward a second time through a graph whose saved values were freed."""


class ModifiedError(GradError):
    """A value that backward needs was modified in place after it was used."""


class TapeError(LabError, RuntimeError):
    """A function builds another graph than the one that was recorded of it."""


class AnomalyError(LabError, RuntimeError):
    """The first nan or inf, while anomaly detection was on."""


class GradcheckError(LabError, RuntimeError):
    """What the rules say and what nudging an input shows do not agree."""
