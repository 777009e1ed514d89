"""The questions about optimisers and schedules: where twenty steps lead, and forty learning rates."""

import itertools

import numpy as np

from tests.recorded.layers import brief, numbers

PENALTY = ("", "weight_decay=0.1")
SIGN = ("", "maximize=True")
OTHER = ("betas=(0.5, 0.7), eps=1e-3",)
DECOUPLED = ("", "decoupled_weight_decay=True")
OPTIONS = {
    "SGD(w, lr=0.05": [
        ("", "momentum=0.9", "momentum=0.9, dampening=0.3", "momentum=0.9, nesterov=True"),
        PENALTY, SIGN,
    ],
    "Adam(w, lr=0.05": [("", "amsgrad=True", *OTHER), PENALTY, SIGN, DECOUPLED],
    "AdamW(w, lr=0.05": [("", "amsgrad=True", *OTHER), ("", "weight_decay=0"), SIGN],
    "NAdam(w, lr=0.05": [("", "momentum_decay=0.1"), PENALTY, SIGN, DECOUPLED],
    "RAdam(w, lr=0.05": [("", *OTHER), PENALTY, SIGN, DECOUPLED],
    "Adamax(w, lr=0.05": [("", *OTHER), PENALTY, SIGN],
    "Adadelta(w": [("", "rho=0.5, lr=0.3"), PENALTY, SIGN],
    "RMSprop(w, alpha=0.9, eps=1e-3": [("", "momentum=0.8"), ("", "centered=True"), PENALTY, SIGN],
    "Adagrad(w, lr=0.05": [("", "lr_decay=0.1", "initial_accumulator_value=0.5"), PENALTY, SIGN],
    "ASGD(w, lr=0.1": [("", "lambd=0.1, alpha=0.5", "t0=5"), PENALTY, SIGN],
    "Adafactor(w, lr=0.3": [("", "eps=(0.1, 0.2)", "beta2_decay=-0.5, d=2.0"), PENALTY, SIGN],
    "Rprop(w": [("", "etas=(0.4, 1.5), step_sizes=(1e-3, 0.1)"), SIGN],
    "LBFGS(w, lr=0.5, max_iter=3": [("", "history_size=2", "max_eval=2")],
    "SGD([{'params': w[:1], 'lr': 0.2}, {'params': w[1:]}], lr=0.05": [("", "momentum=0.5")],
    "AdamW([{'params': w[:1]}, {'params': w[1:], 'weight_decay': 0}], lr=0.05": [("", "amsgrad=True")],
}  # fmt: skip
SHAPES = ((3, 2), (3,), ())
KEPT = (1, 5, 20)

