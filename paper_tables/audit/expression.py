"""Small formulas over printed cells, such as `mean(pp_ir_s - st_rp)`.

A row's key stands for its cells in the chosen columns and metric, `row.metric` for another metric; `+ - * /` work cell
by cell, `mean`, `min` and `max` reduce all their cells to one, `each` puts cells beside each other, and
`cell(table, row, role, sparsity, metric)` reaches into another table.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from paper_tables.audit.rounded import Rounded, exact, printed
from paper_tables.published import Numbers
from paper_tables.table import Address

Cells = tuple[Rounded, ...]

_LONGEST = 500
"""Letters of a formula; the parser of deeper ones would run out of stack."""

_OPERATORS: dict[type[ast.operator], Callable[[Rounded, Rounded], Rounded]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


class ExpressionError(ValueError):
    """A formula that cannot be computed; the message quotes it."""


@dataclass(frozen=True)
class Selection:
    """The columns that a formula's rows are taken from; an empty choice means all there is.

    Attributes:
        roles, sparsities, sources: as in `Address`. Rows without a source, and dense ones, are always chosen.
    """

    roles: tuple[str, ...] = ()
    sparsities: tuple[int, ...] = ()
    sources: tuple[str, ...] = ()

    def has(self, address: Address) -> bool:
        """Whether a cell is among the chosen."""
        return (
            (not self.roles or address.role in self.roles)
            and (not self.sparsities or address.sparsity in (0, *self.sparsities))
            and (not self.sources or address.source in (None, *self.sources))
        )


def evaluate(formula: str, table: str, where: Selection, metric: str, tables: dict[str, Numbers]) -> Rounded:
    """Compute a formula.

    Args:
        formula: see the module.
        table: the table whose rows it names.
        where: which columns.
        metric: what a bare row key stands for.
        tables: table name -> its printed cells.

    Raises:
        ExpressionError: for other syntax than the module's, names that select nothing, or a result of several cells.
    """
    try:
        if len(formula) > _LONGEST:
            raise ExpressionError(f"more than {_LONGEST} letters")
        result = _Evaluator(table, where, metric, tables).of(ast.parse(formula, mode="eval").body)
        if len(result) != 1:
            raise ExpressionError(f"{len(result)} cells instead of one")
    except (ValueError, SyntaxError, TypeError, ZeroDivisionError) as error:
        raise ExpressionError(f"{formula!r} on {table}, {metric}: {error}") from error
    return result[0]


@dataclass(frozen=True)
class _Evaluator:
    table: str
    where: Selection
    metric: str
    tables: dict[str, Numbers]

    def of(self, node: ast.expr) -> Cells:
        match node:
            case ast.Constant(value=int() | float() as number):
                return (exact(str(number)),)
            case ast.Name(id=row):
                return self.row(row, self.metric)
            case ast.Attribute(value=ast.Name(id=row), attr=metric):
                return self.row(row, metric)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
                return _by_cell(_OPERATORS[type(op)], self.of(left), self.of(right))
            case ast.Call(func=ast.Name(id="cell"), args=args, keywords=[]):
                return self.cell(*(ast.literal_eval(argument) for argument in args))
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _FUNCTIONS:
                return _FUNCTIONS[name]([number for argument in args for number in self.of(argument)])
        raise ExpressionError(f"{ast.unparse(node)!r} is no part of a formula")

    def row(self, row: str, metric: str) -> Cells:
        """Return a row's cells in the chosen columns."""
        cells = self.tables[self.table].items()
        found = tuple(
            printed(cell.text)
            for (address, its_metric), cell in cells
            if (address.row, its_metric) == (row, metric) and self.where.has(address)
        )
        if not found:
            raise ExpressionError(f"no {metric} of {row} is printed there")
        return found

    def cell(self, table: str, row: str, role: str, sparsity: int, metric: str) -> Cells:
        """Return one cell of any table."""
        found = self.tables.get(table, {}).get((Address(row, role, sparsity), metric))
        if found is None:
            raise ExpressionError(f"no {metric} of {row} on {role} at {sparsity} % is printed in {table}")
        return (printed(found.text),)


def _by_cell(apply: Callable[[Rounded, Rounded], Rounded], left: Cells, right: Cells) -> Cells:
    """Apply an operator cell by cell; a single cell goes with each of several."""
    if len(left) != len(right) and 1 not in (len(left), len(right)):
        raise ExpressionError(f"{len(left)} cells do not go with {len(right)}")
    size = max(len(left), len(right))
    wide_left, wide_right = (side * size if len(side) == 1 else side for side in (left, right))
    return tuple(apply(mine, its) for mine, its in zip(wide_left, wide_right, strict=True))


def _mean(cells: Sequence[Rounded]) -> Cells:
    total = sum(cells, exact("0"))
    return (total / exact(str(len(cells))),)


def _extreme(choose: Callable[..., Rounded]) -> Callable[[Sequence[Rounded]], Cells]:
    """The smallest or largest of several; its range is that of the extreme, not of the cell that happens to be it."""

    def reduce(cells: Sequence[Rounded]) -> Cells:
        ends = (choose(cells, key=operator.attrgetter(end)) for end in ("value", "low", "high"))
        value, low, high = ends
        return (Rounded(value.value, low.low, high.high),)

    return reduce


_FUNCTIONS: dict[str, Callable[[Sequence[Rounded]], Cells]] = {
    "mean": _mean,
    "min": _extreme(min),
    "max": _extreme(max),
    "each": tuple,
}
