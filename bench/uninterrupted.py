"""Loaded first by the fork server: signals are the parent's affair, which ends all of its children itself.

Whoever stops a command on a terminal or ends a group of processes sends them to every process there is.
"""

import signal

from supertickets.command_line import STOPPING

for number in STOPPING:
    signal.signal(number, signal.SIG_IGN)
