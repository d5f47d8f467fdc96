"""Finding published data: in the folder that SYMSHARE_DATA names, else downloaded once and checked by SHA-256."""

from __future__ import annotations

import hashlib
import os
import tarfile
from pathlib import Path

from symshare.errors import ExperimentError, shown

__all__ = ["FILES", "fetch", "members"]

ARC = "https://raw.githubusercontent.com/fchollet/ARC-AGI/master/data/training/"
FILES = {
    "kinship.tar.gz": (
        "https://raw.githubusercontent.com/TimDettmers/ConvE/master/kinship.tar.gz",
        "a3cb9ca67213eb38133aebc12901195e283d844ebd59f1a6cbf2d4fa12ced4e6",
    ),
    "arc/1a2e2828.json": (ARC + "1a2e2828.json", "ebebf12a0dd7c79d6998ce7afc4284e512fc18dc3467b38bd2fc810e0a3e518d"),
    "arc/4cd1b7b2.json": (ARC + "4cd1b7b2.json", "da30d77f134331857fcea28d0290cfccdea61fa4918790fe86fdfd1c4a066e6b"),
    "arc/a406ac07.json": (ARC + "a406ac07.json", "09e17440e4d996118faceb3771f16f5d5896df31257ddf7ef9f1e961d02bf494"),
    "arc/ca8de6ea.json": (ARC + "ca8de6ea.json", "74d434735d5d9176798fc88eda14619932e2ef982253df414495f10a55b6dea9"),
}
"""Where each file is published, and the SHA-256 of what was published when it was written down here.

Kinship: Denham, The detection of patterns in Alyawarra nonverbal behavior (1973), as split by Dettmers et al., ConvE (2018).
ARC: Chollet, On the measure of intelligence (2019).
"""


def fetch(name: str) -> Path:
    """The path of a file of `FILES`; ExperimentError where it is not found or not the published one.

    `SYMSHARE_DATA` names a folder that is looked into first; what it lacks is downloaded to the user's cache.
    """
    address, digest = FILES[name]
    folder = os.environ.get("SYMSHARE_DATA")
    if folder and (Path(folder) / name).is_file():
        path = Path(folder) / name
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        if found != digest:
            raise ExperimentError(
                f"{shown(path)} is not the published file (SHA-256 {found[:12]}.., not {digest[:12]}..)\n"
                "  replace it, or unset SYMSHARE_DATA to download it"
            )
        return path
    import platformdirs
    import pooch

    try:
        local = pooch.retrieve(
            address,
            known_hash=f"sha256:{digest}",
            fname=Path(name).name,
            path=Path(platformdirs.user_cache_dir("symshare")) / Path(name).parent,
        )
    except (OSError, ValueError) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0][:160]
        raise ExperimentError(
            f"{name} cannot be downloaded from {address}: {reason}\n"
            f"  put the file into a folder and name it: SYMSHARE_DATA=FOLDER, with FOLDER/{name}"
        ) from None
    return Path(local)


def members(path: Path, names: tuple[str, ...]) -> dict[str, str]:
    """The texts of some files of a tar archive; nothing is unpacked to disk."""
    with tarfile.open(path) as archive:
        found = {}
        for name in names:
            stream = archive.extractfile(name)
            if stream is None:
                raise ExperimentError(f"{shown(path)} has no file {name}\n  replace it by the published archive")
            found[name] = stream.read().decode("utf-8")
    return found
