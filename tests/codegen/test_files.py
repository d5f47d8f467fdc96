"""Writing files: whole or not at all, never over others unasked, with the mode they had."""

import errno
import os
import stat

import pytest

from symshare.codegen.files import check_free, write_bytes, write_text
from symshare.errors import LayerFileError


def listed(folder):
    return sorted(path.name for path in folder.iterdir())


def refuse(error):
    def call(*_, **__):
        raise error

    return call


NO_LINKS = [
    PermissionError(errno.EPERM, "Operation not permitted"),
    OSError(errno.EOPNOTSUPP, "Operation not supported"),
    OSError(errno.EMLINK, "Too many links"),
]


@pytest.fixture(params=[None, *NO_LINKS], ids=["links", "EPERM", "EOPNOTSUPP", "EMLINK"])
def linking(request, monkeypatch):
    """With hard links and without."""
    if request.param is not None:
        monkeypatch.setattr(os, "link", refuse(request.param))


def test_a_file_is_written_once_whole_and_alone(linking, tmp_path):
    path = tmp_path / "layer.py"
    write_text(path, "one\n")
    assert (path.read_bytes(), listed(tmp_path)) == (b"one\n", ["layer.py"])
    with pytest.raises(LayerFileError, match="exists\n  it is kept"):
        write_text(path, "two\n")
    assert (path.read_bytes(), listed(tmp_path)) == (b"one\n", ["layer.py"])
    write_text(path, "two\n", force=True)
    assert (path.read_bytes(), listed(tmp_path)) == (b"two\n", ["layer.py"])


@pytest.mark.parametrize("umask", [0o022, 0o077, 0o002])
def test_a_new_file_has_the_mode_of_the_umask(linking, tmp_path, umask):
    before = os.umask(umask)
    try:
        write_text(tmp_path / "new", "x")
        write_text(tmp_path / "forced", "x", force=True)
    finally:
        os.umask(before)
    for name in ("new", "forced"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o666 & ~umask


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o664, 0o666, 0o700, 0o755, 0o640, 0o200])
def test_a_file_that_is_replaced_keeps_its_mode(tmp_path, mode):
    path, link = tmp_path / "layer.py", tmp_path / "link"
    path.write_text("old")
    path.chmod(mode)
    link.symlink_to(path)
    for name in (path, link):
        check_free(name, force=True)
        write_text(name, "new", force=True)
        assert stat.S_IMODE(path.stat().st_mode) == mode
    path.chmod(0o600)
    assert path.read_text() == "new"
    assert link.is_symlink()


def test_no_bit_that_lends_rights_goes_to_new_contents(tmp_path):
    path = tmp_path / "tool"
    path.write_text("old")
    path.chmod(0o4755)
    write_text(path, "new", force=True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o755


@pytest.mark.parametrize("mode", [0o444, 0o400, 0o555, 0o440, 0o000, 0o464])
def test_a_read_only_file_is_not_replaced(tmp_path, mode):
    """Judged by its mode, so that it holds for the superuser too."""
    path = tmp_path / "layer.py"
    path.write_text("old")
    path.chmod(mode)
    for act in (lambda: check_free(path, force=True), lambda: write_text(path, "new", force=True)):
        with pytest.raises(LayerFileError, match=r"is read-only\n  let it be written, chmod u\+w .*layer.py, or name"):
            act()
    assert stat.S_IMODE(path.stat().st_mode) == mode
    path.chmod(0o600)
    assert (path.read_text(), listed(tmp_path)) == ("old", ["layer.py"])


@pytest.mark.skipif(os.geteuid() != 0, reason="only the superuser writes files of others")
def test_a_file_that_is_replaced_keeps_its_owner(tmp_path):
    path = tmp_path / "layer.py"
    path.write_text("old")
    os.chown(path, 12345, 23456)
    path.chmod(0o640)
    write_text(path, "new", force=True)
    found = path.stat()
    assert (found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)) == (12345, 23456, 0o640)


class FullDisk:
    """A stream that takes a few bytes, and then the disk is full."""

    def __init__(self, stream):
        self.stream = stream

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stream.close()

    def write(self, content):
        self.stream.write(content[:3])
        self.stream.flush()
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("there", [False, True])
def test_a_full_disk_leaves_nothing_of_a_file(linking, tmp_path, monkeypatch, force, there):
    path = tmp_path / "layer.py"
    if there:
        path.write_text("old")
    real = os.fdopen
    monkeypatch.setattr(os, "fdopen", lambda *given: FullDisk(real(*given)))
    with pytest.raises(LayerFileError, match="exists" if there and not force else "No space left on device"):
        write_bytes(path, b"a" * 100, force=force)
    assert listed(tmp_path) == (["layer.py"] if there else [])
    assert not there or path.read_text() == "old"


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
def test_a_name_that_was_reserved_is_given_back(tmp_path, monkeypatch, error):
    """Without hard links the name is taken first: whatever goes wrong then, nothing stays under it."""
    monkeypatch.setattr(os, "link", refuse(NO_LINKS[0]))
    monkeypatch.setattr("pathlib.Path.replace", refuse(error))
    with pytest.raises((LayerFileError, KeyboardInterrupt)):
        write_text(tmp_path / "layer.py", "text")
    assert listed(tmp_path) == []


