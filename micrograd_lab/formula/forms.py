"""How each op is written, in LaTeX and in plain text."""

import math

TEX, PLAIN = 0, 1
NUMBER, SUM, PRODUCT, POWER, ATOM = 2, 5, 6, 8, 9  # how tightly an outermost operator holds


# (LaTeX, plain text, how tightly it holds, what each argument must hold more tightly than)
Form = tuple[str, str, int, tuple[int, ...]]


def function(tex: str, plain: str) -> Form:
    return (tex + r"\left({}\right)", plain + "({})", ATOM, (0,))


def infix(tex: str, plain: str, binds: int, left: int, right: int) -> Form:
    return ("{} " + tex + " {}", "{} " + plain + " {}", binds, (left, right))


def test(tex: str, plain: str) -> Form:
    return (r"\left[{} " + tex + r" {}\right]", "[{} " + plain + " {}]", ATOM, (NUMBER, NUMBER))


# fmt: off
FORMS: dict[str, Form] = {
    "add":         infix("+", "+", SUM, SUM - 1, SUM - 1),
    "sub":         infix("-", "-", SUM, SUM - 1, SUM),
    "mul":         (r"{}\,{}", "{} * {}", PRODUCT, (PRODUCT - 1, PRODUCT - 1)),
    "div":         (r"\frac{{{}}}{{{}}}", "{} / {}", PRODUCT, (PRODUCT - 1, PRODUCT)),
    "neg":         ("-{}", "-{}", SUM, (SUM,)),
    "pow":         ("{}^{{{}}}", "{}^{}", POWER, (POWER, POWER)),
    "square":      ("{}^{{2}}", "{}^2", POWER, (POWER,)),
    "matmul":      (r"{}\,{}", "{} @ {}", PRODUCT, (PRODUCT - 1, PRODUCT)),
    "transpose":   (r"{}^{{\top}}", "{}.T", POWER, (POWER,)),
    "sqrt":        (r"\sqrt{{{}}}", "sqrt({})", ATOM, (0,)),
    "rsqrt":       (r"\frac{{1}}{{\sqrt{{{}}}}}", "1 / sqrt({})", PRODUCT, (0,)),
    "reciprocal":  (r"\frac{{1}}{{{}}}", "1 / {}", PRODUCT, (PRODUCT,)),
    "exp":         ("e^{{{}}}", "exp({})", POWER, (0,)),
    "exp2":        ("2^{{{}}}", "2^{}", POWER, (POWER,)),
    "expm1":       ("e^{{{}}} - 1", "exp({}) - 1", SUM, (0,)),
    "abs":         (r"\left|{}\right|", "|{}|", ATOM, (0,)),
    "floor":       (r"\left\lfloor {}\right\rfloor", "floor({})", ATOM, (0,)),
    "ceil":        (r"\left\lceil {}\right\rceil", "ceil({})", ATOM, (0,)),
    "where":       (r"\left({1}\ \text{{if}}\ {0}\ \text{{else}}\ {2}\right)", "({1} if {0} else {2})", ATOM, (0, 0, 0)),
    "log":         function(r"\ln", "ln"),
    "log2":        function(r"\log_2", "log2"),
    "log10":       function(r"\log_{{10}}", "log10"),
    "log1p":       (r"\ln\left(1 + {}\right)", "ln(1 + {})", ATOM, (SUM - 1,)),
    "sin":         function(r"\sin", "sin"),
    "cos":         function(r"\cos", "cos"),
    "tan":         function(r"\tan", "tan"),
    "asin":        function(r"\arcsin", "asin"),
    "acos":        function(r"\arccos", "acos"),
    "atan":        function(r"\arctan", "atan"),
    "sinh":        function(r"\sinh", "sinh"),
    "cosh":        function(r"\cosh", "cosh"),
    "tanh":        function(r"\tanh", "tanh"),
    "sigmoid":     function(r"\sigma", "sigmoid"),
    "maximum":     (r"\max\left({}, {}\right)", "max({}, {})", ATOM, (0, 0)),
    "minimum":     (r"\min\left({}, {}\right)", "min({}, {})", ATOM, (0, 0)),
    "gt":          test(">", ">"),
    "ge":          test(r"\ge", ">="),
    "lt":          test("<", "<"),
    "le":          test(r"\le", "<="),
    "eq":          test("=", "=="),
    "ne":          test(r"\ne", "!="),
    "logical_and": test(r"\wedge", "and"),
    "logical_or":  test(r"\vee", "or"),
    "bitwise_and": test(r"\wedge", "and"),
    "bitwise_or":  test(r"\vee", "or"),
    "logical_not": (r"\lnot {}", "not {}", ATOM, (POWER,)),
    "bitwise_not": (r"\lnot {}", "not {}", ATOM, (POWER,)),
}
TRANSPARENT = frozenset({"astype", "clone"})
NUMERALS = {
    math.pi: (r"\pi", "pi"),
    math.e: ("e", "e"),
    math.log(2): (r"\ln 2", "ln 2"),
    math.log(10): (r"\ln 10", "ln 10"),
    1 / math.log(2): (r"\frac{1}{\ln 2}", "(1/ln 2)"),
    1 / math.log(10): (r"\frac{1}{\ln 10}", "(1/ln 10)"),
    2 / math.sqrt(math.pi): (r"\frac{2}{\sqrt{\pi}}", "(2/sqrt(pi))"),
    -2 / math.sqrt(math.pi): (r"\frac{-2}{\sqrt{\pi}}", "(-2/sqrt(pi))"),
    1 / math.sqrt(2 * math.pi): (r"\frac{1}{\sqrt{2\pi}}", "(1/sqrt(2 pi))"),
    math.sqrt(2 * math.pi): (r"\sqrt{2\pi}", "sqrt(2 pi)"),
    math.sqrt(2 / math.pi): (r"\sqrt{\frac{2}{\pi}}", "sqrt(2/pi)"),
    1 / math.sqrt(2): (r"\frac{1}{\sqrt{2}}", "(1/sqrt(2))"),
    math.sqrt(2): (r"\sqrt{2}", "sqrt(2)"),
    math.pi / 180: (r"\frac{\pi}{180}", "(pi/180)"),
    180 / math.pi: (r"\frac{180}{\pi}", "(180/pi)"),
}
# fmt: on
