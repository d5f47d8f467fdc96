"""The site: links lead somewhere, nothing is left out, and a reader needs no network."""

import json
import re
import shlex
from html.parser import HTMLParser
from urllib.parse import unquote

import pytest
from blocks import blocks
from click.testing import CliRunner
from symshare_cli.main import main

import symshare
from tests.docs.conftest import FOLDER, PAGES, ROOT

LINK = re.compile(r"\]\((?!https?:|mailto:)(?P<file>[^)#\s]*)(#(?P<heading>[^)\s]*))?\)")


def links(path):
    """The links of a page within the site, without those in code, as a file and a heading in it."""
    text = re.sub(r"^```.*?^```$|`[^`\n]*`", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for found in LINK.finditer(text):
        yield (path.parent / found["file"] if found["file"] else path).resolve(), found["heading"]


def headings(path):
    """The names by which a link finds the headings of a page."""
    for line in re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE):
        yield re.sub(r"[^\w\- ]", "", line.lower()).replace(" ", "-")


def test_every_link_within_the_site_leads_somewhere(assembled):
    dead, tried = [], 0
    for page in assembled.rglob("*.md"):
        for target, heading in links(page):
            tried += 1
            if not target.is_file() or (heading and heading not in headings(target)):
                dead.append((str(page.relative_to(assembled)), str(target), heading))
    assert not dead
    assert tried > 80


def test_every_page_is_in_the_table_of_contents(assembled):
    """And there is none that is not there: `notebooks/*` stands for all of them."""
    index = (assembled / "index.md").read_text(encoding="utf-8")
    named = {
        line.strip() for block in re.findall(r"```\{toctree\}\n(.*?)```", index, re.DOTALL) for line in block.split()
    }
    pages = {
        str(page.relative_to(assembled).with_suffix(""))
        for kind in ("*.md", "*.rst")
        for page in assembled.rglob(kind)
        if page.name != "index.md"
    }
    assert named - {":hidden:", ":caption:", ":glob:", "notebooks/*"} >= pages
    assert pages >= {one for one in named if "/" in one and "*" not in one}


