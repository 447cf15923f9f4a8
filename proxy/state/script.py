"""The store merges by the same table as Client does: this file turns that table into the script it runs."""

from detectors.behaviour.merge import FIELDS, LUA_FORMAT, SIZE, Merging
from detectors.value import value

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

# KEYS: the worker's receipt, then one key per client. ARGV: batch number, lifetime in ms, then one delta per client.
# The receipt makes a batch idempotent: a number that was seen already merges nothing and only returns the totals.
# It is written first, so that a store without memory refuses the batch before any part of it is merged.
MERGE = f"""
local format, spans = '{LUA_FORMAT}', {{{_SPANS}}}
local floor, bor, words, pack, parts = math.floor, bit.bor, struct.unpack, struct.pack, unpack
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

local function merge(ours, theirs)
  local a, b = {{words(format, ours)}}, {{words(format, theirs)}}
  for i = {_AT[Merging.SUM].first}, {_AT[Merging.SUM].last} do
    if b[i] > 0 then
      local sum, most = a[i] + b[i], i < {_WIDE} and {WORD} or {EXACT}
      a[i] = sum < most and sum or most
    end
  end
  for i = {_AT[Merging.MIN].first}, {_AT[Merging.MIN].last} do
    if b[i] < a[i] then a[i] = b[i] end
  end
  for i = {_AT[Merging.MAX].first}, {_AT[Merging.MAX].last} do
    if b[i] > a[i] then a[i] = b[i] end
  end
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
    local sum = a[i] + b[i]
    a[i] = sum < {WORD} and sum or {WORD}
  end
  return pack(format, parts(a, 1, {_AT[Merging.WINDOW].last}))
end

local merged = {{}}
if call('GET', KEYS[1]) == ARGV[1] then
  for i = 2, #KEYS do merged[i - 1] = call('GET', KEYS[i]) or '' end
  return merged
end
call('SET', KEYS[1], ARGV[1], 'PX', ttl)
for i = 2, #KEYS do
  local delta, stored = ARGV[i + 1], call('GET', KEYS[i])
  local total = (stored and #stored == {SIZE}) and merge(stored, delta) or delta
  call('SET', KEYS[i], total, 'PX', ttl)
  merged[i - 1] = total
end
return merged
"""

# KEYS: the hash of orders. ARGV: channel, name of the order, its text or '' to lift it. Returns the new edition.
ORDER = """
local edition = redis.call('HINCRBY', KEYS[1], '#edition', 1)
if ARGV[3] == '' then redis.call('HDEL', KEYS[1], ARGV[2]) else redis.call('HSET', KEYS[1], ARGV[2], ARGV[3]) end
redis.call('PUBLISH', ARGV[1], cjson.encode({edition, ARGV[2], ARGV[3]}))
return edition
"""
