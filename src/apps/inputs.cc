// SPDX-License-Identifier: Apache-2.0
#include "apps/inputs.h"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "base/text.h"
#include "files/types.h"

namespace capid::apps {
namespace {

using base::FieldProblem;

// The part under which plain attachments come.
constexpr const char* kAttachments = "files";

Error wrong(std::string what) { return {Code::kInvalidInput, std::move(what)}; }

std::string number_text(double number) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, number).ptr;
  return {text, end};
}

// Wide enough to hold every 64-bit integer and every double exactly.
Result<Json> check_range(const InputField& field, long double number, Json value) {
  if (field.minimum && number < *field.minimum) return wrong("must be at least " + number_text(*field.minimum));
  if (field.maximum && number > *field.maximum) return wrong("must be at most " + number_text(*field.maximum));
  return value;
}

Result<Json> check_integer(const InputField& field, const Json& value) {
  std::optional<int64_t> integer;
  if (value.is_number_unsigned() && value.get<uint64_t>() > INT64_MAX)
    return wrong("must be a whole number of at most 64 bits");
  if (value.is_number_integer()) integer = value.get<int64_t>();
  if (value.is_string()) integer = base::to_integer(value.get_ref<const std::string&>());
  if (!integer) return wrong("must be a whole number");
  return check_range(field, static_cast<long double>(*integer), *integer);
}

Result<Json> check_number(const InputField& field, const Json& value) {
  std::optional<double> number;
  if (value.is_number()) number = value.get<double>();
  if (value.is_string()) number = base::to_number(value.get_ref<const std::string&>());
  if (!number) return wrong("must be a number");
  return check_range(field, *number, value.is_number() ? value : Json(*number));
}

Result<Json> check_boolean(const Json& value) {
  if (value.is_boolean()) return value;
  if (value == "true" || value == "false") return Json(value == "true");
  return wrong("must be true or false");
}

bool is_date(const std::string& text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  const auto year = base::to_integer(text.substr(0, 4));
  const auto month = base::to_integer(text.substr(5, 2));
  const auto day = base::to_integer(text.substr(8, 2));
  if (!year || !month || !day || *year < 1 || *month < 1 || *day < 1) return false;
  return std::chrono::year_month_day(std::chrono::year(static_cast<int>(*year)),
                                     std::chrono::month(static_cast<unsigned>(*month)),
                                     std::chrono::day(static_cast<unsigned>(*day)))
      .ok();
}

bool is_url(const std::string& text) {
  const bool scheme = text.starts_with("http://") || text.starts_with("https://");
  const auto bad = [](unsigned char c) { return c <= 0x20 || c == 0x7f || c == '\\'; };
  return scheme && text.size() > text.find("://") + 3 && std::none_of(text.begin(), text.end(), bad);
}

Result<Json> check_text(const InputField& field, const Json& value) {
  if (!value.is_string()) return wrong("must be text");
  const auto& text = value.get_ref<const std::string&>();
  if (field.max_length && static_cast<int64_t>(text.size()) > *field.max_length) {
    return wrong("must be at most " + std::to_string(*field.max_length) + " bytes long");
  }
  if (text.find('\0') != std::string::npos) return wrong("must not hold a NUL character");
  if (field.type == InputType::kDate && !is_date(text)) return wrong("must be a date such as 2026-04-27");
  if (field.type == InputType::kUrl && !is_url(text)) return wrong("must be an http or https URL");
  return value;
}

Result<Json> check_select(const InputField& field, const Json& value) {
  const std::string text = value.is_string() ? value.get<std::string>() : base::dump(value);
  if (std::find(field.options.begin(), field.options.end(), text) != field.options.end()) return Json(text);
  return wrong("must be one of " + base::join(field.options, ", ") + base::did_you_mean(text, field.options));
}

// Gathers problems, so that a caller learns of all of them at once.
class Check {
 public:
  Check(const Manifest& manifest, const std::vector<OfferedFile>& files) : manifest_(manifest), files_(files) {
    checked_.values = Json::object();
    checked_.file_inputs.resize(files.size());
  }

  void values(const Json& inputs) {
    for (const auto& [name, value] : inputs.items()) {
      const InputField* field = manifest_.find_input(name);
      if (!field) {
        unknown(name);
      } else if (field->type == InputType::kFile) {
        if (!value.is_null())
          problem(name, "is a file: send it as a multipart/form-data part named \"" + name + "\" or \"files\"");
      } else if (!value.is_null()) {
        this->value(*field, value);
      }
    }
    for (const InputField& field : manifest_.inputs) {
      if (field.type == InputType::kFile || checked_.values.contains(field.name) || failed(field.name)) continue;
      if (!field.default_value.is_null()) {
        checked_.values[field.name] = field.default_value;
      } else if (field.required) {
        problem(field.name, "is required");
      }
    }
  }

