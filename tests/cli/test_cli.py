import json
import os
import subprocess
import sys

import pytest
from click.testing import CliRunner
from symshare_cli.main import main

import symshare
from symshare import count, derive

pytestmark = pytest.mark.usefixtures("copied")


def run(*arguments):
    return CliRunner().invoke(main, arguments)


def test_derive_prints_counts_terms_words_and_totals():
    done = run("derive", "--symmetry", "abH", "--order", "3")
    assert done.exit_code == 0
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[0] == "abH: 87 terms to order 3 (1, 4, 17, 65)"
    assert "  abH->cbH  summed over a, repeated along c" in lines
    assert "  abH,cbH,cdH->adH" in lines
    assert sum(line.startswith("  ") for line in lines) == 87
    # at a = b = 4 an output has 16 entries and there are C(16 + 3 - 1, 3) = 816 monomials of degree 3
    assert "order 3: 65 of 13,056" in lines
    assert lines[-1].startswith("total: 87 free coefficients of ")


def test_derive_json_is_the_basis():
    done = run("derive", "-s", "ab", "-k", "2", "--depends", "a->b", "--size", "a=3", "--json", "--certify")
    found = json.loads(done.stdout)
    assert found["counts"] == [1, 3, 9]
    assert found["certificate"]["ok"]
    assert [term["einsum"] for term in found["terms"]] == [str(t) for t in derive("ab", 2, depends=["a->b"])]


def test_a_certificate_beside_latex_is_a_comment():
    lines = run("derive", "-s", "a", "-k", "1", "--latex", "--certify").stdout.splitlines()
    assert lines[-4].startswith("% certificate holds")
    assert all(line.startswith("%") for line in lines[-3:])


def test_derive_latex_and_ordered():
    assert run("derive", "-s", "a", "-k", "1", "--latex").stdout == derive("a", 1).latex() + "\n"
    assert json.loads(run("derive", "-s", "aa->", "-k", "2", "--size", "a=2", "--ordered", "--json").stdout)[
        "counts"
    ] == [1, 2, 8]


def test_count_prints_all_orders_at_once():
    done = run("count", "-s", "ab->ab", "-k", "7")
    assert done.exit_code == 0
    assert [int(line.split()[1].replace(",", "")) for line in done.stdout.splitlines()[1:-1]] == [
        count("ab", k) for k in range(8)
    ]
    found = json.loads(run("count", "-s", "ab", "-k", "3", "--json").stdout)
    assert (found["schema"], found["signature"], found["counts"]) == (1, "ab", [1, 4, 17, 65])


def test_a_failed_certificate_is_exit_code_one(monkeypatch):
    from dataclasses import replace

    from symshare.core.bases import derivation

    whole = derivation.derive
    monkeypatch.setattr(derivation, "derive", lambda *a, **k: (b := whole(*a, **k), replace(b, terms=b.terms[:-1]))[1])
    done = run("derive", "-s", "ab", "-k", "1", "--certify")
    assert done.exit_code == 1
    assert "certificate FAILS" in done.stdout


