-- Shoppers for wrk: many addresses with their session cookies, each asking for product pages as Chrome does.
-- Arguments after `--`: a file with one "address<TAB>cookie" per line, and the path that is asked for.

local requests, turn = {}, 0

function init(arguments)
  local file, path = arguments[1], arguments[2]
  local number = 0
  for line in io.lines(file) do
    local address, cookie = line:match("^(%S+)\t(.*)$")
    number = number + 1
    local headers = {
      ["Host"] = "shop.example.com",
      ["Connection"] = "keep-alive",
      ["sec-ch-ua"] = '"Chromium";v="130", "Google Chrome";v="130", "Not?A_Brand";v="99"',
      ["sec-ch-ua-mobile"] = "?0",
      ["sec-ch-ua-platform"] = '"Windows"',
      ["Upgrade-Insecure-Requests"] = "1",
      ["User-Agent"] = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36",
      ["Accept"] = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7",
      ["Sec-Fetch-Site"] = "same-origin",
      ["Sec-Fetch-Mode"] = "navigate",
      ["Sec-Fetch-User"] = "?1",
      ["Sec-Fetch-Dest"] = "document",
      ["Referer"] = "http://shop.example.com/category/lamps",
      ["Accept-Encoding"] = "gzip, deflate, br, zstd",
      ["Accept-Language"] = "en-US,en;q=0.9",
      ["X-Forwarded-For"] = address,
    }
    if cookie ~= "" then headers["Cookie"] = cookie end
    local target = path:gsub("NUMBER", tostring(1000 + number * 37 % 3000))
    requests[number] = wrk.format("GET", target, headers)
  end
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end
