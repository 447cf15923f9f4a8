/* Finds the answer, sends it and opens the page. Plain ES5, so that old browsers can pass as well. */
(function () {
  'use strict';
  var root = document.documentElement;
  root.className = 'script';

  var MAX_WORKERS = 4, PIECES = 16, LEAST_PIECES = 2, PIECE_BITS = 4;
  var SLOW_MS = 8000, HIDDEN_MS = 1500, LOOP_MS = 60000, LEASE_MS = 3000, FOLLOW_MS = 1500, RESEND_MS = 1000;
  var MAX_ATTEMPTS = 3, DRAW_MS = 200;
  var ANSWER = '/.stile/answer', CLEARANCE = '/.stile/clearance', MEMORY = 'stile-attempts ' + location.pathname;
  var LEASE = 'stile-lease', ME = String(Math.random());
  var tag = document.currentScript, nonce = tag ? tag.nonce || tag.getAttribute('nonce') || '' : '';
  var page, asked, started = 0, drawn = 0, over = false, resent = false, channel = null, attempts = 0, renewal = 0;
  var workers = [], counters = [], tried = [], next = 0, done = 0, testimony = null;

  function element(id) { return document.getElementById(id); }
  function say(text) { if (element('status').textContent !== text) { element('status').textContent = text; } }
  function show(id) { element(id).hidden = false; }

  // Storage may be forbidden: the check goes on, and looks for its cookie at once.
  function remembered() {
    try {
      var found = JSON.parse(sessionStorage.getItem(MEMORY) || 'null');
      return found && Math.abs(Date.now() - found.at) < LOOP_MS ? found.count : 0;
    } catch (error) { return 1; }
  }
  function remember(count) {
    try { sessionStorage.setItem(MEMORY, JSON.stringify({ count: count, at: Date.now() })); } catch (error) { /* above */ }
  }

  function send(method, url, body, then) {
    var call = new XMLHttpRequest();
    call.open(method, url, true);
    if (body !== null) { call.setRequestHeader('Content-Type', 'application/json'); }
    call.timeout = 20000;
    call.onload = function () { then(call.status, call.responseText); };
    call.onerror = call.ontimeout = function () { then(0, ''); };
    call.send(body);
  }

  function load(source, then) {
    var script = document.createElement('script');
    script.src = source;
    script.setAttribute('nonce', nonce);  // older browsers know the attribute alone
    script.onload = then;
    script.onerror = function () { fail(asked.failed); };
    document.head.appendChild(script);
  }

  function dismiss() {
    for (var i = 0; i < workers.length; i++) { workers[i].terminate(); }
    workers = [];
  }
  function stop() {
    over = true;
    dismiss();
    yieldLease();
  }

  function fail(text) {
    if (page.getAttribute('data-state') === 'failed') { return; }
    stop();
    page.setAttribute('data-state', 'failed');
    say(text);
    element('steps').textContent = '';
    show('retry');
    if (text !== asked.cookies) { show('other'); }
  }

  // Every way to the page leads through here, so that no fault of ours or of the policy can load it for ever.
  function open() {
    if (attempts >= MAX_ATTEMPTS) { fail(asked.failed); return; }
    stop();
    remember(attempts + 1);
    var kept = document.querySelector('input[name=kept]');
    if (kept) { sendOn(kept.value); return; }
    if (asked.target) { location.replace(asked.target); } else { location.reload(); }
  }

  // What a form had sent goes on as it was: the gateway unlocks it.
  function sendOn(locked) {
    var form = document.createElement('form'), field = document.createElement('input');
    form.method = 'post';
    form.enctype = 'text/plain';
    form.action = location.href;
    form.hidden = true;
    field.name = 'stile_kept';
    field.value = locked;
    form.appendChild(field);
    document.body.appendChild(form);
    form.submit();
  }

  // The first time the page is simply opened. Where that led back here, the cookie is looked for first.
  function passed() {
    var again = asked.method !== 'GET' && asked.method !== 'HEAD' && !document.querySelector('input[name=kept]');
    element('progress').value = 1000;
    element('steps').textContent = '';
    say(again ? asked.done + ' ' + asked.resend : asked.done);
    yieldLease();
    try { if (channel) { channel.postMessage('cleared'); } } catch (error) { /* other tabs find out themselves */ }
    if (attempts === 0) { open(); } else { whetherCleared(open, function () { fail(asked.cookies); }); }
  }

  function whetherCleared(yes, no) {
    send('GET', CLEARANCE + '?level=' + asked.level, null, function (status) {
      if (status === 204) { yes(); } else { no(); }
    });
  }
  function openIfCleared() {
    if (!over) { whetherCleared(function () { if (!over) { open(); } }, function () { /* go on */ }); }
  }

  function answered(status, text) {
    var reason = '';
    if (status === 204) { passed(); return; }
    try { reason = JSON.parse(text).reason; } catch (error) { /* no reason given */ }
    if (reason === 'expired' || reason === 'replayed' || reason === 'unavailable') { open(); return; }
    fail(reason === 'automated' || reason === 'not_rendered' ? asked.refused : asked.failed);
  }

  function answer(text) {
    var sent = { ticket: asked.ticket, answer: text };
    if (testimony !== null) { sent.testimony = testimony; }
    stop();
    if (element('progress')) { element('progress').value = 1000; }
    // A phone that changes networks loses one call: what had arrived all the same is told as replayed, and opens.
    send('POST', ANSWER, JSON.stringify(sent), function (status, reply) {
      if (status || resent) { answered(status, reply); return; }
      resent = true;
      setTimeout(function () { answer(text); }, RESEND_MS);
    });
  }

  /* ---- the work: sixteen pieces, shared out one by one ---- */

  function ready() {
    if (over || testimony === null && asked.probes) { return; }
    if (done < PIECES && (Date.now() - started < asked.budget * 1000 || done < LEAST_PIECES)) { return; }
    var text = [], i;
    for (i = 0; i < PIECES; i++) { text[i] = counters[i] || ''; }
    answer(text.join('.'));
  }

  function note(place, count, found) {
    tried[place] = count;
    if (found !== null && !counters[place]) {
      counters[place] = found;
      done++;
    }
    draw();
    ready();
  }

  // The share of the work that is done; of a piece not yet found, the share of visitors who would have it by now.
  function draw() {
    var now = Date.now(), expected = Math.pow(2, asked.bits - PIECE_BITS), sum = 0, share = 0, i;
    if (over || Math.abs(now - drawn) < DRAW_MS) { return; }
    drawn = now;
    for (i = 0; i < PIECES; i++) {
      sum += tried[i] || 0;
      share += counters[i] ? 1 : 1 - Math.exp(-(tried[i] || 0) / expected);
    }
    element('progress').value = Math.round(1000 * share / PIECES);
    element('steps').textContent = asked.steps.replace('{done}', number(sum)).replace('{expected}', number(PIECES * expected));
    if (now - started > Math.max(SLOW_MS, asked.wait * 1000) && element('other').hidden) {
      say(asked.slow);
      show('other');
    }
  }
  function number(value) {
    try { return value.toLocaleString(root.lang); } catch (error) { return String(value); }
  }

  function searchHere() {
    load(asked.worker, function () {
      var search = null, place = 0;
      (function step() {
        if (over) { return; }
        while (search === null && place < PIECES) {
          if (!counters[place]) { search = new self.StileSearch(asked.id, place, asked.bits - PIECE_BITS); } else { place++; }
        }
        if (search === null) { return; }
        var found = search.slice();
        note(place, search.tried, found);
        if (found !== null) { search = null; place++; }
        setTimeout(step, 0);
      })();
    });
  }

  function searchInWorkers() {
    var count = Math.max(1, Math.min(MAX_WORKERS, navigator.hardwareConcurrency || 2)), i;
    for (i = 0; i < count; i++) { employ(); }
  }
  function employ() {
    var worker = new Worker(asked.worker);
    workers.push(worker);
    worker.onmessage = function (event) {
      if (event.data.found !== null) { hand(worker); }
      note(event.data.place, event.data.tried, event.data.found);
    };
    worker.onerror = function () {
      if (over || !workers.length) { return; }
      dismiss();
      searchHere();
    };
    hand(worker);
  }
  function hand(worker) {
    if (next < PIECES) { worker.postMessage({ id: asked.id, place: next++, bits: asked.bits - PIECE_BITS }); }
  }

  function look() {
    load(asked.probes, function () {
      self.StileProbes.gather(asked.id, function (told) { testimony = told; ready(); });
    });
  }

  /* ---- a captcha service's widget ---- */

  function showWidget() {
    var box = document.createElement('div'), waited = 0;
    element('progress').hidden = true;
    box.id = 'widget';
    box.setAttribute('role', 'group');
    box.setAttribute('aria-label', asked.widget.replace('{provider}', asked.provider));
    element('work').insertBefore(box, element('steps'));
    say(asked.widget.replace('{provider}', asked.provider));
    load(asked.service, function render() {
      var api = self[asked.api];
      if (over) { return; }
      if (!api || typeof api.render !== 'function') {
        if (waited++ > 100) { fail(asked.failed); } else { setTimeout(render, 100); }
        return;
      }
      api.render(box, {
        sitekey: asked.key, callback: answer, 'error-callback': function () { fail(asked.failed); }
      });
    });
  }

  /* ---- many tabs: one of them works, and tells the rest ---- */

  function lease() {
    try {
      var held = JSON.parse(localStorage.getItem(LEASE) || 'null');
      return held && held.by !== ME && Math.abs(Date.now() - held.at) < LEASE_MS;
    } catch (error) { return false; }
  }
  function takeLease() {
    try { localStorage.setItem(LEASE, JSON.stringify({ by: ME, at: Date.now() })); } catch (error) { /* each for itself */ }
  }
  function yieldLease() {
    clearInterval(renewal);
    try {
      if ((JSON.parse(localStorage.getItem(LEASE) || 'null') || {}).by === ME) { localStorage.removeItem(LEASE); }
    } catch (error) { /* each for itself */ }
  }

  function listen() {
    try {
      channel = new BroadcastChannel('stile');
      channel.onmessage = openIfCleared;
    } catch (error) { channel = null; }
    document.addEventListener('visibilitychange', function () { if (!document.hidden) { openIfCleared(); } });
    window.addEventListener('pagehide', yieldLease);
  }

  // Whose lease it is after a moment works; the others look now and then, seldom where they will be told.
  function search() {
    if (over) { return; }
    if (lease()) { setTimeout(follow, channel ? FOLLOW_MS : 500); return; }
    takeLease();
    setTimeout(function () {
      if (over) { return; }
      if (lease()) { follow(); return; }
      renewal = setInterval(takeLease, LEASE_MS / 3);
      work();
    }, 20);
  }
  function follow() {
    if (!over) { whetherCleared(open, search); }
  }
  function work() {
    started = Date.now();
    if (asked.service) { showWidget(); return; }
    if (asked.probes) { look(); }
    try { searchInWorkers(); } catch (error) { dismiss(); searchHere(); }
  }

  // Tells the gateway that the page is being shown; where another tab has passed meanwhile, that is all.
  function begin() {
    send('GET', CLEARANCE + '?level=' + asked.level + '&id=' + asked.id + '&rung=' + asked.rung, null, function (status) {
      if (status === 204 && attempts === 0 && !over) { open(); }
    });
    if (document.hidden) { setTimeout(follow, HIDDEN_MS); } else { search(); }
  }

  function useForm() {
    var button = document.querySelector('.without-script button'), waited = Date.now() - arrived > asked.wait * 1000;
    stop();
    if (waited) { button.className = ''; }
    root.className = 'script by-form';
    (document.querySelector('.without-script input[type=radio]') || button).focus();
  }
  var arrived = Date.now();

  // Made here and not in the page, so that browsers without scripts show no dead buttons.
  function build() {
    var work = element('work'), actions;
    function add(parent, tag, id, className) {
      var made = document.createElement(tag);
      if (id) { made.id = id; }
      if (className) { made.className = className; }
      return parent.appendChild(made);
    }
    function addButton(id, className, text, action) {
      var button = add(actions, 'button', id, className);
      button.type = 'button';
      button.textContent = text;
      button.hidden = true;
      button.addEventListener('click', action);
    }
    add(work, 'p', 'status', 'status').setAttribute('role', 'status');
    add(work, 'progress', 'progress').setAttribute('aria-label', asked.progress);
    element('progress').max = 1000;
    element('progress').value = 0;
    add(work, 'p', 'steps', 'quiet');
    actions = add(work, 'p', '', 'actions');
    addButton('retry', '', asked.retry, function () { remember(0); location.reload(); });
    addButton('other', 'second', asked.other, useForm);
  }

  document.addEventListener('DOMContentLoaded', function () {
    page = element('challenge');
    asked = {};
    for (var name in page.dataset) { asked[name] = page.dataset[name]; }
    asked.bits = Number(asked.bits);
    asked.wait = Number(asked.wait);
    asked.budget = Number(asked.budget);
    build();
    attempts = remembered();
    // a live region is only read aloud when it changes after it was there
    setTimeout(function () {
      if (!navigator.cookieEnabled) { fail(asked.cookies); return; }
      say(asked.working);
      listen();
      begin();
    }, 0);
  });

  // A page from the back-forward cache has stopped working: ask again.
  window.addEventListener('pageshow', function (event) { if (event.persisted) { location.reload(); } });
})();
