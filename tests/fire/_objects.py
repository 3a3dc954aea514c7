# SPDX-License-Identifier: BSL-1.0
"""Made objects of any size: as data sets for the wire, as Part 10 files, and taken out of files."""
import hashlib
import random
import struct

CT = "1.2.840.10008.5.1.4.1.1.2"
EXPLICIT_LITTLE = "1.2.840.10008.1.2.1"


def element(group, number, vr, value):
    value = value.encode() if isinstance(value, str) else value
    value += (b"\0" if vr == "UI" else b" ") * (len(value) % 2)
    if vr in ("OB", "OW"):
        return struct.pack("<HH2sHI", group, number, vr.encode(), 0, len(value)) + value
    return struct.pack("<HH2sH", group, number, vr.encode(), len(value)) + value


def data_set(instance, study="1.2.3", size=0, seed=0):
    """Explicit VR Little Endian, with all that an archive wants; `size`: bytes of Pixel Data,
    different for every seed."""
    pixels = random.Random(f"{instance}/{seed}").randbytes(size + size % 2)
    return (element(8, 0x16, "UI", CT) + element(8, 0x18, "UI", instance) +
            element(8, 0x60, "CS", "CT") + element(0x10, 0x20, "LO", "FIRE") +
            element(0x20, 0xD, "UI", study) + element(0x20, 0xE, "UI", study + ".1") +
            element(0x7FE0, 0x10, "OW", pixels))


def part10(instance, data, syntax=EXPLICIT_LITTLE):
    meta = (element(2, 1, "OB", b"\0\1") + element(2, 2, "UI", CT) + element(2, 3, "UI", instance) +
            element(2, 0x10, "UI", syntax) + element(2, 0x12, "UI", "2.25.1"))
    return bytes(128) + b"DICM" + element(2, 0, "UL", struct.pack("<I", len(meta))) + meta + data


def data_set_of(content):
    """What follows the File Meta Information, or None where a file is not even that."""
    if len(content) < 144 or content[128:132] != b"DICM":
        return None
    length, = struct.unpack_from("<I", content, 140)
    return content[144 + length:] if len(content) >= 144 + length else None


def digest(data):
    return hashlib.sha256(data).hexdigest()
