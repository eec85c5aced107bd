// SPDX-License-Identifier: Apache-2.0
// argv to cli, nothing else.
#include "cli/cli.h"

int main(int argc, char** argv) { return capid::cli::run(argc, argv); }
