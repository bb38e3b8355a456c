"""`python -m eng5_pipeline`."""

from __future__ import annotations

import sys

from eng5_pipeline.cli.app import main

if __name__ == "__main__":
    sys.exit(main())
