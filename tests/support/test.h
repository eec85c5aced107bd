// SPDX-License-Identifier: Apache-2.0
// doctest, under whose CHECK a test's checks are counted; the program's own CHECK ends the program.
#pragma once

#include "base/result.h"

#undef CHECK
#include <doctest/doctest.h>
