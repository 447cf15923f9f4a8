/* The page's testimony: what a script can see of the browser that runs it. Nothing here judges, and nothing leaves
   the page but short texts, numbers and yes or no: no keys, no coordinates, no picture, no font, no sound.
   docs/probes.md lists every name. Plain ES5; what a browser does not have is left out. */
(function (scope) {
  'use strict';
  var HURRY_MS = 900, MAX_TEXT = 120, MAX_AGENT = 256, MAX_NUMBER = 99999;
  var GLOBALS = /^(\$?cdc_|\$[cw]dc_|\$chrome_asyncScriptInfo|__\$webdriver|__(playwright|pw|puppeteer|selenium|webdriver|driver|fxdriver|nightmare|phantom|stagehand)|_(phantom|selenium|WEBDRIVER)|call(ed)?(Phantom|Selenium)|domAutomation|Cypress$|ChromeDriver|puppeteer_)/;
  var MARKED = ['webdriver', 'selenium', 'driver'];
  var SOFTWARE = /swiftshader|llvmpipe|softpipe|lavapipe|software|basic render/i;
  var VIRTUAL = /vmware|virtualbox|virgl|parallels|svga3d|qxl/i;
  var GETTERS = ['webdriver', 'userAgent', 'languages', 'platform', 'hardwareConcurrency', 'plugins'];
  // Each: where it stands, and its name.
  var FUNCTIONS = [['Function', 'toString'], ['Permissions', 'query'], ['WebGLRenderingContext', 'getParameter'],
                   ['Date', 'getTimezoneOffset'], ['HTMLCanvasElement', 'toDataURL'], ['Element', 'getBoundingClientRect']];

  function attempt(action) {
    try { return action(); } catch (error) { return undefined; }
  }
  function elapsed() { return scope.performance && performance.now ? performance.now() : Date.now(); }

  // Only what is there and of its kind is told.
  function Testimony() { this.told = { v: 1 }; }
  Testimony.prototype.yes = function (key, content) {
    if (content === true || content === false) { this.told[key] = content; }
  };
  Testimony.prototype.number = function (key, content) {
    if (typeof content !== 'number' || !isFinite(content)) { return; }
    this.told[key] = Math.max(0, Math.min(MAX_NUMBER, Math.round(content)));
  };
  Testimony.prototype.text = function (key, content, most) {
    if (typeof content !== 'string' || !content) { return; }
    this.told[key] = content.replace(/[^ -~]/g, '?').substr(0, most || MAX_TEXT);
  };

  /* ---- hands: counts and intervals from the moment that the page is loaded ---- */

  function Pace() { this.count = 0; this.last = 0; this.mean = 0; this.spread = 0; }
  Pace.prototype.beat = function (now) {
    var gap = now - this.last, off = gap - this.mean;
    this.last = now;
    if (this.count++ === 0) { return; }
    this.mean += off / (this.count - 1);
    this.spread += off * (gap - this.mean);
  };
  Pace.prototype.deviation = function () { return this.count > 2 ? Math.sqrt(this.spread / (this.count - 2)) : 0; };
  Pace.prototype.tell = function (testimony, letter) {
    testimony.number(letter + 'c', this.count);
    if (this.count < 3) { return; }
    testimony.number(letter + 'm', this.mean * 10);
    testimony.number(letter + 'd', this.deviation() * 10);
  };

  var moves = new Pace(), keys = new Pace(), touches = new Pace(), untrusted = 0, path = 0, first = null, latest = null;

  function watch(name, pace) {
    document.addEventListener(name, function (event) {
      if (event.isTrusted === false) { untrusted++; }
      pace.beat(elapsed());
      if (pace !== moves) { return; }
      if (latest) { path += Math.sqrt(Math.pow(event.screenX - latest.x, 2) + Math.pow(event.screenY - latest.y, 2)); }
      latest = { x: event.screenX, y: event.screenY };
      first = first || latest;
    }, true);
  }
  attempt(function () {
    watch('mousemove', moves);
    watch('keydown', keys);
    watch('touchstart', touches);
    watch('touchmove', touches);
  });

  function hands(testimony) {
    moves.tell(testimony, 'm');
    keys.tell(testimony, 'k');
    touches.tell(testimony, 't');
    testimony.number('iu', untrusted);
    if (path > 0) {
      testimony.number('ms', 1000 * Math.sqrt(Math.pow(latest.x - first.x, 2) + Math.pow(latest.y - first.y, 2)) / path);
    }
  }

  /* ---- the browser, seen from the page, from an empty frame and from a worker ---- */

  function zone(view) { return view.Intl.DateTimeFormat().resolvedOptions().timeZone; }

  function viewOf(view) {
    var me = view.navigator;
    return {
      ua: attempt(function () { return me.userAgent; }),
      la: attempt(function () { return me.languages ? [].join.call(me.languages, ',') : me.language; }),
      pl: attempt(function () { return me.platform; }),
      hc: attempt(function () { return me.hardwareConcurrency; }),
      tz: attempt(function () { return zone(view); })
    };
  }

  // Of a second view only what differs is sent, under its letter.
  function tellView(testimony, view, letter, main) {
    function differs(name) { return !main || view[name] !== main[name]; }
    if (differs('ua')) { testimony.text(letter + 'ua', view.ua, MAX_AGENT); }
    if (differs('la')) { testimony.text(letter + 'la', view.la); }
    if (differs('pl')) { testimony.text(letter + 'pl', view.pl); }
    if (differs('tz')) { testimony.text(letter + 'tz', view.tz); }
    if (differs('hc')) { testimony.number(letter + 'hc', view.hc); }
  }

  function hidden(tag) {
    var made = document.createElement(tag);
    made.style.cssText = 'position:fixed;left:-3000px;top:-3000px;visibility:hidden;border:0;direction:ltr';
    made.setAttribute('aria-hidden', 'true');
    made.setAttribute('tabindex', '-1');
    made.inert = true;
    return (document.body || document.documentElement).appendChild(made);
  }
  function isNative(plain, subject, name) {
    var source = plain.Function.prototype.toString.call(subject);
    return source.indexOf('[native code]') > 0 && source.indexOf(name) > 0;
  }
  function getterOf(view, name) {
    var found = Object.getOwnPropertyDescriptor(view.Navigator.prototype, name);
    return found && found.get;
  }

  // What was put in the place of the browser's own; `plain` is a window that nobody has touched, if there is one.
  function replaced(testimony, plain) {
    var found = [], i;
    function look(subject, name) { if (subject && !isNative(plain, subject, name)) { found.push(name); } }
    for (i = 0; i < GETTERS.length; i++) { attempt(function () { look(getterOf(scope, GETTERS[i]), GETTERS[i]); }); }
    for (i = 0; i < FUNCTIONS.length; i++) {
      attempt(function () { look(scope[FUNCTIONS[i][0]].prototype[FUNCTIONS[i][1]], FUNCTIONS[i][1]); });
    }
    testimony.text('nf', found.join(','));
    testimony.number('no', attempt(function () { return Object.getOwnPropertyNames(navigator).length; }));
  }

  function remoteControl(testimony, frame) {
    testimony.yes('wd', attempt(function () { return navigator.webdriver === true; }));
    testimony.yes('wm', attempt(function () { return !('webdriver' in navigator); }));
    testimony.yes('wo', attempt(function () { return Object.prototype.hasOwnProperty.call(navigator, 'webdriver'); }));
    if (!frame) { return; }
    testimony.yes('fwd', attempt(function () { return frame.navigator.webdriver === true; }));
    // the untouched getter of the frame, asked about this window's navigator
    testimony.yes('wn', attempt(function () { return getterOf(frame, 'webdriver').call(navigator) === true; }));
  }

  function leftovers(testimony) {
    var found = [], html = document.documentElement;
    function look(subject) {
      var names = Object.getOwnPropertyNames(subject);
      for (var i = 0; i < names.length; i++) { if (GLOBALS.test(names[i])) { found.push(names[i].substr(0, 24)); } }
    }
    attempt(function () { look(scope); });
    attempt(function () { look(document); });
    for (var i = 0; i < MARKED.length; i++) {
      if (html.hasAttribute(MARKED[i])) { found.push('html:' + MARKED[i]); }
    }
    testimony.text('g', found.join(','));
  }

  // Whoever listens to the console reads an error's stack there: an inspector, or remote control. V8 says so.
  function listener(testimony) {
    var before = Error.prepareStackTrace, seen = false;
    Error.prepareStackTrace = function () { seen = true; return ''; };
    attempt(function () { console.debug(new Error('')); });
    Error.prepareStackTrace = before;
    testimony.yes('cl', seen);
  }

  /* ---- device ---- */

  function device(testimony) {
    testimony.number('sw', screen.width);
    testimony.number('sh', screen.height);
    testimony.number('aw', screen.availWidth);
    testimony.number('ah', screen.availHeight);
    testimony.number('ow', scope.outerWidth);
    testimony.number('oh', scope.outerHeight);
    testimony.number('iw', scope.innerWidth);
    testimony.number('ih', scope.innerHeight);
    testimony.number('dp', scope.devicePixelRatio * 100);
    testimony.number('tp', navigator.maxTouchPoints);
    testimony.yes('pc', attempt(function () { return matchMedia('(any-pointer: coarse)').matches; }));
    testimony.yes('pf', attempt(function () { return matchMedia('(any-pointer: fine)').matches; }));
    testimony.number('np', attempt(function () { return navigator.plugins.length; }));
    testimony.yes('ch', typeof scope.chrome === 'object' && scope.chrome !== null);
  }

  function hints(testimony) {
    var told = navigator.userAgentData, brands = [];
    if (!told) { return; }
    for (var i = 0; i < told.brands.length; i++) { brands.push(told.brands[i].brand + '/' + told.brands[i].version); }
    testimony.text('br', brands.join('|'));
    testimony.yes('bm', told.mobile);
    testimony.text('bp', told.platform);
  }

  // Only the class: the card's name would tell people apart.
  function graphics(testimony) {
    var canvas = document.createElement('canvas'), drawing, names, name, lose;
    drawing = attempt(function () { return canvas.getContext('webgl') || canvas.getContext('experimental-webgl'); });
    if (!drawing) { testimony.text('gl', 'none'); return; }
    names = drawing.getExtension('WEBGL_debug_renderer_info');
    name = String(drawing.getParameter(names ? names.UNMASKED_RENDERER_WEBGL : drawing.RENDERER));
    testimony.text('gl', SOFTWARE.test(name) ? 'software' : VIRTUAL.test(name) ? 'virtual' : 'hardware');
    lose = drawing.getExtension('WEBGL_lose_context');
    if (lose) { lose.loseContext(); }
  }

  /* ---- clocks and events ---- */

  function clock(testimony) {
    var last = elapsed(), until = Date.now() + 4, step = Infinity, forward = true, now, i;
    for (i = 0; i < 4000 && Date.now() < until; i++) {
      now = elapsed();
      if (now < last) { forward = false; }
      if (now > last) { step = Math.min(step, now - last); }
      last = now;
    }
    testimony.yes('cf', forward);
    testimony.number('cs', step * 1000);
  }

  function events(testimony) {
    var event = document.createEvent('Event'), target = document.createElement('i');
    event.initEvent('stile', false, false);
    target.addEventListener('stile', function (heard) { testimony.yes('et', heard.isTrusted); });
    target.dispatchEvent(event);
  }

  /* ---- the question about layout; challenges/rendering.py knows the answer ---- */

  function Draw(seed) {
    var state = 7;
    for (var i = 0; i < seed.length; i++) { state = (state * 31 + seed.charCodeAt(i)) % 2147483647; }
    this.state = state || 1;
  }
  Draw.prototype.between = function (low, high) {
    this.state = this.state * 16807 % 2147483647;
    return low + this.state % (high - low + 1);
  };

  function box(parent, css) {
    var made = document.createElement('div');
    made.style.cssText = 'display:block;box-sizing:content-box;margin:0;padding:0;border:0;min-width:0;min-height:0;' +
      'max-width:none;max-height:none;float:none;font-size:0;line-height:0;' + css;
    return parent.appendChild(made);
  }
  function measure(element, parent) {
    var mine = element.getBoundingClientRect(), its = parent.getBoundingClientRect();
    return { left: mine.left - its.left, top: mine.top - its.top, width: mine.width, height: mine.height };
  }

  var QUESTIONS = [
    function shares(draw, root) { // flex: what is left over, or missing, is shared out
      var row = box(root, 'display:flex;height:9px;width:' + draw.between(200, 560) + 'px'), made = [], i;
      for (i = 0; i < 3; i++) {
        made.push(box(row, 'height:9px;flex:' + draw.between(1, 5) + ' ' + draw.between(1, 2) + ' ' + draw.between(60, 120) + 'px'));
      }
      return [measure(made[0], row).width, measure(made[1], row).width, measure(made[2], row).left];
    },
    function margins(draw, root) { // block flow: adjoining margins collapse, negative ones too
      var width = draw.between(200, 400), flow = box(root, 'overflow:hidden;width:' + width + 'px'), made = [], i;
      for (i = 0; i < 3; i++) {
        made.push(box(flow, 'height:' + draw.between(20, 60) + 'px;margin-top:' + draw.between(-15, 40) + 'px;margin-bottom:' +
          draw.between(1, 40) + 'px;padding-top:' + draw.between(1, 9) + '%'));
      }
      return [measure(made[1], made[0]).top, measure(made[2], made[0]).top, made[2].getBoundingClientRect().height];
    },
    function floats(draw, root) { // floats: as many in a row as there is room for
      var width = 4 * draw.between(40, 80) + 2, height = draw.between(10, 40), room, last, below, i;
      room = box(root, 'width:' + width + 'px');
      for (i = 0; i < 7; i++) { last = box(room, 'float:left;height:' + height + 'px;width:' + 4 * draw.between(8, 30) + 'px'); }
      below = box(room, 'clear:both;height:1px');
      return [measure(last, room).left, measure(last, room).top, measure(below, room).top];
    },
    function places(draw, root) { // absolute boxes: percentages, calc() and automatic margins
      var width = draw.between(200, 500), height = draw.between(100, 300), one, two, frame;
      frame = box(root, 'position:relative;width:' + width + 'px;height:' + height + 'px');
      one = box(frame, 'position:absolute;left:calc(' + draw.between(20, 45) + '% - ' + draw.between(3, 30) + 'px);right:' +
        draw.between(5, 60) + 'px;top:' + draw.between(5, 40) + '%;bottom:' + draw.between(5, 50) + 'px');
      two = box(frame, 'position:absolute;left:' + draw.between(0, 50) + 'px;right:0;margin-left:auto;margin-right:auto;height:5px;width:' +
        draw.between(20, 120) + 'px');
      one = measure(one, frame);
      return [one.left, one.width, one.height, measure(two, frame).left];
    },
    function children(draw, root) { // selectors: every so-manieth child, but not those counted from the end
      var list = box(root, ''), count = draw.between(12, 40), every = draw.between(2, 4), offset = draw.between(0, 5), i;
      for (i = 0; i < count; i++) { list.appendChild(document.createElement('i')); }
      i = draw.between(2, 5);
      return [list.querySelectorAll('i:nth-child(' + every + 'n+' + offset + ')').length,
              list.querySelectorAll('i:nth-child(' + every + 'n+' + offset + '):not(:nth-last-child(' + i + 'n))').length];
    }
  ];

  function render(testimony, seed) {
    var draw = new Draw(seed), at = draw.between(0, 4), step = draw.between(1, 4), root = hidden('div'), answer = [], found, i, j;
    try {
      for (i = 0; i < 3; i++) {
        found = QUESTIONS[(at + i * step) % 5](draw, root);
        for (j = 0; j < found.length; j++) { answer.push(Math.round(found[j])); }
      }
      testimony.told.r = answer;
    } finally { root.parentNode.removeChild(root); }
  }

  /* ---- all of it, once ---- */

  function inFrame(testimony, main) {
    var element = hidden('iframe'), frame = element.contentWindow;
    try {
      frame.navigator.userAgent;
      testimony.yes('fr', true);
      tellView(testimony, viewOf(frame), 'f', main);
      remoteControl(testimony, frame);
      replaced(testimony, frame);
    } finally { element.parentNode.removeChild(element); }
  }

  function inWorker(testimony, main, then) {
    var named = document.querySelector('[data-worker]'), worker = new Worker(named.getAttribute('data-worker'));
    worker.onmessage = function (event) {
      worker.terminate();
      testimony.yes('wk', true);
      testimony.yes('wwd', event.data.wd);
      tellView(testimony, event.data, 'w', main);
      then();
    };
    worker.onerror = function () { worker.terminate(); then(); };
    worker.postMessage({ probe: true });
    return worker;
  }

  function permission(testimony, then) {
    testimony.text('pn', scope.Notification && Notification.permission);
    navigator.permissions.query({ name: 'notifications' }).then(function (found) {
      testimony.text('pq', found.state);
      then();
    }, then);
  }

  function gather(seed, done) {
    var testimony = new Testimony(), began = elapsed(), date = Date.now(), waiting = 3, over = false, worker, main;
    function finish() {
      if (over) { return; }
      over = true;
      attempt(function () { worker.terminate(); });
      attempt(function () { hands(testimony); });
      testimony.number('ce', elapsed() - began);
      testimony.number('cd', Date.now() - date);
      done(testimony.told);
    }
    function arrived() { if (--waiting === 0) { finish(); } }
    function part(action) { attempt(function () { action(testimony); }); }

    // the third to arrive is this function itself, at its end
    setTimeout(finish, HURRY_MS);
    main = attempt(function () { return viewOf(scope); }) || {};
    // the worker first: it starts while the rest is looked at
    try { worker = inWorker(testimony, main, arrived); } catch (error) { arrived(); }
    try { permission(testimony, arrived); } catch (error) { arrived(); }
    tellView(testimony, main, '');
    part(remoteControl);
    part(replacedHere);
    part(leftovers);
    part(device);
    part(hints);
    part(events);
    part(listener);
    part(clock);
    attempt(function () { inFrame(testimony, main); });
    attempt(function () { render(testimony, String(seed)); });
    part(graphics);
    arrived();
  }
  function replacedHere(testimony) { replaced(testimony, scope); }

  scope.StileProbes = { gather: gather };
})(self);
