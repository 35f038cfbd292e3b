"""`python -m cdp_pipeline`: the `cdp` command, where its script is not on the path."""

from __future__ import annotations

from cdp_pipeline.cli import main

if __name__ == "__main__":
    main()
