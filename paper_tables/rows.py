"""The methods that several tables have as rows; a table changes a label by `dataclasses.replace`."""

from __future__ import annotations

from paper_tables.table import Row


def row(recipe: str, method: str, label: str = "", transfer: bool = False) -> Row:
    """Return a row whose key is its recipe's."""
    return Row(recipe, method, label, recipe=recipe, transfer=transfer)


def network(key: str, method: str) -> Row:
    """Return the row of another work's network, which is not trained here."""
    return Row(key, method)


SP_RAND = row("sp_rand", "S+P (Rand.)")
SP_MAG = row("sp_mag", "S+P (Mag.)")
SP_GRAD = row("sp_grad", "S+P (Grad.)")
SP_MAG_RT = row("sp_mag_rt", "S+P (Mag.) w/ RT")
SP_GRAD_RT = row("sp_grad_rt", "S+P (Grad.) w/ RT")
TWO_IN_ONE = row("two_in_one", "Two-in-one")
TWO_IN_ONE_IR = row("ir_s", "Two-in-one w/ IR")
ST = row("pp_ir_s", "SuperTickets")
ST_RT = row("pp_ir_s_rt", "SuperTickets w/ RT")
RR_INIT = row("rr_init", "ST w/ RR-Init")
TRANSFERRED = row("transfer_st", "{source} Tickets", transfer=True)
