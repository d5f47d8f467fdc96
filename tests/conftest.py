"""What the tests share: one thread each, since they run side by side, and pictures without a screen."""

import gc
import os

from hypothesis import settings

settings.register_profile("symshare", deadline=None)  # a busy machine is not a failure
settings.load_profile("symshare")
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "Agg")
os.environ.pop("COLUMNS", None)  # what runs tests side by side sets it; what is printed into a pipe has no width

collect_ignore_glob = ["golden/files/*"]


def pytest_collection_finish():
    """Tens of thousands of tests stay to the end: they are not looked through for what can be freed, again and again."""
    gc.collect()
    gc.freeze()
