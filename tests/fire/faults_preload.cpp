// SPDX-License-Identifier: BSL-1.0
// Loaded into a program with LD_PRELOAD: system calls on files below one folder fail, do less than
// they were asked for, or take long, as a page of memory says that _faults.py shares with us.
//
// Environment: CODIMSE_FAULTS, the file that is that page; CODIMSE_FAULTS_FOLDER, the folder.
#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

namespace {

/// As _faults.py lays it out; all are int32.
struct shared_page {
  std::atomic<int> fail_at;     // this call of the kinds fails, the first is 1; 0: none
  std::atomic<int> error;       // with this errno
  std::atomic<int> fail_kinds;  // bits of the kinds that count
  std::atomic<int> count;       // calls of these kinds so far
  std::atomic<int> hits;        // faults so far
  std::atomic<int> hit_kind;    // bits of their kinds
  std::atomic<int> for_ever;    // all later ones fail too
  std::atomic<int> most_bytes;  // a read or write does no more; 0: no limit
  std::atomic<int> delay_ms;    // before each call of the kinds below
  std::atomic<int> delay_kinds;
};
static_assert(sizeof(std::atomic<int>) == 4);

enum kind {
  opening = 1,
  creating = 2,
  reading = 4,
  writing = 8,
  synchronizing = 16,
  synchronizing_folder = 32,
  renaming = 64,
  linking = 128,
  unlinking = 256,
  making_folder = 512,
  closing = 1024,
  truncating = 2048,
};

template <class F>
F next(char const* name) {
  return reinterpret_cast<F>(::dlsym(RTLD_NEXT, name));
}
#define NEXT(name) static auto const real = next<decltype(&::name)>(#name)

shared_page* map_page() {
  NEXT(open);
  char const* const path = std::getenv("CODIMSE_FAULTS");
  int const descriptor = path == nullptr ? -1 : real(path, O_RDWR | O_CLOEXEC);
  if (descriptor < 0) return nullptr;
  constexpr int access = PROT_READ | PROT_WRITE;
  void* const mapped = ::mmap(nullptr, sizeof(shared_page), access, MAP_SHARED, descriptor, 0);
  return mapped == MAP_FAILED ? nullptr : static_cast<shared_page*>(mapped);
}
shared_page* page() {
  static shared_page* const it = map_page();
  return it;
}

bool is_below(char const* path) {
  static char const* const folder = std::getenv("CODIMSE_FAULTS_FOLDER");
  return folder != nullptr && page() != nullptr &&
         std::strncmp(path, folder, std::strlen(folder)) == 0;
}
bool is_below(int descriptor) {
  if (page() == nullptr) return false;
  char link[64];
  char path[PATH_MAX];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  auto const size = ::readlink(link, path, sizeof path - 1);
  if (size <= 0) return false;
  path[size] = '\0';
  return is_below(path);
}

/// Waits, counts, and yields true where the call is to fail; errno is set then.
bool fails(int what) {
  auto& shared = *page();
  if ((shared.delay_kinds & what) != 0 && shared.delay_ms > 0) {
    timespec const pause{shared.delay_ms / 1000, shared.delay_ms % 1000 * 1'000'000L};
    ::nanosleep(&pause, nullptr);
  }
  if ((shared.fail_kinds & what) == 0) return false;
  int const number = ++shared.count;
  int const at = shared.fail_at;
  if (at == 0 || number < at || (number > at && shared.for_ever == 0)) return false;
  ++shared.hits;
  shared.hit_kind |= what;
  errno = shared.error;
  return true;
}

std::size_t at_most(std::size_t wanted) {
  int const most = page()->most_bytes;
  return most == 0 ? wanted : std::min(wanted, static_cast<std::size_t>(most));
}

/// The first piece that is not empty, cut to what is allowed.
iovec first_piece(iovec const* all, int count) {
  for (int i = 0; i < count; ++i)
    if (all[i].iov_len > 0) return {all[i].iov_base, at_most(all[i].iov_len)};
  return {nullptr, 0};
}
bool cut(iovec const* all, int count) {
  std::size_t size = 0;
  for (int i = 0; i < count; ++i) size += all[i].iov_len;
  return at_most(size) < size;
}

int sync_kind(int descriptor) {
  struct stat status{};
  return ::fstat(descriptor, &status) == 0 && S_ISDIR(status.st_mode) ? synchronizing_folder
                                                                      : synchronizing;
}

mode_t mode_of(int flags, va_list rest) {
  return (flags & O_CREAT) != 0 ? static_cast<mode_t>(va_arg(rest, int)) : 0;
}

}  // namespace

