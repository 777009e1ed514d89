"""micrograd_lab.compile: for a function of tensors, a module, or a whole step of training."""

from collections.abc import Callable
from typing import Any

from micrograd_lab.compiler.compiled import Compiled
from micrograd_lab.nn.module import Module


class CompiledModule(Module):
    """A module that runs compiled.  Its parameters are those of the module it was made from."""

    def __init__(self, module: Module) -> None:
        super().__init__()
        self._orig_mod = module
        self.compiled = Compiled(module)
        self.training = module.training

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self.compiled(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            return getattr(self._orig_mod, name)

    @property
    def source(self) -> str:
        return self.compiled.source

    def graph(self, fused: bool = True) -> Any:
        return self.compiled.graph(fused)

    def explain(self) -> str:
        return self.compiled.explain()


def compile(model: Callable[..., Any] | None = None, **options: Any) -> Any:
    """The same function, module or training step, which compiles itself while it is used.

        step = torch.compile(step)      # def step(x, y): loss = ...; loss.backward(); optimizer.step()
        loss = step(x, y)               # the first calls are recorded, then it runs compiled

    What it computes is what it computed before.  `source` shows the program, `explain()` what was
    compiled and what was not, and why; graph() draws it.

    A compiled step leaves its gradients in `p.grad`, in memory that its next call writes to again
    unless somebody has kept them; they and its loss have no graph: call backward inside the step.
    A function of `Value`s becomes a `Tape`; what it returns is a Value, so call backward outside.

    After set_num_threads its large loops and products are shared by that many threads.

    What Python does besides (a print, an append to a list) happens while a call is recorded, and
    not afterwards; printing, and numbers that come out otherwise in the second call, are noticed
    and keep the step eager.  The name is PyTorch's; its options have no effect.
    """
    if model is None:
        return lambda f: compile(f, **options)
    if isinstance(model, Module):
        return CompiledModule(model)
    return Compiled(model)
