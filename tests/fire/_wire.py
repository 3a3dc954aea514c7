# SPDX-License-Identifier: BSL-1.0
"""PDUs by hand and a socket that says what it sees, for peers that no honest program would be.
Straight from PS3.8 9.3 and PS3.7 9.3, E.1; no code of codimse, no library.

    with Wire.connect(port) as wire:
        wire.send(associate_rq())
        assert wire.receive() == "AC"
        wire.send(pdu(0x08, b""))
        assert wire.receive() == "ABORT 2/1"
        assert wire.receive() == "closed"

Our programs are run by `_peers` of ../interop, imported from here: `from _wire import _peers`.
"""
import pathlib
import socket
import struct
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "interop"))
import _peers  # noqa: E402,F401

APPLICATION_CONTEXT = b"1.2.840.10008.3.1.1.1"
VERIFICATION = b"1.2.840.10008.1.1"
CT_IMAGE = b"1.2.840.10008.5.1.4.1.1.2"
SECONDARY_CAPTURE = b"1.2.840.10008.5.1.4.1.1.7"
PATIENT_ROOT_FIND = b"1.2.840.10008.5.1.4.1.2.1.1"
STUDY_ROOT_FIND = b"1.2.840.10008.5.1.4.1.2.2.1"
WORKLIST_FIND = b"1.2.840.10008.5.1.4.31"
MPPS = b"1.2.840.10008.3.1.2.3.3"
IMPLICIT_LITTLE = b"1.2.840.10008.1.2"
EXPLICIT_LITTLE = b"1.2.840.10008.1.2.1"

ASSOCIATE_RQ, ASSOCIATE_AC, ASSOCIATE_RJ, P_DATA, RELEASE_RQ, RELEASE_RP, ABORT = range(1, 8)
COMMAND, LAST = 1, 2    # bits of the message control header

C_STORE_RQ, C_GET_RQ, C_FIND_RQ, C_MOVE_RQ, C_ECHO_RQ, C_CANCEL_RQ = 1, 0x10, 0x20, 0x21, 0x30, 0xFFF
N_SET_RQ, N_CREATE_RQ = 0x120, 0x140
NO_DATA_SET = 0x0101


# --- PDUs and items -------------------------------------------------------------------------------

def pdu(kind, body=b"", length=None):
    """`length`: what the header claims, whatever follows."""
    return struct.pack(">BBI", kind, 0, len(body) if length is None else length) + body


def item(kind, body=b"", length=None):
    return struct.pack(">BBH", kind, 0, len(body) if length is None else length) + body


def context_rq(number=1, abstract=VERIFICATION, syntaxes=(IMPLICIT_LITTLE,)):
    inner = item(0x30, abstract) + b"".join(item(0x40, one) for one in syntaxes)
    return item(0x20, bytes([number, 0, 0, 0]) + inner)


def context_ac(number=1, result=0, syntax=IMPLICIT_LITTLE):
    return item(0x21, bytes([number, 0, result, 0]) + item(0x40, syntax))


def user_information(max_length=16384, more=b""):
    body = b"" if max_length is None else item(0x51, struct.pack(">I", max_length))
    return item(0x50, body + item(0x52, b"1.2.3.4") + more)


def title(text):
    return text[:16].ljust(16, b" ")


def associate_body(items, called=b"ANY-SCP", calling=b"FIRE", version=1):
    return struct.pack(">HH", version, 0) + title(called) + title(calling) + bytes(32) + items


def associate_rq(contexts=None, called=b"ANY-SCP", calling=b"FIRE", version=1, user=None,
                 application=APPLICATION_CONTEXT):
    """`contexts`: bytes of presentation context items."""
    items = (item(0x10, application) + (context_rq() if contexts is None else contexts) +
             (user_information() if user is None else user))
    return pdu(ASSOCIATE_RQ, associate_body(items, called, calling, version))


