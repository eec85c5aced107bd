// SPDX-License-Identifier: Apache-2.0
// cpp-httplib as capid uses it: its settings in one place. Included by .cc files of this folder only.
#pragma once

#define CPPHTTPLIB_LISTEN_BACKLOG 1024
#define CPPHTTPLIB_KEEPALIVE_TIMEOUT_CHECK_INTERVAL_USECOND 1000000
#define CPPHTTPLIB_PAYLOAD_MAX_LENGTH (size_t{101} << 20)
#define CPPHTTPLIB_TCP_NODELAY true

#include <httplib.h>
