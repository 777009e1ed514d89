"""What the README shows is what happens."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_example_gives_the_gradients_and_the_table_it_shows(capsys):
    code = re.search(r"```python\n(from micrograd_lab import Value.*?)```", README, re.S)[1]
    names = {}
    exec(code, names)
    assert (names["w"].grad, names["b"].grad) == (28.0, 14.0)
    assert f"```\n{capsys.readouterr().out}```" in README


def test_the_two_commands_stand_on_a_line_each():
    lines = README.splitlines()
    assert sum(bool(re.fullmatch(r"python3 -m venv .* tour", line)) for line in lines) == 1
    assert sum(bool(re.fullmatch(r"python3 -m venv .* -m pytest", line)) for line in lines) == 1


def test_every_file_it_links_to_is_there():
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target
