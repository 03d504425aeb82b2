"""How often one operation of torch multiplies, as the dispatcher sees it; None where that is not known.

Known are products (torch's own formulas, and those below), and operations that multiply no matrix: views, what acts
element by element, and `UNCOUNTED`. Anything else, whether a library's kernel or an operation that torch will have one
day, is unknown, so that nothing is taken for free. `torch.utils.flop_counter.register_flop_formula` makes one known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

FLOPS_PER_MAC = 2
"""torch's formulas count a multiplication and its addition as two."""

_AFTER_ADDITION = {"addmm_": "addmm", "baddbmm_": "baddbmm", "addmv_": "addmv", "addbmm_": "addbmm"}
"""Operations that write into an argument, and those that do the same without."""

_BY_CONVENTION = {
    "tensors made, copied, joined, cut, padded, put in another order": """
        _to_copy _unsafe_view arange as_strided_ cat channel_shuffle col2im complex constant_pad_nd copy copy_
        diag_embed diagonal_scatter empty empty_like empty_permuted empty_strided eye fill fill_ flip full full_like
        im2col lift_fresh lift_fresh_copy linspace logspace masked_fill_ native_channel_shuffle new_empty
        new_empty_strided new_full new_ones new_zeros ones ones_like pixel_shuffle pixel_unshuffle reflection_pad1d
        reflection_pad2d reflection_pad3d repeat repeat_interleave replication_pad1d replication_pad2d
        replication_pad3d resize_ roll rot90 scalar_tensor select_scatter slice_scatter split_with_sizes_copy squeeze_
        stack t_ transpose_ tril tril_ tril_indices triu triu_ triu_indices unsafe_split unsafe_split_with_sizes
        unsqueeze_ zero_ zeros zeros_like""",
    "random numbers": """
        bernoulli bernoulli_ exponential_ native_dropout normal normal_ normal_functional rand rand_like randint
        randint_like randn randn_like randperm random_ uniform uniform_""",
    "values looked up, put in place, added where they meet": """
        _unsafe_index _unsafe_index_put bucketize embedding gather index index_add index_add_ index_copy index_copy_
        index_fill index_fill_ index_put index_put_ index_select masked_scatter masked_scatter_ masked_select nonzero
        scatter scatter_ scatter_add scatter_add_ scatter_reduce searchsorted take""",
    "many values to one: sums, moments, extremes, order": """
        all amax amin aminmax any argmax argmin argsort count_nonzero cummax cummin cumsum cumsum_ kthvalue
        linalg_vector_norm logcumsumexp logsumexp mean median mode nanmedian nansum norm sort std std_mean sum topk var
        var_mean""",
    "normalisation, softmax, activations": """
        _batch_norm_no_update _batch_norm_with_update _fused_rms_norm _log_softmax _native_batch_norm_legit
        _native_batch_norm_legit_no_training _prelu_kernel _safe_softmax _softmax cudnn_batch_norm glu hardswish
        hardswish_ log_sigmoid_forward miopen_batch_norm mish_ native_batch_norm native_group_norm native_layer_norm
        rrelu_with_noise threshold_""",
    "pooling": """
        _adaptive_avg_pool2d _adaptive_avg_pool3d adaptive_avg_pool1d adaptive_max_pool2d adaptive_max_pool3d
        avg_pool1d avg_pool2d avg_pool3d fractional_max_pool2d fractional_max_pool3d max_pool2d_with_indices
        max_pool3d_with_indices max_unpool2d max_unpool3d""",
    "resizing and sampling of pictures": """
        _upsample_bicubic2d_aa _upsample_bilinear2d_aa _upsample_nearest_exact1d _upsample_nearest_exact2d
        _upsample_nearest_exact3d grid_sampler_2d grid_sampler_3d upsample_bicubic2d upsample_bilinear2d
        upsample_linear1d upsample_nearest1d upsample_nearest2d upsample_nearest3d upsample_trilinear3d""",
}
UNCOUNTED = frozenset(name for names in _BY_CONVENTION.values() for name in names.split())
"""Names in torch's namespace `aten` of what is not counted by convention, beside views and elementwise operations."""


Formula = Callable[[tuple[Any, ...], Mapping[str, Any], Any], int]
"""Multiply-accumulates of a call with these arguments, keywords and output, of which only shapes matter."""


def formula_of(operation: Any, arguments: tuple[Any, ...]) -> Formula | None:
    """How often an operation of the dispatcher multiplies, 0 by convention for what is no product; None if unknown.

    Args:
        operation: as `TorchDispatchMode` is given it.
        arguments: of the call; products of complex numbers are unknown, as each takes several of real ones.
    """
    if not isinstance(operation, torch._ops.OpOverload):
        return None
    packet = operation._overloadpacket
    space, _, name = packet._qualified_op_name.partition("::")
    if space == "aten" and name in _AFTER_ADDITION:
        name = _AFTER_ADDITION[name]
        packet = getattr(torch.ops.aten, name)
    if (formula := _FORMULAS.get(f"{space}::{name}", _of_torch(packet))) is not None:
        return None if any(isinstance(value, Tensor) and value.is_complex() for value in arguments) else formula
    if operation.is_view or (space == "aten" and (torch.Tag.pointwise in operation.tags or name in UNCOUNTED)):
        return lambda _arguments, _keywords, _output: 0
    return None


def _of_torch(packet: Any) -> Formula | None:
    """Torch's own formula, or one that was registered with it."""
    from torch.utils.flop_counter import flop_registry  # takes half as long to import as torch

    if (flops := flop_registry.get(packet)) is None:
        return None
    return lambda arguments, keywords, output: flops(*arguments, **keywords, out_val=output) // FLOPS_PER_MAC


_FORMULAS: dict[str, Formula] = {
    # every element of the matrix, or of one of the vectors, is multiplied once
    "aten::mv": lambda arguments, _, __: arguments[0].numel(),
    "aten::addmv": lambda arguments, _, __: arguments[1].numel(),
    "aten::dot": lambda arguments, _, __: arguments[0].numel(),
    "aten::vdot": lambda arguments, _, __: arguments[0].numel(),
    "aten::addbmm": lambda arguments, _, __: arguments[1].numel() * arguments[2].shape[2],
    "torchvision::deform_conv2d": lambda arguments, _, output: output.numel() * arguments[1][0].numel(),
}
