#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""C-ECHO, both directions, with DCMTK's storescp, dcmqrscp and echoscu, and with Orthanc."""
import _peers
from _peers import OurStorescp, program, peer, run

checks = _peers.Checks()
table = _peers.Table("C-ECHO")


def ours_to(host, port, who, *options, count=1):
    done = run([program("echoscu"), *options, "--repeat", count, host, port])
    if checks.equal(done.code, 0, f"echoscu -> {who}: {done}"):
        checks.equal(done.err, "", f"echoscu -> {who} says on standard error")
    table.add(f"echoscu -> {who}", f"{count} C-ECHO", "-", "yes" if done.code == 0 else "no")
    return done


def dcmtk_to_us(host, server, *options):
    done = run([peer("echoscu"), *options, host, server.port])
    checks.equal(done.code, 0, f"DCMTK echoscu {' '.join(options)} {host}: {done}")
    table.add("DCMTK echoscu -> us", " ".join([*options, host]), "-", "yes" if done.code == 0 else "no")


with checks.part("our echoscu -> DCMTK storescp"), _peers.folder() as folder:
    with _peers.DcmtkStorescp("-od", folder) as server:
        ours_to("127.0.0.1", server.port, "storescp")
        ours_to("127.0.0.1", server.port, "storescp", count=100)
        ours_to("localhost", server.port, "storescp", "--aet", "INTEROP", "--aec", "STORESCP")
        ours_to("127.0.0.1", server.port, "storescp", "--max-pdu", "4096")
        checks.check(server.alive(), "storescp ended")
    with _peers.DcmtkStorescp("--refuse") as server:
        done = run([program("echoscu"), "127.0.0.1", server.port])
        checks.equal(done.code, 1, f"echoscu -> storescp --refuse: {done}")
        checks.check("reject" in done.err.lower(), f"no word of the rejection: {done}")

with checks.part("our echoscu -> dcmqrscp"), _peers.folder() as folder:
    with _peers.Dcmqrscp(folder) as server:
        ours_to("127.0.0.1", server.port, "dcmqrscp", "--aec", "QRSCP")
        ours_to("127.0.0.1", server.port, "dcmqrscp", "--aec", "QRSCP", count=100)

with checks.part("DCMTK echoscu -> our storescp"), _peers.folder() as folder:
    with OurStorescp("--output-directory", folder) as server:
        dcmtk_to_us("127.0.0.1", server)
        dcmtk_to_us("127.0.0.1", server, "--repeat", "100")
        dcmtk_to_us("127.0.0.1", server, "-aet", "SOMEBODY", "-aec", "ANYBODY")
        dcmtk_to_us("127.0.0.1", server, "-pdu", "4096")
        # All of DCMTK's transfer syntaxes in each of the 128 contexts that an association can have.
        dcmtk_to_us("127.0.0.1", server, "--propose-ts", "38", "--propose-pc", "128")
        dcmtk_to_us("127.0.0.1", server, "--abort")
        dcmtk_to_us("127.0.0.1", server)
        checks.equal(list(folder.iterdir()), [], "files after C-ECHO")
        checks.equal(server.stop(), 0, "exit code of storescp")

with checks.part("DCMTK echoscu -> our storescp --bind, --require-called-aet"), _peers.folder() as folder:
    with OurStorescp("--bind", "127.0.0.1", "--aet", "US", "--require-called-aet",
                     "--output-directory", folder) as server:
        dcmtk_to_us("127.0.0.1", server, "-aec", "US")
        done = run([peer("echoscu"), "-aec", "THEM", "127.0.0.1", server.port])
        checks.check(done.code != 0, f"a wrong called AE title was accepted: {done}")
        checks.check("Called AE Title Not Recognized" in done.out + done.err, f"DCMTK says: {done}")

with checks.part("IPv6"), _peers.folder() as folder:
    if not _peers.have_ipv6():
        print("no IPv6 on this machine: not tried")
    else:
        # DCMTK 3.6 speaks IPv4 only: here both ends are ours.
        for bind in ((), ("--bind", "::1")):
            with OurStorescp(*bind, "--output-directory", folder) as server:
                ours_to("::1", server.port, "our storescp" + (" at ::1" if bind else ", dual stack"))
                if not bind:
                    dcmtk_to_us("127.0.0.1", server)

with checks.part("Unix-domain socket"), _peers.folder() as folder:
    path = f"unix:{folder}/socket"

    class Listening(OurStorescp):
        def _ready(self):
            return "listening on " in self.output()

    with Listening("--bind", path, "--output-directory", folder / "out") as server:
        done = run([program("echoscu"), path, 0])
        checks.equal(done.code, 0, f"echoscu {path}: {done}")

with checks.part("Orthanc, both directions"), _peers.folder() as folder:
    with OurStorescp("--aet", "US", "--output-directory", folder / "out", "--verbose") as server:
        modalities = {"us": ["US", "127.0.0.1", server.port], "nobody": ["NOBODY", "127.0.0.1", _peers.free_port()]}
        with _peers.Orthanc(folder, modalities) as orthanc:
            ours_to("127.0.0.1", orthanc.port, "Orthanc", "--aec", "ORTHANC")
            ours_to("127.0.0.1", orthanc.port, "Orthanc", "--aec", "ORTHANC", count=100)
            status, answer = orthanc.rest("/modalities/us/echo", b"{}")
            checks.equal(status, 200, f"Orthanc's C-ECHO to us: {answer[:300]!r}")
            checks.check("ORTHANC" in server.output(), "our storescp did not see who called")
            status, _ = orthanc.rest("/modalities/nobody/echo", b"{}")
            checks.check(status != 200, "Orthanc's C-ECHO succeeds with nobody there: proves nothing")
            table.add("Orthanc -> us", "1 C-ECHO", "-", "yes")
        checks.equal(server.stop(), 0, "exit code of storescp")

table.print()
checks.finish()