def test_every_notebook_is_a_page(assembled):
    own = {path.name for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert own
    assert {path.name for path in (assembled / "notebooks").glob("*.ipynb")} == own


def test_no_page_names_a_place_of_one_machine(assembled):
    for page in [*PAGES, *assembled.rglob("*.rst")]:
        assert not re.search(r"/work/|/tmp/|/home/|/root/", page.read_text(encoding="utf-8")), page


def test_every_command_and_every_public_name_has_its_place(assembled):
    commands = (assembled / "reference" / "commands.md").read_text(encoding="utf-8")
    for command, found in main.commands.items():
        assert f"\n## {command}\n" in commands
        for option in found.params:
            assert option.opts[0] in commands
    for room in ("", ".nn", ".show", ".weights", ".polynomials"):
        page = (assembled / "reference" / "api" / f"symshare{room}.rst").read_text(encoding="utf-8")
        package = getattr(symshare, room.removeprefix(".")) if room else symshare
        for one in package.__all__:
            assert re.search(rf"^\.\. auto(class|function):: symshare{room}\.{one}$", page, re.MULTILINE), one


def test_the_site_builds_and_asks_the_network_for_nothing(site):
    fetched = re.compile(
        r"""<(?:script|img|iframe)[^>]*\ssrc=["']?(?:https?:)?//|<link[^>]*rel=["']?stylesheet[^>]*//"""
    )
    pages = list(site.rglob("*.html"))
    assert len(pages) > 40
    for page in pages:
        assert not fetched.search(page.read_text(encoding="utf-8")), page
    for style in site.rglob("*.css"):
        assert not re.search(r"@import\s+url\(.?https?:|url\(.?https?:", style.read_text(encoding="utf-8")), style
    assert (site / "searchindex.js").stat().st_size > 10_000


class Page(HTMLParser):
    """What a page of the site links to, and the places in it that are linked to."""

    def __init__(self, path):
        super().__init__()
        self.links, self.places = set(), set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.places |= {given[one] for one in ("id", "name") if given.get(one)}
        self.links |= {given[one] for one in ("href", "src") if given.get(one)}


def test_no_link_of_the_site_is_dead(site):
    pages = {path.resolve(): Page(path) for path in site.rglob("*.html")}
    dead = []
    for path, page in pages.items():
        for link in page.links:
            if re.match(r"[a-z]+:", link):
                continue
            name, _, place = unquote(link.partition("?")[0] if "#" not in link else link).partition("#")
            target = (path.parent / name.partition("?")[0]).resolve() if name else path
            if not target.exists() or (place and target in pages and place not in pages[target].places):
                dead.append((str(path.relative_to(site.resolve())), link))
    assert not dead


NUMBERS = (FOLDER / "reference" / "numbers.md").read_text(encoding="utf-8").split("\n## ")


def rows(section):
    """The rows of the table of a section, each a list of cells."""
    lines = next(one for one in NUMBERS if one.startswith(section)).splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")][2:]


def counted(command, options):
    """The numbers that a command prints, by order."""
    done = CliRunner().invoke(main, [command, *shlex.split(options), "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    return found["counts" if command == "count" else "dimensions"]


def numbers(text):
    return [int(one) for one in re.match(r"[\d, ]+", text)[0].split(",")]


@pytest.mark.parametrize(("told", "terms"), rows("Terms"))
def test_the_numbers_of_terms_are_what_the_command_counts(told, terms):
    options = re.match("`(.*?)`", told)[1]
    plain, _, ordered = terms.partition("; with `--ordered` ")
    assert counted("count", options) == numbers(plain)
    assert not ordered or counted("count", f"{options} --ordered") == numbers(ordered)


@pytest.mark.parametrize(("problem", "told", "plain", "ordered"), rows("Free"))
def test_the_numbers_of_free_coefficients_are_what_the_command_solves(
    problem, told, plain, ordered, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (circle,) = (one for one in blocks("\n## ".join(NUMBERS)) if one.file)
    (tmp_path / circle.file).write_text(circle.text)
    options = re.match("`(.*?)`", told)[1]
    if "four, five, six" in problem:
        found = [counted("solve", options.replace("rrrr", "r" * legs))[1] for legs in (4, 5, 6)]
    else:
        found = counted("solve", options)
    assert found == numbers(plain)
    assert not ordered or counted("solve", f"{options} --ordered") == numbers(ordered)


JSON = (FOLDER / "reference" / "json.md").read_text(encoding="utf-8")
SECTIONS = re.findall(r"^## \w+\n\n```sh\nsymshare (?P<command>.*)\n```\n\n(?P<table>(?:\|.*\n)+)", JSON, re.MULTILINE)


@pytest.mark.parametrize(("command", "table"), SECTIONS, ids=[command.split()[0] for command, _ in SECTIONS])
def test_the_page_has_every_key_that_a_command_prints_as_json(command, table):
    found = json.loads(CliRunner().invoke(main, shlex.split(command)).stdout)
    told = {key for row in table.splitlines()[2:] for key in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert told == set(found)
    for key, value in found.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            (row,) = (row for row in table.splitlines() if f"`{key}`" in row.split("|")[1])
            assert set(value[0]) <= {*re.findall(r"`(\w+)`", row), *re.findall(r"`(\w+)`", JSON)}


def test_json_is_told_of_most_commands():
    assert len(SECTIONS) >= 9


def test_the_page_has_every_key_of_a_record_of_an_experiment():
    for path in (ROOT / "notebooks" / "results").glob("*.json"):
        record = json.loads(path.read_text(encoding="utf-8"))
        section = JSON.split("## experiment\n")[1].split("\n## ")[0]
        assert set(record) <= set(re.findall(r"`(\w+)`", section)), path
