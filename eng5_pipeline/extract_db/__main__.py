"""`python -m eng5_pipeline.extract_db` is the console script `eng5-extract-db`."""

from __future__ import annotations

import sys

from eng5_pipeline.extract_db.main import main

if __name__ == "__main__":
    sys.exit(main())