  // Parts named after a file input are bound first; then plain attachments fill what is left, in the manifest's order.
  void files() {
    for (size_t i = 0; i < files_.size(); ++i) {
      if (files_[i].part != kAttachments) named_file(i);
    }
    for (const InputField& field : manifest_.inputs) {
      if (field.type == InputType::kFile && !is_bound(field.name)) fill(field);
    }
  }

  Result<CheckedInputs> finish() {
    if (problems_.empty()) return std::move(checked_);
    Error error{problems_.front().code, problems_.front().message, problems_.front().field};
    if (problems_.size() > 1) {
      error.message += " (and " + std::to_string(problems_.size() - 1) + " more: see details)";
      error.details = std::move(problems_);
    }
    return error;
  }

 private:
  void problem(const std::string& name, const std::string& what) {
    problems_.push_back({Code::kInvalidInput, "inputs." + name + " " + what, "inputs." + name});
  }

  bool failed(const std::string& name) const {
    return std::any_of(problems_.begin(), problems_.end(),
                       [&](const FieldProblem& one) { return one.field == "inputs." + name; });
  }

  void unknown(const std::string& name) {
    constexpr size_t kMaxUnknown = 20;
    if (problems_.size() >= kMaxUnknown) return;
    std::vector<std::string> known;
    for (const InputField& field : manifest_.inputs) known.push_back(field.name);
    const std::string shown = base::to_utf8(name.substr(0, 64));
    problems_.push_back({Code::kUnknownField,
                         "this app has no input \"" + shown + "\"" + base::did_you_mean(name, known),
                         "inputs." + shown});
  }

  void value(const InputField& field, const Json& value) {
    auto checked = check_value(field, value);
    if (checked) {
      checked_.values[field.name] = std::move(*checked);
    } else {
      problem(field.name, checked.error().message);
    }
  }

  bool is_bound(const std::string& name) const {
    return std::find(checked_.file_inputs.begin(), checked_.file_inputs.end(), name) != checked_.file_inputs.end();
  }

  static bool accepts(const InputField& field, const std::string& file) {
    return field.accept.empty() ||
           std::find(field.accept.begin(), field.accept.end(), files::extension_of(file)) != field.accept.end();
  }

  void named_file(size_t i) {
    const std::string& part = files_[i].part;
    const InputField* field = manifest_.find_input(part);
    if (!field) return unknown(part);
    if (field->type != InputType::kFile)
      return problem(part, "is not a file input: send its value in the \"inputs\" field");
    if (is_bound(part)) return problem(part, "takes one file: send further ones as \"files\"");
    if (!accepts(*field, files_[i].name))
      return problem(part, "takes files of the type ." + base::join(field->accept, ", ."));
    checked_.file_inputs[i] = part;
  }

  void fill(const InputField& field) {
    for (size_t i = 0; i < files_.size(); ++i) {
      if (files_[i].part != kAttachments || checked_.file_inputs[i] || !accepts(field, files_[i].name)) continue;
      checked_.file_inputs[i] = field.name;
      return;
    }
    if (!field.required || failed(field.name)) return;
    problem(field.name, field.accept.empty() ? "is required: attach a file"
                                             : "is required: attach a ." + base::join(field.accept, " or .") + " file");
  }

  const Manifest& manifest_;
  const std::vector<OfferedFile>& files_;
  CheckedInputs checked_;
  std::vector<FieldProblem> problems_;
};

}   // namespace

Result<Json> check_value(const InputField& field, const Json& value) {
  switch (field.type) {
    case InputType::kInteger:
      return check_integer(field, value);
    case InputType::kNumber:
      return check_number(field, value);
    case InputType::kBoolean:
      return check_boolean(value);
    case InputType::kSelect:
      return check_select(field, value);
    case InputType::kText:
    case InputType::kTextarea:
    case InputType::kDate:
    case InputType::kUrl:
      return check_text(field, value);
    case InputType::kFile:
      break;
  }
  return wrong("is a file");
}

Result<CheckedInputs> check_inputs(const Manifest& manifest, const Json& inputs,
                                   const std::vector<OfferedFile>& files) {
  if (!inputs.is_object())
    return Error{Code::kInvalidInput, "inputs must be a JSON object of input names and values", "inputs"};
  Check check(manifest, files);
  check.values(inputs);
  check.files();
  return check.finish();
}

}   // namespace capid::apps
