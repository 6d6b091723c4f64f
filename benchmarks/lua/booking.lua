-- Books quotes one after another, each at a random time, each by a customer of its own.
math.randomseed(os.time())
local codes, starts = {}, {}
for line in io.lines(os.getenv("QUOTES")) do codes[#codes + 1] = line end
for line in io.lines(os.getenv("STARTS")) do starts[#starts + 1] = line end
local next_one = 0

request = function()
  next_one = next_one + 1
  local code = codes[next_one]
  if code == nil then os.exit(3) end
  wrk.headers["Content-Type"] = "application/json"
  wrk.headers["Idempotency-Key"] = "bench-" .. code
  local body = string.format(
    '{"quote":"%s","start":"%s","frequency":"once","customer":{"name":"Load %d","email":"%s@example.com",' ..
    '"phone":"410-555-0100"},"property":{"line1":"%d Main Street","postcode":"BOOK","city":"Baltimore"}}',
    code, starts[math.random(#starts)], next_one, code, next_one)
  return wrk.format("POST", "/api/v1/bookings", nil, body)
end
