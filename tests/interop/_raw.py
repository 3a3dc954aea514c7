# SPDX-License-Identifier: BSL-1.0
"""A minimal DICOM peer over a plain socket, able to say what no honest program would: any bytes as
UIDs and data sets, cut anywhere. Straight from PS3.8 9.3 and PS3.7 9.3, E.1; no code of codimse.

    with Association(port, [(CT_IMAGE, [EXPLICIT_LITTLE])]) as raw:
        raw.echo()
        status = raw.store(CT_IMAGE, b"1.2.3", data).status
"""
import select
import socket
import struct
import threading
import time

VERIFICATION = "1.2.840.10008.1.1"
CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2"
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
IMPLICIT_LITTLE = "1.2.840.10008.1.2"
EXPLICIT_LITTLE = "1.2.840.10008.1.2.1"
MAX_PDU = 16384

ASSOCIATE_RQ, ASSOCIATE_AC, ASSOCIATE_RJ, P_DATA, RELEASE_RQ, RELEASE_RP, ABORT = range(1, 8)


class Closed(Exception):
    """The peer closed the connection."""


class Aborted(Exception):
    """The peer sent A-ABORT: source and reason."""

    def __init__(self, body):
        self.source, self.reason = body[2], body[3]
        super().__init__(f"A-ABORT, source {self.source}, reason {self.reason}")


class Rejected(Exception):
    """The peer sent A-ASSOCIATE-RJ."""

    def __init__(self, body):
        self.result, self.source, self.reason = body[1:4]
        super().__init__(f"A-ASSOCIATE-RJ, result {self.result}, source {self.source}, reason {self.reason}")


def pdu(kind, body):
    return struct.pack(">BBI", kind, 0, len(body)) + body


def item(kind, body):
    return struct.pack(">BBH", kind, 0, len(body)) + body


def text(value):
    return value if isinstance(value, bytes) else value.encode("ascii")


def element(group, number, value):
    """Implicit VR Little Endian; the value as it is."""
    return struct.pack("<HHI", group, number, len(value)) + value


def even(value, pad=b"\0"):
    return value + pad if len(value) % 2 else value


def command_set(elements):
    """`elements`: {element number: bytes or int}, of group 0000."""
    body = b""
    for number, value in sorted(elements.items()):
        raw = struct.pack("<H", value) if isinstance(value, int) else even(value)
        body += element(0, number, raw)
    return element(0, 0, struct.pack("<I", len(body))) + body


def parse_command(data):
    found, at = {}, 0
    while at + 8 <= len(data):
        group, number, length = struct.unpack_from("<HHI", data, at)
        if group == 0:
            found[number] = data[at + 8:at + 8 + length]
        at += 8 + length
    return found


class Response:
    def __init__(self, elements):
        self.elements = elements
        self.status = struct.unpack("<H", elements[0x0900])[0] if 0x0900 in elements else None
        self.command, = struct.unpack("<H", elements[0x0100])
        self.comment = elements.get(0x0902, b"").rstrip(b" \0").decode("latin-1")


