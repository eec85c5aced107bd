// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"

namespace capid::base {

std::span<const Code> all_codes() {
  static constexpr Code kAll[] = {
#define CAPID_CODE_VALUE(name, text) Code::name,
      CAPID_CODES(CAPID_CODE_VALUE)
#undef CAPID_CODE_VALUE
  };
  return kAll;
}

std::string_view to_string(Code code) {
  switch (code) {
#define CAPID_CODE_TEXT(name, text) \
  case Code::name:                  \
    return text;
    CAPID_CODES(CAPID_CODE_TEXT)
#undef CAPID_CODE_TEXT
  }
  return "INTERNAL";
}

}   // namespace capid::base
