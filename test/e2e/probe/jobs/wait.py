"""Waits until it is interrupted, and then says so."""

import time

print("waiting", flush=True)
try:
    time.sleep(600)
except KeyboardInterrupt:
    print("interrupted", flush=True)
    raise