class Stream:
    """PDUs over a socket."""

    def __init__(self, connection, timeout):
        self.socket = connection
        self.socket.settimeout(timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.command, self.messages = b"", []

    def send(self, data):
        self.socket.sendall(data)

    def exactly(self, n):
        data = b""
        while len(data) < n:
            try:
                more = self.socket.recv(n - len(data))
            except ConnectionError as problem:
                raise Closed(str(problem)) from problem
            if not more:
                raise Closed("end of stream")
            data += more
        return data

    def receive(self):
        kind, _, length = struct.unpack(">BBI", self.exactly(6))
        body = self.exactly(length)
        if kind == ABORT:
            raise Aborted(body)
        if kind == ASSOCIATE_RJ:
            raise Rejected(body)
        return kind, body

    def close(self):
        self.socket.close()


class Association(Stream):
    """An association requestor."""

    def __init__(self, port, contexts=((VERIFICATION, (IMPLICIT_LITTLE,)),), calling="RAW",
                 called="ANY-SCP", host="127.0.0.1", timeout=20):
        super().__init__(socket.create_connection((host, port), timeout), timeout)
        self.contexts = {2 * i + 1: abstract for i, (abstract, _) in enumerate(contexts)}
        self.next_id = 1
        try:
            self.send(self._request(contexts, calling, called))
            kind, body = self.receive()
        except BaseException:
            self.close()
            raise
        if kind != ASSOCIATE_AC:
            raise Closed(f"PDU of type {kind} in place of an answer to A-ASSOCIATE-RQ")
        self.accepted, self.max_pdu = {}, 0
        self._take_answer(body)

    @staticmethod
    def _request(contexts, calling, called):
        items = item(0x10, b"1.2.840.10008.3.1.1.1")
        for i, (abstract, syntaxes) in enumerate(contexts):
            items += item(0x20, bytes([2 * i + 1, 0, 0, 0]) + item(0x30, text(abstract)) +
                          b"".join(item(0x40, text(one)) for one in syntaxes))
        items += item(0x50, item(0x51, struct.pack(">I", MAX_PDU)) + item(0x52, b"1.2.3.4"))
        titles = text(called).ljust(16)[:16] + text(calling).ljust(16)[:16]
        return pdu(ASSOCIATE_RQ, struct.pack(">HH", 1, 0) + titles + bytes(32) + items)

    def _take_answer(self, body):
        at = 68
        while at + 4 <= len(body):
            kind, _, length = struct.unpack_from(">BBH", body, at)
            value = body[at + 4:at + 4 + length]
            if kind == 0x21 and value[2] == 0:
                self.accepted[value[0]] = value[8:].rstrip(b"\0").decode()
            if kind == 0x50:
                inner = 0
                while inner + 4 <= len(value):
                    kind, _, length = struct.unpack_from(">BBH", value, inner)
                    if kind == 0x51:
                        self.max_pdu, = struct.unpack_from(">I", value, inner + 4)
                    inner += 4 + length
            at += 4 + length

    def context_of(self, abstract):
        for number, name in self.contexts.items():
            if name == abstract and number in self.accepted:
                return number
        raise KeyError(f"no accepted presentation context for {abstract}")

    def fragments(self, context, data, is_command, last=True):
        """P-DATA-TF PDUs of one fragment each, none longer than the peer wants."""
        room = min(self.max_pdu or 65536, 65536) - 6
        room -= room % 2
        flags = 1 if is_command else 0
        out, at = [], 0
        while True:
            piece = data[at:at + room]
            at += len(piece)
            end = at >= len(data)
            header = struct.pack(">IBB", len(piece) + 2, context, flags | (2 if end and last else 0))
            out.append(pdu(P_DATA, header + piece))
            if end:
                return b"".join(out)

    def response(self):
        while not self.messages:
            kind, body = self.receive()
            if kind != P_DATA:
                raise Closed(f"PDU of type {kind} in place of a response")
            at = 0
            while at + 6 <= len(body):
                length, _, flags = struct.unpack_from(">IBB", body, at)
                if flags & 1:
                    self.command += body[at + 6:at + 4 + length]
                    if flags & 2:
                        self.messages.append(Response(parse_command(self.command)))
                        self.command = b""
                at += 4 + length
        return self.messages.pop(0)

    def _id(self):
        self.next_id += 1
        return self.next_id - 1

    def echo(self):
        command = command_set({0x0002: text(VERIFICATION), 0x0100: 0x0030, 0x0110: self._id(), 0x0800: 0x0101})
        self.send(self.fragments(self.context_of(VERIFICATION), command, True))
        return self.response().status

    def store_command(self, sop_class, sop_instance):
        return command_set({0x0002: text(sop_class), 0x0100: 0x0001, 0x0110: self._id(), 0x0700: 0,
                            0x0800: 1, 0x1000: text(sop_instance)})

    def start_store(self, sop_class, sop_instance, data, abstract=None):
        """The request and a part of its data set, without an end."""
        context = self.context_of(abstract or sop_class)
        self.send(self.fragments(context, self.store_command(sop_class, sop_instance), True))
        self.send(self.fragments(context, data, False, last=False))

    def store(self, sop_class, sop_instance, data, abstract=None):
        context = self.context_of(abstract or sop_class)
        self.send(self.fragments(context, self.store_command(sop_class, sop_instance), True))
        self.send(self.fragments(context, data, False))
        return self.response()

    def release(self):
        self.send(pdu(RELEASE_RQ, bytes(4)))
        kind, _ = self.receive()
        self.close()
        return kind == RELEASE_RP

    def reset(self):
        """Ends like a process that is killed with data on its way: RST instead of FIN."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        try:
            if kind is None and self.socket.fileno() >= 0:
                self.release()
        finally:
            self.close()


class SlowReader:
    """An acceptor for one association that takes everything and answers every C-STORE with
    success, and reads the first `slow_bytes` at no more than `rate` bytes a second."""

    def __init__(self, rate, slow_bytes, max_pdu=131072):
        self.rate, self.slow_bytes, self.max_pdu = rate, slow_bytes, max_pdu
        self.received, self.stored, self.problem = 0, [], None
        self.listener = socket.socket()
        # Small, so that waiting happens in the sender and not in the kernel.
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 128 * 1024)
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(1)
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        try:
            if not select.select([self.listener], [], [], 20)[0]:
                raise Closed("nobody came")
            connection, _ = self.listener.accept()
            self._serve(Stream(connection, 60))
        except Exception as problem:
            self.problem = problem
        finally:
            self.listener.close()

    def _serve(self, stream):
        start = time.monotonic()
        kind, body = stream.receive()
        stream.send(self._answer(body))
        command, length = b"", 0
        while True:
            kind, body = stream.receive()
            if kind == RELEASE_RQ:
                stream.send(pdu(RELEASE_RP, bytes(4)))
                stream.close()
                return
            self.received += len(body) + 6
            if self.received < self.slow_bytes:
                behind = start + self.received / self.rate - time.monotonic()
                if behind > 0:
                    time.sleep(behind)
            at = 0
            while at < len(body):
                size, context, flags = struct.unpack_from(">IBB", body, at)
                if flags & 1:
                    command += body[at + 6:at + 4 + size]
                else:
                    length += size - 2
                at += 4 + size
                if flags == 2:
                    request = parse_command(command)
                    self.stored.append(length)
                    stream.send(self._success(context, request))
                    command, length = b"", 0

    def _answer(self, request):
        items, at = item(0x10, b"1.2.840.10008.3.1.1.1"), 68
        while at + 4 <= len(request):
            kind, _, length = struct.unpack_from(">BBH", request, at)
            if kind == 0x20:
                context, inner = request[at + 4], at + 8
                while request[inner] != 0x40:
                    inner += 4 + struct.unpack_from(">H", request, inner + 2)[0]
                syntax = request[inner + 4:inner + 4 + struct.unpack_from(">H", request, inner + 2)[0]]
                items += item(0x21, bytes([context, 0, 0, 0]) + item(0x40, syntax))
            at += 4 + length
        items += item(0x50, item(0x51, struct.pack(">I", self.max_pdu)) + item(0x52, b"1.2.3.4"))
        return pdu(ASSOCIATE_AC, request[:68] + items)

    @staticmethod
    def _success(context, request):
        command = command_set({0x0002: request[0x0002], 0x0100: 0x8001, 0x0120: request[0x0110],
                               0x0800: 0x0101, 0x0900: 0, 0x1000: request[0x1000]})
        return pdu(P_DATA, struct.pack(">IBB", len(command) + 2, context, 3) + command)

    def join(self, timeout=60):
        self.thread.join(timeout)
        return not self.thread.is_alive() and self.problem is None
