// SPDX-License-Identifier: Apache-2.0
#include "files/types.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace capid::files {
namespace {

using namespace std::string_view_literals;

struct Type {
  std::string_view extension;
  std::string_view media_type;
};

constexpr std::array kTypes{
    // images
    Type{"png", "image/png"},
    Type{"jpg", "image/jpeg"},
    Type{"jpeg", "image/jpeg"},
    Type{"gif", "image/gif"},
    Type{"webp", "image/webp"},
    Type{"heic", "image/heic"},
    Type{"heif", "image/heif"},
    Type{"svg", "image/svg+xml"},
    Type{"bmp", "image/bmp"},
    Type{"tif", "image/tiff"},
    Type{"tiff", "image/tiff"},
    Type{"avif", "image/avif"},
    Type{"ico", "image/x-icon"},
    // documents and data
    Type{"pdf", "application/pdf"},
    Type{"txt", "text/plain"},
    Type{"log", "text/plain"},
    Type{"md", "text/markdown"},
    Type{"markdown", "text/markdown"},
    Type{"rst", "text/x-rst"},
    Type{"rtf", "application/rtf"},
    Type{"doc", "application/msword"},
    Type{"xls", "application/vnd.ms-excel"},
    Type{"ppt", "application/vnd.ms-powerpoint"},
    Type{"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
    Type{"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
    Type{"pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"},
    Type{"odt", "application/vnd.oasis.opendocument.text"},
    Type{"ods", "application/vnd.oasis.opendocument.spreadsheet"},
    Type{"odp", "application/vnd.oasis.opendocument.presentation"},
    Type{"csv", "text/csv"},
    Type{"tsv", "text/tab-separated-values"},
    Type{"html", "text/html"},
    Type{"htm", "text/html"},
    Type{"json", "application/json"},
    Type{"jsonl", "application/jsonl"},
    Type{"ndjson", "application/x-ndjson"},
    Type{"yaml", "application/yaml"},
    Type{"yml", "application/yaml"},
    Type{"xml", "application/xml"},
    Type{"ipynb", "application/x-ipynb+json"},
    Type{"eml", "message/rfc822"},
    Type{"ics", "text/calendar"},
    // code
    Type{"py", "text/x-python"},
    Type{"js", "text/javascript"},
    Type{"mjs", "text/javascript"},
    Type{"cjs", "text/javascript"},
    Type{"jsx", "text/jsx"},
    Type{"ts", "text/x-typescript"},
    Type{"tsx", "text/tsx"},
    Type{"go", "text/x-go"},
    Type{"rb", "text/x-ruby"},
    Type{"java", "text/x-java"},
    Type{"sh", "text/x-shellscript"},
    Type{"bash", "text/x-shellscript"},
    Type{"sql", "application/sql"},
    Type{"c", "text/x-c"},
    Type{"h", "text/x-c"},
    Type{"cc", "text/x-c++"},
    Type{"cpp", "text/x-c++"},
    Type{"cxx", "text/x-c++"},
    Type{"hh", "text/x-c++"},
    Type{"hpp", "text/x-c++"},
    Type{"cs", "text/x-csharp"},
    Type{"rs", "text/x-rust"},
    Type{"php", "text/x-php"},
    Type{"swift", "text/x-swift"},
    Type{"kt", "text/x-kotlin"},
    Type{"scala", "text/x-scala"},
    Type{"lua", "text/x-lua"},
    Type{"r", "text/x-r"},
    Type{"pl", "text/x-perl"},
    Type{"css", "text/css"},
    Type{"scss", "text/x-scss"},
    Type{"vue", "text/x-vue"},
    Type{"toml", "application/toml"},
    Type{"ini", "text/x-ini"},
    Type{"cfg", "text/x-ini"},
    Type{"conf", "text/x-ini"},
    Type{"diff", "text/x-diff"},
    Type{"patch", "text/x-diff"},
    // archives
    Type{"zip", "application/zip"},
    // audio
    Type{"mp3", "audio/mpeg"},
    Type{"wav", "audio/wav"},
    Type{"m4a", "audio/mp4"},
    Type{"flac", "audio/flac"},
    Type{"ogg", "audio/ogg"},
    Type{"oga", "audio/ogg"},
    Type{"opus", "audio/opus"},
    Type{"aac", "audio/aac"},
    Type{"aiff", "audio/aiff"},
    // video
    Type{"mp4", "video/mp4"},
    Type{"m4v", "video/mp4"},
    Type{"webm", "video/webm"},
    Type{"mov", "video/quicktime"},
    Type{"mkv", "video/x-matroska"},
    Type{"avi", "video/x-msvideo"},
};

struct Signature {
  std::string_view begins;   ///< what the file begins with, beside the bytes that tell
  std::string_view bytes;
  size_t offset;
  std::string_view media_type;   ///< empty: a thing that no accepted extension may hold
  std::string_view extensions;   ///< those that may hold it, each between spaces
};

// clang-format off
constexpr std::array kSignatures{
    Signature{"", "\x89PNG\r\n\x1a\n"sv, 0, "image/png", " png "},
    Signature{"", "\xff\xd8\xff"sv, 0, "image/jpeg", " jpg jpeg "},
    Signature{"", "GIF87a"sv, 0, "image/gif", " gif "},
    Signature{"", "GIF89a"sv, 0, "image/gif", " gif "},
    Signature{"RIFF", "WEBP"sv, 8, "image/webp", " webp "},
    Signature{"RIFF", "WAVE"sv, 8, "audio/wav", " wav "},
    Signature{"", "%PDF-"sv, 0, "application/pdf", " pdf "},
    Signature{"", "PK\x03\x04"sv, 0, "application/zip", " zip docx xlsx pptx odt ods odp "},
    Signature{"", "\x1a\x45\xdf\xa3"sv, 0, "video/webm", " webm mkv "},
    Signature{"", "ID3\x02"sv, 0, "audio/mpeg", " mp3 aac "},
    Signature{"", "ID3\x03"sv, 0, "audio/mpeg", " mp3 aac "},
    Signature{"", "ID3\x04"sv, 0, "audio/mpeg", " mp3 aac "},
    Signature{"", "fLaC"sv, 0, "audio/flac", " flac "},
    Signature{"", "OggS"sv, 0, "audio/ogg", " ogg oga opus "},
    Signature{"\0"sv, "ftyp"sv, 4, "video/mp4", " mp4 m4v m4a mov heic heif avif "},
    Signature{"", "II*\0"sv, 0, "image/tiff", " tif tiff "},
    Signature{"", "MM\0*"sv, 0, "image/tiff", " tif tiff "},
    Signature{"", "\x7f" "ELF"sv, 0, "", " "},
    Signature{"", "MZ\x90\0"sv, 0, "", " "},
    Signature{"", "\x1f\x8b\x08"sv, 0, "", " "},
};
// clang-format on

// Extensions whose files always begin with their signature, so that its absence contradicts them too.
constexpr std::string_view kAlwaysSigned = " png jpg jpeg gif webp pdf zip docx xlsx pptx odt ods odp flac tif tiff ";

const Signature* find_signature(std::string_view head) {
  const auto matches = [&](const Signature& signature) {
    return head.starts_with(signature.begins) && head.size() >= signature.offset + signature.bytes.size() &&
           head.substr(signature.offset, signature.bytes.size()) == signature.bytes;
  };
  const auto found = std::find_if(kSignatures.begin(), kSignatures.end(), matches);
  return found == kSignatures.end() ? nullptr : &*found;
}

bool listed(std::string_view list, const std::string& word) {
  return list.find(" " + word + " ") != std::string_view::npos;
}

bool is_safe_character(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte != 0x7f && c != '/' && c != '\\';
}

constexpr size_t kMaxNameLength = 120;

// Cuts at a character's border, and keeps the extension.
std::string shortened(const std::string& name) {
  if (name.size() <= kMaxNameLength) return name;
  const std::string extension = extension_of(name);
  const std::string tail = extension.empty() || extension.size() > 16 ? "" : "." + extension;
  size_t end = kMaxNameLength - tail.size();
  while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xc0) == 0x80) --end;
  return name.substr(0, end) + tail;
}

}   // namespace

