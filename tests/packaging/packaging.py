#!/usr/bin/env python3
"""Builds tiny outside projects that use codimse, and checks that they get only what they asked for.

usage: packaging.py CASE --source DIR --work DIR --asio DIR --cmake PROGRAM --generator NAME --cxx PROGRAM
"""
import argparse
import json
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def run(*command, expect=0):
    command = [str(word) for word in command]
    print("+", shlex.join(command), flush=True)
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    print(done.stdout, flush=True)
    if (done.returncode == 0) != (expect == 0):
        sys.exit(f"exit code {done.returncode}")
    return done.stdout


def configure(options, source, build, *definitions, expect=0):
    return run(options.cmake, "-G", options.generator, "-S", source, "-B", build,
               f"-DCMAKE_CXX_COMPILER={options.cxx}", "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON",
               *definitions, expect=expect)


def check(condition, complaint):
    if not condition:
        sys.exit(complaint)


def check_consumer(options, build, include_directory, asio=None):
    """Builds and runs the consumer; no flags, targets, tests or downloads but its own."""
    run(options.cmake, "--build", build, "--parallel", "2")
    run(build / "consumer")
    run(build / "consumer_protocol")

    commands = json.loads((build / "compile_commands.json").read_text())
    check({Path(c["file"]).name for c in commands} == {"main.cpp", "protocol.cpp"},
          "something of ours was compiled")
    for entry in commands:
        words = shlex.split(entry["command"])
        warnings = [w for w in words if w.startswith("-W") and not w.startswith("-Wl,")]
        check(not warnings, f"warning flags reach the user: {warnings}")
        check("-DASIO_NO_DEPRECATED" not in words, "ASIO_NO_DEPRECATED reaches the user")
        system = [words[i + 1] for i, word in enumerate(words) if word == "-isystem"]
        check(str(include_directory) in system, f"{include_directory} is no system directory")
        if asio and entry["file"].endswith("main.cpp"):
            check(str(asio) in system, f"{asio} is not used")

    targets = run(options.cmake, "--build", build, "--target", "help")
    for word in ("gtest", "benchmark", "CLI11", "test_core", "codimse_dev", "codimse_example"):
        check(word not in targets, f"the user got a target of ours: {word}")
    check("Total Tests: 0" in run("ctest", "--test-dir", build, "-N"), "the user got our tests")
    downloads = [p.name for p in build.glob("_deps/*-src")]
    check(not downloads, f"the user got downloads: {downloads}")


def install(options, build, prefix):
    configure(options, options.source, build, "-DCODIMSE_BUILD_TESTS=OFF",
              "-DCODIMSE_BUILD_EXAMPLES=OFF", "-DCODIMSE_BUILD_BENCH=OFF")
    run(options.cmake, "--install", build, "--prefix", prefix)
    for path in prefix.rglob("*"):
        name = path.relative_to(prefix).as_posix()
        check(path.is_dir() or name.startswith("include/codimse/") or "/cmake/codimse/" in name,
              f"installed by mistake: {name}")


def asio_checkout(options):
    """A directory laid out like a checkout of Asio's repository, made from the installed one."""
    include = options.work / "asio-checkout" / "asio" / "include"
    include.mkdir(parents=True)
    for name in ("asio", "asio.hpp"):
        (include / name).symlink_to(options.asio / name)
    return include


def in_tree(how):
    def case(options):
        build = options.work / "build"
        configure(options, HERE / "consumer", build, f"-DHOW={how}",
                  f"-DCODIMSE_CHECKOUT={options.source}")
        check_consumer(options, build, options.source / "include")
    return case


def find_package(options):
    prefix, build = options.work / "prefix", options.work / "build"
    install(options, options.work / "codimse", prefix)
    configure(options, HERE / "consumer", build, "-DHOW=find_package",
              f"-DCMAKE_PREFIX_PATH={prefix}")
    check_consumer(options, build, prefix / "include")
    # Before 1.0 another minor version is another library.
    for wrong in ("0.2", "1.0"):
        other = options.work / f"wrong-{wrong}"
        other.mkdir()
        (other / "CMakeLists.txt").write_text(
            "cmake_minimum_required(VERSION 3.25)\nproject(wrong CXX)\n"
            f"find_package(codimse {wrong} CONFIG REQUIRED)\n")
        configure(options, other, other / "build", f"-DCMAKE_PREFIX_PATH={prefix}", expect=1)