def test_no_part_of_a_file_ever_bears_its_name(tmp_path, monkeypatch):
    """Nothing but the whole file, or an empty reservation, is seen under the name while it is put there."""
    monkeypatch.setattr(os, "link", refuse(NO_LINKS[0]))
    path, seen, whole = tmp_path / "layer.py", [], os.replace

    def watched(one, other):
        seen.append((path.read_bytes(), stat.S_IMODE(path.stat().st_mode)))
        whole(one, other)

    monkeypatch.setattr("pathlib.Path.replace", lambda one, other: watched(one, other))
    write_text(path, "text")
    assert seen == [(b"", 0o600)]
    assert path.read_text() == "text"


def itself(folder):
    (folder / "loop").symlink_to("loop")
    return folder / "loop"


def each_other(folder):
    (folder / "one").symlink_to("two")
    (folder / "two").symlink_to("one")
    return folder / "one"


def below_a_loop(folder):
    return itself(folder) / "layer.py"


def below_a_file(folder):
    (folder / "file").write_text("")
    return folder / "file" / "layer.py"


def below_nothing(folder):
    return folder / "none" / "layer.py"


def to_nowhere(folder):
    (folder / "link").symlink_to(folder / "none" / "layer.py")
    return folder / "link"


def to_a_folder(folder):
    (folder / "link").symlink_to(folder)
    return folder / "link"


def a_pipe(folder):
    os.mkfifo(folder / "pipe")
    return folder / "pipe"


def a_device(folder):
    (folder / "link").symlink_to("/dev/null")
    return folder / "link"


WRONG = [
    (itself, "Too many levels of symbolic links"),
    (each_other, "Too many levels of symbolic links"),
    (below_a_loop, "Too many levels of symbolic links"),
    (below_a_file, "Not a directory"),
    (below_nothing, "there is no folder .*none"),
    (to_nowhere, "there is no folder .*none"),
    (to_a_folder, "is a folder"),
    (a_pipe, "is not an ordinary file"),
    (a_device, "is not an ordinary file"),
    (lambda folder: folder, "is a folder"),
    (lambda folder: type(folder)("/dev/full"), "is not an ordinary file"),
    (lambda folder: type(folder)("/dev/null"), "is not an ordinary file"),
    (lambda folder: folder / ("x" * 300), "File name too long"),
    (lambda folder: folder / "/".join(["x" * 200] * 30), "File name too long"),
    (lambda folder: folder / "a\0b", "no file can have this name"),
    (lambda folder: folder / "a\0b" / "layer.py", "no file can have this name"),
    (lambda folder: folder / "\ud800", "no file can have this name"),
]


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize(("make", "said"), WRONG)
def test_what_cannot_be_written_is_said_in_two_lines(tmp_path, make, said, force):
    path = make(tmp_path)
    before = listed(tmp_path)
    for act in (lambda: check_free(path, force=force), lambda: write_text(path, "text", force=force)):
        with pytest.raises(LayerFileError, match=said) as caught:
            act()
        assert len(str(caught.value).split("\n")) == 2
        assert all(line.isprintable() and len(line) < 250 for line in str(caught.value).split("\n"))
    assert listed(tmp_path) == before


def test_a_link_to_nothing_yet_is_followed(linking, tmp_path):
    (tmp_path / "link").symlink_to("layer.py")
    write_text(tmp_path / "link", "text")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "layer.py").read_text() == "text"


@pytest.mark.parametrize("name", ["caf\udce9.py", "a b.py", "\x1b[31m.py", "x" * 255, "-o", "line\nbreak"])
def test_every_name_that_a_file_can_have_is_written(tmp_path, name):
    write_text(tmp_path / name, "text")
    assert os.listdir(tmp_path) == [name]  # noqa: PTH208


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser writes everywhere")
def test_a_folder_that_may_not_be_written_to(tmp_path):
    tmp_path.chmod(0o500)
    for act in (lambda: check_free(tmp_path / "x"), lambda: write_text(tmp_path / "x", "")):
        with pytest.raises(LayerFileError, match="Permission denied"):
            act()
    tmp_path.chmod(0o700)
