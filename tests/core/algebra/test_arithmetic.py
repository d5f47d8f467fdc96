"""Numbers as a person writes them: read without being evaluated, or refused."""

import math
import re
from fractions import Fraction

import mpmath
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from symshare import NotationError
from symshare.core.algebra.arithmetic import read_number
from symshare.core.algebra.numbers import as_float, is_exact, root, simplest
from tests.core.algebra.drawn import PRIMES, close, precise, surds


@given(surds())
def test_what_a_surd_is_written_as_reads_as_the_same_number(number):
    if len(str(number)) <= 200:
        assert read_number(str(number)) == number


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("-3", -3),
        ("+3", 3),
        ("1/2", Fraction(1, 2)),
        ("4/2", 2),
        ("0.25", Fraction(1, 4)),
        ("1e-3", Fraction(1, 1000)),
        ("1_000", 1000),
        (" 1 / 3 ", Fraction(1, 3)),
        ("2**10", 1024),
        ("2**-2", Fraction(1, 4)),
        ("0**0", 1),
        ("--1", 1),
        ("(1+2)*3", 9),
        ("sqrt(2)", root(2)),
        ("sqrt(1/2)", root(2) / 2),
        ("sqrt(9/4)", Fraction(3, 2)),
        ("sqrt(3)/2", root(3) / 2),
        ("-sqrt(3)/2", -root(3) / 2),
        ("1/(1+sqrt(2))", root(2) - 1),
        ("sqrt(2)**-3", root(2) / 4),
        ("cos(pi)", -1),
        ("cos(pi/3)", Fraction(1, 2)),
        ("sin(pi/4)", root(2) / 2),
        ("cos(2*pi/12)", root(3) / 2),
        ("sin(7*pi/6)", Fraction(-1, 2)),
        ("sin(-pi/3)", -root(3) / 2),
        ("cos(0)", 1),
        ("sin(100*pi + pi/6)", Fraction(1, 2)),
        ("i*i", -1),
        ("1/(1+i)+1/(1-i)", 1),
        ("(1+i)**-4", Fraction(-1, 4)),
        ("(1+2*i)/(2-i)*i", -1),
        ("i/(1+i) - i/2", Fraction(1, 2)),
        ("1/(i+sqrt(3)) + i/4", root(3) / 4),
        ("1/sqrt(30030)", root(30030) / 30030),
        ("sqrt(-4)*sqrt(-9)", -6),
        (7, 7),
        (Fraction(4, 2), 2),
        (2.0, 2),
        (0.5, 0.5),
        (2.0**53, 2**53),
        (1e17, 1e17),
        (10**60, 10**60),
    ],
)
def test_what_a_number_may_look_like(text, expected):
    found = read_number(text)
    assert found == expected
    assert type(found) is type(simplest(expected))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pi", math.pi),
        ("cos(2*pi/5)", math.cos(2 * math.pi / 5)),
        ("sin(2*pi/5)", math.sin(2 * math.pi / 5)),
        ("cos(1)", math.cos(1)),
        ("sqrt(sqrt(2))", 2**0.25),
        ("sqrt(1+sqrt(2))", math.sqrt(1 + math.sqrt(2))),
        ("2*sqrt(sqrt(2)) - 1/3", 2 * 2**0.25 - 1 / 3),
    ],
)
def test_other_angles_and_roots_of_roots_are_floats(text, expected):
    found = read_number(text)
    assert isinstance(found, float)
    assert found == pytest.approx(expected, rel=1e-14)


@given(st.integers(-24, 24), st.sampled_from([1, 2, 3, 4, 6]))
def test_multiples_of_30_and_45_degrees_are_exact(numerator, denominator):
    cosine, sine = read_number(f"cos({numerator}*pi/{denominator})"), read_number(f"sin({numerator}*pi/{denominator})")
    angle = numerator * math.pi / denominator
    assert is_exact(cosine)
    assert is_exact(sine)
    close(cosine, math.cos(angle))
    close(sine, math.sin(angle))
    assert simplest(cosine * cosine + sine * sine) == 1


