// SPDX-License-Identifier: Apache-2.0
// Reads YAML that people write: every key is asked for by name, and what nobody asked for, or has the wrong form, is
// reported with file, line and key. Used by the config and by app manifests.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace YAML {
class Node;
}

namespace capid::base {

/// What is wrong with one file, as lines of the form `config.yaml:12: runs.concurrency: …`.
class YamlProblems {
 public:
  explicit YamlProblems(std::string file) : file_(std::move(file)) {}
  void add(int line, const std::string& what);
  [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }

 private:
  std::string file_;
  std::vector<std::string> lines_;
};

class YamlMap;

/// One value in the file. Getters report a wrong form as a problem and return nothing.
class YamlValue {
 public:
  /// `line` is where a person would look for it: its key's line, where it has a key.
  YamlValue(std::shared_ptr<const YAML::Node> node, int line, std::string path, YamlProblems& problems);

  void problem(const std::string& what) const;   ///< the line and the key, then `what`
  void remark(const std::string& what) const;    ///< the line, then `what`
  [[nodiscard]] const std::string& path() const { return path_; }

  [[nodiscard]] bool is_map() const;
  [[nodiscard]] bool is_list() const;
  [[nodiscard]] bool is_null() const;   ///< nothing, ~ or null

  [[nodiscard]] std::optional<std::string> text() const;
  [[nodiscard]] std::optional<bool> boolean() const;
  [[nodiscard]] std::optional<int64_t> integer(int64_t least, int64_t most) const;
  [[nodiscard]] std::optional<double> number() const;
  [[nodiscard]] std::optional<int64_t> duration_ms(int64_t least, int64_t most) const;   ///< "10m"
  [[nodiscard]] std::optional<int64_t> bytes(int64_t least, int64_t most) const;         ///< "512MiB"
  [[nodiscard]] std::optional<int64_t> micro() const;                                    ///< "1.25", at least 0
  [[nodiscard]] std::vector<YamlValue> items() const;
  [[nodiscard]] std::vector<std::string> texts() const;   ///< a list of strings
  [[nodiscard]] YamlMap map() const;

  /// The value as JSON, of at most 10,000 nodes, counted after aliases are followed; plain words become null, booleans and numbers as YAML 1.2's core schema has them.
  [[nodiscard]] Json json() const;

 private:
  std::shared_ptr<const YAML::Node> node_;
  int line_;
  std::string path_;
  YamlProblems* problems_;
};

/// The keys of one mapping. A key given twice is a problem; a key with no value counts as absent.
class YamlMap {
 public:
  explicit YamlMap(YamlValue where) : where_(std::move(where)) {}
  YamlMap(YamlValue where, std::vector<std::pair<std::string, YamlValue>> entries);

  [[nodiscard]] const YamlValue& where() const { return where_; }
  [[nodiscard]] const std::vector<std::pair<std::string, YamlValue>>& entries() const& { return entries_; }
  [[nodiscard]] std::vector<std::pair<std::string, YamlValue>> entries() && { return std::move(entries_); }

  /// The value of `key`, which from now on counts as known.
  [[nodiscard]] std::optional<YamlValue> take(const std::string& key);

  void read(const std::string& key, std::string& out);
  void read(const std::string& key, bool& out);
  void read(const std::string& key, std::vector<std::string>& out);
  void read(const std::string& key, int64_t& out, int64_t least, int64_t most);
  void read_duration(const std::string& key, int64_t& out_ms, int64_t least, int64_t most);
  void read_bytes(const std::string& key, int64_t& out, int64_t least, int64_t most);
  void read_micro(const std::string& key, int64_t& out);
  void read_choice(const std::string& key, std::string& out, const std::vector<std::string>& choices);

  /// Reports every key that nobody took, with the nearest known one.
  void finish() const;

 private:
  YamlValue where_;
  std::vector<std::pair<std::string, YamlValue>> entries_;
  std::vector<std::string> known_;
};

/// Parses `text` as one YAML document whose root is a mapping (an empty file is an empty mapping). Syntax errors are
/// added to `problems`, and nothing is returned.
[[nodiscard]] std::optional<YamlMap> parse_yaml(const std::string& text, YamlProblems& problems);

}   // namespace capid::base
