// SPDX-License-Identifier: BSL-1.0
#pragma once

// The whole library but its optional headers.
#include <codimse/client.hpp>
#include <codimse/file/part10_sink.hpp>
#include <codimse/file/part10_source.hpp>
#include <codimse/io/sink.hpp>
#include <codimse/io/source.hpp>
#include <codimse/server.hpp>
#include <codimse/version.hpp>
