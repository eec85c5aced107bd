// SPDX-License-Identifier: Apache-2.0
// cpp-httplib as capid uses it, as a server and as a client: its settings in one place, for two that differ would make
// two libraries of one name. Included by .cc files, and by the headers of http that only they include.
#pragma once

#define CPPHTTPLIB_OPENSSL_SUPPORT
#define CPPHTTPLIB_TCP_NODELAY true
#define CPPHTTPLIB_EXPECT_100_THRESHOLD (1 << 20)   // a server that does not know of it costs a second each time

#include <httplib.h>
