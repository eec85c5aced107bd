// SPDX-License-Identifier: Apache-2.0
#include "api/run_request.h"

#include <algorithm>

#include "api/run_fields.h"
#include "base/text.h"
#include "files/types.h"
#include "http/multipart.h"
#include "http/preferences.h"

namespace capid::api {
namespace {

constexpr size_t kMaxText = 1 << 20;   // a JSON body, or one text field of a form
constexpr size_t kMaxParts = 64;

bool contains(const std::vector<std::string>& list, const std::string& name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

Result<std::string> read_text(const http::Request& request) {
  std::string text;
  TRY(request.read_body([&](std::string_view bytes) -> Result<void> {
    if (bytes.size() > kMaxText - text.size()) {
      return Error{Code::kPayloadTooLarge, "a JSON body may be at most 1 MiB: send larger things as files"};
    }
    text.append(bytes);
    return {};
  }));
  return text;
}

Result<void> read_json(const http::Request& request, runs::NewRun& run) {
  const Json body = TRY(base::parse_json(TRY(read_text(request))));
  if (!body.is_object()) return Error{Code::kInvalidJson, "the body must be a JSON object"};
  for (const auto& [name, value] : body.items()) TRY(set_field(run, name, value));
  return {};
}

// The parts of a form, as they come.
class Form {
 public:
  Form(runs::NewRun& run, files::Blobs& blobs) : run_(run), blobs_(blobs) {}

  Result<void> begin_part(const http::PartHeader& part) {
    TRY(end_part());
    if (++parts_ > kMaxParts)
      return Error{Code::kInvalidMultipart, "the form has more than " + std::to_string(kMaxParts) + " parts"};
    if (part.name.empty()) return Error{Code::kInvalidMultipart, "the form has a part without a name"};
    part_ = part;
    in_file_ = !part.filename.empty();
    return in_file_ ? begin_file() : begin_text();
  }

  Result<void> take(std::string_view bytes) { return in_file_ ? take_file(bytes) : take_text(bytes); }

  Result<void> end_part() {
    if (parts_ == 0) return {};
    return in_file_ ? end_file() : end_text();
  }

 private:
  Result<void> begin_file() {
    if (run_.files.size() == files::kMaxFilesPerRun) {
      return Error{Code::kTooManyFiles, "a run takes at most " + std::to_string(files::kMaxFilesPerRun) + " files",
                   part_.name};
    }
    run_.files.push_back({.part = part_.name, .name = part_.filename, .content = TRY(blobs_.begin())});
    return {};
  }

  Result<void> take_file(std::string_view bytes) {
    files::Incoming& content = run_.files.back().content;
    if (static_cast<int64_t>(bytes.size()) > files::kMaxFileSize - content.size()) {
      return Error{Code::kFileTooLarge, "\"" + part_.filename + "\" is larger than 10 MB, the most a file may have",
                   part_.name};
    }
    return content.write(bytes);
  }

  Result<void> end_file() const {
    if (run_.files.back().content.size() > 0) return {};
    return Error{Code::kEmptyFile, "\"" + part_.filename + "\" is empty", part_.name};
  }

  Result<void> begin_text() {
    text_.clear();
    if (part_.name == "files") {
      return Error{Code::kInvalidMultipart,
                   "a \"files\" part must be a file with a file name (curl: -F \"files=@report.pdf\")", "files"};
    }
    if (contains(seen_, part_.name))
      return Error{Code::kInvalidMultipart, "the field \"" + part_.name + "\" is sent twice", part_.name};
    TRY(check_field_name(part_.name));
    seen_.push_back(part_.name);
    return {};
  }

  Result<void> take_text(std::string_view bytes) {
    if (bytes.size() > kMaxText - text_.size()) {
      return Error{Code::kPayloadTooLarge, "a text field may be at most 1 MiB: send larger things as files",
                   part_.name};
    }
    text_.append(bytes);
    return {};
  }

  Result<void> end_text() {
    if (!base::is_utf8(text_)) return Error{Code::kInvalidMultipart, part_.name + " is not UTF-8 text", part_.name};
    return set_field_from_text(run_, part_.name, text_);
  }

  runs::NewRun& run_;
  files::Blobs& blobs_;
  size_t parts_ = 0;
  http::PartHeader part_;
  bool in_file_ = false;
  std::string text_;
  std::vector<std::string> seen_;
};

Result<void> read_form(const http::Request& request, runs::NewRun& run, files::Blobs& blobs) {
  Form form(run, blobs);
  TRY(http::read_multipart(request, {.on_part = [&](const http::PartHeader& part) { return form.begin_part(part); },
                                     .on_bytes = [&](std::string_view bytes) { return form.take(bytes); }}));
  return form.end_part();
}

}   // namespace

Result<runs::NewRun> read_run_request(const http::Request& request, const std::string& url_app, files::Blobs& blobs) {
  runs::NewRun run;
  if (request.idempotency_key) run.idempotency_key = TRY(http::parse_idempotency_key(*request.idempotency_key));
  const std::string type = request.media_type();
  if (type == "application/json") {
    TRY(read_json(request, run));
  } else if (type == "multipart/form-data") {
    TRY(read_form(request, run, blobs));
  } else if (request.content_length > 0 || !type.empty()) {
    return Error{Code::kUnsupportedMediaType,
                 "send the body as application/json or multipart/form-data and say so in Content-Type", "Content-Type"};
  }
  if (!url_app.empty()) run.app = url_app;
  if (run.app.empty())
    return Error{Code::kMissingAppId, "say which app to run: appId in the body, or /api/v1/apps/APP_ID/runs", "appId"};
  return run;
}

}   // namespace capid::api
