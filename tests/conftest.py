"""Every test runs from the checkout's root, with the root importable."""

import sys
from pathlib import Path

from hypothesis import settings

ROOT = Path(__file__).parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

# A busy machine may take a quarter of a second for what takes 0.2 ms; a law is no law about time.
settings.register_profile("stile", deadline=None)
settings.load_profile("stile")