# arguments, what is said
WRONG = [
    (["derive", "-s", "a bH", "-k", "1"], "has a space in it"),
    (["derive", "-s", "", "-k", "1"], "is empty"),
    (["derive", "-s", "ab", "-k", "x"], "is not an order"),
    (["derive", "-s", "ab", "-k", "-1"], "is a negative order"),
    (["derive", "-s", "ab", "-k", "1.5"], "is not an order"),
    (["derive", "-s", "ab", "-k", "²"], "is not an order"),
    (["derive", "-s", "ab", "-k", "1", "--size", "a"], "is not a size"),
    (["derive", "-s", "ab", "-k", "1", "--size", "a=x"], "does not end in a length"),
    (["derive", "-s", "ab", "-k", "1", "--size", "c=3"], "an unknown axis"),
    (["derive", "-s", "ab", "-k", "1", "--size", "a=2", "--size", "a=3"], "gives 'a' a second size"),
    (["derive", "-s", "ab", "-k", "1", "--depends", "b"], "is a dependency without an arrow"),
    (["derive", "-s", "abc", "-k", "6"], "has 1,475,404 terms, over the limit of 20,000"),
    (["derive", "-s", "ab", "-k", "2", "--max-terms", "10"], "has 22 terms, over the limit of 10"),
    (["derive", "-s", "ab", "-k", "1", "--json", "--latex"], "give one of them"),
    (["derive", "-k", "1"], "Missing option"),
    (["derive", "-s", "ab"], "Missing option"),
    (["count", "-s", "ab"], "Missing option"),
    (["emit"], "Missing option"),
    (["verify"], "Missing argument"),
    (["completion", "tcsh"], "is not one of"),
    (["emit", "-s", "abH", "-k", "2", "--kind", "linear"], "a linear layer has orders 0 and 1"),
    (["emit", "-s", "abH", "--only", "ab->ac"], "orders 0 and 1 always stay"),
    (["emit", "-s", "abH", "--only", "ab,cb,cd->ad"], "it has order 3"),
    (["derive", "-s", "ab -> b", "-k", "1"], "is written without spaces"),
    (["derive", "-s", "ab", "-k", "100"], "already to order 12"),
    (["derive", "-s", "ab", "-k", "7", "--certify"], "a certificate of 13,620 terms"),
    (["emit", "-s", "abH", "-k", "3", "--max-terms", "3"], "raise the limit (max_terms, --max-terms) to 87"),
    (["derive", "-s", "ab", "-k", "1", "--size", "a=99999999999"], "has a size over 999,999,999"),
    (["count", "-s", "ab", "-k", "200"], "orders 0 to 200 sum over 47,060,797,174,489 cycle types"),
    (["emit", "-s", "ab", "-k", "0"], "no terms of order 1"),
    (["emit", "-s", "aH", "--size", "H=2"], "leave out the size of H"),
    (["emit", "-s", "ab", "-k", "2", "--only", "ab,ba->ab"], "on the axes"),
    (["emit", "-s", "ab", "-k", "1", "--only", "ab,ab->ab"], "is not in the basis"),
    (["emit", "-s", "ab", "-o", "no/such/folder/layer.py"], "there is no folder"),
    (["verify", "missing.py"], "there is no file missing.py"),
    (["frobnicate"], "No such command"),
]


@pytest.mark.parametrize(("arguments", "said"), WRONG)
def test_a_users_mistake_is_answered_on_stderr_with_exit_code_two(arguments, said):
    done = run(*arguments)
    assert done.exit_code == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_emit_writes_once_and_over_it_with_force_only(tmp_path):
    path = tmp_path / "layer.py"
    assert run("emit", "-s", "abH", "-o", str(path)).exit_code == 0
    text = path.read_text()
    assert text == symshare.emit(derive("abH", 1))
    again = run("emit", "-s", "aaH", "-o", str(path))
    assert again.exit_code == 2
    assert "--force" in again.stderr
    assert path.read_text() == text
    assert run("emit", "-s", "aaH", "-o", str(path), "--force").exit_code == 0
    assert path.read_text() == symshare.emit(derive("aaH", 1))
    assert [one.name for one in tmp_path.iterdir()] == ["layer.py"]


def test_emit_follows_a_link_and_replaces_no_device(tmp_path):
    path, link = tmp_path / "layer.py", tmp_path / "link.py"
    path.write_text("old")
    link.symlink_to(path)
    assert run("emit", "-s", "abH", "-o", str(link)).exit_code == 2
    assert path.read_text() == "old"
    assert run("emit", "-s", "abH", "-o", str(link), "--force").exit_code == 0
    assert link.is_symlink()
    assert path.read_text() == symshare.emit(derive("abH", 1))
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    done = run("emit", "-s", "abH", "-o", str(pipe), "--force")
    assert (done.exit_code, "not an ordinary file" in done.stderr) == (2, True)
    assert pipe.is_fifo()


