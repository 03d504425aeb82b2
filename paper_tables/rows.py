"""The methods that several tables have as rows."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial

from paper_tables.methods import name_of
from paper_tables.metrics import costs_in_csv_units
from paper_tables.table import CostsUnavailable, Row


def row(computed_by: str, transfer: bool = False) -> Row:
    """Return a row whose key is that of the method behind it."""
    return Row(computed_by, name_of(computed_by), computed_by=computed_by, transfer=transfer)


def network(key: str, model: str) -> Row:
    """Return the row of another work's network, which is not trained here; `model` is its key in `bench.networks`."""
    return Row(key, name_of(key), costs=partial(_counted, model))


@cache
def _counted(model: str) -> Mapping[str, float]:
    """Real costs of a dense network at the input size the paper states.

    Raises:
        CostsUnavailable: when a library it is built from is not installed.
    """
    from bench.networks import NetworkError, measured_costs, network

    try:
        params, macs = measured_costs(network(model))
    except NetworkError as error:
        raise CostsUnavailable(str(error)) from error
    return costs_in_csv_units(
        dict.fromkeys(("params_total", "params_nonzero"), params)
        | dict.fromkeys(("macs_dense", "macs_nonzero", "macs_official"), macs)
        | {"sparsity_measured": 0}
    )


SP_RAND = row("sp_rand")
SP_MAG = row("sp_mag")
SP_GRAD = row("sp_grad")
SP_MAG_RT = row("sp_mag_rt")
SP_GRAD_RT = row("sp_grad_rt")
TWO_IN_ONE = row("two_in_one")
TWO_IN_ONE_IR = row("ir_s")
ST = row("pp_ir_s")
ST_RT = row("pp_ir_s_rt")
RR_INIT = row("rr_init")
OR_DENSE = Row("or_dense", name_of("or_dense"), computed_by="or_dense", dense=True)
OR_DENSE_AGAIN = Row("or_dense_again", name_of("or_dense_again"), computed_by="or_dense_again", dense=True)
OR_DIRECT = row("or_direct")
TRANSFERRED = row("transfer_st", transfer=True)
