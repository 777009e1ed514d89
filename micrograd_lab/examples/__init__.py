"""Worked examples: each a file to read from top to bottom, and a command that trains and shows it.

Each module has
    run(out: Path, *, seed: int, quick: bool, resume: bool, console: Console, **options) -> Result
where the options are those of its command: epochs= or steps=, and text= for the char- examples.
"""

EXAMPLES = {
    "moons": "two half circles, and the line a network draws between them",
    "digits-mlp": "handwritten digits, read by a multilayer perceptron",
    "digits-conv": "the same digits, read by a convolutional network",
    "char-rnn": "text, letter by letter, by a recurrent network that remembers",
    "char-gpt": "text, letter by letter, by a transformer that looks back",
}


def module_of(name: str) -> str:
    """Where an example is to be read: micrograd_lab.examples.digits_mlp for digits-mlp."""
    return f"{__name__}.{name.replace('-', '_')}"
