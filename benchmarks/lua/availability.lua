-- Fourteen days of any cleaner, from a random day of the next sixty.
math.randomseed(os.time())
local postcode, days = os.getenv("POSTCODE"), os.getenv("DAYS") or "14"

request = function()
  local from = os.date("%Y-%m-%d", os.time() + 86400 * math.random(1, 60))
  return wrk.format("GET", "/api/v1/availability?service=regular&duration_minutes=120&days=" .. days
    .. "&postcode=" .. postcode .. "&from=" .. from)
end
