"""What the tests share: one thread each, since they run side by side, and pictures without a screen."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "Agg")

collect_ignore_glob = ["golden/files/*"]
