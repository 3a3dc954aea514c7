// SPDX-License-Identifier: BSL-1.0
#pragma once

// The whole library but its optional headers: json.hpp, deflate.hpp.
#include <codimse/client.hpp>
#include <codimse/data/character_set.hpp>
#include <codimse/data/data_set.hpp>
#include <codimse/data/date_time_range.hpp>
#include <codimse/data/dictionary.hpp>
#include <codimse/data/frames.hpp>
#include <codimse/data/matching.hpp>
#include <codimse/data/person_name.hpp>
#include <codimse/data/text_dump.hpp>
#include <codimse/data/utf8_text.hpp>
#include <codimse/file/part10.hpp>
#include <codimse/file/part10_sink.hpp>
#include <codimse/file/part10_source.hpp>
#include <codimse/file/storage_folder.hpp>
#include <codimse/io/sink.hpp>
#include <codimse/io/source.hpp>
#include <codimse/server.hpp>
#include <codimse/version.hpp>
