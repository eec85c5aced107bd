-- SPDX-License-Identifier: Apache-2.0
-- For wrk: sends one request over and over, under one key after the other, and says as one line of JSON how many answers
-- had the wanted status. Arguments: METHOD WANTED_STATUS KEYS_FILE BODY PREFER

local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function init(arguments)
  local method, keys_file, body = arguments[1], arguments[3], arguments[4]
  wanted = tonumber(arguments[2])
  good, bad, first_bad = 0, 0, ""
  requests, turn = {}, 0
  for key in io.lines(keys_file) do
    local headers = {["Authorization"] = "Bearer " .. key}
    if body ~= "" then headers["Content-Type"] = "application/json" end
    if arguments[5] ~= "" then headers["Prefer"] = arguments[5] end
    table.insert(requests, wrk.format(method, nil, headers, body ~= "" and body or nil))
  end
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end

function response(status, headers, body)
  if status == wanted then
    good = good + 1
    return
  end
  bad = bad + 1
  if first_bad == "" then first_bad = status .. " " .. body:sub(1, 300) end
end

local function quoted(text)
  return '"' .. text:gsub('[%c"\\]', " ") .. '"'
end

function done(summary, latency, _)
  local good, bad, first_bad = 0, 0, ""
  for _, thread in ipairs(threads) do
    good = good + thread:get("good")
    bad = bad + thread:get("bad")
    if first_bad == "" then first_bad = thread:get("first_bad") end
  end
  local errors = summary.errors
  io.write(string.format('{"good": %d, "bad": %d, "first_bad": %s, "seconds": %f, "broken": %d, "p50_ms": %f, "p99_ms": %f}\n',
    good, bad, quoted(first_bad), summary.duration / 1e6, errors.connect + errors.read + errors.write,   -- a timeout is only slow
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
