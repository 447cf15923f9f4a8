-- Shoppers for wrk: many addresses with their session cookies, each opening product pages as Chrome does, in Chrome's
-- own header order: the page, three pictures, the price by script. Arguments after `--`: a file with one
-- "address<TAB>cookie" per line, and one path to ask for in place of all that.

local FIRST = "GET TARGET HTTP/1.1\r\nHost: shop.example.com\r\nConnection: keep-alive\r\n"
local PLATFORM = 'sec-ch-ua-platform: "Windows"\r\n'
local AGENT = "User-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
  .. "Chrome/130.0.0.0 Safari/537.36\r\n"
local HINTS = 'sec-ch-ua: "Chromium";v="130", "Google Chrome";v="130", "Not?A_Brand";v="99"\r\n'
local MOBILE = "sec-ch-ua-mobile: ?0\r\n"
local PAGE_ACCEPT = "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,"
  .. "application/signed-exchange;v=b3;q=0.7\r\n"
local LAST = "Accept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: en-US,en;q=0.9\r\n"

local function fetched(mode, destination, referrer)
  return "Sec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: " .. mode .. "\r\n"
    .. (mode == "navigate" and "Sec-Fetch-User: ?1\r\n" or "")
    .. "Sec-Fetch-Dest: " .. destination .. "\r\nReferer: http://shop.example.com" .. referrer .. "\r\n"
end

local PAGE = FIRST .. HINTS .. MOBILE .. PLATFORM .. "Upgrade-Insecure-Requests: 1\r\n" .. AGENT .. PAGE_ACCEPT
  .. fetched("navigate", "document", "/category/lamps") .. LAST
local PICTURE = FIRST .. PLATFORM .. AGENT .. HINTS .. MOBILE
  .. "Accept: image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8\r\n"
  .. fetched("no-cors", "image", "/product/1234") .. LAST
local SCRIPT = FIRST .. PLATFORM .. AGENT .. "Accept: application/json\r\n" .. HINTS .. MOBILE
  .. fetched("cors", "empty", "/product/1234") .. LAST

local STEPS = {
  { "/product/NUMBER", PAGE },
  { "/images/NUMBER1.svg", PICTURE },
  { "/images/NUMBER2.svg", PICTURE },
  { "/images/NUMBER3.svg", PICTURE },
  { "/api/price/NUMBER", SCRIPT },
}

local requests, turn = {}, 0

local function written(step, number, address, cookie)
  local target = step[1]:gsub("NUMBER", tostring(1000 + number * 37 % 3000))
  local head = step[2]:gsub("TARGET", (target:gsub("%%", "%%%%")))
  if cookie ~= "" then head = head .. "Cookie: " .. cookie .. "\r\n" end
  return head .. "X-Forwarded-For: " .. address .. "\r\n\r\n"
end

function init(arguments)
  local people = {}
  for line in io.lines(arguments[1]) do
    local address, cookie = line:match("^(%S+)\t(.*)$")
    people[#people + 1] = { address, cookie }
  end
  local steps = arguments[2] and { { arguments[2], PAGE } } or STEPS
  for number, who in ipairs(people) do -- a page, its pictures and its price come together, as a browser asks for them
    for _, step in ipairs(steps) do
      requests[#requests + 1] = written(step, number, who[1], who[2])
    end
  end
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end
