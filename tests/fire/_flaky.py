# SPDX-License-Identifier: BSL-1.0
"""A storage SCP that fails in every way that peers and networks have, at random moments of a seed,
and keeps account of what it did."""
import collections
import hashlib
import random
import socket
import struct
import threading
import time

import _wire
from _wire import COMMAND, LAST, Wire

# At these moments it may fail; what is drawn is the fault.
ON_CALL = ("close", "reset", "reject", "abort")                # in place of an A-ASSOCIATE-AC
IN_OBJECT = ("close", "reset", "abort_user", "abort_provider")  # with a part of it received
WITH_OBJECT = ("close", "reset", "abort_user", "abort_provider", "release", "late", "A700",
               "stored_close", "stored_reset", "answered_close", "answered_reset")


class Gone(Exception):
    """This association is over."""


class FlakyScp:
    """`rates`: how often a call, a PDU of an object and a whole object meet a fault. `late` and
    `pause`: seconds that a late answer and any answer take."""

    def __init__(self, seed, rates=(0.25, 0.01, 0.25), late=1.5, pause=0):
        self.random = random.Random(seed)
        self.rates, self.late, self.pause = rates, late, pause
        self.faults = collections.Counter()
        self.taken = collections.Counter()      # SOP Instance UID -> times that it was stored
        self.answered = collections.Counter()   # ... and that success was answered
        self.content = {}                       # SOP Instance UID -> hash of its data set
        self.differing = []
        self.lock = threading.Lock()
        self.listener, self.port = _wire.listen(64)
        self.threads = []
        self.accepting = threading.Thread(target=self._accept, daemon=True)
        self.accepting.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.accepting.join(10)
        for one in self.threads:
            one.join(10)

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            one = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            one.start()
            self.threads = [t for t in self.threads if t.is_alive()] + [one]

    def _draw(self, rate, faults):
        with self.lock:
            if self.random.random() >= rate:
                return None
            fault = self.random.choice(faults)
            self.faults[fault] += 1
            return fault

    def _serve(self, connection):
        wire = Wire(connection, timeout=20)
        try:
            self._associate(wire)
            while True:
                self._message(wire)
        except (Gone, OSError):
            pass
        finally:
            wire.close()

    def _end(self, wire, how):
        """Ends the association in one of the ways."""
        if how.startswith("abort"):
            wire.send(_wire.abort(2 if how == "abort_provider" else 0))
            wire.all_until_end(2)
        elif how.endswith("reset"):
            wire.reset()
        elif how == "release":
            wire.send(_wire.release_rq())
            wire.all_until_end(2)
        raise Gone

    def _associate(self, wire):
        fault = self._draw(self.rates[0], ON_CALL)
        if fault in ("close", "reset"):
            self._end(wire, fault)
        if wire.receive() != "RQ":
            raise Gone
        if fault == "reject":
            wire.send(_wire.associate_rj(2, 3, 2))
            wire.all_until_end(2)
            raise Gone
        if fault == "abort":
            self._end(wire, "abort_provider")
        contexts = b"".join(_wire.context_ac(number, 0, syntax)
                            for number, syntax in proposed(wire.body))
        wire.send(_wire.associate_ac(contexts))

    def _message(self, wire):
        """One C-STORE, or the release."""
        command, data, context = b"", b"", 0
        while True:
            word = wire.receive()
            if word == "RELEASE-RQ":
                wire.send(_wire.release_rp())
                wire.all_until_end(2)
            if word != "DATA":
                raise Gone
            at, whole = 0, False
            while at + 6 <= len(wire.body):
                length, context, flags = struct.unpack_from(">IBB", wire.body, at)
                part = wire.body[at + 6:at + 4 + length]
                if flags & COMMAND:
                    command += part
                else:
                    data += part
                    whole = bool(flags & LAST)
                at += 4 + length
            if whole:
                break
            fault = self._draw(self.rates[1], IN_OBJECT)
            if fault:
                self._end(wire, fault)
        self._store(wire, context, _wire.parse_command(command), data)

    def _store(self, wire, context, request, data):
        instance = request[0x1000].rstrip(b"\0").decode()
        fault = self._draw(self.rates[2], WITH_OBJECT)
        if fault in ("close", "reset", "abort_user", "abort_provider", "release"):
            self._end(wire, fault)
        if fault == "A700":
            self._answer(wire, context, request, 0xA700)
            return
        if fault == "late":
            time.sleep(self.late)
        time.sleep(self.pause)
        self._take(instance, data)
        if fault in ("stored_close", "stored_reset"):
            self._end(wire, fault)
        self._answer(wire, context, request, 0)
        with self.lock:
            self.answered[instance] += 1
        if fault in ("answered_close", "answered_reset"):
            self._end(wire, fault)

    def _take(self, instance, data):
        digest = hashlib.sha256(data).digest()
        with self.lock:
            self.taken[instance] += 1
            if self.content.setdefault(instance, digest) != digest:
                self.differing.append(instance)

    @staticmethod
    def _answer(wire, context, request, status):
        wire.send(_wire.fragments(context, COMMAND, _wire.response_to(request, status)))


def items(data):
    at = 0
    while at + 4 <= len(data):
        kind, length = struct.unpack_from(">BxH", data, at)
        yield kind, data[at + 4:at + 4 + length]
        at += 4 + length


def proposed(body):
    """Context number and first transfer syntax of each proposal of an A-ASSOCIATE-RQ."""
    for kind, context in items(body[68:]):
        if kind == 0x20:
            yield context[0], next(value for sub, value in items(context[4:]) if sub == 0x40)
