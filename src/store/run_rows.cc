// SPDX-License-Identifier: Apache-2.0
#include "store/run_rows.h"

#include "base/json.h"

namespace capid::store {
namespace {

// Tags and metadata were written by insert_run: that they parse is an invariant of the store. Most runs have none.
template <typename T>
T parsed(const std::string& text) {
  if (text.size() <= 2) return T{};
  return base::parse_json(text).value().get<T>();
}

}   // namespace

Run read_run(Query& row) {
  const auto status = to_run_status(row.text(7));
  CHECK(status);
  return {
      .id = row.text(0),
      .account = row.text(1),
      .app = row.text(2),
      .app_name = row.text(3),
      .app_version = row.text(4),
      .key = row.maybe_text(5),
      .origin = row.text(6),
      .status = *status,
      .thread = row.maybe_text(8),
      .thread_start = row.maybe_integer(9),
      .inputs = row.text(10),
      .options = {.model = row.maybe_text(11),
                  .workspace = row.maybe_text(12),
                  .tags = parsed<std::vector<std::string>>(row.text(13)),
                  .metadata = parsed<std::map<std::string, std::string>>(row.text(14)),
                  .timeout_ms = row.maybe_integer(15),
                  .max_credits = row.maybe_integer(16),
                  .webhook_url = row.maybe_text(29)},
      .expires_at = row.maybe_integer(17),
      .result_text = row.maybe_text(18),
      .error_code = row.maybe_text(19),
      .error_message = row.maybe_text(20),
      .credits = row.integer(21),
      .cpu_ms = row.integer(22),
      .peak_memory_bytes = row.integer(23),
      .wall_ms = row.integer(24),
      .created_at = row.integer(25),
      .started_at = row.maybe_integer(26),
      .completed_at = row.maybe_integer(27),
      .attempt = row.integer(28),
      .degraded = row.integer(30) != 0,
      .input_tokens = row.integer(31),
      .output_tokens = row.integer(32),
  };
}

}   // namespace capid::store