# what is written, a piece of the problem, the place of the caret
MISTAKES = [
    ("x", "has the name 'x'", 0),
    ("  1+x", "has the name 'x'", 4),
    ("nan", "has the name 'nan'", 0),
    ("inf", "has the name 'inf'", 0),
    ("True", "has 'True' in it", 0),
    ("None", "has 'None' in it", 0),
    ("...", "has '...' in it", 0),
    ("1j", "has '1j' in it", 0),
    ("'1'", "has \"'1'\" in it", 0),
    ("b'1'", "has \"b'1'\" in it", 0),
    ("f'{1}'", "has something in it that is not arithmetic", 0),
    ("__import__('os').system('true')", "has something in it that is not arithmetic", 0),
    ("open('f')", "has \"'f'\" in it", 5),
    ("exit(0)", "has the function 'exit'", 0),
    ("abs(1)", "has the function 'abs'", 0),
    ("sqrt", "has the name 'sqrt'", 0),
    ("a.b", "has something in it that is not arithmetic", 0),
    ("(1).real", "has something in it that is not arithmetic", 0),
    ("sqrt.__class__", "has something in it that is not arithmetic", 0),
    ("(lambda: 1)()", "has something in it that is not arithmetic", 0),
    ("lambda: 1", "has something in it that is not arithmetic", 0),
    ("[x for x in (1,)]", "has something in it that is not arithmetic", 0),
    ("{1: 2}", "has something in it that is not arithmetic", 0),
    ("(1, 2)", "has something in it that is not arithmetic", 0),
    ("[1][0]", "has something in it that is not arithmetic", 0),
    ("1 if 1 else 2", "has something in it that is not arithmetic", 0),
    ("1 < 2", "has something in it that is not arithmetic", 0),
    ("1 and 2", "has something in it that is not arithmetic", 0),
    ("(x := 1)", "has something in it that is not arithmetic", 1),
    ("1 // 2", "has something in it that is not arithmetic", 0),
    ("1 << 99", "has something in it that is not arithmetic", 0),
    ("5 % 2", "has something in it that is not arithmetic", 0),
    ("~1", "has something in it that is not arithmetic", 0),
    ("not 1", "has something in it that is not arithmetic", 0),
    ("sqrt(2, 3)", "has something in it that is not arithmetic", 0),
    ("sqrt()", "has something in it that is not arithmetic", 0),
    ("sqrt(x=2)", "has something in it that is not arithmetic", 0),
    ("sqrt(*[2])", "has something in it that is not arithmetic", 5),
    ("2**65", "has a power that is not a whole number up to 64", 0),
    ("2**-65", "has a power that is not a whole number up to 64", 0),
    ("2**(1/2)", "has a power that is not a whole number up to 64", 0),
    ("9**9**9**9", "has a power that is not a whole number up to 64", 3),
    ("9**64*9**64", "has a number that is too long", 0),
    ("pi**2", "has a power that is not a whole number up to 64", 0),
    ("9" * 100, "has a number of over 60 digits", 0),
    ("1e400", "has a number of over 60 digits", 0),
    ("1e999999999", "has a number of over 60 digits", 0),
    ("1e-999999999", "has a number of over 60 digits", 0),
    ("1/0", "divides by zero", 0),
    ("1/(2-2)", "divides by zero", 0),
    ("1/(sqrt(2)-sqrt(2))", "divides by zero", 0),
    ("0**-1", "divides by zero", 0),
    ("1/pi", "divides by an angle", 0),
    ("pi+1", "adds an angle to a number", 0),
    ("pi*pi", "multiplies an angle", 0),
    ("cos(pi*sqrt(2))", "multiplies an angle", 4),
    ("sqrt(pi)", "has the function 'sqrt'", 0),
    ("sqrt(sqrt(2)-2)", "has the root of a negative number", 0),
    ("sqrt(999999937)", "has the root of a number over 10^6", 0),
    ("sqrt(1/999999937)", "has the root of a number over 10^6", 0),
    ("((sqrt(sqrt(2))+1)**64)**64", "has a number that is too long", 0),
    ("i", "is not a real number", 0),
    ("sqrt(-1)", "is not a real number", 0),
    ("1 - sqrt(-2)/3", "is not a real number", 0),
    ("sqrt(i)", "is not a real number", None),
    ("sin(i)", "is not a real number", 0),
    ("i*sqrt(sqrt(2))", "is not a real number", 0),
    ("1+(i-sin(1))", "is not a real number where only a float is known", 3),
    ("1/(1+i)", "is not a real number", 0),
    ("(1+i)**-1", "is not a real number", 0),
    ("(sqrt(2)+sqrt(-3))/(sqrt(5)-3*i)", "is not a real number", 0),
    ("1/(1+i*i)", "divides by zero", 0),
    ("(i*i+1)**-2", "divides by zero", 0),
    (
        "1/(" + "+".join(f"sqrt({p})" for p in (2, 3, 5, 7, 11, 13, 17, 19, 23)) + ")",
        "is too long: one over a sum of",
        0,
    ),
    ("(" + "+".join(f"sqrt({p})" for p in (2, 3, 5, 7, 11, 13)) + ")**-1", "is too long: one over a sum of", 0),
    ("", "is not a number", None),
    ("  ", "is not a number", 0),
    ("1 2", "is not a number", 0),
    ("1;2", "is not a number", 0),
    ("1\n2", "is not a number", 0),
    ("x = 1", "is not a number", 0),
    ("import os", "is not a number", 0),
    ("(1", "is not a number", 0),
    ("½", "is not a number", 0),
    ("\u0661", "is not a number", 0),  # an Arabic one
    ("\x00", "is not a number", 0),
    ("(" * 100 + "x" + ")" * 99, "is not a number", 0),
    ("1+" * 150 + "1", "is longer than 200 characters", 200),
    (True, "is not a number", 0),
    (None, "is not a number", 0),
    ([1], "is not a number", 0),
    ({"a": 1}, "is not a number", 0),
    (b"1", "is not a number", 0),
    (1j, "is not a number", 0),
    (math.nan, "is not a finite number", 0),
    (10**400, "is a number of over 60 digits", 0),
    (-(10**4000), "is a number of over 60 digits", 0),
    (Fraction(1, 10**80), "is a number of over 60 digits", 0),
    (1e300, "is a number of over 60 digits", 0),
    (-1e-300, "is a number of over 60 digits", 0),
    ("(sqrt(sqrt(2))*10**60)**5", "has a number that is too long", 0),
    (-math.inf, "is not a finite number", 0),
]


