# Where packages come from: an installed one first, else a pinned release by FetchContent.
#
# FETCHCONTENT_SOURCE_DIR_<NAME> (ASIO, GOOGLETEST, BENCHMARK, CLI11) takes a local checkout instead
# of either. Users of codimse download nothing unless they set CODIMSE_FETCH_DEPENDENCIES.

include(FetchContent)

# codimse_fetch(<name> <repository> <tag> <Debian package> [FetchContent_Declare arguments...])
macro(codimse_fetch name repository tag debian_package)
  string(TOUPPER "${name}" codimse_upper)
  if(NOT CODIMSE_FETCH_DEPENDENCIES AND NOT FETCHCONTENT_SOURCE_DIR_${codimse_upper})
    message(FATAL_ERROR "codimse needs ${name}, and no installed one was found. Install it "
      "(Debian: ${debian_package}), set FETCHCONTENT_SOURCE_DIR_${codimse_upper} to a checkout, or "
      "set CODIMSE_FETCH_DEPENDENCIES=ON to download it.")
  endif()
  FetchContent_Declare(${name}
    GIT_REPOSITORY "${repository}" GIT_TAG "${tag}" GIT_SHALLOW TRUE SYSTEM ${ARGN})
  FetchContent_MakeAvailable(${name})
endmacro()

# --- for users and for us -------------------------------------------------------------------------

find_package(Threads REQUIRED)

set(codimse_asio_minimum 1.22.1)
if(CODIMSE_ASIO_INCLUDE_DIR)
  find_package(Asio ${codimse_asio_minimum} MODULE REQUIRED)
elseif(NOT FETCHCONTENT_SOURCE_DIR_ASIO)
  find_package(Asio ${codimse_asio_minimum} MODULE QUIET)
endif()
if(NOT TARGET Asio::Asio)
  # The subdirectory has no CMakeLists.txt, so this only provides the files.
  codimse_fetch(asio https://github.com/chriskohlhoff/asio.git asio-1-30-2 libasio-dev
    SOURCE_SUBDIR asio/include)
  block()
    set(CODIMSE_ASIO_INCLUDE_DIR "${asio_SOURCE_DIR}/asio/include")
    find_package(Asio ${codimse_asio_minimum} MODULE REQUIRED)
  endblock()
endif()

# --- for our own build only -----------------------------------------------------------------------

# Called where they are used, so that a build without tests looks for no test framework.
macro(codimse_need_googletest)
  if(NOT FETCHCONTENT_SOURCE_DIR_GOOGLETEST)
    find_package(GTest 1.12 QUIET)
  endif()
  if(NOT TARGET GTest::gtest_main)
    set(INSTALL_GTEST OFF)
    set(BUILD_GMOCK OFF)
    codimse_fetch(googletest https://github.com/google/googletest.git v1.14.0 libgtest-dev)
  endif()
endmacro()

macro(codimse_need_benchmark)
  if(NOT FETCHCONTENT_SOURCE_DIR_BENCHMARK)
    find_package(benchmark 1.7 QUIET)
  endif()
  if(NOT TARGET benchmark::benchmark)
    set(BENCHMARK_ENABLE_TESTING OFF)
    set(BENCHMARK_ENABLE_INSTALL OFF)
    codimse_fetch(benchmark https://github.com/google/benchmark.git v1.8.3 libbenchmark-dev)
  endif()
endmacro()

macro(codimse_need_cli11)
  if(NOT FETCHCONTENT_SOURCE_DIR_CLI11)
    find_package(CLI11 2.1 QUIET)
  endif()
  if(NOT TARGET CLI11::CLI11)
    codimse_fetch(cli11 https://github.com/CLIUtils/CLI11.git v2.3.2 libcli11-dev)
  endif()
endmacro()
