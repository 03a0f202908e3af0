"""The computer that minigrad runs on: devices, threads, memory."""
