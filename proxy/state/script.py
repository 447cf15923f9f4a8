"""The store merges by the same table as workers do: this file turns that table into the script it runs."""

from struct import Struct

from detectors.behaviour.memory import (
    BASIC_LANES,
    COUNTS,
    EPOCH,
    EPOCH_AT,
    FIELDS,
    HEAD_SIZE,
    LANE_SIZE,
    LARGEST,
    LARGEST_SIZE,
    PLACES,
    ROUTE_LANES,
    SKETCH_SIZE,
    SKETCHES,
    SMALLEST,
    WIDE_COUNTS,
    WORDS_AT,
    Merging,
)
from detectors.behaviour.windows import BUCKET_S, LANE, SPANS

AHEAD = 2  # buckets by which a node's clock may be ahead of the server's
ALONE = b"="
BASE_S = 600  # for so long after a loss, what it left over is kept apart from what was counted since
EXACT = 2**53  # Lua counts in doubles
NEWCOMER_REQUESTS = 4  # a client with fewer is soon forgotten, so that a flood of addresses is as well
REQUESTS_AT = 4 * COUNTS.index("requests")
WORD = Struct("<IIH")  # before each delta: deltas and requests that the store must know, the size of this one

_CODES = {"I": "I4", "Q": "I8", "d": "d", "S": f"c{SKETCH_SIZE}"}
_HEAD = "<" + "".join(_CODES[field.code] for field in FIELDS) + "I4"
_SUMS = len(COUNTS) + len(WIDE_COUNTS)
_FIRST, _MAXIMA, _BITS = _SUMS + 1, _SUMS + 2, PLACES.index(SKETCHES[0]) + 1
_BUCKET = len(FIELDS) + 1
_LONGER = ",".join(str(span) for span in list(SPANS.values())[1:])

# What is kept under a key, or false. One that holds something else holds nothing of ours: where it merely
# stood in the way, every batch of its lane would fail, for ever.
HELD = """
local function held(...)
  local found = redis.pcall(...)
  if type(found) ~= 'table' then return found end
  if not string.find(found.err, 'WRONGTYPE', 1, true) then return redis.call(...) end
  return false
end
"""

assert all(field.merging is Merging.SUM for field in FIELDS[:_SUMS])  # noqa: S101  the script counts on it
assert COUNTS[:2] == ("shares", "requests")  # noqa: S101
assert FIELDS[_SUMS].merging is Merging.MIN  # noqa: S101

