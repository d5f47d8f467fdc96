"""Finding published data: in the folder that SYMSHARE_DATA names, else downloaded once and checked by SHA-256."""

from __future__ import annotations

import hashlib
import os
import tarfile
from dataclasses import dataclass
from pathlib import Path

from symshare.errors import ExperimentError, shown

__all__ = ["FILES", "SOURCES", "SPLITS", "Source", "fetch", "members"]

SPLITS = ("train", "valid", "test")
"""The parts of a graph of relations; in a folder each is a file, train.txt and so on."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file as it is published: its name here, the repository on GitHub and the path in it, its SHA-256, and what it is."""

    name: str
    repository: str
    path: str
    digest: str
    what: str
    branch: str = "master"

    @property
    def address(self) -> str:
        """Where it is downloaded from."""
        return f"https://raw.githubusercontent.com/{self.repository}/{self.branch}/{self.path}"


def _arc(task: str, digest: str) -> Source:
    what = "a task of Chollet, On the measure of intelligence (2019)"
    return Source(f"arc/{task}.json", "fchollet/ARC-AGI", f"data/evaluation/{task}.json", digest, what)


SOURCES = (
    Source(
        "kinship.tar.gz",
        "TimDettmers/ConvE",
        "kinship.tar.gz",
        "a3cb9ca67213eb38133aebc12901195e283d844ebd59f1a6cbf2d4fa12ced4e6",
        "Denham, The detection of patterns in Alyawarra nonverbal behavior (1973), as split by Dettmers et al. (2018)",
    ),
    _arc("1a2e2828", "ebebf12a0dd7c79d6998ce7afc4284e512fc18dc3467b38bd2fc810e0a3e518d"),
    _arc("4cd1b7b2", "da30d77f134331857fcea28d0290cfccdea61fa4918790fe86fdfd1c4a066e6b"),
    _arc("a406ac07", "09e17440e4d996118faceb3771f16f5d5896df31257ddf7ef9f1e961d02bf494"),
    _arc("ca8de6ea", "74d434735d5d9176798fc88eda14619932e2ef982253df414495f10a55b6dea9"),
)
"""All data that are downloaded; the paths are those of ARC-AGI at commit 3990304 and of ConvE at f3c0eb2."""
FILES = {one.name: (one.address, one.digest) for one in SOURCES}
"""The address and the SHA-256 of each file, by its name."""


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
