/* Finds the answer, sends it and opens the page. Plain ES5, so that old browsers can pass as well. */
(function () {
  'use strict';
  var root = document.documentElement;
  root.className = 'script';

  var MAX_WORKERS = 4, SLOW_MS = 8000, HIDDEN_MS = 1500, LOOP_MS = 60000, MAX_ATTEMPTS = 3, DRAW_MS = 200;
  var ANSWER = '/.stile/answer', CLEARANCE = '/.stile/clearance', MEMORY = 'stile-attempts ' + location.pathname;
  var page, asked, started = 0, drawn = 0, over = false, workers = [], tried = [], channel = null, attempts = 0;

  function element(id) { return document.getElementById(id); }
  function say(text) { if (element('status').textContent !== text) { element('status').textContent = text; } }
  function show(id) { element(id).hidden = false; }

  // Storage may be forbidden: the check goes on, and looks for its cookie at once.
  function remembered() {
    try {
      var found = JSON.parse(sessionStorage.getItem(MEMORY) || 'null');
      return found && Date.now() - found.at < LOOP_MS ? found.count : 0;
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

  function stop() {
    over = true;
    for (var i = 0; i < workers.length; i++) { workers[i].terminate(); }
    workers = [];
  }

  function fail(text) {
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
    if (asked.target) { location.replace(asked.target); } else { location.reload(); }
  }

  // The first time the page is simply opened. Where that led back here, the cookie is looked for first.
  function passed() {
    element('progress').value = 1000;
    element('steps').textContent = '';
    say(asked.method === 'GET' || asked.method === 'HEAD' ? asked.done : asked.done + ' ' + asked.resend);
    try { if (channel) { channel.postMessage('cleared'); } } catch (error) { /* other tabs find out themselves */ }
    if (attempts === 0) { open(); } else { whetherCleared(open, function () { fail(asked.cookies); }); }
  }

  function whetherCleared(yes, no) {
    send('GET', CLEARANCE, null, function (status) { if (status === 204) { yes(); } else { no(); } });
  }
  function openIfCleared() {
    if (!over) { whetherCleared(function () { if (!over) { open(); } }, function () { /* go on */ }); }
  }

  function answered(status, text) {
    var reason = '';
    if (status === 204) { passed(); return; }
    try { reason = JSON.parse(text).reason; } catch (error) { /* no reason given */ }
    if (reason === 'expired' || reason === 'replayed') { open(); } else { fail(asked.failed); }
  }

  function found(counter) {
    if (over) { return; }
    stop();
    element('progress').value = 1000;
    send('POST', ANSWER, JSON.stringify({ ticket: asked.ticket, answer: counter }), answered);
  }

  // Luck decides when it ends, so the bar shows how many of a hundred visitors would be through by now.
  function draw() {
    var now = Date.now(), expected = Math.pow(2, asked.bits), sum = 0, i;
    if (over || now - drawn < DRAW_MS) { return; }
    drawn = now;
    for (i = 0; i < tried.length; i++) { sum += tried[i]; }
    element('progress').value = Math.round(1000 * (1 - Math.exp(-sum / expected)));
    element('steps').textContent = asked.steps.replace('{done}', number(sum)).replace('{expected}', number(expected));
    if (now - started > Math.max(SLOW_MS, asked.wait * 1000) && element('other').hidden) {
      say(asked.slow);
      show('other');
    }
  }
  function number(value) {
    try { return value.toLocaleString(root.lang); } catch (error) { return String(value); }
  }

  function searchHere() {
    var script = document.createElement('script');
    script.src = asked.worker;
    script.onerror = function () { fail(asked.failed); };
    script.onload = function () {
      var search = new self.StileSearch(asked.id, asked.bits, 0, 1);
      (function next() {
        if (over) { return; }
        var counter = search.slice();
        tried[0] = search.tried;
        if (counter !== null) { found(counter); return; }
        draw();
        setTimeout(next, 0);
      })();
    };
    document.head.appendChild(script);
  }

  function searchInWorkers() {
    var count = Math.max(1, Math.min(MAX_WORKERS, navigator.hardwareConcurrency || 2)), i;
    for (i = 0; i < count; i++) { employ(i, count); }
  }
  function employ(index, count) {
    var worker = new Worker(asked.worker);
    tried[index] = 0;
    workers.push(worker);
    worker.onmessage = function (event) {
      tried[index] = event.data.tried;
      if (event.data.found !== null) { found(event.data.found); } else { draw(); }
    };
    worker.onerror = function () {
      if (over || !workers.length) { return; }
      for (var i = 0; i < workers.length; i++) { workers[i].terminate(); }
      workers = [];
      searchHere();
    };
    worker.postMessage({ id: asked.id, bits: asked.bits, start: index, step: count });
  }

  function search() {
    if (over) { return; }
    started = Date.now();
    try { searchInWorkers(); } catch (error) { searchHere(); }
  }

  // Many tabs restored at once: one of them does the work and tells the rest.
  function listen() {
    try {
      channel = new BroadcastChannel('stile');
      channel.onmessage = openIfCleared;
    } catch (error) { channel = null; }
    document.addEventListener('visibilitychange', function () { if (!document.hidden) { openIfCleared(); } });
  }

  function begin() {
    if (!document.hidden) { search(); return; }
    setTimeout(function () { whetherCleared(open, search); }, HIDDEN_MS);
  }

  function useForm() {
    stop();
    var button = document.querySelector('.without-script button');
    if (Date.now() - started > asked.wait * 1000) { button.className = ''; }
    root.className = 'script by-form';
    button.focus();
  }

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