def associate_ac(contexts=None, called=b"ANY-SCP", calling=b"FIRE", version=1, user=None):
    items = (item(0x10, APPLICATION_CONTEXT) + (context_ac() if contexts is None else contexts) +
             (user_information() if user is None else user))
    return pdu(ASSOCIATE_AC, associate_body(items, called, calling, version))


def associate_rj(result=1, source=1, reason=1):
    return pdu(ASSOCIATE_RJ, bytes([0, result, source, reason]))


def release_rq():
    return pdu(RELEASE_RQ, bytes(4))


def release_rp():
    return pdu(RELEASE_RP, bytes(4))


def abort(source=0, reason=0):
    return pdu(ABORT, bytes([0, 0, source, reason]))


def pdv(context, flags, fragment=b"", length=None):
    return struct.pack(">IBB", len(fragment) + 2 if length is None else length, context, flags) + fragment


def p_data(*pdvs):
    return pdu(P_DATA, b"".join(pdvs))


def fragments(context, flags, data, room=16000):
    """P-DATA-TF PDUs of one fragment each; `flags`: COMMAND or 0. The last one is marked so."""
    out = []
    for at in range(0, max(len(data), 1), room):
        last = LAST if at + room >= len(data) else 0
        out.append(p_data(pdv(context, flags | last, data[at:at + room])))
    return b"".join(out)


# --- command and data sets ------------------------------------------------------------------------

def even(value, pad=b"\0"):
    return value + pad if len(value) % 2 else value


def element(group, number, value, length=None):
    """Implicit VR Little Endian."""
    return struct.pack("<HHI", group, number, len(value) if length is None else length) + value


def explicit_element(group, number, vr, value, length=None):
    size = len(value) if length is None else length
    if vr in (b"OB", b"OW", b"OF", b"SQ", b"UN", b"UT", b"UC", b"UR"):
        return struct.pack("<HH", group, number) + vr + bytes(2) + struct.pack("<I", size) + value
    return struct.pack("<HH", group, number) + vr + struct.pack("<H", size) + value


def command_set(elements):
    """`elements`: {element number: bytes or int}, of group 0000."""
    body = b""
    for number, value in sorted(elements.items()):
        body += element(0, number, struct.pack("<H", value) if isinstance(value, int) else even(value))
    return element(0, 0, struct.pack("<I", len(body))) + body


def parse_command(data):
    """{element number: bytes} of group 0000."""
    found, at = {}, 0
    while at + 8 <= len(data):
        group, number, length = struct.unpack_from("<HHI", data, at)
        if group == 0:
            found[number] = data[at + 8:at + 8 + length]
        at += 8 + length
    return found


def request(command, sop_class, message_id=1, data_set=NO_DATA_SET, more=None):
    """The command set of a request. DIMSE-N with a Requested SOP Class gives it in `more`."""
    return command_set({0x0002: sop_class, 0x0100: command, 0x0110: message_id, 0x0800: data_set,
                        **(more or {})})


def echo_rq(message_id=1):
    return request(C_ECHO_RQ, VERIFICATION, message_id)


def store_rq(sop_class, sop_instance, message_id=1):
    return request(C_STORE_RQ, sop_class, message_id, 1, {0x0700: 0, 0x1000: sop_instance})


def response_to(rq, status=0, data_set=NO_DATA_SET, more=None):
    """The response to a request, which is a parsed command set."""
    command, = struct.unpack("<H", rq[0x0100][:2])
    elements = {0x0100: command | 0x8000, 0x0120: rq[0x0110][:2], 0x0800: data_set, 0x0900: status}
    for number in (0x0002, 0x1000):
        if number in rq:
            elements[number] = rq[number]
    return command_set({**elements, **(more or {})})


def ct_data_set(sop_instance, study=b"1.2.826.0.9.1", more=b""):
    """A small CT image, Implicit VR Little Endian."""
    return (element(0x0008, 0x0016, even(CT_IMAGE)) + element(0x0008, 0x0018, even(sop_instance)) +
            element(0x0008, 0x0060, b"CT") + element(0x0010, 0x0020, b"FIRE") +
            element(0x0020, 0x000D, even(study)) + element(0x0020, 0x000E, even(study + b".1")) + more)


