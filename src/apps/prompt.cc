// SPDX-License-Identifier: Apache-2.0
#include "apps/prompt.h"

#include <kainjow/mustache.hpp>
#include <set>

#include "apps/manifest.h"
#include "base/text.h"

namespace capid::apps {
namespace {

namespace mustache = kainjow::mustache;

// An absent value, false and an empty text are nothing, to sections as well.
mustache::data data_of(const Json& value) {
  if (value.is_null() || value == false || value == "") return mustache::data{false};
  return mustache::data{value.is_string() ? value.get<std::string>() : base::dump(value)};
}

mustache::data object_of(const Json& object) {
  mustache::data data{mustache::data::type::object};
  for (const auto& [name, value] : object.items()) data.set(name, data_of(value));
  return data;
}

mustache::data data_for(const Json& given) {
  mustache::data data{mustache::data::type::object}, files{mustache::data::type::list};
  for (const Json& file : given.value("files", Json::array())) files.push_back(object_of(file));
  data.set("inputs", object_of(given.value("inputs", Json::object())));
  data.set("files", files);
  return data;
}

// Remembers which names the template asked for in vain.
class Checking : public mustache::context<std::string> {
 public:
  explicit Checking(const mustache::data* data) : context(data) {}

  const mustache::data* get(const std::string& name) const override {
    const auto* found = context::get(name);
    if (!found) unknown_.insert(name);
    return found;
  }

  const mustache::data* get_partial(const std::string& name) const override {
    unknown_.insert(">" + name);
    return nullptr;
  }

  [[nodiscard]] const std::set<std::string>& unknown() const { return unknown_; }

 private:
  mutable std::set<std::string> unknown_;
};

std::string fill_in(mustache::mustache& prompt, mustache::context<std::string>& context) {
  prompt.set_custom_escape([](const std::string& text) { return text; });   // a prompt is no HTML
  return prompt.render(context);
}

// A run that was given everything, or nothing: between them they go through every section.
Json sample(const std::vector<InputField>& inputs, bool all) {
  Json given{{"inputs", Json::object()}, {"files", Json::array()}};
  for (const InputField& field : inputs) given["inputs"][field.name] = all ? Json("x") : Json();
  if (all) given["files"].push_back({{"name", "x"}, {"path", "x"}, {"type", "x"}, {"size", 1}});
  return given;
}

std::string unknown_name(const std::string& name, const std::vector<InputField>& inputs) {
  if (name.starts_with('>')) return "has a partial, {{" + name + "}}: there are none";
  std::vector<std::string> known{"files"};
  for (const InputField& field : inputs) known.push_back("inputs." + field.name);
  return "names {{" + name + "}}, which no run is given" + base::did_you_mean(name, known) +
         (known.size() == 1 ? ": it has no inputs" : "");
}

}   // namespace

std::optional<std::string> prompt_problem(const std::string& text, const std::vector<InputField>& inputs) {
  constexpr size_t kMostTags = 2'000;   // the library goes down into each section by recursion
  size_t tags = 0;
  for (size_t at = text.find("{{"); at != std::string::npos; at = text.find("{{", at + 2)) ++tags;
  if (tags > kMostTags) return "has more than 2,000 tags";
  for (const bool all : {true, false}) {
    mustache::mustache prompt(text);
    if (!prompt.is_valid()) return "is no template: " + prompt.error_message();
    const mustache::data data = data_for(sample(inputs, all));
    Checking context(&data);
    (void)fill_in(prompt, context);
    if (!context.unknown().empty()) return unknown_name(*context.unknown().begin(), inputs);
  }
  return std::nullopt;
}

std::string render_prompt(const std::string& text, const Json& given) {
  mustache::mustache prompt(text);
  const mustache::data data = data_for(given);
  mustache::context<std::string> context(&data);
  return fill_in(prompt, context);
}

}   // namespace capid::apps
