"""Loaded first by the fork server: an interrupt is the parent's affair, which ends all of its children itself."""

import signal

signal.signal(signal.SIGINT, signal.SIG_IGN)
