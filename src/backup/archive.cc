// SPDX-License-Identifier: Apache-2.0
#include "backup/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>

#include "backup/hashed_stream.h"

namespace capid::backup {
namespace {

constexpr size_t kTarBlock = 512;
constexpr size_t kPiece = 256 << 10;
constexpr size_t kMostChecksums = 1 << 30;
constexpr size_t kHexLength = 64;
constexpr unsigned kPermissions = 0777;

struct FreeEntry {
  void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};
using EntryPtr = std::unique_ptr<archive_entry, FreeEntry>;

Error broken(const std::string& why) {
  return {Code::kInvalidParameter, "the archive is no sound backup: " + why + "; nothing of it was used"};
}

// As coreutils has it: a name with a line break or a backslash is escaped, and its line begins with a backslash.
std::string checksum_line(const std::string& name, const std::string& sum) {
  std::string escaped;
  for (const char c : name) escaped += c == '\n' ? "\\n" : c == '\\' ? "\\\\" : std::string(1, c);
  return (escaped == name ? "" : "\\") + sum + "  " + escaped + "\n";
}

std::string unescape(const std::string& text) {
  std::string name;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size())
      name += text[i];
    else
      name += text[++i] == 'n' ? '\n' : text[i];
  }
  return name;
}

std::optional<Checksums> parse_checksums(const std::string& text) {
  Checksums sums;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = text.find('\n', begin);
    if (end == std::string::npos) return std::nullopt;
    std::string line = text.substr(begin, end - begin);
    begin = end + 1;
    const bool escaped = line.starts_with('\\');
    if (escaped) line.erase(0, 1);
    if (line.size() < kHexLength + 3 || line.compare(kHexLength, 2, "  ") != 0) return std::nullopt;
    const std::string name = line.substr(kHexLength + 2);
    sums[escaped ? unescape(name) : name] = line.substr(0, kHexLength);
  }
  return sums;
}

}   // namespace

