"""Every idea that the course must teach has a home in it, or a lesson that is still to come."""

import re

import pytest

from micrograd_lab.course import coverage
from micrograd_lab.course.project import find_root
from micrograd_lab.errors import CourseError

ROOT = find_root()
DATA = coverage.read()
COURSE = coverage.Course(ROOT, DATA["coming"])

# Sections and ideas of each text: a row that gets lost is missed here.
SIZES = {
    "Gradient accounting in a large perception system": (16, 60),
    "A practitioner's guide to backpropagation": (12, 52),
    "A compact reference of backpropagation": (11, 27),
    "Notes on gates, and gradients of matrices": (9, 25),
    "An engine from nothing, and the runs it has to survive": (19, 69),
}


def one_idea(*homes):
    """Data with one idea and these homes."""
    section = {"name": "A section", "ideas": [["an idea", *homes]]}
    document = {"title": "A text", "about": "About it.", "section": [section]}
    return {"coming": DATA["coming"], "document": [document]}


def test_the_page_is_what_its_data_builds():
    built = coverage.page(DATA, ROOT)
    assert built == (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8"), (
        "run python -m micrograd_lab.course.coverage"
    )


def test_no_section_and_no_idea_has_got_lost():
    found = {
        document["title"]: (
            len(document["section"]),
            sum(len(section["ideas"]) for section in document["section"]),
        )
        for document in DATA["document"]
    }
    assert found == SIZES


def test_no_idea_is_listed_twice_in_a_section():
    for document in DATA["document"]:
        names = [section["name"] for section in document["section"]]
        assert len(names) == len(set(names))
        for section in document["section"]:
            ideas = [idea for idea, *_ in section["ideas"]]
            assert len(ideas) == len(set(ideas)), section["name"]
            for idea, *homes in section["ideas"]:
                assert len(homes) == len(set(homes)), idea


def test_every_link_of_the_page_leads_to_a_file():
    targets = re.findall(r"\]\(\.\./([^)]+)\)", coverage.page(DATA, ROOT))
    assert len(targets) > 100
    assert [target for target in set(targets) if not (ROOT / target).is_file()] == []


def test_every_planned_lesson_that_is_not_written_is_waited_for():
    homes = {
        home
        for document in DATA["document"]
        for section in document["section"]
        for _, *names in section["ideas"]
        for home in names
    }
    # 18, 21 and 22 teach what none of the texts has: images, races, compiled steps.
    waited = {number for number in DATA["coming"] if f"coming {number}" in homes}
    assert waited == set(DATA["coming"]) - {"18", "21", "22"}


@pytest.mark.parametrize("kind", ["section", "ideas"])
def test_a_text_without_sections_and_a_section_without_ideas_are_refused(tmp_path, kind):
    text = '[coming]\n15 = "a"\n[[document]]\ntitle = "T"\nabout = "A"\n'
    if kind == "ideas":
        text += '[[document.section]]\nname = "S"\nideas = []\n'
    path = tmp_path / "coverage.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CourseError, match=f"'{kind}' is missing or empty"):
        coverage.read(path)


def test_a_misspelt_field_is_refused(tmp_path):
    path = tmp_path / "coverage.toml"
    path.write_text('comming = 1\n[coming]\n15 = "a"\n[[document]]\n', encoding="utf-8")
    with pytest.raises(CourseError, match="unknown field 'comming'"):
        coverage.read(path)


@pytest.mark.parametrize(
    ("homes", "complaint"),
    [
        ([], "no home"),
        (["04: The leger"], "no such heading.*The ledger"),
        (["04: The ledger | subtract over the paths"], "does not stand there"),
        (["44: The ledger"], "there is no lesson 44"),
        (["04.a-plus-b"], "no such question.*04.a-plus-a"),
        (["ex04z"], "no exercise 'ex04z'"),
        (["coming 99"], "no such lesson is planned"),
        (["coming 04"], "lesson 04 is here now"),
        (["lesson four"], "not a home"),
    ],
)
def test_a_home_that_is_not_there_is_named(homes, complaint):
    with pytest.raises(CourseError, match=complaint):
        coverage.page(one_idea(*homes), ROOT)


def test_all_that_is_wrong_is_said_at_once():
    data = one_idea("ex04z", "04.nothing")
    with pytest.raises(CourseError) as caught:
        coverage.page(data, ROOT)
    assert len(str(caught.value).splitlines()) == 2


def test_words_are_looked_for_under_their_own_heading_only():
    parts = coverage.parts("# ## One\n#\n# a `few`\n# words\n\n# ## Two\n# others\n")
    assert parts == {"One": "a few words", "Two": "others"}


def test_a_question_of_the_expert_corner_ends_where_the_next_begins():
    text = "# ## Expert corner\n# <summary>A?</summary>\n# yes\n# <summary>B?</summary>\n# no\n"
    parts = coverage.parts(text + "# ## Next\n# more\n")
    assert (parts["A?"], parts["B?"], parts["Next"]) == ("yes", "no", "more")
    assert parts["Expert corner"].endswith("no")


def test_check_says_when_the_page_is_old_and_writes_nothing(tmp_path, monkeypatch, capsys):
    (tmp_path / "docs").mkdir()
    monkeypatch.setattr(coverage, "find_root", lambda: tmp_path)
    monkeypatch.setattr(coverage, "page", lambda data, root: "new\n")
    target = tmp_path / "docs" / "coverage.md"
    assert coverage.main(["--check"]) == 1
    assert not target.exists()
    assert "differs" in capsys.readouterr().err
    assert coverage.main([]) == 0
    assert target.read_text(encoding="utf-8") == "new\n"
    assert coverage.main(["--check"]) == 0


def test_a_wrong_home_leaves_the_old_page_alone(tmp_path, monkeypatch, capsys):
    (tmp_path / "docs").mkdir()
    target = tmp_path / "docs" / "coverage.md"
    target.write_text("old\n", encoding="utf-8")
    broken = one_idea("ex04z")
    monkeypatch.setattr(coverage, "find_root", lambda: tmp_path)
    monkeypatch.setattr(coverage, "read", lambda: broken)
    assert coverage.main([]) == 1
    assert "A text, A section, 'an idea'" in capsys.readouterr().err
    assert target.read_text(encoding="utf-8") == "old\n"