def test_emit_where_there_are_no_hard_links(tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    path = tmp_path / "layer.py"
    assert run("emit", "-s", "abH", "-o", str(path)).exit_code == 0
    assert run("emit", "-s", "aaH", "-o", str(path)).exit_code == 2
    assert path.read_text() == symshare.emit(derive("abH", 1))


def test_what_the_system_refuses_is_said_in_a_few_lines(tmp_path):
    for arguments in (
        ["emit", "-s", "ab", "-o", str(tmp_path / ("x" * 300))],
        ["verify", str(tmp_path / ("x" * 300))],
        ["demo", "--out", __file__],
    ):
        done = run(*arguments)
        assert done.exit_code == 2, done.output
        assert isinstance(done.exception, SystemExit)
        assert 1 <= len(done.stderr.strip().splitlines()) <= 3


def test_verify_takes_its_seed_and_small_sizes(tmp_path):
    path = tmp_path / "layer.py"
    run("emit", "-s", "aa", "--size", "a=20000", "-o", str(path))
    errors = [
        json.loads(run("verify", str(path), "--seed", seed, "--json").stdout)["errors"] for seed in ("0", "1", "2")
    ]
    assert len({error["a"] for error in errors}) > 1
    assert run("verify", str(path), "--seed", "-1").exit_code == 2


def test_verify_of_a_layer_that_gives_nan(tmp_path):
    path = tmp_path / "layer.py"
    run("emit", "-s", "abH", "-o", str(path))
    path.write_text(path.read_text().replace("        return y", "        return y * float('nan')"))
    done = run("verify", str(path), "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["errors"] == {"a": None, "b": None}


def test_emit_without_a_file_prints():
    assert run("emit", "-s", "ab", "-k", "2", "--coefficients", "full").stdout == symshare.emit(
        derive("ab", 2), coefficients="full"
    )


@pytest.mark.parametrize(
    "arguments", [["abH"], ["ab", "-k", "2", "--depends", "a->b"], ["W:ba,b:b->b:b,W:ba"], ["a->bab"]]
)
def test_verify_measures_an_emitted_file(tmp_path, arguments):
    path = tmp_path / "layer.py"
    assert run("emit", "-s", *arguments, "-o", str(path)).exit_code == 0
    done = run("verify", str(path), "--json")
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["ok"]
    assert found["errors"]
    assert all(error < 1e-12 for error in found["errors"].values())


def test_verify_finds_a_broken_layer(tmp_path):
    path = tmp_path / "layer.py"
    run("emit", "-s", "abH", "-o", str(path))
    path.write_text(path.read_text().replace('x_a = _mean(x, "abC", w_b, "b")', "x_a = x.cumsum(-2)[..., 0, :]"))
    done = run("verify", str(path))
    assert done.exit_code == 1
    assert done.stdout.startswith("layer.py: abH, 5 terms, 65 parameters, BREAKS under b\n")
    assert "by cumsum" in done.stdout


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("print('hello')\n", "has no SIGNATURE"),
        ("def broken(:\n", "is not Python"),
        ("SIGNATURE = 'a'\nDEPENDS = ()\nSIZES = {}\nTERMS = ()\nclass Layer: pass\n", "fails"),
        ("raise SystemExit(3)\nSIGNATURE = DEPENDS = SIZES = TERMS = Layer = 0\n", "stops the process"),
        ("SIGNATURE = DEPENDS = SIZES = TERMS = Layer = 1 / 0\n", "does not run"),
        ("\x00", "is not Python"),
    ],
)
def test_verify_of_what_is_no_layer_file(tmp_path, text, said):
    path = tmp_path / "other.py"
    path.write_text(text)
    done = run("verify", str(path))
    assert done.exit_code == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_verify_does_not_run_a_file_that_cannot_be_a_layer(tmp_path):
    path, mark = tmp_path / "other.py", tmp_path / "mark"
    path.write_text(f"open({str(mark)!r}, 'w')\n")
    assert run("verify", str(path)).exit_code == 2
    assert not mark.exists()


def test_version_help_and_completion():
    assert run("--version").stdout.strip().endswith(symshare.__version__)
    assert "derive" in run("--help").stdout
    for shell in ("bash", "zsh", "fish"):
        done = run("completion", shell)
        assert done.exit_code == 0
        assert "_SYMSHARE_COMPLETE" in done.stdout


def test_completion_completes():
    code = "from symshare_cli.main import main; main(prog_name='symshare')"
    environment = {**os.environ, "_SYMSHARE_COMPLETE": "bash_complete", "COMP_WORDS": "symshare der", "COMP_CWORD": "1"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    assert "derive" in done.stdout
