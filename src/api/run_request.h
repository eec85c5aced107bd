// SPDX-License-Identifier: Apache-2.0
// From a POST (its body as JSON or form data, its Idempotency-Key) to a NewRun; attachments go to the disk as they come.
#pragma once

#include "files/blobs.h"
#include "http/message.h"
#include "runs/submit.h"

namespace capid::api {

/// `url_app` is the app in the URL, or empty; it wins over the body's. Errors: kUnsupportedMediaType, kInvalidJson,
/// kInvalidMultipart, kUnknownField, kInvalidParameter, kMissingAppId, kTooManyFiles, kEmptyFile, kFileTooLarge,
/// kPayloadTooLarge. After an error nothing stays on the disk.
[[nodiscard]] Result<runs::NewRun> read_run_request(const http::Request& request, const std::string& url_app,
                                                    files::Blobs& blobs);

}   // namespace capid::api