# --- the wire -------------------------------------------------------------------------------------

class Wire:
    """A connection. `receive` yields what came as a short word that tests can compare:

    AC, RJ result/source/reason, DATA, RELEASE-RQ, RELEASE-RP, ABORT source/reason, RQ, type XX,
    closed (FIN), reset (RST), silent (nothing within the time), torn (an end within a PDU).
    The whole PDU stays in `body`.
    """
    names = {ASSOCIATE_RQ: "RQ", ASSOCIATE_AC: "AC", P_DATA: "DATA", RELEASE_RQ: "RELEASE-RQ",
             RELEASE_RP: "RELEASE-RP"}

    def __init__(self, connection, timeout=20):
        self.socket = connection
        self.timeout = timeout
        self.body = b""
        self.buffer = b""
        self.command = b""
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    @classmethod
    def connect(cls, port, timeout=20, receive_buffer=None, host="127.0.0.1"):
        connection = socket.socket()
        if receive_buffer:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        connection.settimeout(timeout)
        connection.connect((host, port))
        return cls(connection, timeout)

    def send(self, *data):
        """False when the peer has gone."""
        self.socket.settimeout(self.timeout)
        try:
            self.socket.sendall(b"".join(data))
            return True
        except ConnectionError:
            return False

    def _fill(self, size, end):
        while len(self.buffer) < size:
            left = end - time.monotonic()
            if left <= 0:
                return "silent"
            self.socket.settimeout(left)
            try:
                more = self.socket.recv(65536)
            except TimeoutError:
                return "silent"
            except ConnectionError:
                return "reset"
            if not more:
                return "torn" if self.buffer else "closed"
            self.buffer += more
        return None

    def receive(self, timeout=None):
        end = time.monotonic() + (self.timeout if timeout is None else timeout)
        problem = self._fill(6, end)
        if problem:
            return problem
        kind, _, length = struct.unpack(">BBI", self.buffer[:6])
        problem = self._fill(6 + length, end)
        if problem:
            return problem
        self.body, self.buffer = self.buffer[6:6 + length], self.buffer[6 + length:]
        if kind == ABORT:
            return f"ABORT {self.body[2]}/{self.body[3]}"
        if kind == ASSOCIATE_RJ:
            return "RJ {}/{}/{}".format(*self.body[1:4])
        return self.names.get(kind, f"type {kind:02X}")

    def all_until_end(self, timeout=None):
        """Every answer up to the end of the connection (or silence), in order."""
        end = time.monotonic() + (self.timeout if timeout is None else timeout)
        answers = []
        while True:
            answers.append(self.receive(max(0.01, end - time.monotonic())))
            if answers[-1] in ("closed", "reset", "silent", "torn"):
                return answers

    def message(self, timeout=None):
        """The next command set as a dictionary, or the word of what came in its place."""
        while True:
            word = self.receive(timeout)
            if word != "DATA":
                return word
            at = 0
            while at + 6 <= len(self.body):
                length, _, flags = struct.unpack_from(">IBB", self.body, at)
                if flags & COMMAND:
                    self.command += self.body[at + 6:at + 4 + length]
                    if flags & LAST:
                        found, self.command = parse_command(self.command), b""
                        return found
                at += 4 + length

    def status(self, timeout=None):
        """The status of the next response, as the standard writes it ("A700"), or a word."""
        found = self.message(timeout)
        if isinstance(found, str):
            return found
        return "%04X" % struct.unpack("<H", found[0x0900][:2]) if 0x0900 in found else "no status"

    def reset(self):
        """Ends like a process that is killed with data on its way: RST in place of FIN."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def finish(self):
        """FIN; the peer may go on sending."""
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def listen(backlog=16):
    """A listening socket on a port of its own and that port, for peers that our clients call."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(backlog)
    return listener, listener.getsockname()[1]