# KEYS: the receipt of the worker's lane, then one key per client. ARGV: batch number, lifetime in ms, that
# of newcomers in ms, then for each client: WORD, a delta, and perhaps the client's past.
#
# The receipt makes a batch idempotent: one that was merged already, or comes late over a connection that was
# given up, is not merged again, and only returns the totals. It is written first, so that a store without
# memory refuses a batch before it merges any part of it. Behind the number are the keys that were refused.
#
# A worker says how many deltas and requests it believes the store merged for a client. Where those are all,
# nobody else sent one, the worker knows the totals itself, and '=' is returned. Where the store merged fewer,
# it has lost some (a crash, an old snapshot, a failover, an eviction): nothing is merged, '' is returned, and
# the worker sends the delta again with the past behind it.
#
# What the store hears of first, or again after a loss, begins an epoch: the moment at which that happens,
# which the total carries from then on, and workers with it ('=' is followed by it). Whoever comes from an
# earlier one is asked for their past as well. Workers remember nearly the same, so pasts join by maximum, in
# a base that lies behind the total for a while: what the base gains, the total gains. Joined with the total
# itself, a past would be hidden by what was counted since. A past from the same epoch, or from a later one,
# tells of another loss.
MERGE = f"""{HELD}
local spans = {{{_LONGER}}}
local floor, min, max, bor, sub = math.floor, math.min, math.max, bit.bor, string.sub
local read, pack, parts, rep = struct.unpack, struct.pack, unpack, string.rep
local call = redis.call
local head, one_lane, sketch = '{_HEAD}', rep('I4', {LANE}), '<' .. rep('I4', {SKETCH_SIZE // 4})
local no_bits = rep('\\0', {SKETCH_SIZE})

local function is_memory(packed)
  local further = (#packed - {SMALLEST}) / {LANE_SIZE + 4}
  return further >= 0 and further <= {ROUTE_LANES} and further == floor(further)
end

local function lanes_of(packed)
  return (#packed - {SMALLEST}) / {LANE_SIZE + 4} + {BASIC_LANES}
end

local function roll(words, from, to)
  local next_one = to == from + 1
  for lane = 0, #words - {LANE}, {LANE} do
    local ended = words[lane + 1]
    words[lane + 2] = next_one and ended or 0
    words[lane + 1] = 0
    local at = lane + 3
    for index = 1, {len(SPANS) - 1} do
      local passed = floor(to / spans[index]) - floor(from / spans[index])
      if passed == 0 then
        words[at] = words[at] + ended
      else
        words[at + 1] = passed == 1 and words[at] + ended or 0
        words[at] = 0
      end
      at = at + 2
    end
  end
end

local function words_of(packed, lanes)
  return {{read('<' .. rep(one_lane, lanes), packed, {WORDS_AT + 1})}}
end

local function ids_of(packed, lanes)
  return sub(packed, {WORDS_AT + 1} + lanes * {LANE_SIZE})
end

local function aligned(ids, words, to)
  local known, ordered = {{}}, {{}}
  for at = 1, #ids, 4 do known[sub(ids, at, at + 3)] = {BASIC_LANES * LANE} + (at - 1) / 4 * {LANE} end
  for i = 1, {BASIC_LANES * LANE} do ordered[i] = words[i] end
  for at = 1, #to, 4 do
    local from = known[sub(to, at, at + 3)]
    for i = 1, {LANE} do ordered[#ordered + 1] = from and words[from + i] or 0 end
  end
  return ordered
end

local function united(ids, more)
  for at = 1, #more, 4 do
    local id, known = sub(more, at, at + 3), false
    for place = 1, #ids, 4 do known = known or sub(ids, place, place + 3) == id end
    if not known and #ids < {4 * ROUTE_LANES} then ids = ids .. id end
  end
  return ids
end

local function joined_bits(a, b)
  if a == b or b == no_bits then return a end
  if a == no_bits then return b end
  local ours, theirs = {{read(sketch, a)}}, {{read(sketch, b)}}
  for i = 1, {SKETCH_SIZE // 4} do ours[i] = bor(ours[i], theirs[i]) % 4294967296 end
  return pack(sketch, parts(ours, 1, {SKETCH_SIZE // 4}))
end

local function merge(ours, theirs, sum)
  local a, b = {{read(head, ours)}}, {{read(head, theirs)}}
  for i = 1, {_SUMS} do
    if b[i] > 0 then a[i] = min(sum(a[i], b[i]), i > {len(COUNTS)} and {EXACT} or {LARGEST}) end
  end
  a[{_FIRST}] = min(a[{_FIRST}], b[{_FIRST}])
  for i = {_MAXIMA}, {_BITS - 1} do a[i] = max(a[i], b[i]) end
  for i = {_BITS}, {_BUCKET - 1} do a[i] = joined_bits(a[i], b[i]) end
  local lanes, lanes_b = lanes_of(ours), lanes_of(theirs)
  local words, words_b = words_of(ours, lanes), words_of(theirs, lanes_b)
  words[lanes * {LANE} + 1], words_b[lanes_b * {LANE} + 1] = nil, nil
  local ids, ids_b = ids_of(ours, lanes), ids_of(theirs, lanes_b)
  if ids ~= ids_b then
    local all = united(ids, ids_b)
    words, words_b, ids = aligned(ids, words, all), aligned(ids_b, words_b, all), all
  end
  if a[{_BUCKET}] < b[{_BUCKET}] then
    roll(words, a[{_BUCKET}], b[{_BUCKET}])
    a[{_BUCKET}] = b[{_BUCKET}]
  elseif b[{_BUCKET}] < a[{_BUCKET}] then
    roll(words_b, b[{_BUCKET}], a[{_BUCKET}])
  end
  for i = 1, #words do words[i] = min(sum(words[i], words_b[i]), {LARGEST}) end
  return pack(head, parts(a, 1, {_BUCKET})) .. pack('<' .. rep('I4', #words), parts(words)) .. ids
end

-- A memory from a clock that is far ahead of the server's counts as of now: no window of it would end, nor
-- one of those it is merged with, until that time has come.
local time = call('TIME')
local now = time[1] + time[2] / 1000000
local latest = floor(now / {BUCKET_S:.0f}) + {AHEAD}
local function timely(packed)
  if read('<I4', packed, {HEAD_SIZE + 1}) <= latest then return packed end
  return sub(packed, 1, {HEAD_SIZE}) .. pack('<I4', latest) .. sub(packed, {WORDS_AT + 1})
end

local function add(a, b) return a + b end
local function take(a, b) return a - b end

local function epoch_of(packed) return (read('<d', packed, {EPOCH_AT + 1})) end

local function in_new_epoch(packed)
  local epoch = pack('<d', max(now, epoch_of(packed) + 0.000001))
  return sub(packed, 1, {EPOCH_AT}) .. epoch .. sub(packed, {EPOCH_AT + EPOCH.size + 1})
end

-- What is kept under a client's key: its total and the base of its epoch, nil where there is none.
local function opened(stored)
  if not stored then return nil, nil end
  if is_memory(stored) then return timely(stored), nil end
  if #stored <= {LARGEST_SIZE} then return nil, nil end
  local size = read('<I4', stored, #stored - 3)
  local both, base = sub(stored, 1, size), sub(stored, size + 1, #stored - 4)
  if not is_memory(both) or not is_memory(base) then return nil, nil end
  return timely(both), timely(base)
end

local function revived(both, base, past)
  if not both or epoch_of(past) >= epoch_of(both) then
    base = in_new_epoch(both and merge(both, past, max) or past)
    return base, base
  elseif now - epoch_of(both) > {BASE_S} then
    return merge(both, past, max), nil
  elseif not base then
    return merge(both, past, add), past
  end
  local joined = merge(base, past, max)
  return merge(both, merge(joined, base, take), add), joined
end

local function total(stored, sent)
  local shares, requests, size = read('<I4I4I2', sent)
  local delta, past = sub(sent, {WORD.size + 1}, {WORD.size} + size), sub(sent, {WORD.size + 1} + size)
  delta = timely(delta)
  local both, base = opened(stored)
  local known, counted, epoch = 0, 0, 0
  if both then
    known, counted = read('<I4I4', both)
    epoch = epoch_of(both)
  end
  if #past > 0 then
    both, base = revived(both, base, timely(past))
  elseif shares > known or requests > counted or shares + requests > 0 and epoch ~= epoch_of(delta) then
    return nil, ''
  end
  local answer = nil
  if not both then
    both = in_new_epoch(delta)
    answer = '=' .. sub(both, {EPOCH_AT + 1}, {EPOCH_AT + EPOCH.size})
  else
    if #past == 0 and shares == known and requests == counted then answer = '=' end
    both = merge(both, delta, add)
  end
  if base and now - epoch_of(both) > {BASE_S} then base = nil end
  return base and both .. base .. pack('<I4', #both) or both, answer or both
end

local merged, answered = {{}}, held('GET', KEYS[1]) or ''
if (tonumber(string.match(answered, '^%d+')) or -1) >= tonumber(ARGV[1]) then
  for i = 2, #KEYS do
    local refused = string.find(answered, '\0' .. KEYS[i] .. '\0', 1, true)
    merged[i - 1] = not refused and opened(held('GET', KEYS[i])) or ''
  end
  return merged
end
call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
local refused = ''
for i = 2, #KEYS do
  local kept, answer = total(held('GET', KEYS[i]), ARGV[i + 2])
  if kept then
    local lifetime = read('<I4', kept, {REQUESTS_AT + 1}) < {NEWCOMER_REQUESTS} and ARGV[3] or ARGV[2]
    call('SET', KEYS[i], kept, 'PX', lifetime)
  else
    refused = refused .. '\0' .. KEYS[i] .. '\0'
  end
  merged[i - 1] = answer
end
if refused ~= '' then call('SET', KEYS[1], ARGV[1] .. refused, 'PX', ARGV[2]) end
return merged
"""