extern "C" {

int open(char const* path, int flags, ...) {
  NEXT(open);
  va_list rest;
  va_start(rest, flags);
  mode_t const mode = mode_of(flags, rest);
  va_end(rest);
  if (is_below(path) && fails((flags & O_CREAT) != 0 ? creating : opening)) return -1;
  return real(path, flags, mode);
}
int open64(char const* path, int flags, ...) {
  NEXT(open64);
  va_list rest;
  va_start(rest, flags);
  mode_t const mode = mode_of(flags, rest);
  va_end(rest);
  if (is_below(path) && fails((flags & O_CREAT) != 0 ? creating : opening)) return -1;
  return real(path, flags, mode);
}
ssize_t read(int descriptor, void* into, size_t size) {
  NEXT(read);
  if (!is_below(descriptor)) return real(descriptor, into, size);
  return fails(reading) ? -1 : real(descriptor, into, at_most(size));
}
ssize_t pread64(int descriptor, void* into, size_t size, off64_t at) {
  NEXT(pread64);
  if (!is_below(descriptor)) return real(descriptor, into, size, at);
  // SQLite asks again for what it did not get only where the file has ended.
  return fails(reading) ? -1 : real(descriptor, into, size, at);
}
ssize_t preadv(int descriptor, iovec const* all, int count, off_t at) {
  NEXT(preadv);
  if (!is_below(descriptor)) return real(descriptor, all, count, at);
  if (fails(reading)) return -1;
  iovec const part = first_piece(all, count);
  return cut(all, count) ? real(descriptor, &part, 1, at) : real(descriptor, all, count, at);
}
ssize_t write(int descriptor, void const* from, size_t size) {
  NEXT(write);
  if (!is_below(descriptor)) return real(descriptor, from, size);
  return fails(writing) ? -1 : real(descriptor, from, at_most(size));
}
ssize_t writev(int descriptor, iovec const* all, int count) {
  NEXT(writev);
  if (!is_below(descriptor)) return real(descriptor, all, count);
  if (fails(writing)) return -1;
  iovec const part = first_piece(all, count);
  return cut(all, count) ? real(descriptor, &part, 1) : real(descriptor, all, count);
}
ssize_t pwrite64(int descriptor, void const* from, size_t size, off64_t at) {
  NEXT(pwrite64);
  if (is_below(descriptor) && fails(writing)) return -1;
  return real(descriptor, from, size, at);
}
int fsync(int descriptor) {
  NEXT(fsync);
  if (is_below(descriptor) && fails(sync_kind(descriptor))) return -1;
  return real(descriptor);
}
int fdatasync(int descriptor) {
  NEXT(fdatasync);
  if (is_below(descriptor) && fails(synchronizing)) return -1;
  return real(descriptor);
}
int ftruncate64(int descriptor, off64_t size) noexcept {
  NEXT(ftruncate64);
  if (is_below(descriptor) && fails(truncating)) return -1;
  return real(descriptor, size);
}
int rename(char const* from, char const* to) noexcept {
  NEXT(rename);
  return is_below(to) && fails(renaming) ? -1 : real(from, to);
}
int link(char const* from, char const* to) noexcept {
  NEXT(link);
  return is_below(to) && fails(linking) ? -1 : real(from, to);
}
int unlink(char const* path) noexcept {
  NEXT(unlink);
  return is_below(path) && fails(unlinking) ? -1 : real(path);
}
int remove(char const* path) noexcept {
  NEXT(remove);
  return is_below(path) && fails(unlinking) ? -1 : real(path);
}
int mkdir(char const* path, mode_t mode) noexcept {
  NEXT(mkdir);
  return is_below(path) && fails(making_folder) ? -1 : real(path, mode);
}
int close(int descriptor) {
  NEXT(close);
  bool const bad = is_below(descriptor) && fails(closing);
  int const why = errno;
  int const done = real(descriptor);  // it is closed all the same
  if (!bad) return done;
  errno = why;
  return -1;
}
}