struct ArchiveWriter::State {
  explicit State(int fd) : file(fd) {}
  ~State() { archive_write_free(out); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  archive* out = archive_write_new();
  HashedOutput file;
  std::string failure;   // what the file said when it took no more
  Checksums sums;

  static la_ssize_t take(archive*, void* state, const void* bytes, size_t size) {
    auto* self = static_cast<State*>(state);
    const auto done = self->file.write({static_cast<const char*>(bytes), size});
    if (done) return static_cast<la_ssize_t>(size);
    self->failure = done.error().detail;
    return -1;
  }

  Error cannot_write() const {
    const char* why = archive_error_string(out);
    return {Code::kInternal, "the backup could not be written", {}, !failure.empty() ? failure : why ? why : ""};
  }

  Result<void> begin(const std::string& name, mode_t kind, unsigned mode, int64_t size, const timespec& changed_at = {},
                     const std::string& target = "") {
    const EntryPtr entry(archive_entry_new());
    archive_entry_set_pathname(entry.get(), name.c_str());
    archive_entry_set_filetype(entry.get(), kind);
    archive_entry_set_perm(entry.get(), mode & kPermissions);
    archive_entry_set_size(entry.get(), size);
    archive_entry_set_mtime(entry.get(), changed_at.tv_sec, changed_at.tv_nsec);
    if (!target.empty()) archive_entry_set_symlink(entry.get(), target.c_str());
    if (archive_write_header(out, entry.get()) != ARCHIVE_OK) return cannot_write();
    return {};
  }

  Result<void> add_text(const std::string& name, const std::string& text) {
    TRY(begin(name, AE_IFREG, 0600, static_cast<int64_t>(text.size())));
    TRY(write(text));
    return archive_write_finish_entry(out) == ARCHIVE_OK ? Result<void>{} : cannot_write();
  }

  Result<void> write(std::string_view bytes) {
    if (archive_write_data(out, bytes.data(), bytes.size()) != static_cast<la_ssize_t>(bytes.size()))
      return cannot_write();
    return {};
  }
};

ArchiveWriter::ArchiveWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
ArchiveWriter::ArchiveWriter(ArchiveWriter&&) noexcept = default;
ArchiveWriter::~ArchiveWriter() = default;

Result<ArchiveWriter> ArchiveWriter::to(int out) {
  auto state = std::make_unique<State>(out);
  archive_write_set_format_gnutar(state->out);
  archive_write_set_bytes_per_block(state->out,
                                    0);   // nothing is held back, so that the hash is of all that was written
  if (archive_write_open(state->out, state.get(), nullptr, State::take, nullptr) != ARCHIVE_OK)
    return state->cannot_write();
  return ArchiveWriter(std::move(state));
}

Result<std::string> ArchiveWriter::add_file(const std::string& name, const base::Fd& file) {
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return base::system_error("cannot read " + name, "fstat");
  TRY(state_->begin(name, AE_IFREG, status.st_mode, status.st_size, status.st_mtim));
  base::Sha256 hash;
  const auto take = [&](std::string_view bytes) {
    hash.update(bytes);
    return state_->write(bytes);
  };
  std::string piece(kPiece, '\0');
  int64_t left = status.st_size;
  while (left > 0) {
    const ssize_t got = ::read(file.get(), piece.data(), std::min<int64_t>(left, kPiece));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return base::system_error("cannot read " + name, "read");
    if (got == 0) break;
    TRY(take({piece.data(), static_cast<size_t>(got)}));
    left -= got;
  }
  for (const std::string zeros(kPiece, '\0'); left > 0; left -= std::min<int64_t>(left, kPiece))
    TRY(take({zeros.data(), static_cast<size_t>(std::min<int64_t>(left, kPiece))}));
  return state_->sums[name] = hash.hex();
}

Result<void> ArchiveWriter::add_text(const std::string& name, const std::string& text) {
  TRY(state_->add_text(name, text));
  base::Sha256 hash;
  hash.update(text);
  state_->sums[name] = hash.hex();
  return {};
}

Result<void> ArchiveWriter::add_link(const std::string& name, const std::string& target) {
  return state_->begin(name, AE_IFLNK, kPermissions, 0, {}, target);
}

Result<void> ArchiveWriter::add_folder(const std::string& name, unsigned mode) {
  return state_->begin(name, AE_IFDIR, mode, 0);
}

Result<void> ArchiveWriter::finish() {
  std::string lines;
  for (const auto& [name, sum] : state_->sums) lines += checksum_line(name, sum);
  if (lines.size() > kMostChecksums)
    return Error{
        Code::kInternal, "there are more files than an archive can list", {}, std::to_string(state_->sums.size())};
  TRY(state_->add_text(kChecksums, lines));
  TRY(state_->add_text(kWholeChecksum, state_->file.end_of_hash() + "\n"));
  return archive_write_close(state_->out) == ARCHIVE_OK ? Result<void>{} : state_->cannot_write();
}

struct ArchiveReader::State {
  explicit State(int fd) : file(fd) {}
  ~State() { archive_read_free(in); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  archive* in = archive_read_new();
  HashedInput file;
  std::string failure;   // what the file said when it gave no more
  Checksums found;
  std::optional<std::string> current;   // a file whose bytes were not read yet
  std::optional<std::string> listed;    // what SHA256SUMS says
  std::optional<int64_t> whole_at;      // where the entry with the archive's own checksum begins

  static la_ssize_t give(archive*, void* state, const void** bytes) {
    auto* self = static_cast<State*>(state);
    const auto piece = self->file.read();
    if (!piece) self->failure = piece.error().detail;
    if (!piece) return -1;
    *bytes = piece->data();
    return static_cast<la_ssize_t>(piece->size());
  }

  Error wrong() const {
    const char* why = archive_error_string(in);
    return broken(!failure.empty() ? failure : why ? why : "it cannot be read");
  }

  Result<void> read(const std::function<Result<void>(std::string_view)>& take) {
    std::string piece(kPiece, '\0');
    for (;;) {
      const la_ssize_t got = archive_read_data(in, piece.data(), piece.size());
      if (got < 0) return wrong();
      if (got == 0) return {};
      TRY(take({piece.data(), static_cast<size_t>(got)}));
    }
  }

  Result<void> check_end() const {
    if (!listed || !whole_at) return broken("it has no end, so it was cut off");
    const auto sums = parse_checksums(*listed);
    if (!sums) return broken("its checksums cannot be read");
    for (const auto& [name, sum] : found) {
      const auto right = sums->find(name);
      if (right == sums->end()) return broken("\"" + name + "\" is not among its checksums");
      if (right->second != sum) return broken("\"" + name + "\" was changed since it was made");
    }
    if (sums->size() != found.size()) return broken("something of it is missing");
    return {};
  }

  // After the last entry's head there is its one line, and then nothing but zeros.
  Result<void> check_whole() {
    for (auto piece = TRY(file.read()); !piece.empty(); piece = TRY(file.read())) continue;
    const auto at = static_cast<uint64_t>(*whole_at);
    const std::string line = file.hash_before(at) + "\n";
    const std::string_view rest = file.rest_from(at);
    constexpr size_t kEnd = 4 * kTarBlock;   // the entry's head, its line, and two blocks of zeros
    const bool same = line.size() > 1 && rest.size() == kEnd && rest.substr(kTarBlock).starts_with(line);
    const bool nothing_else = same && rest.find_first_not_of('\0', kTarBlock + line.size()) == std::string_view::npos;
    return nothing_else ? Result<void>{} : broken("it was cut off or changed since it was made");
  }

  // A text that comes with the end.
  Result<std::string> read_text() {
    std::string text;
    TRY(read([&](std::string_view bytes) -> Result<void> {
      if (text.size() + bytes.size() > kMostChecksums) return broken("its checksums have no end");
      text += bytes;
      return {};
    }));
    return text;
  }
};

ArchiveReader::ArchiveReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
ArchiveReader::ArchiveReader(ArchiveReader&&) noexcept = default;
ArchiveReader::~ArchiveReader() = default;

Result<ArchiveReader> ArchiveReader::from(int in) {
  auto state = std::make_unique<State>(in);
  archive_read_support_format_tar(state->in);
  if (archive_read_open(state->in, state.get(), nullptr, State::give, nullptr) != ARCHIVE_OK) return state->wrong();
  return ArchiveReader(std::move(state));
}

Result<std::optional<Entry>> ArchiveReader::next() {
  if (state_->current) TRY(copy_to(-1));
  archive_entry* entry = nullptr;
  const int code = archive_read_next_header(state_->in, &entry);
  if (code == ARCHIVE_EOF) {
    TRY(state_->check_end());
    TRY(state_->check_whole());
    return std::optional<Entry>{};
  }
  if (code != ARCHIVE_OK) return state_->wrong();
  if (state_->whole_at) return broken("something follows its end");
  const char* name = archive_entry_pathname(entry);
  if (!name) return broken("an entry has no name");
  Entry next{.name = name,
             .target = "",
             .mode = archive_entry_perm(entry) & kPermissions,
             .changed_at = {archive_entry_mtime(entry), archive_entry_mtime_nsec(entry)}};
  while (next.name.ends_with('/')) next.name.pop_back();
  if (archive_entry_hardlink(entry)) return broken("\"" + next.name + "\" is a second name of a file");
  switch (archive_entry_filetype(entry)) {
    case AE_IFREG:
      break;
    case AE_IFDIR:
      next.kind = Entry::Kind::kFolder;
      return std::optional(next);
    case AE_IFLNK:
      next.kind = Entry::Kind::kLink;
      next.target = archive_entry_symlink(entry) ? archive_entry_symlink(entry) : "";
      return std::optional(next);
    default:
      return broken("\"" + next.name + "\" is neither file, folder nor link");
  }
  if (next.name == kChecksums && !state_->listed) {
    state_->listed = TRY(state_->read_text());
    return this->next();
  }
  if (next.name == kWholeChecksum) {
    state_->whole_at = archive_read_header_position(state_->in);
    TRY(state_->read_text());
    return this->next();
  }
  if (state_->listed) return broken("something follows its checksums");
  if (state_->found.contains(next.name)) return broken("\"" + next.name + "\" is there twice");
  state_->current = next.name;
  return std::optional(next);
}

Result<void> ArchiveReader::copy_to(int out) {
  CHECK(state_->current);
  base::Sha256 hash;
  TRY(state_->read([&](std::string_view bytes) -> Result<void> {
    hash.update(bytes);
    return out < 0 ? Result<void>{} : base::write_all(out, bytes);
  }));
  state_->found[*state_->current] = hash.hex();
  state_->current.reset();
  return {};
}

const Checksums& ArchiveReader::checksums() const { return state_->found; }

}   // namespace capid::backup
