/* Looks for a counter whose SHA-256 with the ticket id and the piece's place begins with enough zero bits. Runs in a
   worker, and where there are none, in the page itself. A synchronous hash, because one call to crypto.subtle costs
   more than one block, and it does not exist on plain http. The message always fits into a block of 64 bytes. */
(function (scope) {
  'use strict';
  var ROUNDS = 64, SLICE_MS = 60, CHUNK = 512;

  // FIPS 180-4, 4.2.2 and 5.3.3: the first bits of the fractional parts of roots of the first primes.
  var constants = new Int32Array(ROUNDS), initial = new Int32Array(8);
  (function () {
    var found = 0, candidate = 2, divisor, cube;
    function fraction(x) { return Math.floor((x - Math.floor(x)) * 4294967296) | 0; }
    for (; found < ROUNDS; candidate++) {
      for (divisor = 2; divisor * divisor <= candidate && candidate % divisor; divisor++);
      if (divisor * divisor <= candidate) { continue; }
      if (found < 8) { initial[found] = fraction(Math.sqrt(candidate)); }
      cube = Math.pow(candidate, 1 / 3);
      constants[found++] = fraction(cube);
    }
  })();

  function Search(id, place, bits) {
    this.words = new Int32Array(ROUNDS);
    this.prefix = id + ':' + place + ':';
    this.limit = Math.pow(2, 32 - bits);
    this.tried = 0;
  }

  // The first 32 bits of the hash of prefix and counter, as an unsigned number.
  Search.prototype.head = function (counter) {
    var w = this.words, text = this.prefix + counter, length = text.length;
    var a, b, c, d, e, f, g, h, i, x, y, t1, t2;
    for (i = 0; i < 15; i++) { w[i] = 0; }
    for (i = 0; i < length; i++) { w[i >> 2] |= text.charCodeAt(i) << (24 - 8 * (i & 3)); }
    w[length >> 2] |= 0x80 << (24 - 8 * (length & 3));
    w[15] = length * 8;
    for (i = 16; i < ROUNDS; i++) {
      x = w[i - 15]; y = w[i - 2];
      w[i] = (((y >>> 17 | y << 15) ^ (y >>> 19 | y << 13) ^ (y >>> 10)) + w[i - 7] +
              ((x >>> 7 | x << 25) ^ (x >>> 18 | x << 14) ^ (x >>> 3)) + w[i - 16]) | 0;
    }
    a = initial[0]; b = initial[1]; c = initial[2]; d = initial[3];
    e = initial[4]; f = initial[5]; g = initial[6]; h = initial[7];
    for (i = 0; i < ROUNDS; i++) {
      t1 = (h + ((e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7)) +
            ((e & f) ^ (~e & g)) + constants[i] + w[i]) | 0;
      t2 = (((a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g; g = f; f = e; e = (d + t1) | 0; d = c; c = b; b = a; a = (t1 + t2) | 0;
    }
    return (a + initial[0]) >>> 0;
  };

  // Search for a while; the counter as text where it was found, else null.
  Search.prototype.slice = function () {
    var until = Date.now() + SLICE_MS, i;
    do {
      for (i = 0; i < CHUNK; i++) {
        if (this.head(this.tried++) < this.limit) { return String(this.tried - 1); }
      }
    } while (Math.abs(until - Date.now()) <= SLICE_MS);
    return null;
  };

  scope.StileSearch = Search;

  // What the browser calls itself in a worker; the page compares it with what it is called there (probes.js).
  function seenFromHere() {
    var me = scope.navigator || {}, seen = { ua: me.userAgent, pl: me.platform, hc: me.hardwareConcurrency };
    try { seen.la = (me.languages || []).join(','); } catch (error) { /* not told */ }
    try { seen.tz = Intl.DateTimeFormat().resolvedOptions().timeZone; } catch (error) { /* not told */ }
    try { seen.wd = me.webdriver === true; } catch (error) { /* not told */ }
    return seen;
  }

  if (typeof scope.document === 'undefined') {
    scope.onmessage = function (event) {
      if (event.data.probe) { scope.postMessage(seenFromHere()); return; }
      var asked = event.data, search = new Search(asked.id, asked.place, asked.bits), found;
      do {
        found = search.slice();
        scope.postMessage({ place: asked.place, tried: search.tried, found: found });
      } while (found === null);
    };
  }
})(self);
