# SPDX-License-Identifier: BSL-1.0
"""Part 10 files made here, for tests that need many small ones or a huge one."""
import struct

SECONDARY_CAPTURE = b"1.2.840.10008.5.1.4.1.1.7"
EXPLICIT_LITTLE = b"1.2.840.10008.1.2.1"
ROOT = b"1.2.826.0.1.3680043.10.1411"


def explicit(group, number, vr, value):
    if len(value) % 2:
        value += b"\0" if vr in (b"UI", b"OB") else b" "
    return struct.pack("<HH", group, number) + vr + struct.pack("<H", len(value)) + value


def data_set(sop_instance, study=ROOT + b".1", sop_class=SECONDARY_CAPTURE, rest=b""):
    """The few elements that a receiver may look at, in Explicit VR Little Endian."""
    return (explicit(8, 0x16, b"UI", sop_class) + explicit(8, 0x18, b"UI", sop_instance) +
            explicit(8, 0x60, b"CS", b"OT") + explicit(0x10, 0x10, b"PN", b"Interop^Test") +
            explicit(0x10, 0x20, b"LO", b"INTEROP") + explicit(0x20, 0x0D, b"UI", study) +
            explicit(0x20, 0x0E, b"UI", study + b".1") + rest)


def meta(sop_instance, sop_class=SECONDARY_CAPTURE, syntax=EXPLICIT_LITTLE):
    group = (struct.pack("<HH", 2, 1) + b"OB\0\0" + struct.pack("<I", 2) + b"\0\1" +
             explicit(2, 2, b"UI", sop_class) + explicit(2, 3, b"UI", sop_instance) +
             explicit(2, 0x10, b"UI", syntax) + explicit(2, 0x12, b"UI", b"1.2.3.4"))
    return bytes(128) + b"DICM" + explicit(2, 0, b"UL", struct.pack("<I", len(group))) + group


def pixels_header(size):
    return struct.pack("<HH", 0x7FE0, 0x10) + b"OB\0\0" + struct.pack("<I", size)


def write(path, sop_instance, pixels=1024, study=ROOT + b".1"):
    """One object with that many bytes of pixel data."""
    rest = pixels_header(pixels) + (bytes(range(256)) * (pixels // 256 + 1))[:pixels]
    path.write_bytes(meta(sop_instance) + data_set(sop_instance, study, rest=rest))


def write_sparse(path, sop_instance, pixels):
    """One huge object whose pixel data takes no room on most file systems: zeros, with some other
    bytes here and there so that moved or lost blocks are noticed."""
    with open(path, "wb") as file:
        file.write(meta(sop_instance) + data_set(sop_instance) + pixels_header(pixels))
        start = file.tell()
        file.truncate(start + pixels)
        step = 8 * 1024 * 1024 + 4096
        for at in range(0, pixels - 16, step):
            file.seek(start + at)
            file.write(b"mark %11d" % at)


def many(folder, count, pixels=1024):
    folder.mkdir()
    for i in range(count):
        write(folder / f"{i:04}.dcm", ROOT + b".2.%d" % i, pixels)
    return folder
