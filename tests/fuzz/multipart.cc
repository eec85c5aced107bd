// SPDX-License-Identifier: Apache-2.0
// A form as a client sends it: whole or in pieces it says the same. The first line is the Content-Type.
#include "http/multipart.h"

#include "tests/fuzz/pieces.h"

using namespace capid;

namespace {

std::string read(const std::string& type, std::string_view body, bool cut) {
  std::string told;
  http::Request request;
  request.content_type = type;
  request.read_body = [&](const http::TakeBytes& take) -> Result<void> {
    Result<void> done;
    if (!cut) return take(body);
    fuzz::in_pieces(body, [&](std::string_view piece) { return bool(done = take(piece)); });
    return done;
  };
  const auto done = http::read_multipart(request, {.on_part = [&](const http::PartHeader& part) -> Result<void> {
                                                     told += "\npart " + part.name + "|" + part.filename + ": ";
                                                     return {};
                                                   },
                                                   .on_bytes = [&](std::string_view bytes) -> Result<void> {
                                                     told += bytes;
                                                     return {};
                                                   }});
  return done ? told + "\nwhole" : "refused";   // how far it was read before may differ
}

}   // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  const size_t line = text.find('\n');
  if (line == std::string_view::npos) return 0;
  const std::string type(text.substr(0, line));
  fuzz::promise(read(type, text.substr(line + 1), false) == read(type, text.substr(line + 1), true));
  return 0;
}
