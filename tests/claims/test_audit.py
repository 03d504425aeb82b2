"""The audit of the paper's own numbers: its arithmetic, its formulas, its verdicts, and its page."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paper_tables import published, registry
from paper_tables.audit import report
from paper_tables.audit.expression import ExpressionError, Selection, evaluate
from paper_tables.audit.repeats import repeats
from paper_tables.audit.rounded import Rounded, decimals, printed
from paper_tables.audit.statements import Result, Statement, check, load
from paper_tables.claims.__main__ import AUDIT
from paper_tables.claims.registry import claims
from paper_tables.published import Numbers, Printed
from paper_tables.table import Address

pytestmark = pytest.mark.fast

NUMBERS: dict[str, Numbers] = {path.stem: published.read(path) for path in sorted(published.FOLDER.glob("*.csv"))}
STATEMENTS = load()
DERIVED = [statement for statement in STATEMENTS if statement.formula]


# --- arithmetic -----------------------------------------------------------------------------------------------------

HUNDREDTHS = st.integers(-10_000, 10_000)
SHIFT = st.fractions(Fraction(-1, 200), Fraction(1, 200))
"""What rounding to hundredths may have hidden."""


@pytest.mark.slow
@given(HUNDREDTHS, SHIFT, HUNDREDTHS, SHIFT)
def test_the_range_holds_whatever_was_rounded(left: int, by: Fraction, right: int, other: Fraction) -> None:
    texts = [f"{number / 100:.2f}" for number in (left, right)]
    mine, its = (printed(text) for text in texts)
    true_mine, true_its = (Fraction(text) + shift for text, shift in zip(texts, (by, other), strict=True))
    pairs = [(mine + its, true_mine + true_its), (mine - its, true_mine - true_its), (mine * its, true_mine * true_its)]
    if not its.low <= 0 <= its.high:
        pairs.append((mine / its, true_mine / true_its))
    for computed, true in pairs:
        assert computed.low <= true <= computed.high
        assert computed.low <= computed.value <= computed.high


def test_printed_digits_and_people_s_rounding() -> None:
    assert printed("2.2") == Rounded(Fraction("2.2"), Fraction("2.15"), Fraction("2.25"))
    assert (decimals("12"), decimals("12.0"), decimals("-0.25")) == (0, 1, 2)
    assert printed("2.15").text(1) == "2.2" and printed("-2.15").text(1) == "-2.2"
    with pytest.raises(ZeroDivisionError):
        printed("1") / printed("0.00")
    with pytest.raises(ValueError, match="no decimal number"):
        printed("about 2")


# --- formulas -------------------------------------------------------------------------------------------------------

SMALL: dict[str, Numbers] = {
    "t": {
        (Address("a", "Cityscapes", 80), "miou"): Printed("10", "x"),
        (Address("a", "Cityscapes", 90), "miou"): Printed("20", "x"),
        (Address("b", "Cityscapes", 80), "miou"): Printed("4", "x"),
        (Address("b", "Cityscapes", 90), "miou"): Printed("8", "x"),
        (Address("c", "Cityscapes", 0), "miou"): Printed("2", "x"),
        (Address("d", "Cityscapes", 90, "ADE20K"), "miou"): Printed("5", "x"),
        (Address("a", "Cityscapes", 90), "macs"): Printed("3", "x"),
    },
    "u": {(Address("a", "ADE20K", 90), "miou"): Printed("7", "x")},
}


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("mean(a - b)", 9),
        ("max(a - b)", 12),
        ("min(a, b)", 4),
        ("mean(a / c)", Fraction(15, 2)),
        ("max(each(a, c) * 2)", 40),
        ("min(100 * (1 - b / a))", 60),
        ("c", 2),
        ("a.macs", 3),
        ("c + cell('u', 'a', 'ADE20K', 90, 'miou')", 9),
        ("d - c", 3),
    ],
)
def test_formulas(formula: str, value: int | Fraction) -> None:
    found = evaluate(formula, "t", Selection(), "miou", SMALL)
    assert found.value == value
    assert found.low <= found.value <= found.high


def test_columns_of_a_formula() -> None:
    def of(formula: str, **chosen: tuple[str, ...] | tuple[int, ...]) -> Fraction:
        return evaluate(formula, "t", Selection(**chosen), "miou", SMALL).value

    assert of("a - b", sparsities=(80,)) == 6
    assert of("a - c", sparsities=(90,)) == 18
    assert of("d - c", sources=("ADE20K",)) == 3
    with pytest.raises(ExpressionError, match="no miou of d"):
        of("d", sources=("ImageNet",))
    with pytest.raises(ExpressionError, match="no miou of a"):
        of("a", roles=("ADE20K",))


@pytest.mark.parametrize(
    ("formula", "complaint"),
    [
        ("a - b", "2 cells instead of one"),
        ("each(a, c) - b", "3 cells do not go with 2"),
        ("nobody", "no miou of nobody"),
        ("a.fps", "no fps of a"),
        ("cell('v', 'a', 'ADE20K', 90, 'miou')", "printed in v"),
        ("sum(a)", "no part of a formula"),
        ("a ** 2", "no part of a formula"),
        ("__import__('os')", "no part of a formula"),
        ("a.b.c", "no part of a formula"),
        ("a -", "invalid syntax"),
        ("c / (c - c)", "may be 0"),
    ],
)
def test_other_formulas_are_refused(formula: str, complaint: str) -> None:
    with pytest.raises(ExpressionError, match=complaint):
        evaluate(formula, "t", Selection(), "miou", SMALL)


# --- verdicts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("relation", "stated", "expected"),
    [
        ("equals", "5.0", Result.AGREES),
        ("equals", "5.4", Result.ROUNDING),  # 20 / 4, and at most 20.5 / 3.5
        ("equals", "6.0", Result.DISAGREES),
        ("equals", "4.0", Result.DISAGREES),
        ("truncated", "5.0", Result.AGREES),
        ("truncated", "4.9", Result.DISAGREES),
        ("truncated", "5.1", Result.DISAGREES),
        ("at most", "5.0", Result.POSSIBLE),
        ("at most", "4.0", Result.DISAGREES),
        ("at least", "5.0", Result.POSSIBLE),
        ("at least", "6.0", Result.DISAGREES),
    ],
)
def test_every_verdict(relation: str, stated: str, expected: Result) -> None:
    given_numbers: dict[str, Numbers] = {
        "t": {(Address("a", "r", 90), "m"): Printed("20", "x"), (Address("b", "r", 90), "m"): Printed("4", "x")}
    }
    statement = Statement("here", "this", "m", stated, "x", table="t", formula="a / b", relation=relation)
    assert check(statement, given_numbers).result is expected
    hidden = replace(statement, table="", formula="", underivable="only drawn")
    assert check(hidden, given_numbers).result is Result.UNDERIVABLE
    with pytest.raises(ExpressionError, match="no numbers of a table 'v'"):
        check(replace(statement, table="v"), given_numbers)


@pytest.mark.parametrize("statement", DERIVED, ids=lambda s: f"{s.where}, {s.says}, {s.metric}")
def test_every_stated_number_can_be_found_wrong(statement: Statement) -> None:
    computed = check(statement, NUMBERS).computed
    assert computed is not None
    span = computed.high - computed.low
    digits = decimals(statement.stated)
    shift = 2 * span + 2 * Fraction(1, 10**digits)
    for sign, wrong in ((-1, ("equals", "truncated", "at most")), (1, ("equals", "truncated", "at least"))):
        elsewhere = Rounded(computed.value + sign * shift, Fraction(0), Fraction(0)).text(digits)
        result = check(replace(statement, stated=elsewhere), NUMBERS).result
        assert (result is Result.DISAGREES) == (statement.relation in wrong)


def test_what_the_audit_finds() -> None:
    found = report.audit(registry.tables())
    assert len(found.findings) == len(STATEMENTS)
    assert sum(found.counts.values()) == len(STATEMENTS)
    disagreeing = {(f.statement.where, f.statement.metric, f.statement.stated): f.computed_text
                   for f in found.with_result(Result.DISAGREES)}  # fmt: skip
    assert disagreeing["App. B", "macc", "12.27"] == "12.395"
    assert disagreeing["App. B", "aacc", "4.34"] == "4.395"
    table_1, table_2 = (f"Object recognition, Tab. {number}" for number in (1, 2))
    others = {(where, stated): text for (where, _, stated), text in disagreeing.items() if where in (table_1, table_2)}
    assert others == {
        (table_1, "24.55"): "23.339", (table_1, "19.71"): "17.505", (table_2, "78.4"): "74.21",
        (table_2, "76.98"): "60.908", (table_2, "50.11"): "60.437",
    }  # fmt: skip
    differing = {(str(r.address), r.metric, r.first, r.second) for r in found.repeats if not r.agrees}
    assert ("pp_ir_s, Cityscapes at 90 %", "macc", ("Tab. 1", "76.30"), ("Tab. 9", "77.03")) in differing
    assert ("sp_mag_rt, Cityscapes at 90 %", "miou", ("Tab. 1", "51.03"), ("Tab. 2", "60.76")) in differing


def test_repeated_numbers() -> None:
    at = Address("a", "r", 90)
    one, same, other = Printed("2.50", "Tab. 1"), Printed("2.5", "Tab. 10"), Printed("2.56", "Tab. 9")
    tables: dict[str, Numbers] = {"x": {(at, "m"): other}, "y": {(at, "m"): same}, "z": {(at, "m"): one}}
    assert [(repeat.second, repeat.agrees) for repeat in repeats(tables)] == [
        (("Tab. 9", "2.56"), False),
        (("Tab. 10", "2.5"), True),
    ]
    # A curve that quotes a table is no second place.
    assert repeats({"x": {(at, "m"): one}, "curves": {(at, "m"): one}}) == []


# --- files ----------------------------------------------------------------------------------------------------------


def test_statements_belong_to_claims_that_exist() -> None:
    assert {statement.claim for statement in STATEMENTS} - {""} <= set(claims())


ENTRY = {"where": "here", "says": "this", "stated": "1.0", "unit": "points", "table": "ablation", "formula": "pp"}


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"colour": "red"}, "unknown field 'colour'"),
        ({"says": ""}, "field 'says' is empty"),
        ({"roles": "Cityscapes"}, "field 'roles' is empty or of another kind"),
        ({"unit": None}, "field 'unit' is missing"),
        ({"table": None}, "give either table and formula, or underivable"),
        ({"underivable": "drawn"}, "give either table and formula, or underivable"),
        ({"table": None, "formula": None}, "give either table and formula, or underivable"),
        ({"relation": "around"}, "relation 'around'"),
        ({"stated": "about 1"}, "no decimal number"),
    ],
)
def test_broken_statements_are_named(tmp_path: Path, changes: dict[str, str | None], complaint: str) -> None:
    entry = {name: text for name, text in {**ENTRY, **changes}.items() if text is not None}
    file = tmp_path / "statements.toml"
    file.write_text("[[statement]]\n" + "".join(f'{name} = "{text}"\n' for name, text in entry.items()))
    with pytest.raises(ValueError, match=rf"statements\.toml, entry 1 \(here\): .*{complaint}"):
        load(file)
    file.write_text("[")
    with pytest.raises(ValueError, match=r"statements\.toml"):
        load(file)


def test_the_page_is_up_to_date() -> None:
    expected = report.to_markdown(report.audit(registry.tables()))
    assert AUDIT.read_text(encoding="utf-8") == expected, "run `python -m paper_tables.claims`"