std::string extension_of(std::string_view name) {
  const size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || name.find('/', dot) != std::string_view::npos) return "";
  return base::to_lower(name.substr(dot + 1));
}

std::vector<std::string> accepted_extensions() {
  std::vector<std::string> extensions;
  for (const Type& type : kTypes) extensions.emplace_back(type.extension);
  return extensions;
}

std::optional<std::string_view> type_of_extension(std::string_view extension) {
  const auto found =
      std::find_if(kTypes.begin(), kTypes.end(), [&](const Type& type) { return type.extension == extension; });
  if (found == kTypes.end()) return std::nullopt;
  return found->media_type;
}

Result<std::string> type_of_attachment(std::string_view name, std::string_view head) {
  const std::string extension = extension_of(name);
  const auto type = type_of_extension(extension);
  const std::string shown = base::to_utf8(name);
  if (!type) {
    return Error{Code::kUnsupportedFileType,
                 "files of the type " + (extension.empty() ? "of \"" + shown + "\"" : "." + extension) +
                     " are not accepted: send images, documents, data, code, audio, video or .zip"};
  }
  const Signature* signature = find_signature(head);
  const bool contradicts = signature ? !listed(signature->extensions, extension) : listed(kAlwaysSigned, extension);
  if (contradicts) {
    return Error{
        Code::kUnsupportedFileType,
        "\"" + shown + "\" is not what its extension says: its content is not that of a ." + extension + " file"};
  }
  return std::string(*type);
}

std::string type_of_artifact(std::string_view name, std::string_view head) {
  if (const auto type = type_of_extension(extension_of(name))) return std::string(*type);
  const Signature* signature = find_signature(head);
  if (signature && !signature->media_type.empty()) return std::string(signature->media_type);
  const bool text = !head.empty() && head.find('\0') == std::string_view::npos && !signature;
  return text ? "text/plain" : "application/octet-stream";
}

std::string safe_name(std::string_view name, const std::set<std::string>& taken) {
  std::string safe = base::to_utf8(name.substr(name.find_last_of("/\\") + 1));
  std::replace_if(
      safe.begin(), safe.end(), [](char c) { return !is_safe_character(c); }, '_');
  if (safe.find_first_not_of('.') == std::string::npos) safe = "file";
  if (safe.front() == '.' || safe.front() == '-') safe.insert(safe.begin(), '_');
  safe = shortened(safe);

  std::string unique = safe;
  const std::string extension = extension_of(safe);
  const std::string stem = extension.empty() ? safe : safe.substr(0, safe.size() - extension.size() - 1);
  for (int i = 2; taken.contains(unique); ++i) unique = stem + "-" + std::to_string(i) + safe.substr(stem.size());
  return unique;
}

}   // namespace capid::files
