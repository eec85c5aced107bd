// SPDX-License-Identifier: Apache-2.0
// A request for a run: J and a JSON body, A and one that must name its app, T and a body of no known type, F and a form of the boundary "b", K and an Idempotency-Key, P and a Prefer header. What is
// refused leaves no file.
#include "api/run_request.h"

#include <stdlib.h>

#include <filesystem>
#include <set>

#include "base/clock.h"
#include "http/preferences.h"
#include "tests/fuzz/pieces.h"

using namespace capid;

namespace {

// Removed when the program ends in good order.
struct Folder {
  std::string path = "/dev/shm/capid-fuzz-XXXXXX";
  Folder() { fuzz::promise(::mkdtemp(path.data()) != nullptr); }
  ~Folder() { std::filesystem::remove_all(path); }
};

files::Blobs& blobs() {
  static const Folder folder;
  static const base::SystemClock clock;
  static files::Blobs blobs = files::Blobs::open(folder.path, clock).value();
  return blobs;
}

size_t files_in(const std::string& folder) {
  size_t count = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) count += entry.is_regular_file();
  return count;
}

void read(const std::string& type, std::string_view body, const std::string& app = "app") {
  http::Request request;
  request.content_type = type;
  request.content_length = static_cast<int64_t>(body.size());
  request.read_body = [&](const http::TakeBytes& take) -> Result<void> {
    Result<void> done;
    fuzz::in_pieces(body, [&](std::string_view piece) { return bool(done = take(piece)); });
    return done;
  };
  {
    const auto run = api::read_run_request(request, app, blobs());
    if (!run) fuzz::promise(!run.error().message.empty());
  }
  fuzz::promise(files_in(blobs().folder()) == 0);
}

}   // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto [choice, rest] = fuzz::chosen(data, size);
  if (choice == 'J') read("application/json", rest);
  if (choice == 'A') read("application/json", rest, "");
  if (choice == 'T') read("text/plain", rest);
  if (choice == 'F') read("multipart/form-data; boundary=b", rest);
  if (choice == 'P') (void)http::preferred_wait(std::string(rest));
  if (choice == 'K') {
    const auto key = http::parse_idempotency_key(std::string(rest));
    if (key) fuzz::promise(!key->empty() && key->size() <= 255);
  }
  return 0;
}
