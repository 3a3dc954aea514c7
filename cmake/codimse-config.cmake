include(CMakeFindDependencyMacro)

# Asio has no package of its own; our module must be found, and must not stay in the user's path.
list(PREPEND CMAKE_MODULE_PATH "${CMAKE_CURRENT_LIST_DIR}")
find_dependency(Asio 1.22.1 MODULE)
list(POP_FRONT CMAKE_MODULE_PATH)
find_dependency(Threads)

include("${CMAKE_CURRENT_LIST_DIR}/codimse-targets.cmake")
