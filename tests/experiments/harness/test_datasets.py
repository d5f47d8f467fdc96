"""Published data: from a folder of the user's, checked, or downloaded; what goes wrong is said with its cure."""

import hashlib
import io
import os
import tarfile
from pathlib import Path

import platformdirs
import pooch
import pytest
from click.testing import CliRunner
from symshare_cli.main import main

from symshare.errors import ExperimentError
from symshare.experiments.harness import datasets
from symshare.experiments.harness.datasets import FILES, SOURCES, fetch, members

CONTENT = b"0 1\n"


@pytest.fixture
def known(monkeypatch):
    """One made-up file, published at an address that nobody has."""
    digest = hashlib.sha256(CONTENT).hexdigest()
    monkeypatch.setattr(datasets, "FILES", {"part/one.txt": ("https://example.invalid/one.txt", digest)})
    monkeypatch.delenv("SYMSHARE_DATA", raising=False)
    return digest


@pytest.fixture
def asked(monkeypatch, tmp_path):
    """What a download is asked for; nothing is downloaded."""
    calls = []

    def retrieve(url, known_hash, fname, path):
        calls.append((url, known_hash, fname, path))
        return str(tmp_path / "cache" / fname)

    monkeypatch.setattr(pooch, "retrieve", retrieve)
    monkeypatch.setattr(platformdirs, "user_cache_dir", lambda name: str(tmp_path / "cache" / name))
    return calls


def put(folder, content=CONTENT):
    path = folder / "part" / "one.txt"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    return path


def test_a_folder_of_the_users_is_looked_into_first(known, asked, tmp_path, monkeypatch):
    path = put(tmp_path)
    monkeypatch.setenv("SYMSHARE_DATA", str(tmp_path))
    assert fetch("part/one.txt") == path
    assert asked == []


def test_another_content_is_refused_with_its_cure(known, asked, tmp_path, monkeypatch):
    path = put(tmp_path, b"0 2\n")
    monkeypatch.setenv("SYMSHARE_DATA", str(tmp_path))
    with pytest.raises(ExperimentError) as raised:
        fetch("part/one.txt")
    first, second = str(raised.value).splitlines()
    assert str(path) in first
    assert hashlib.sha256(b"0 2\n").hexdigest()[:12] in first
    assert known[:12] in first
    assert "unset SYMSHARE_DATA" in second
    assert path.read_bytes() == b"0 2\n"
    assert asked == []


@pytest.mark.parametrize("folder", [None, "", "empty", "missing"])
def test_what_the_folder_lacks_is_downloaded_to_the_cache(known, asked, tmp_path, monkeypatch, folder):
    if folder is not None:
        monkeypatch.setenv("SYMSHARE_DATA", str(tmp_path / folder) if folder else "")
    (tmp_path / "empty").mkdir()
    found = fetch("part/one.txt")
    cache = tmp_path / "cache" / "symshare" / "part"
    assert asked == [("https://example.invalid/one.txt", f"sha256:{known}", "one.txt", cache)]
    assert found == tmp_path / "cache" / "one.txt"


@pytest.mark.parametrize("error", [OSError("no route to host\nand more"), ValueError("the hash differs")])
def test_a_download_that_fails_is_answered_with_its_cure(known, monkeypatch, error):
    def refuse(*arguments, **options):
        raise error

    monkeypatch.setattr(pooch, "retrieve", refuse)
    with pytest.raises(ExperimentError) as raised:
        fetch("part/one.txt")
    first, second = str(raised.value).splitlines()
    assert "part/one.txt cannot be downloaded from https://example.invalid/one.txt" in first
    assert str(error).splitlines()[0] in first
    assert "SYMSHARE_DATA=FOLDER, with FOLDER/part/one.txt" in second


def test_the_command_line_says_so_in_two_lines(monkeypatch, tmp_path):
    def refuse(*arguments, **options):
        raise ConnectionError("no network")

    monkeypatch.delenv("SYMSHARE_DATA", raising=False)
    monkeypatch.setattr(pooch, "retrieve", refuse)
    done = CliRunner().invoke(main, ["experiment", "kinship", "--out", str(tmp_path)])
    assert done.exit_code == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 2
    assert "kinship.tar.gz cannot be downloaded" in done.stderr
    assert "SYMSHARE_DATA" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_every_published_file_has_an_address_and_a_digest():
    for name, (address, digest) in FILES.items():
        assert address.startswith("https://")
        assert Path(address).name == Path(name).name
        assert len(bytes.fromhex(digest)) == 32


def test_members_of_an_archive_are_read_without_unpacking(tmp_path, monkeypatch):
    path = tmp_path / "all.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, text in (("one.txt", "é\n"), ("../two.txt", "2\n")):
            entry = tarfile.TarInfo(name)
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
        archive.addfile(_folder("three.txt"))
    monkeypatch.chdir(tmp_path)
    assert members(path, ("one.txt", "../two.txt")) == {"one.txt": "é\n", "../two.txt": "2\n"}
    assert [one.name for one in tmp_path.iterdir()] == ["all.tar.gz"]
    with pytest.raises(ExperimentError, match=r"has no file three\.txt"):
        members(path, ("three.txt",))


def _folder(name):
    entry = tarfile.TarInfo(name)
    entry.type = tarfile.DIRTYPE
    return entry


@pytest.mark.usefixtures("known")
def test_an_error_without_words_is_named_by_its_kind(monkeypatch):
    def retrieve(**options):
        raise TimeoutError

    monkeypatch.setattr(pooch, "retrieve", lambda *given, **options: retrieve())
    with pytest.raises(ExperimentError, match="TimeoutError"):
        fetch("part/one.txt")


LAYOUT = {
    "fchollet/ARC-AGI": {
        "data/evaluation/1a2e2828.json",
        "data/evaluation/4cd1b7b2.json",
        "data/evaluation/a406ac07.json",
        "data/evaluation/ca8de6ea.json",
    },
    "TimDettmers/ConvE": {"kinship.tar.gz", "nations.tar.gz", "umls.tar.gz"},
}
"""What `git ls-tree -r --name-only` shows of them in ARC-AGI at commit 3990304 and in ConvE at commit f3c0eb2."""


@pytest.mark.parametrize("source", SOURCES, ids=[one.name for one in SOURCES])
def test_every_address_is_a_file_of_the_publisher(source):
    assert source.path in LAYOUT[source.repository]
    assert FILES[source.name] == (source.address, source.digest)
    host = "https://raw.githubusercontent.com"
    assert source.address == f"{host}/{source.repository}/master/{source.path}"


def test_the_table_on_the_page_is_that_of_the_code():
    page = (Path(__file__).parents[3] / "docs" / "experiments" / "running.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith(tuple(f"| `{one.name}` |" for one in SOURCES))]
    assert rows == [
        f"| `{one.name}` | [{one.path}]({one.address}) of {one.repository} | `{one.digest}` |" for one in SOURCES
    ]


def test_what_is_in_the_folder_of_the_data_is_what_was_published():
    folder = Path(os.environ.get("SYMSHARE_DATA") or "nowhere")
    there = [one for one in SOURCES if (folder / one.name).is_file()]
    if not there:
        pytest.skip("set SYMSHARE_DATA to a folder that holds the published files")
    for one in there:
        assert fetch(one.name) == folder / one.name
