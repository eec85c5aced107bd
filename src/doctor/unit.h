// SPDX-License-Identifier: Apache-2.0
// What systemd says of capid.service: the server that it starts has other cgroups and limits than this shell.
#pragma once

#include "doctor/host.h"

namespace capid::doctor {

/// Nothing where there is no systemd, where it does not answer within three seconds, or where it has no such unit.
/// Root is answered by systemd itself, another user over D-Bus alone, which not every host has.
[[nodiscard]] std::optional<Unit> look_at_unit();

/// The same from what `systemctl show` prints.
[[nodiscard]] std::optional<Unit> parse_unit(std::string_view properties);

}   // namespace capid::doctor
