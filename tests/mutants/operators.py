"""The faults: every place of a module's syntax tree where one can be put, and the tree with it."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

_SWAPS: dict[type[ast.AST], tuple[type[ast.AST], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE), ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.In: (ast.NotIn,), ast.NotIn: (ast.In,), ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,), ast.Add: (ast.Sub,), ast.Sub: (ast.Add,), ast.Mult: (ast.Div,), ast.Div: (ast.Mult,),
    ast.FloorDiv: (ast.Mult,), ast.Mod: (ast.Mult,), ast.Pow: (ast.Mult,), ast.And: (ast.Or,), ast.Or: (ast.And,),
    ast.BitOr: (ast.BitAnd,), ast.BitAnd: (ast.BitOr,),
}  # fmt: skip
"""Operator -> what stands in its place."""

_Way = tuple[tuple[str, int | None], ...]
"""From a tree's root to a node: (field, position in it) again and again."""

_CALLED = {"min": "max", "max": "min", "any": "all", "all": "any"}


@dataclass(frozen=True)
class Mutant:
    """One fault.

    Attributes:
        path: of the module, from the root of the repository.
        where: qualified name of the function or class it lies in; empty at the top of the module.
        line: number of the line, for readers.
        before, after: the expression or statement as it is and as it becomes.
        nth: counts equal faults of one place.
    """

    path: str
    where: str
    line: int
    before: str
    after: str
    nth: int

    @property
    def key(self) -> str:
        """What names it as long as its surroundings stay; lines may move."""
        return f"{self.path} | {self.where} | {self.before} -> {self.after} | {self.nth}"


def mutants(path: str, source: str) -> list[Mutant]:
    """Return every fault of a module, in the order of its source."""
    return [mutant for mutant, _, _ in _all(path, ast.parse(source))]


def mutated(mutant: Mutant, source: str) -> ast.Module:
    """Return the tree of a module with one of its faults."""
    tree = ast.parse(source)
    for found, trail, other in _all(mutant.path, tree):
        if found.key == mutant.key:
            return _with(tree, trail, other)
    raise ValueError(f"no such place: {mutant.key}")


def _all(path: str, tree: ast.Module) -> Iterator[tuple[Mutant, _Way, ast.AST]]:
    counts: dict[tuple[str, str, str], int] = {}
    for trail, node, where in _places(tree):
        for other in _faults(node):
            before, after = _short(node), _short(other)
            nth = counts[where, before, after] = counts.get((where, before, after), -1) + 1
            yield Mutant(path, where, node.lineno, before, after, nth), trail, ast.copy_location(other, node)


def _short(node: ast.AST) -> str:
    """The head of a statement stands for all of it."""
    return ast.unparse(node).partition("\n")[0]


def _places(node: ast.AST, trail: _Way = (), where: str = "") -> Iterator:
    """Yield (way from the root, node, name of what it lies in) of all that may be changed."""
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list", "type_comment"):
            continue  # nothing that runs, or so that nothing else would
        children = enumerate(value) if isinstance(value, list) else [(None, value)]
        for index, child in children:
            if not isinstance(child, ast.AST) or _is_words(child):
                continue
            inner = where
            if isinstance(child, ast.FunctionDef | ast.ClassDef):
                inner = f"{where}.{child.name}" if where else child.name
            way = (*trail, (field, index))
            if hasattr(child, "lineno"):
                yield way, child, where
            yield from _places(child, way, inner)


def _is_words(node: ast.AST) -> bool:
    """What no right program depends on: docstrings, messages, `zip`'s `strict`, imports for the type checker alone."""
    if isinstance(node, ast.keyword) and node.arg == "strict":
        return True
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True
    if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
        return True
    return isinstance(node, ast.JoinedStr | ast.Import | ast.ImportFrom)


def _faults(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Compare(ops=ops):
            for i, op in enumerate(ops):
                for swapped in _SWAPS.get(type(op), ()):
                    yield _changed(node, ops=[*ops[:i], swapped(), *ops[i + 1 :]])
        case ast.BinOp(op=op) | ast.BoolOp(op=op) | ast.AugAssign(op=op):
            for swapped in _SWAPS.get(type(op), ()):
                yield _changed(node, op=swapped())
            if isinstance(node, ast.AugAssign):
                yield ast.Pass()
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield copy.deepcopy(operand)
        case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test):
            yield _changed(node, test=ast.UnaryOp(ast.Not(), copy.deepcopy(test)))
        case ast.Constant(value=bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(value=int() | float() as value):
            yield ast.Constant(value + 1)
            if value:
                yield ast.Constant(value - 1)
        case ast.Return(value=ast.expr() as value) if not (isinstance(value, ast.Constant) and value.value is None):
            yield ast.Return(ast.Constant(None))
        case ast.Raise() | ast.Expr(value=ast.Call() | ast.Yield() | ast.YieldFrom()):
            yield ast.Pass()
        case ast.Break():
            yield ast.Continue()
        case ast.Continue():
            yield ast.Break()
        case ast.Call(func=ast.Name(id=name)) if name in _CALLED:
            yield _changed(node, func=ast.Name(_CALLED[name], ast.Load()))
        case ast.Call(func=ast.Name(id="sorted"), args=[first, *_]):
            yield ast.Call(ast.Name("list", ast.Load()), [copy.deepcopy(first)], [])


def _changed(node: ast.AST, **fields: object) -> ast.AST:
    other = copy.deepcopy(node)
    for name, value in fields.items():
        setattr(other, name, value)
    return other


def _with(tree: ast.Module, trail: _Way, other: ast.AST) -> ast.Module:
    """The tree with `other` at the end of a way."""
    changed = copy.deepcopy(tree)
    node: ast.AST = changed
    for field, index in trail[:-1]:
        node = getattr(node, field) if index is None else getattr(node, field)[index]
    field, index = trail[-1]
    if index is None:
        setattr(node, field, other)
    else:
        getattr(node, field)[index] = other
    return ast.fix_missing_locations(changed)
