// SPDX-License-Identifier: Apache-2.0
// What to tell about a command that could not be run inside: where the host has it, the very lines that let the agent
// see it.
#pragma once

#include <string>
#include <vector>

#include "apps/manifest.h"

namespace capid::runs {

/// Where programs are that an agent does not see: the folders of programs below /opt, and the home of capid's user.
[[nodiscard]] std::vector<std::string> usual_folders();

/// The part of the host that is proposed for a program to be seen: little enough, and what it usually needs.
[[nodiscard]] std::string part_to_mount(const std::string& program);

/// `error` is exec's errno. A bare name is looked for in `folders` of the host.
[[nodiscard]] std::string not_found_message(const apps::Manifest& manifest, int error,
                                            const std::vector<std::string>& folders = usual_folders());

}   // namespace capid::runs