SCHEDULES = """
StepLR(o, 5); StepLR(o, 3, 0.7); MultiStepLR(o, [4, 9, 9, 30], 0.5); ExponentialLR(o, 0.9); ExponentialLR(o, 1.02); ConstantLR(o); ConstantLR(o, 0.2, 11)
LinearLR(o); LinearLR(o, 0.1, 0.8, 17); PolynomialLR(o, 25); PolynomialLR(o, 13, 2.5); LambdaLR(o, lambda t: 0.95 ** t); LambdaLR(o, [lambda t: 1 / (1 + t), lambda t: 0.9 ** t + t / 100])
MultiplicativeLR(o, lambda t: 1 - 1 / (t + 2)); CosineAnnealingLR(o, 40); CosineAnnealingLR(o, 11, 0.003); CosineAnnealingWarmRestarts(o, 7); CosineAnnealingWarmRestarts(o, 3, 2, 0.002)
CyclicLR(o, 0.001, 0.1, 5); CyclicLR(o, 0.001, 0.1, 4, 7, "triangular2"); CyclicLR(o, [0.001, 0.01], 0.1, 6, mode="exp_range", gamma=0.95); CyclicLR(o, 0.01, 0.1, 5, scale_fn=lambda x: 0.9 ** x, cycle_momentum=False)
OneCycleLR(o, 0.2, 41); OneCycleLR(o, [0.1, 0.2], 50, pct_start=0.4, anneal_strategy="linear"); OneCycleLR(o, 0.2, epochs=5, steps_per_epoch=10, three_phase=True, div_factor=10, final_div_factor=50); OneCycleLR(o, 0.2, 60, cycle_momentum=False)
SWALR(o, 0.01); SWALR(o, [0.01, 0.3], 7, "linear"); SWALR(o, 0.3, 0); SequentialLR(o, [ExponentialLR(o, 0.9), SWALR(o, 0.01, 5)], [6])
ReduceLROnPlateau(o); ReduceLROnPlateau(o, "max", 0.5, 2, 0.05, "abs", 1, [0.01, 0.001]); ReduceLROnPlateau(o, factor=0.3, patience=0, cooldown=3)
ChainedScheduler([ConstantLR(o, 0.3, 6), ExponentialLR(o, 0.95), StepLR(o, 7, 0.8)]); SequentialLR(o, [LinearLR(o, 0.1, 1.0, 8), CosineAnnealingLR(o, 32, 0.001)], [8])
SequentialLR(o, [ConstantLR(o, 0.2, 3), StepLR(o, 4, 0.6), ExponentialLR(o, 0.9)], [10, 25]); SequentialLR(o, [ChainedScheduler([LinearLR(o, 0.5), StepLR(o, 2, 0.9)]), PolynomialLR(o, 20, 2)], [6])
"""


def trainings():
    """Every optimiser with every choice of options, as it is written in a program."""
    return [
        ", ".join(filter(None, (start, *choice))) + ")"
        for start, choices in OPTIONS.items()
        for choice in itertools.product(*choices)
    ]


def schedules():
    """Every schedule that is asked for."""
    return [case.strip() for line in SCHEDULES.splitlines() for case in line.split(";") if case]


def path(torch, case, dtype="float64"):
    """The parameters of a small net after steps 1, 5 and 20."""
    dtype = getattr(torch, dtype)
    w = [
        torch.tensor(numbers(f"w {k}", shape) * 2 - 1, dtype=dtype, requires_grad=True)
        for k, shape in enumerate(SHAPES)
    ]
    optimizer = eval(case, {"w": w} | vars(torch.optim))
    kept = []
    batches = numbers("batches", (20, 6, 2)) * 4 - 2
    if "LBFGS" in case:  # one batch: its estimates of curvature come from differences
        batches[:] = batches[0]
    for step, batch in enumerate(batches, 1):
        x = torch.tensor(batch, dtype=dtype)

        def closure(x=x):
            optimizer.zero_grad()
            loss = ((torch.tanh(x @ w[0].T + w[1]).sum(1) - 1) ** 2).mean() + (w[2] - 1) ** 2
            loss += 0.3 * sum((p * p).sum() for p in w)  # one valley: roundings die away
            loss.backward()
            return loss

        optimizer.step(closure)
        if step in KEPT:
            kept.append([v for p in w for v in brief(p)])
    return kept


def rates(torch, case):
    """For each of forty steps: the learning rates of two groups, and the momentum of the first."""
    p, q = torch.zeros(2, requires_grad=True), torch.zeros(3, requires_grad=True)
    o = torch.optim.SGD([{"params": [p], "lr": 0.05}, {"params": [q]}], 0.1, momentum=0.5)
    scheduler = eval(case, {"o": o} | vars(torch.optim.lr_scheduler) | vars(torch.optim.swa_utils))
    rows = []
    for metric in numbers("metrics", (40,)):
        rows.append([*(g["lr"] for g in o.param_groups), o.param_groups[0]["momentum"]])
        o.step()
        scheduler.step(*([float(metric)] if "Plateau" in case else []))
    return [[float(f"{v:.12g}") for v in column] for column in np.transpose(rows)]
