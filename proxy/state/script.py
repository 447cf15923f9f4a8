"""The store merges by the same table as Client does: this file turns that table into the script it runs."""

from detectors.behaviour.merge import FIELDS, LUA_FORMAT, SIZE, Merging
from detectors.value import value

CAREFUL = b"?"
EXACT = 2**53  # Lua counts in doubles
WORD = 2**32 - 1


@value
class Range:
    """Places of one kind in an unpacked memory, counted from 1 as Lua does, both ends included."""

    first: int
    last: int


def _ranges() -> dict[Merging, Range]:
    ranges: dict[Merging, Range] = {}
    place = 1
    for field in FIELDS:
        width = {Merging.WINDOW: 2, Merging.BITS: 8}.get(field.merging, 1)
        known = ranges.get(field.merging)
        ranges[field.merging] = Range(known.first if known else place, place + width - 1)
        place += width
    return ranges


_AT = _ranges()
_WIDE = next(index for index, field in enumerate(FIELDS, 1) if field.code == "Q")
_SPANS = ",".join(str(field.span) for field in FIELDS if field.merging is Merging.WINDOW)

# KEYS: the worker's receipt, then one key per client. ARGV: batch number, lifetime in ms, a delta per client.
#
# The receipt makes a batch idempotent: one that was merged already is not merged again, and only returns the
# totals. It is written first, so that a store without memory refuses a batch before it merges any part of it.
#
# A delta with a "?" behind it belongs to a client with a past. Where the store has lost that (a crash without
# a snapshot, an eviction), nothing is merged, '' is returned, and the worker sends the delta again with the
# past behind it. Several workers remember nearly the same past: pasts join by maximum, deltas by sum.
MERGE = f"""
local format, spans = '{LUA_FORMAT}', {{{_SPANS}}}
local floor, min, max, bor = math.floor, math.min, math.max, bit.bor
local words, pack, parts = struct.unpack, struct.pack, unpack
local call, ttl = redis.call, ARGV[2]

local function roll(places, from, to)
  local place = {_AT[Merging.WINDOW].first}
  for index = 1, {len(_SPANS.split(","))} do
    local passed = floor(to / spans[index]) - floor(from / spans[index])
    if passed > 0 then
      places[place + 1] = passed == 1 and places[place] or 0
      places[place] = 0
    end
    place = place + 2
  end
end

local function merge(ours, theirs, sum)
  local a, b = {{words(format, ours)}}, {{words(format, theirs)}}
  for i = {_AT[Merging.SUM].first}, {_AT[Merging.SUM].last} do
    if b[i] > 0 then a[i] = min(sum(a[i], b[i]), i < {_WIDE} and {WORD} or {EXACT}) end
  end
  for i = {_AT[Merging.MIN].first}, {_AT[Merging.MIN].last} do a[i] = min(a[i], b[i]) end
  for i = {_AT[Merging.MAX].first}, {_AT[Merging.MAX].last} do a[i] = max(a[i], b[i]) end
  for i = {_AT[Merging.BITS].first}, {_AT[Merging.BITS].last} do
    if b[i] ~= a[i] then a[i] = bor(a[i], b[i]) % 4294967296 end
  end
  local at = {_AT[Merging.BUCKET].first}
  if a[at] < b[at] then
    roll(a, a[at], b[at])
    a[at] = b[at]
  elseif b[at] < a[at] then
    roll(b, b[at], a[at])
  end
  for i = {_AT[Merging.WINDOW].first}, {_AT[Merging.WINDOW].last} do
    a[i] = min(sum(a[i], b[i]), {WORD})
  end
  return pack(format, parts(a, 1, {_AT[Merging.WINDOW].last}))
end

local function add(a, b) return a + b end

local function total(stored, sent)
  if stored and #stored ~= {SIZE} then stored = nil end
  if #sent == {2 * SIZE} then
    local past = string.sub(sent, {SIZE} + 1)
    stored = stored and merge(stored, past, max) or past
  elseif not stored then
    return #sent == {SIZE} and sent or ''
  end
  return merge(stored, string.sub(sent, 1, {SIZE}), add)
end

local merged = {{}}
if call('GET', KEYS[1]) == ARGV[1] then
  for i = 2, #KEYS do merged[i - 1] = call('GET', KEYS[i]) or '' end
  return merged
end
call('SET', KEYS[1], ARGV[1], 'PX', ttl)
for i = 2, #KEYS do
  local both = total(call('GET', KEYS[i]), ARGV[i + 1])
  if both ~= '' then call('SET', KEYS[i], both, 'PX', ttl) end
  merged[i - 1] = both
end
return merged
"""

# KEYS: the hash of orders. ARGV: channel, name of the order, its text or '' to lift it. Returns the edition.
ORDER = """
local edition = redis.call('HINCRBY', KEYS[1], '#edition', 1)
if ARGV[3] == '' then
  redis.call('HDEL', KEYS[1], ARGV[2])
else
  redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
end
redis.call('PUBLISH', ARGV[1], cjson.encode({edition, ARGV[2], ARGV[3]}))
return edition
"""
