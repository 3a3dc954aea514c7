# What our own build adds. Nothing here reaches a user.

# Warnings for everything compiled in this tree; our headers are no system headers here.
add_library(codimse_dev INTERFACE)
target_compile_features(codimse_dev INTERFACE cxx_std_20)
set(codimse_warnings -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow)
if(CODIMSE_WERROR)
  list(APPEND codimse_warnings -Werror)
endif()
target_compile_options(codimse_dev INTERFACE ${codimse_warnings})
# Ours to avoid, the user's to choose: a definition that changes Asio must not come from a library.
target_compile_definitions(codimse_dev INTERFACE ASIO_NO_DEPRECATED)

# The check that each header compiles by itself copies these from the library's targets.
foreach(library protocol codimse ${optional_parts})
  set_property(TARGET codimse_${library} PROPERTY COMPILE_OPTIONS ${codimse_warnings})
  set_property(TARGET codimse_${library} PROPERTY COMPILE_DEFINITIONS ASIO_NO_DEPRECATED)
endforeach()
