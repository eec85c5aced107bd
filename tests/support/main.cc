// SPDX-License-Identifier: Apache-2.0
#define DOCTEST_CONFIG_IMPLEMENT
#include "base/crypto.h"
#include "tests/support/test.h"

int main(int argc, char** argv) {
  capid::base::init_crypto();
  return doctest::Context(argc, argv).run();
}
