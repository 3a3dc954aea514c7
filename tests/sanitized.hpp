// SPDX-License-Identifier: BSL-1.0
#pragma once

// Which sanitizer a test was compiled with. GCC and Clang tell it in different ways.

#if defined(__SANITIZE_ADDRESS__)
#define CODIMSE_TEST_ADDRESS_SANITIZER 1
#elif defined(__SANITIZE_THREAD__)
#define CODIMSE_TEST_THREAD_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CODIMSE_TEST_ADDRESS_SANITIZER 1
#elif __has_feature(thread_sanitizer)
#define CODIMSE_TEST_THREAD_SANITIZER 1
#endif
#endif

#ifdef CODIMSE_TEST_ADDRESS_SANITIZER
inline constexpr bool address_sanitized = true;
#else
inline constexpr bool address_sanitized = false;
#endif
#ifdef CODIMSE_TEST_THREAD_SANITIZER
inline constexpr bool thread_sanitized = true;
#else
inline constexpr bool thread_sanitized = false;
#endif
inline constexpr bool sanitized = address_sanitized || thread_sanitized;
