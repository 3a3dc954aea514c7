#include <codimse/version.hpp>

static_assert(CODIMSE_VERSION >= 100);

#ifdef ASIO_STANDALONE
#error "codimse::protocol must not bring Asio"
#endif

int main() {}