@pytest.mark.parametrize(("written", "problem", "place"), MISTAKES)
def test_nothing_but_arithmetic_is_read_and_nothing_is_evaluated(written, problem, place):
    with pytest.raises(NotationError) as caught:
        read_number(written)
    error = caught.value
    assert error.problem.startswith(problem)
    assert error.cure
    lines = str(error).split("\n")
    assert problem in lines[0]
    assert len(lines) == (2 if written == "" else 3)
    if place is not None:
        assert error.position == place
        assert lines[2].index("^") == 2 + min(place, 40)


def test_a_number_that_python_does_not_write_out_is_refused():
    with pytest.raises(NotationError, match="is a number of over 60 digits"):
        read_number(10**5000)


def test_deep_nesting_within_the_length_is_read():
    assert read_number("(" * 90 + "1" + ")" * 90) == 1
    assert read_number("-" * 199 + "1") == -1


@given(st.text(max_size=40) | st.text(alphabet="0123456789+-*/(). eijpqrstxcn,[]'_", max_size=40))
def test_any_text_is_a_number_or_a_notation_error(text):
    try:
        found = read_number(text)
    except NotationError as error:
        assert 2 <= len(str(error).split("\n")) <= 3
    else:
        assert is_exact(found) or math.isfinite(found)


def arithmetic(*leaves, max_leaves=8):
    return st.recursive(
        st.integers(0, 99).map(str) | st.sampled_from(leaves),
        lambda inner: st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda parts: f"({''.join(parts)})"),
        max_leaves=max_leaves,
    )


ARITHMETIC = arithmetic("1/2", "0.5", "sqrt(2)", "sqrt(3)")


WITH_I = arithmetic("i", "(1+i)", "i*i", "i**-3", "sqrt(-3)", "sqrt(-1/2)", "sqrt(2)", "(2-i)**-2", max_leaves=6)


@given(WITH_I)
@example("1/(1+i)+1/(1-i)")
@example("1/(1+i)")
@example("(1+i)**-4")
@example("1/(i/(1+i)) + i")
@example("1/(i*i+1)")
@example("1/((1+i)*(1-i)-2)")
def test_complex_arithmetic_has_its_value_where_the_imaginary_parts_cancel(text):
    """Brute force: complex numbers of 60 digits."""
    with mpmath.workdps(60):
        names = {"sqrt": lambda value: mpmath.sqrt(mpmath.mpf(value)), "i": mpmath.mpc(0, 1)}
        # whole numbers as mpmath's, so that division keeps its digits
        written = re.sub(r"(?<!\*\*)(?<!\*\*-)\b(\d+)", r"one(\1)", text)
        try:
            expected = eval(written, {"__builtins__": {}}, names | {"one": mpmath.mpf})  # noqa: S307
        except ZeroDivisionError:
            expected = None
        try:
            found = read_number(text)
        except NotationError as error:
            assert error.text == text
            known = {"divides by zero", "is not a real number", "has a number that is too long"}
            assert error.problem in known
            if error.problem == "is not a real number":
                assert abs(expected.imag) > 1e-30
            return
        # what is zero may come out as almost zero, so that 1/0 is something huge
        assert expected is not None
        assert mpmath.almosteq(precise(found), expected, rel_eps=1e-30, abs_eps=1e-30)


@given(ARITHMETIC)
def test_arithmetic_has_the_value_that_python_gives_it(text):
    """Brute force: Python's own floats, for texts this test made."""
    try:
        expected = eval(text, {"__builtins__": {}}, {"sqrt": math.sqrt})  # noqa: S307
    except ZeroDivisionError:
        return
    try:
        found = read_number(text)
    except NotationError as error:
        assert error.problem in ("divides by zero", "has a number that is too long")
        return
    assert as_float(found) == pytest.approx(expected, rel=1e-6, abs=1e-6) or abs(expected) > 1e9


def roots(number, between="+"):
    return between.join(f"sqrt({prime})" for prime in PRIMES[:number])


@pytest.mark.parametrize("text", ["1/({})", "({})**-2", "1 - 2/({})", "sqrt(2)/(1 + {})"])
@pytest.mark.parametrize("number", [6, 9, 12])
def test_one_over_many_roots_is_refused_with_their_number(text, number):
    with pytest.raises(NotationError, match=f"{number} independent square roots") as caught:
        read_number(text.format(roots(number)))
    assert len(str(caught.value).splitlines()) == 3