RING = 8  # periods that are kept apart, so that a name is used again once its period is long over
MOST_SPENT = 4_000  # ids in one hash: some 80 MB in all hashes of all tags, at 400 a second without a pause

# KEYS: RING hashes of spent ids, then the id's own key. ARGV: the oldest period that is not over, the id or
# '' to clear alone, its period, the place of that in the ring or 0 where it lies beyond, lifetime in ms.
# Returns 1 for the first who spends the id, 0 for all others.
#
# The hashes carry no lifetime, because a store that runs full evicts what carries one; so they are deleted
# here, once their period is over. An id is looked for in all that are not, since two nodes may place it in
# two periods. Only what lies beyond the ring, or beyond the most that a hash may hold, has its own key.
SPEND = f"""{HELD}
for i = 1, {RING} do
  local period = held('HGET', KEYS[i], '#period')
  if not period or (tonumber(period) or 0) < tonumber(ARGV[1]) then
    redis.call('DEL', KEYS[i])
  elseif ARGV[2] ~= '' and redis.call('HGET', KEYS[i], ARGV[2]) then
    return 0
  end
end
if ARGV[2] == '' then return 0 end
if held('GET', KEYS[{RING + 1}]) then return 0 end
local hash = KEYS[tonumber(ARGV[4])]
if hash and redis.call('HINCRBY', hash, '#count', 1) <= {MOST_SPENT} then
  redis.call('HSET', hash, '#period', ARGV[3], ARGV[2], 1)
else
  redis.call('SET', KEYS[{RING + 1}], 1, 'PX', ARGV[5])
end
return 1
"""

# KEYS: the hash of orders. ARGV: channel, name of the order, its text or '' to lift it. Returns the edition.
# Where that is no number, somebody else wrote it: it begins anew, and every worker reloads.
ORDER = f"""
local edition = redis.pcall('HINCRBY', KEYS[1], '#edition', 1)
if type(edition) == 'table' or edition < 1 or edition >= {EXACT} then
  edition = 1
  redis.call('HSET', KEYS[1], '#edition', 1)
end
if ARGV[3] == '' then
  redis.call('HDEL', KEYS[1], ARGV[2])
else
  redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
end
redis.call('PUBLISH', ARGV[1], cjson.encode({{edition, ARGV[2], ARGV[3]}}))
return edition
"""

# KEYS: the hash of orders. ARGV: names of orders that may be over. Deletes those that are, by the store's own
# clock, and no other that was given meanwhile under the same name.
CLEAR = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
for _, name in ipairs(ARGV) do
  local text = redis.call('HGET', KEYS[1], name)
  local read, order = pcall(cjson.decode, text or '')
  if read and type(order) == 'table' and type(order['until']) == 'number' and order['until'] <= now then
    redis.call('HDEL', KEYS[1], name)
  end
end
"""
