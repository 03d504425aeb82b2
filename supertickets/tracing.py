"""All matrix products of a net for one image, in order of execution.

Nothing is computed: shapes come from a pass over meta tensors, products from the rules of `supertickets.products`.
Every operation that torch dispatches meanwhile is held against the rule of the module that runs it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from inspect import signature
from math import prod
from typing import Any, NoReturn

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils._python_dispatch import TorchDispatchMode

from supertickets.operations import formula_of
from supertickets.plain import copied, plain
from supertickets.products import Product, ProductError, Rule, WeightProduct, rule_of
from supertickets.regions import Uses


@dataclass(frozen=True)
class NetProduct:
    """A product of one call of a layer.

    Attributes:
        layer: the module's name in the net, "" for the net itself.
        name: of the product, unique unless the layer is called again.
        weight: first name of the parameter, which modules may share; None for a product of two activations.
        shape: `(groups, dot products, K)` of the operand that stays.
        product: as the layer's rule has it.
    """

    layer: str
    name: str
    weight: str | None
    shape: tuple[int, int, int]
    product: Product

    @property
    def macs(self) -> int:
        """Dense multiply-accumulates."""
        return prod(self.shape) * self.product.vectors

    def mask(self, masks: Mapping[str, Tensor]) -> Tensor | None:
        """Of the operand that stays, in its `shape`; None where all of it is kept."""
        if isinstance(self.product, WeightProduct) and (mask := masks.get(self.weight or "")) is not None:
            return self.product.matrices(mask)
        return None


def net_products(net: nn.Module, image_size: tuple[int, int]) -> tuple[NetProduct, ...]:
    """The products when one `(3, H, W)` image passes `net` in eval mode; a layer called twice has them twice.

    Computed weights (`supertickets.plain`) are taken as what they come to.

    Raises:
        ProductError: naming module and operation, when a called layer with weights has no rule, when a module
            multiplies more or less often than its rule says or with another part of a weight, or when it is not known
            how often an operation multiplies.
    """
    net = plain(net).net
    for name, module in net.named_modules():
        if isinstance(module, torch.jit.ScriptModule):
            raise ProductError(f"{name or 'the net itself'} is of torch.jit: count the module that it was made from")
    first = {id(parameter): name for name, parameter in net.named_parameters()}
    first_names = {name: first[id(parameter)] for name, parameter in net.named_parameters(remove_duplicate=False)}
    shadow = copied(net).to("meta").eval().requires_grad_(False)
    dtype = next((p.dtype for p in shadow.parameters() if p.is_floating_point()), None)
    with ExitStack() as stack:
        # kernels of fused attention take what torch's formulas do not know on some devices
        stack.enter_context(sdpa_kernel(SDPBackend.MATH))
        stack.enter_context(torch.no_grad())
        watch = _Watch(shadow, first_names)
        image = torch.zeros(1, 3, *image_size, device="meta", dtype=dtype)
        stack.enter_context(watch)
        try:
            shadow(image)
        finally:
            if watch.refused is not None:  # also where the net itself has caught it
                raise watch.refused
    return tuple(watch.found)


@dataclass(eq=False)
class _Call:
    """A call of a module that has not returned; what its submodules without a rule run is its own."""

    layer: str
    module: nn.Module
    rule: Rule | None
    products: list[tuple[str, int, tuple[Any, ...]]] = field(default_factory=list)
    """Operation, multiply-accumulates and arguments of every product that it runs itself."""


class _Watch(TorchDispatchMode):
    """Collects the products of a net on the meta device, and refuses what the rules do not tell of."""

    supports_higher_order_operators = True

    def __init__(self, net: nn.Module, first_names: Mapping[str, str]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.first_names = first_names
        self.found: list[NetProduct] = []
        self.refused: ProductError | None = None
        self.calls: list[_Call] = []
        self.judging = False  # what rules run is not the net's
        for name, module in net.named_modules():
            # around all other hooks: what they multiply is the module's
            module.register_forward_pre_hook(self._enter(name, rule_of(module)), prepend=True)
            module.register_forward_hook(self._leave, with_kwargs=True)

    def __torch_dispatch__(
        self, operation: Any, types: Any, arguments: tuple[Any, ...] = (), keywords: dict[str, Any] | None = None
    ) -> Any:
        keywords = keywords or {}
        if self.judging:
            return operation(*arguments, **keywords)
        call = self.calls[-1]
        formula = formula_of(operation, arguments)
        if formula is None and isinstance(operation, torch._ops.OpOverload) and operation._can_decompose():
            with self:  # inference mode hides what composite operations are made of
                return operation.decompose(*arguments, **keywords)
        if formula is None:
            kind = type(call.module).__name__
            self._refuse(
                call,
                f"runs {operation}, of which it is not known how often it multiplies; give its FLOPs (two for a "
                "multiplication with its addition, 0 for none) with torch.utils.flop_counter.register_flop_formula, "
                f"and if it multiplies, a rule with @products_of({kind}) from supertickets.products",
            )
        try:
            output = operation(*arguments, **keywords)
        except NotImplementedError:
            self._refuse(
                call, f"runs {operation}, whose output torch does not know without data; write the layer without it"
            )
        if macs := formula(arguments, keywords, output):
            call.products.append((str(operation), macs, arguments))
        return output

    def _enter(self, layer: str, rule: Rule | None) -> Any:
        def entered(module: nn.Module, _inputs: tuple[Any, ...]) -> None:
            self.calls.append(_Call(layer, module, rule))
            if rule is None and _owns_weights(module):
                self._refuse(self.calls[-1], f"owns weights but has no rule; {_remedy(module)}")

        return entered

    def _leave(self, module: nn.Module, inputs: tuple[Any, ...], keywords: dict[str, Any], output: Any) -> None:
        while self.calls[-1].module is not module:  # a call that failed, which the net has caught
            self._pass_on(self.calls.pop())
        call = self.calls.pop()
        if call.rule is None:
            self._pass_on(call)
            return
        self.judging = True
        arguments = signature(module.forward).bind(*inputs, **keywords).args
        self._judge(call, call.rule(module, arguments, output))
        self.judging = False

    def _judge(self, call: _Call, rule: Iterable[Product]) -> None:
        """Hold what a module has run against its rule."""
        module = call.module
        products = [self._placed(call, product) for product in rule]
        ours, theirs = sum(product.macs for product in products), sum(macs for _, macs, _ in call.products)
        if ours != theirs:
            self._refuse(
                call, f"multiplies {theirs} times{_by(call)}, its rules count {ours}; {_remedy(module, 'another')}"
            )
        if (odd := _differently_used(module, products, call)) is not None:
            self._refuse(
                call, f"multiplies with another part of {odd} than its rules say{_by(call)}; {_remedy(module)}"
            )
        self.found += products

    def _pass_on(self, call: _Call) -> None:
        """What a module without a rule multiplies belongs to the nearest one around it that has one."""
        if not call.products:
            return
        if not any(outer.rule for outer in self.calls):
            macs = sum(macs for _, macs, _ in call.products)
            self._refuse(call, f"multiplies {macs} times{_by(call)}, its rules count 0; {_remedy(call.module)}")
        self.calls[-1].products += call.products

    def _placed(self, call: _Call, product: Product) -> NetProduct:
        """The product in names of the net."""
        part = f" ({product.part})" if product.part else ""
        if not isinstance(product, WeightProduct):
            return NetProduct(call.layer, f"{call.layer}{part}", None, product.shape, product)
        name = f"{call.layer}.{product.weight}" if call.layer else product.weight
        if name not in self.first_names:
            self._refuse(
                call,
                f"has no parameter {product.weight!r}, which its rule multiplies with; where it computes the weight, "
                "use torch.nn.utils.parametrize, else register another rule with @products_of",
            )
        groups, rows, length = product.matrices(call.module.get_parameter(product.weight)).shape
        return NetProduct(call.layer, f"{name}{part}", self.first_names[name], (groups, rows, length), product)

    def _refuse(self, call: _Call, why: str) -> NoReturn:
        error = ProductError(f"{call.layer or 'the net itself'}: {type(call.module).__name__} {why}")
        self.refused = self.refused or error
        raise error


def _by(call: _Call) -> str:
    """The operations that multiply."""
    names = dict.fromkeys(operation for operation, _, _ in call.products)
    return f" ({', '.join(names)})" if names else ""


def _remedy(module: nn.Module, article: str = "one") -> str:
    return f"register {article} with @products_of({type(module).__name__}) from supertickets.products"


def _differently_used(module: nn.Module, products: list[NetProduct], call: _Call) -> str | None:
    """The weight, if any, of which other elements are multiplied than its rule says; None where there is none.

    A weight that is multiplied only after something was done to it cannot be followed: then each of its products has
    to be one operation.
    """
    rules: dict[str, list[tuple[WeightProduct, int]]] = {}
    for product in products:
        if isinstance(product.product, WeightProduct):
            rules.setdefault(product.product.weight, []).append((product.product, product.macs))
    for name, own in rules.items():
        weight = module.get_parameter(name)
        theirs = Uses(
            (value, macs // _elements(value))
            for _, macs, arguments in call.products
            for value in arguments
            if isinstance(value, Tensor) and value.numel() and _same_memory(value, weight)
        )
        if theirs:
            if theirs != Uses((weight[product.rows], product.vectors) for product, _ in own):
                return name
        elif not {macs for _, macs in own} <= {macs for _, macs, _ in call.products} | {0}:
            return name
    return None


def _elements(view: Tensor) -> int:
    """Of memory, those that `expand` repeats once."""
    return prod(size for size, stride in zip(view.shape, view.stride(), strict=True) if stride)


def _same_memory(one: Tensor, other: Tensor) -> bool:
    return one.untyped_storage()._cdata == other.untyped_storage()._cdata


def _owns_weights(module: nn.Module) -> bool:
    """Whether a module holds a parameter of at least two dimensions itself, or in a list or dict of its own."""
    lists = [child for child in module.children() if isinstance(child, nn.ParameterList | nn.ParameterDict)]
    return any(p.dim() > 1 for owner in (module, *lists) for p in owner.parameters(recurse=False))
