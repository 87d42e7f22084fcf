"""Prints its arguments as JSON, without Spark."""

import json
import sys

print(json.dumps(sys.argv[1:]))
print("to standard error", file=sys.stderr)
