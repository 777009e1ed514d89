"""The gallery is built from code that runs, is what was built last, and says when it is not."""

import re
import shutil
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from micrograd_lab.lens import draw
from micrograd_lab.lens.gallery import page
from micrograd_lab.lens.gallery.__main__ import check, main
from micrograd_lab.lens.gallery.exhibits import Both, Exhibit, exhibits, png, sections, text_of
from micrograd_lab.lens.plots.look import axes, title
from micrograd_lab.scalar import Value

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def copy(tmp_path):
    for folder in ("docs", "notebooks/src"):
        (tmp_path / folder).mkdir(parents=True)
    for name in (page.PAGE, page.NOTEBOOK):
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / page.FOLDER, tmp_path / page.FOLDER)
    return tmp_path


def drawn(theme="light"):
    """Is it drawn?

    It is.
    """
    return draw(Value(2.0, label="x") * 3, theme=theme)


# What is committed.


def test_the_committed_gallery_is_as_it_is_built():
    assert check(ROOT) == []


def test_what_is_compared_is_the_same_twice():
    assert page.files() == page.files()


def test_it_shows_every_kind_of_picture():
    code = "\n".join(exhibit.code for exhibit in exhibits())
    for call in ("draw(", "steps(", "explain(", "conformance(", "summary(", "show_gradients("):
        assert f"return {call}" in code
    import micrograd_lab.lens.plots as plots

    functions = {name for name in dir(plots) if callable(getattr(plots, name))} - {"snapshot"}
    assert functions == set(re.findall(r"plots\.(\w+)\(", code)) - {"snapshot"}
    assert len(functions) == 11


def test_each_asks_a_question_and_says_what_to_see_in_a_few_words():
    for exhibit in exhibits():
        assert exhibit.question.endswith("?"), exhibit.name
        assert 8 <= len(exhibit.sight.split()) <= 50, exhibit.name


def test_the_code_that_is_shown_is_the_code_that_runs():
    text = (ROOT / page.PAGE).read_text(encoding="utf-8")
    for section in sections():
        source = Path(section.module.__file__).read_text(encoding="utf-8")
        for part in section.parts:
            assert part.code in text
            assert set(part.code.splitlines()) < set(source.splitlines())
            if isinstance(part, Exhibit) and not part.is_plot:
                names = dict(vars(section.module))
                exec(part.code, names)
                assert text_of(names[part.name]()) == text_of(part.shows("light")), part.name


def test_every_picture_on_the_page_is_there_in_both_themes_and_no_other():
    text = (ROOT / page.PAGE).read_text(encoding="utf-8")
    named = set(re.findall(r'(?:srcset|src)="gallery/([^"]*)"', text))
    there = {p.name for p in (ROOT / page.FOLDER).iterdir() if not p.name.startswith(".")}
    assert named == there
    assert {n for n in there if "-light" in n} == {n.replace("-dark", "-light") for n in there}
    assert len(there) > 60


def test_a_dark_picture_has_dark_paper():
    for path in (ROOT / page.FOLDER).glob("*.svg"):
        text = path.read_text(encoding="utf-8")
        ElementTree.fromstring(text)
        assert ("#15191f" if "-dark" in path.name else "#fcfcfd") in text


def test_it_is_small_enough_to_be_cloned():
    notebook = ROOT / "notebooks" / "gallery.ipynb"
    pictures = sum(path.stat().st_size for path in (ROOT / page.FOLDER).iterdir())
    assert pictures + notebook.stat().st_size < 4e6


def test_the_notebook_needs_no_trust():
    """Only steps bring a script, one each; where none runs, their pages are <details>."""
    text = (ROOT / "notebooks" / "gallery.ipynb").read_text(encoding="utf-8")
    assert text.count("<script") == 4  # two exhibits, light and dark
    assert "<iframe" not in text
    assert "<svg" not in text
    assert '"image/svg+xml"' not in text


# What check() finds.


def test_an_edited_page_is_found(copy):
    path = copy / page.PAGE
    path.write_text(path.read_text(encoding="utf-8").replace("orange", "pink"), encoding="utf-8")
    assert check(copy) == [f"{page.PAGE}: differs from what is built today; build it again."]


def test_a_graph_that_comes_out_differently_is_found(copy):
    path = copy / page.BUILT
    path.write_text(re.sub(r'"[0-9a-f]{64}"', f'"{"0" * 64}"', path.read_text(), count=1))
    (found,) = check(copy)
    assert found.startswith(page.BUILT)


def test_a_picture_that_is_missing_and_one_that_is_left_over_are_found(copy):
    (copy / page.FOLDER / "network-dark.svg").rename(copy / page.FOLDER / "gone-dark.svg")
    assert check(copy) == [
        f"{page.FOLDER}/network-dark.svg: missing.",
        f"{page.FOLDER}/gone-dark.svg: left over.",
    ]


def test_the_command_says_so_and_writes_nothing(copy, capsys):
    (copy / page.NOTEBOOK).write_text("")
    assert main(["--check", "--root", str(copy)]) == 1
    assert page.NOTEBOOK in capsys.readouterr().out
    assert (copy / page.NOTEBOOK).read_text() == ""


# What a notebook shows.


def test_a_notebook_shows_both_themes_as_images_and_the_text_of_one():
    shown = Both(drawn)._repr_mimebundle_()
    assert shown["text/html"].count('<img alt="Graph of') == 2
    assert shown["text/plain"] == drawn().source
    assert shown["text/plain"] != drawn("dark").source


def test_a_plot_is_named_by_its_question_alone():
    """What it answers may differ in the last digit on another machine."""

    def plotted(theme="light"):
        ax = axes(theme=theme)
        title(ax, "Is it right? To 99 %", theme)
        return ax

    shown = Both(plotted)._repr_mimebundle_()
    assert shown["text/plain"] == "Is it right?"
    assert shown["text/html"].count("data:image/png;base64,") == 2


def test_the_same_plot_gives_the_same_bytes_and_closes_its_figure():
    import matplotlib.pyplot as plt

    before = plt.get_fignums()
    assert png(axes()) == png(axes())
    assert plt.get_fignums() == before


def test_a_part_without_a_question_is_no_exhibit():
    names = {part.name for s in sections() for part in s.parts if not isinstance(part, Exhibit)}
    assert names == {"Mine", "leaf", "trained", "moon_loss", "moon_net", "mirror"}
