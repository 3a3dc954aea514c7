# SPDX-License-Identifier: BSL-1.0
"""A minimal reader of Part 10 files, written apart from the library that it judges: it knows only
what PS3.10 section 7 and PS3.5 section 7 say, shares no code and no table with codimse.

    part = Part10(path)           where group 0002 ends, and what it says
    difference(sent, stored)      None when both data sets are the same bytes
    identity(part)                SOP Class, SOP Instance and Study Instance UID, as bytes
"""
import collections
import os
import struct
import sys
import zlib

DEFLATED = (b"1.2.840.10008.1.2.1.99", b"1.2.840.10008.1.2.4.95")
IMPLICIT_LITTLE = b"1.2.840.10008.1.2"
EXPLICIT_BIG = b"1.2.840.10008.1.2.2"
LONG_FORM = {b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"}
UNDEFINED = 0xFFFFFFFF
CHUNK = 1 << 20


class Malformed(Exception):
    """The bytes are no Part 10 file, or end too early."""


def value_of_uid(raw):
    """A UID without its padding: one or more NULs, or (from peers that are wrong) spaces."""
    return raw.rstrip(b"\0 ")


class Part10:
    """File meta information of one file, and where its data set lies.

    With `exact`, the length that (0002,0000) gives is believed, because the data set may start with
    any bytes. Without, it may be wrong, and the first element of another group counts.
    """

    def __init__(self, path, exact=False):
        self.path = str(path)
        self.exact = exact
        self.file_size = os.path.getsize(path)
        self.meta = {}              # element number in group 0002 -> raw value
        self.group_length = None    # what (0002,0000) says
        with open(path, "rb") as file:
            head = file.read(132)
            if len(head) < 132 or head[128:] != b"DICM":
                raise Malformed("no DICM at offset 128")
            self.preamble = head[:128]
            self.offset = self._read_meta(file)
        self.size = self.file_size - self.offset

    def _read_meta(self, file):
        offset = 132
        while True:
            file.seek(offset)
            head = file.read(12)
            # A deflated data set can start with any bytes: there only the declared length tells.
            believed = self.exact or self.transfer_syntax in DEFLATED
            if believed and self.declared_end == offset:
                return offset
            if len(head) < 8 or head[:2] != b"\x02\0":
                return offset
            number, = struct.unpack_from("<H", head, 2)
            if head[4:6] in LONG_FORM:
                length, = struct.unpack_from("<I", head, 8)
                start = offset + 12
            elif head[4:6].isalpha() and head[4:6].isupper():
                length, = struct.unpack_from("<H", head, 6)
                start = offset + 8
            else:                   # no VR: an implicit one, which PS3.10 forbids but some write
                length, = struct.unpack_from("<I", head, 4)
                start = offset + 8
            if start + length > self.file_size:
                raise Malformed(f"(0002,{number:04X}) runs over the end of the file")
            file.seek(start)
            value = file.read(length)
            self.meta[number] = value
            if number == 0 and length == 4:
                self.group_length, = struct.unpack("<I", value)
                self.group_length_counts_from = start + length
            offset = start + length

    @property
    def declared_end(self):
        return None if self.group_length is None else self.group_length_counts_from + self.group_length

    def uid(self, number):
        return value_of_uid(self.meta.get(number, b""))

    def text(self, number):
        return self.meta.get(number, b"").rstrip(b"\0 ").decode("latin-1")

    @property
    def transfer_syntax(self):
        return self.uid(0x0010)

    def data(self):
        with open(self.path, "rb") as file:
            file.seek(self.offset)
            return file.read()


def difference(sent, stored):
    """Compares the data sets of two Part10, or of bytes and a Part10. None when they are the same
    bytes, else one line that says where they differ.

    One thing is tolerated, and only this: where the data set sent has an odd length, the stored one
    may have exactly one trailing NUL more, because PS3.5 7.1.1 and PS3.8 E.1 want even lengths.
    """
    sent_size = len(sent) if isinstance(sent, (bytes, bytearray)) else sent.size
    padding = stored.size - sent_size
    if padding != 0 and not (padding == 1 and sent_size % 2 == 1):
        return f"{sent_size} bytes sent, {stored.size} stored" + _first_difference(sent, stored)
    where = _first_difference(sent, stored)
    if where:
        return "same size" + where
    if padding == 1:
        with open(stored.path, "rb") as file:
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\0":
                return "an odd data set was padded, but not with NUL"
    return None


def padded(sent, stored):
    """Was the tolerance of `difference` needed?"""
    return stored.size == sent.size + 1


def _chunks(of):
    if isinstance(of, (bytes, bytearray)):
        for at in range(0, len(of), CHUNK):
            yield of[at:at + CHUNK]
        return
    with open(of.path, "rb") as file:
        file.seek(of.offset)
        while chunk := file.read(CHUNK):
            yield chunk


def _first_difference(a, b):
    """Over the length both have; empty text when there is none."""
    at = 0
    for x, y in zip(_chunks(a), _chunks(b)):
        n = min(len(x), len(y))
        if x[:n] != y[:n]:
            i = next(i for i in range(n) if x[i] != y[i])
            return f", first difference at {at + i}: {x[i:i + 8].hex()} became {y[i:i + 8].hex()}"
        at += n
    return ""


class _Walker:
    """Goes over the top level elements of a data set; skips sequences without keeping them."""

    def __init__(self, data, explicit, order):
        self.data, self.explicit, self.order, self.at = data, explicit, order, 0

    def header(self, explicit):
        if self.at + 8 > len(self.data):
            raise Malformed("data set ends within an element")
        group, element = struct.unpack_from(self.order + "HH", self.data, self.at)
        vr = b""
        if not explicit or group == 0xFFFE:
            length, = struct.unpack_from(self.order + "I", self.data, self.at + 4)
            self.at += 8
        else:
            vr = bytes(self.data[self.at + 4:self.at + 6])
            if vr in LONG_FORM:
                if self.at + 12 > len(self.data):
                    raise Malformed("data set ends within an element")
                length, = struct.unpack_from(self.order + "I", self.data, self.at + 8)
                self.at += 12
            else:
                length, = struct.unpack_from(self.order + "H", self.data, self.at + 6)
                self.at += 8
        return (group, element), vr, length

    def skip_undefined(self, explicit):
        """After a header of undefined length, up to its Sequence Delimitation Item."""
        while True:
            tag, _, length = self.header(explicit)
            if tag == (0xFFFE, 0xE0DD):
                return
            if tag != (0xFFFE, 0xE000):
                raise Malformed("something else than an item in a sequence")
            if length != UNDEFINED:
                self.at += length
                continue
            while True:
                tag, vr, length = self.header(explicit)
                if tag == (0xFFFE, 0xE00D):
                    break
                if length == UNDEFINED:     # PS3.5 6.2.2: UN of undefined length is implicit
                    self.skip_undefined(explicit and vr != b"UN")
                else:
                    self.at += length

    def find(self, wanted, last):
        found = {}
        while self.at < len(self.data):
            tag, vr, length = self.header(self.explicit)
            if tag > last:
                break
            if length == UNDEFINED:
                self.skip_undefined(self.explicit and vr != b"UN")
                continue
            if tag in wanted:
                found[tag] = bytes(self.data[self.at:self.at + length])
            self.at += length
        return found


Identity = collections.namedtuple("Identity", "sop_class sop_instance study in_data_set")


def identity(part):
    """What a data set says it is; from the file meta information where it does not."""
    data, syntax = part.data(), part.transfer_syntax
    if syntax in DEFLATED:
        data = zlib.decompressobj(-15).decompress(data)
    order = ">" if syntax == EXPLICIT_BIG else "<"
    tags = ((8, 0x16), (8, 0x18), (0x20, 0x0D))
    try:
        found = _Walker(data, syntax != IMPLICIT_LITTLE, order).find(tags, tags[-1])
    except Malformed:
        found = {}
    uids = [value_of_uid(found.get(tag, b"")) for tag in tags]
    return Identity(uids[0] or part.uid(2), uids[1] or part.uid(3), uids[2], bool(uids[1]))


def main(arguments):
    """_compare.py SENT STORED: exit code 0 when the data sets are the same bytes."""
    if len(arguments) != 2:
        print(main.__doc__, file=sys.stderr)
        return 2
    what = difference(Part10(arguments[0]), Part10(arguments[1]))
    print(what or "identical")
    return 1 if what else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