def asio_by_fetchcontent(options):
    """No Asio is found: a checkout given to FetchContent is used, and comes first."""
    include, build = asio_checkout(options), options.work / "build"
    configure(options, HERE / "consumer", build, "-DHOW=add_subdirectory",
              f"-DCODIMSE_CHECKOUT={options.source}",
              f"-DFETCHCONTENT_SOURCE_DIR_ASIO={include.parent.parent}")
    check_consumer(options, build, options.source / "include", asio=include)


def asio_forced(options):
    """CODIMSE_ASIO_INCLUDE_DIR is obeyed at once, also in a build directory that used another."""
    include, build = asio_checkout(options), options.work / "build"
    common = ["-DHOW=add_subdirectory", f"-DCODIMSE_CHECKOUT={options.source}"]
    configure(options, HERE / "consumer", build, *common)
    configure(options, HERE / "consumer", build, *common, f"-DCODIMSE_ASIO_INCLUDE_DIR={include}")
    check_consumer(options, build, options.source / "include", asio=include)
    output = configure(options, HERE / "consumer", build, *common,
                       f"-DCODIMSE_ASIO_INCLUDE_DIR={options.work}", expect=1)
    check("Asio" in output, "the error does not name Asio")


def asio_missing(options):
    """No Asio: a user gets a clear error, never a download that was not asked for."""
    output = configure(options, HERE / "consumer", options.work / "build", "-DHOW=add_subdirectory",
                       f"-DCODIMSE_CHECKOUT={options.source}",
                       "-DCMAKE_DISABLE_FIND_PACKAGE_Asio=ON", expect=1)
    output = " ".join(output.split())
    check("libasio-dev" in output and "CODIMSE_FETCH_DEPENDENCIES=ON" in output, "unclear error")
    check(not list((options.work / "build").glob("_deps/asio-*")), "a download was tried")


def own_build_by_fetchcontent(options):
    """Our own build takes its tools from FetchContent too; stand-ins for the checkouts suffice."""
    stand_ins = {
        "googletest": ("gtest_main", "GTest::gtest_main"),
        "benchmark": ("benchmark_main", "benchmark::benchmark benchmark::benchmark_main"),
        "cli11": ("cli11_stand_in", "CLI11::CLI11"),
    }
    definitions = []
    for name, (target, aliases) in stand_ins.items():
        checkout = options.work / name
        checkout.mkdir()
        lines = ["cmake_minimum_required(VERSION 3.25)", f"project({name} CXX)",
                 f"add_library({target} INTERFACE)"]
        lines += [f"add_library({alias} ALIAS {target})" for alias in aliases.split()]
        lines.append(f'message(STATUS "stand-in {name}")')
        (checkout / "CMakeLists.txt").write_text("\n".join(lines) + "\n")
        definitions.append(f"-DFETCHCONTENT_SOURCE_DIR_{name.upper()}={checkout}")
    output = configure(options, options.source, options.work / "build", *definitions)
    for name in stand_ins:
        check(f"stand-in {name}" in output, f"{name} was not taken from FetchContent")


CASES = {
    "add_subdirectory": in_tree("add_subdirectory"),
    "fetchcontent": in_tree("fetchcontent"),
    "find_package": find_package,
    "asio_by_fetchcontent": asio_by_fetchcontent,
    "asio_forced": asio_forced,
    "asio_missing": asio_missing,
    "own_build_by_fetchcontent": own_build_by_fetchcontent,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("case", choices=CASES)
    for name in ("source", "work", "asio"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    for name in ("cmake", "generator", "cxx"):
        parser.add_argument(f"--{name}", required=True)
    options = parser.parse_args()
    options.source, options.work = options.source.resolve(), options.work.resolve()
    shutil.rmtree(options.work, ignore_errors=True)
    options.work.mkdir(parents=True)
    CASES[options.case](options)


if __name__ == "__main__":
    main()
