// SPDX-License-Identifier: Apache-2.0
#include "runs/input_folder.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "base/fd.h"
#include "base/json.h"
#include "threads/threads.h"

namespace capid::runs {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kEventsAtOnce = 500;
constexpr const char* kNotLaidOut = "a file of the run's inputs cannot be made";

std::string path_inside(const store::RunFile& file) { return "/in/files/" + file.name; }

Result<std::string> inputs_json(const store::Run& run, const std::vector<store::RunFile>& files) {
  Json inputs = TRY(base::parse_json(run.inputs));
  OrderedJson listed = OrderedJson::array();
  for (const store::RunFile& file : files) {
    if (file.input) inputs[*file.input] = path_inside(file);
    listed.push_back({{"name", file.name}, {"path", path_inside(file)}, {"type", file.type}, {"size", file.size}});
  }
  return base::dump(OrderedJson{{"inputs", inputs}, {"files", listed}}) + "\n";
}

}   // namespace

Result<void> lay_out_inputs(const std::string& folder, const store::Run& run, const std::vector<store::RunFile>& files,
                            const files::Blobs& blobs) {
  std::error_code error;
  fs::create_directories(folder + "/files", error);
  if (error) return Error{Code::kInternal, "no folder could be made for the run", {}, error.message()};
  for (const store::RunFile& file : files) {
    if (::link(blobs.path(file.blob).c_str(), (folder + "/files/" + file.name).c_str()) != 0) {
      return base::system_error("an attachment could not be laid out", "link");
    }
  }
  auto fd = TRY(base::open_own_file(folder + "/inputs.json", O_WRONLY | O_CREAT | O_EXCL, 0644, kNotLaidOut));
  return base::write_all(fd.get(), TRY(inputs_json(run, files)));
}

// A page at a time: a long thread is never held in memory, and no reader is kept while the disk is written to.
Result<void> lay_out_thread(const std::string& folder, const store::Run& run, store::Readers& readers) {
  auto fd = TRY(base::open_own_file(folder + "/thread.jsonl", O_WRONLY | O_CREAT | O_EXCL, 0644, kNotLaidOut));
  const int64_t last = run.thread_start.value_or(0);
  for (int64_t after = 0; after < last;) {
    const auto events = TRY(store::events_of_thread(*readers.lend(), run.thread.value_or(""), after,
                                                    std::min(kEventsAtOnce, last - after)));
    if (events.empty()) break;
    std::string lines;
    for (const store::Event& event : events) lines += base::dump(threads::render_event(event)) + "\n";
    TRY(base::write_all(fd.get(), lines));
    after = events.back().sequence;
  }
  return {};
}

void remove_folder(const std::string& folder) {
  std::error_code ignored;
  fs::remove_all(folder, ignored);
}

}   // namespace capid::runs
