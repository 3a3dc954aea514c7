// SPDX-License-Identifier: BSL-1.0
#pragma once

// The SCU side: connect, then request, or the verbs over it.
#include <codimse/assoc/association.hpp>
#include <codimse/assoc/connect.hpp>
#include <codimse/scu/echo.hpp>
#include <codimse/scu/find.hpp>
#include <codimse/scu/retrieve.hpp>
#include <codimse/scu/storage_sender.hpp>
#include <codimse/scu/store.hpp>
#include <codimse/service/perform_here.hpp>
#include <codimse/sop/modality_worklist.hpp>
#include <codimse/sop/query_retrieve.hpp>
#include <codimse/sop/storage.hpp>
#include <codimse/sop/verification.hpp>
