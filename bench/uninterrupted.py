"""Loaded first by the fork server: signals are the parent's affair, which ends all of its children itself.

Whoever stops a command on a terminal or ends a group of processes sends them to every process there is. Where the
parent cannot end it, since it was killed, the kernel does: loading torch takes the fork server seconds, in which it
looks at nothing.
"""

import ctypes
import signal
import sys

from supertickets.command_line import STOPPING

for number in STOPPING:
    signal.signal(number, signal.SIG_IGN)

PR_SET_PDEATHSIG = 1
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
