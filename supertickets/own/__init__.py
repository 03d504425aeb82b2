"""Tickets of people's own data: what the command `supertickets` and the functions of the same names do."""
