# Finds standalone Asio (https://think-async.com) and defines the target Asio::Asio.
#
# Asio ships no CMake package, so this module is also installed with codimse and used by
# find_package(codimse). Set CODIMSE_ASIO_INCLUDE_DIR to force one particular directory.

# Not cached: the answer must follow CODIMSE_ASIO_INCLUDE_DIR whenever that changes.
unset(Asio_INCLUDE_DIR)
if(CODIMSE_ASIO_INCLUDE_DIR)
  find_path(Asio_INCLUDE_DIR asio.hpp NO_CACHE PATHS "${CODIMSE_ASIO_INCLUDE_DIR}" NO_DEFAULT_PATH)
else()
  find_path(Asio_INCLUDE_DIR asio.hpp NO_CACHE)
endif()

# "102201": major * 100000 + minor * 100 + patch. Never ask __has_include for a facility of Asio: it
# may find the file of another version further down the include path.
set(asio_version_number 0)
if(Asio_INCLUDE_DIR AND EXISTS "${Asio_INCLUDE_DIR}/asio/version.hpp")
  file(STRINGS "${Asio_INCLUDE_DIR}/asio/version.hpp" asio_version_line
    REGEX "^#define ASIO_VERSION [0-9]+")
  string(REGEX REPLACE "^#define ASIO_VERSION ([0-9]+).*" "\\1"
    asio_version_number "${asio_version_line}")
  math(EXPR asio_version_major "${asio_version_number} / 100000")
  math(EXPR asio_version_minor "${asio_version_number} / 100 % 1000")
  math(EXPR asio_version_patch "${asio_version_number} % 100")
  set(Asio_VERSION "${asio_version_major}.${asio_version_minor}.${asio_version_patch}")
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Asio
  REQUIRED_VARS Asio_INCLUDE_DIR
  VERSION_VAR Asio_VERSION
  REASON_FAILURE_MESSAGE
    "standalone Asio is in Debian's libasio-dev, or set CODIMSE_ASIO_INCLUDE_DIR to the directory of asio.hpp"
)

if(Asio_FOUND AND NOT TARGET Asio::Asio)
  # Global, because users of codimse link it from directories beside or above the one that found it.
  add_library(Asio::Asio INTERFACE IMPORTED GLOBAL)
  target_include_directories(Asio::Asio INTERFACE "${Asio_INCLUDE_DIR}")
  target_compile_definitions(Asio::Asio INTERFACE ASIO_STANDALONE)
  if(asio_version_number LESS 103000)
    # Old versions look for <experimental/coroutine> with Clang and then have no awaitable, although
    # <coroutine> is there and works.
    target_compile_definitions(Asio::Asio
      INTERFACE $<$<COMPILE_LANG_AND_ID:CXX,Clang,AppleClang>:ASIO_HAS_CO_AWAIT=1>)
  endif()
endif()
