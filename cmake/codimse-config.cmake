include(CMakeFindDependencyMacro)

# Asio has no package of its own; our module must be found, and must not stay in the user's path.
list(PREPEND CMAKE_MODULE_PATH "${CMAKE_CURRENT_LIST_DIR}")
find_dependency(Asio 1.22.1 MODULE)
list(POP_FRONT CMAKE_MODULE_PATH)
find_dependency(Threads)

include("${CMAKE_CURRENT_LIST_DIR}/codimse-targets.cmake")

# Optional parts: there where they were installed and what they need is here.
if(EXISTS "${CMAKE_CURRENT_LIST_DIR}/codimse-json-targets.cmake")
  find_package(nlohmann_json 3.11 CONFIG QUIET)
  if(TARGET nlohmann_json::nlohmann_json)
    include("${CMAKE_CURRENT_LIST_DIR}/codimse-json-targets.cmake")
  endif()
endif()

if(EXISTS "${CMAKE_CURRENT_LIST_DIR}/codimse-deflate-targets.cmake")
  find_package(ZLIB QUIET)
  if(TARGET ZLIB::ZLIB)
    include("${CMAKE_CURRENT_LIST_DIR}/codimse-deflate-targets.cmake")
  endif()
endif()

# find_package(codimse COMPONENTS json deflate)
foreach(codimse_part IN LISTS codimse_FIND_COMPONENTS)
  if(TARGET codimse::${codimse_part})
    set(codimse_${codimse_part}_FOUND TRUE)
  elseif(codimse_FIND_REQUIRED_${codimse_part})
    set(codimse_FOUND FALSE)
    set(codimse_NOT_FOUND_MESSAGE "codimse::${codimse_part} was not installed, or what it needs is not here")
  endif()
endforeach()
