# SPDX-License-Identifier: BSL-1.0
"""Faults for the system calls that our programs make on files below one folder, by a library that
is loaded into them (faults_preload.cpp) and a page of memory that we share with it.

    with Faults(folder) as faults:
        with Server(..., env=faults.environment) as server:
            faults.arm(3, errno.EIO)    # the third call from now on fails
            ...
            faults.disarm()
"""
import mmap
import os
import pathlib
import struct
import tempfile

from _wire import _peers

(OPEN, CREATE, READ, WRITE, SYNC, SYNC_FOLDER, RENAME, LINK, UNLINK, MAKE_FOLDER, CLOSE,
 TRUNCATE) = (1 << i for i in range(12))
NAMES = {OPEN: "open", CREATE: "create", READ: "read", WRITE: "write", SYNC: "fsync",
         SYNC_FOLDER: "fsync of a folder", RENAME: "rename", LINK: "link", UNLINK: "unlink",
         MAKE_FOLDER: "mkdir", CLOSE: "close", TRUNCATE: "truncate"}
ALL = (1 << 12) - 1
WHEN_FULL = CREATE | WRITE | SYNC | SYNC_FOLDER | RENAME | LINK | MAKE_FOLDER | CLOSE   # ENOSPC
FIELDS = ("fail_at", "error", "fail_kinds", "count", "hits", "hit_kind", "for_ever", "most_bytes",
          "delay_ms", "delay_kinds")


def names(kinds):
    return ", ".join(name for kind, name in NAMES.items() if kinds & kind) or "nothing"


class Faults:
    injected = 0    # by all of them

    def __init__(self, folder):
        library = os.environ.get("CODIMSE_FAULTS_LIBRARY")
        if not library or not pathlib.Path(library).is_file():
            raise _peers.Absent("CODIMSE_FAULTS_LIBRARY does not name the library of faults")
        self.file = tempfile.NamedTemporaryFile(prefix="codimse-faults-")
        self.file.truncate(4096)
        os.chmod(self.file.name, 0o666)
        self.memory = mmap.mmap(self.file.fileno(), 4096)
        self.environment = {"LD_PRELOAD": library, "CODIMSE_FAULTS": self.file.name,
                            "CODIMSE_FAULTS_FOLDER": os.path.realpath(folder)}
        if _peers.SANITIZED:
            self.environment["ASAN_OPTIONS"] = "verify_asan_link_order=0"

    def _set(self, **values):
        for name, value in values.items():
            struct.pack_into("<i", self.memory, 4 * FIELDS.index(name), value)

    def get(self, name):
        return struct.unpack_from("<i", self.memory, 4 * FIELDS.index(name))[0]

    def arm(self, at, error, kinds=ALL, for_ever=False):
        """The call with this number from now on fails, the first is 1; or all from it on."""
        self._set(fail_at=0, fail_kinds=kinds, error=error, count=0, hits=0, hit_kind=0,
                  for_ever=int(for_ever))
        self._set(fail_at=at)

    def disarm(self):
        """Yields the kinds of the calls that failed; 0: none did."""
        self._set(fail_at=0, fail_kinds=0, most_bytes=0, delay_ms=0, delay_kinds=0)
        Faults.injected += self.get("hits")
        return self.get("hit_kind") if self.get("hits") else 0

    def short(self, most_bytes):
        self._set(most_bytes=most_bytes)

    def delay(self, milliseconds, kinds):
        self._set(delay_ms=milliseconds, delay_kinds=kinds)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.memory.close()
        self.file.close()
