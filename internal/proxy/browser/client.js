// The script of hotreload in the pages of your app. Its protocol is documented in
// docs/reference/browser.md. It has two parts: worker() runs once in a browser and has its
// only connection to hotreload, page() runs in each page and is told by it how things are.
// A page knows the state that it was made in, and does what differs.
'use strict';
(() => {
const inWorker = typeof SharedWorkerGlobalScope !== 'undefined' && self instanceof SharedWorkerGlobalScope;
const script = !inWorker && document.currentScript;
const address = inWorker ? location.href : script && script.src;
const path = (name, query) => new URL(name, address) + '?' + new URLSearchParams(query);

// listen has tell called with each state. It connects again, quietly, until it is closed.
function listen(token, tell) {
  let source, timer, pause = 250;
  const open = () => {
    source = new EventSource(path('events', {token}));
    source.onmessage = m => { pause = 250; tell(JSON.parse(m.data)); };
    source.onerror = () => {
      source.close();
      timer = setTimeout(open, pause);
      pause = Math.min(2 * pause, 4000);
    };
  };
  open();
  return () => { clearTimeout(timer); source.close(); };
}

function worker() {
  const pages = new Set();
  let token, close, last;
  self.onconnect = ({ports: [page]}) => {
    page.onmessage = ({data}) => {
      if (data.bye) return pages.delete(page);
      pages.add(page);
      if (data.token === token) return last && page.postMessage(last);
      // hotreload was started again, and this page has heard of it first.
      if (close) close();
      token = data.token;
      last = null;
      close = listen(token, state => {
        last = state;
        for (const p of pages) p.postMessage(state);
      });
    };
  };
}

function page() {
  const {mark, token, method} = script.dataset;
  let made = mark && parse(mark);  // the state that this page was made in
  let asked = -Infinity;           // when it was asked to reload
  let leave;                       // ends what join began

  // A page that the app itself marks knows its process alone, and takes the rest from the first
  // state that it hears of.
  function parse(mark) {
    const [id, gen, seq] = mark.split('.');
    return seq ? {id, gen: +gen, seq: +seq} : {id, process: +gen};
  }

  // isOld reports whether a page has to reload that was made in a state. It may be of a version
  // that hotreload has not told of yet: then the state is not newer than the page.
  function isOld(made, state) {
    if (made.id !== state.id) return state.gen > 0;
    if (!made.gen) return made.process < state.process;
    return state.seq > made.seq && (made.gen !== state.gen || made.seq < state.from ||
      state.changes.some(c => c.seq > made.seq && c.kind === 'page'));
  }

  // take takes what hotreload tells.
  function take(state) {
    if (made && isOld(made, state)) return reload(state);
    made ||= {id: state.id, gen: state.gen, seq: state.seq};
    if (made.id === state.id) {
      made.seq ??= state.seq;
      if (made.process === state.process) made.gen ??= state.gen;
    }
    if (made.id === state.id && made.seq < state.seq) {
      const missed = state.changes.filter(c => c.seq > made.seq);
      made.seq = state.seq;
      if (missed.some(c => c.kind === 'image' && !c.paths.length)) return reload(state); // without the token no file is named
      const of = kind => missed.filter(c => c.kind === kind).flatMap(c => c.paths);
      if (missed.some(c => c.kind === 'css')) styles(of('css'));
      if (of('image').length) images(of('image'));
      if (missed.length) done(state);
    }
    show(state.problem);
  }

  const done = state => navigator.sendBeacon(path('done', {token, seq: state.seq}));

  function reload(state) {
    // Until the next page is there, this one still hears of what happens.
    if (performance.now() - asked < 3000 || around().some(s => isOld(parse(s.dataset.mark), state))) return;
    if (method) { // it would send the form again
      return show({id: state.gen, kind: 'page', title: 'A new version serves', text: 'Reload the page to see it. That sends the form again.', places: []});
    }
    // It has been loaded again for this very state, and is the same: that would never end.
    const now = [mark, state.id, state.seq] + '';
    if (recall('reloaded') === now) {
      return show({id: state.seq, kind: 'page', title: 'This page is out of date', text: 'It comes from a cache, such as that of a service worker, and not from the app.', places: []});
    }
    asked = performance.now();
    done(state);
    keep();
    store('reloaded', now);
    location.reload();
  }

  // around are the scripts of the pages around this one, which reload with it inside them, and
  // show what is wrong. They may not have run yet.
  function around() {
    const found = [];
    for (let w = window; w !== w.parent;) {
      w = w.parent;
      try {
        found.push(...w.document.querySelectorAll('script[data-mark]'));
      } catch { /* of another origin */ }
    }
    return found;
  }

  // join connects to hotreload by way of the worker. Where there can be none, one of the
  // pages has the connection and tells the others; where there can be no such agreement
  // either, each asks once a second while it is seen.
  function join() {
    if (!window.SharedWorker || new URL(address).origin !== location.origin) return lead();
    let shared;
    try {
      const name = path('client.js', new URL(address).searchParams);
      const policy = window.trustedTypes && trustedTypes.createPolicy('hotreload', {createScriptURL: s => s});
      shared = new SharedWorker(policy ? policy.createScriptURL(name) : name, {name: 'hotreload'});
    } catch {
      return lead();
    }
    shared.onerror = lead;
    shared.port.onmessage = m => take(m.data);
    shared.port.postMessage({token});
    leave = () => { shared.port.postMessage({bye: true}); shared.port.close(); };
  }

  function lead() {
    if (!navigator.locks || !window.BroadcastChannel) return poll();
    const channel = new BroadcastChannel('hotreload'), ended = new AbortController();
    let last;
    channel.onmessage = ({data}) => {
      if (data !== 'hello') take(data);
      else if (last) channel.postMessage(last);
    };
    channel.postMessage('hello');
    navigator.locks.request('hotreload', {signal: ended.signal}, () => new Promise(release => {
      const close = listen(token, state => {
        last = state;
        take(state);
        channel.postMessage(state);
      });
      ended.signal.onabort = () => { close(); release(); };
    })).catch(() => {});
    leave = () => { ended.abort(); channel.close(); };
  }

  function poll() {
    const timer = setInterval(() => {
      if (!document.hidden) fetch(path('now', {token})).then(r => r.json()).then(take).catch(() => {});
    }, 1000);
    leave = () => clearInterval(timer);
  }

  // A page that the browser keeps to go back to must not have a connection.
  addEventListener('pagehide', () => leave());
  addEventListener('pageshow', e => { if (e.persisted) { asked = -Infinity; join(); } });

  // ---- styles and images

  const fresh = url => { // the same, but not from the cache
    const u = new URL(url, document.baseURI);
    u.searchParams.set('hotreload', Date.now().toString(36));
    return u.href;
  };

  // hits returns a function that reports whether a URL is that of one of the files: it ends
  // in the same names. A file may be served under any path, so the longest match counts.
  function hits(files, urls) {
    const common = (a, b) => { let n = 0; while (n < a.length && n < b.length && a[n] === b[n]) n++; return n; };
    const of = url => { try { return new URL(url, document.baseURI).pathname.split('/').map(decodeURIComponent).reverse(); } catch { return []; } };
    const wanted = files.map(f => {
      const parts = f.split('/').reverse();
      return [parts, Math.max(1, ...urls.map(u => common(of(u), parts)))];
    });
    return url => wanted.some(([parts, best]) => common(of(url), parts) >= best);
  }

  // roots are the document and what its elements hide.
  function roots(of = document) {
    const inside = [...of.querySelectorAll('*')].filter(e => e.shadowRoot && e !== box).flatMap(e => roots(e.shadowRoot));
    return [of, ...inside];
  }

  const all = selector => roots().flatMap(r => [...r.querySelectorAll(selector)]);
  const rules = sheet => { try { return [...sheet.cssRules]; } catch { return []; } }; // none of another origin
  const sheets = () => roots().flatMap(r => [...r.styleSheets]);

  // imports calls f for each @import below a sheet, until f says that it need not go deeper.
  function imports(sheet, f) {
    for (const rule of rules(sheet)) {
      if (rule.href && rule.media && !f(sheet, rule) && rule.styleSheet) imports(rule.styleSheet, f);
    }
  }
  const imported = (sheet, rule) => new URL(rule.href, sheet.href || document.baseURI).href;

  const replaced = new WeakSet(); // links whose successor is loading

  function styles(files) {
    const links = all('link[rel~="stylesheet"][href]').filter(l => !replaced.has(l));
    const urls = links.map(l => l.href);
    for (const s of sheets()) imports(s, (sheet, rule) => { urls.push(imported(sheet, rule)); });
    let hit = hits(files, urls);
    if (!urls.some(hit)) hit = url => new URL(url).origin === location.origin; // served under another name
    for (const s of sheets()) imports(s, (sheet, rule) => hit(imported(sheet, rule)) && reimport(sheet, rule));
    for (const old of links.filter(l => hit(l.href))) {
      const next = old.cloneNode();
      next.href = fresh(old.href);
      next.nonce = old.nonce;
      next.removeAttribute('integrity');
      replaced.add(old);
      next.onload = () => old.remove(); // not before: the page would be seen without
      next.onerror = () => { replaced.delete(old); next.remove(); };
      old.after(next);
    }
  }

  // reimport has a sheet import once more, and drops the former rule when that has come.
  function reimport(sheet, rule) {
    const at = rules(sheet).indexOf(rule);
    sheet.insertRule(rule.cssText.replace(/url\("(?:[^"\\]|\\.)*"\)/, `url("${fresh(imported(sheet, rule))}")`), at + 1);
    const next = sheet.cssRules[at + 1];
    let tries = 200;
    const wait = () => {
      if (!next.styleSheet && tries--) return setTimeout(wait, 10);
      const n = rules(sheet).indexOf(rule);
      if (n >= 0) sheet.deleteRule(n);
    };
    wait();
    return true;
  }

  function images(files) {
    const hit = hits(files, []);
    const swap = url => hit(url) ? fresh(url) : url;
    const inStyle = (style, base) => {
      for (const name of [...style]) {
        const value = style.getPropertyValue(name);
        const next = value.replace(/url\(\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^\s"')]+))\s*\)/g, (whole, ...of) => {
          const url = (of[0] ?? of[1] ?? of[2]).replace(/\\(.)/g, '$1');
          return hit(url) ? `url("${fresh(new URL(url, base))}")` : whole;
        });
        if (next !== value) style.setProperty(name, next, style.getPropertyPriority(name));
      }
    };
    for (const e of all('img,source,input[type=image],video,link[rel~=icon],image,use,[style*=url]')) {
      for (const a of ['src', 'href', 'poster', 'xlink:href', 'srcset']) {
        const old = e.getAttribute(a);
        const next = old && (a === 'srcset' ? old.replace(/[^\s,]\S*[^\s,]/g, swap) : swap(old));
        if (next !== old) e.setAttribute(a, next);
      }
      if (e.style) inStyle(e.style, document.baseURI);
    }
    const inRules = (of, base) => { // a sheet, or a rule with others in it
      for (const rule of rules(of)) {
        if (rule.styleSheet) inRules(rule.styleSheet, rule.styleSheet.href);
        if (rule.cssRules) inRules(rule, base);
        if (rule.style) inStyle(rule.style, base);
      }
    };
    for (const s of sheets()) inRules(s, s.href || document.baseURI);
  }

  // ---- what a reload must not lose

  // place is a selector of an element.
  function place(e) {
    if (e.id) return '#' + CSS.escape(e.id);
    const parent = e.parentElement;
    return parent ? place(parent) + '>:nth-child(' + ([...parent.children].indexOf(e) + 1) + ')' : ':root';
  }

  // store and recall have something outlive this page, in its tab.
  const key = name => 'hotreload ' + name + ' ' + location.href;
  function store(name, value) {
    try { sessionStorage.setItem(key(name), value); } catch { /* the page may not store anything */ }
  }
  function recall(name) {
    try { return sessionStorage.getItem(key(name)); } catch { /* as above */ }
  }

  function keep() {
    const fields = [], scrolled = [], active = document.activeElement;
    for (const e of document.querySelectorAll('input,textarea,select')) {
      if (/^(password|hidden|file|submit|image|button|reset)$/.test(e.type)) continue;
      const is = /^(checkbox|radio)$/.test(e.type) ? [e.checked, e.defaultChecked] :
        e.options ? [[...e.options].map(o => o.selected) + '', [...e.options].map(o => o.defaultSelected) + ''] : [e.value, e.defaultValue];
      if (is[0] !== is[1]) fields.push([place(e), e.type, is[0]]);
    }
    for (const e of document.querySelectorAll('*')) {
      if (e.scrollTop || e.scrollLeft) scrolled.push([place(e), e.scrollLeft, e.scrollTop]);
    }
    let selection;
    try { selection = [active.selectionStart, active.selectionEnd]; } catch { /* it has none */ }
    store('place', JSON.stringify({fields, scrolled, active: active && active !== document.body && place(active), selection}));
  }

  function restore() {
    const kept = JSON.parse(recall('place') || 'null');
    if (!kept) return;
    store('place', '');
    const now = () => {
      for (const [at, type, value] of kept.fields) {
        const e = document.querySelector(at);
        if (!e || e.type !== type) continue;
        if (typeof value === 'boolean') e.checked = value;
        else if (e.options) value.split(',').forEach((is, n) => { if (e.options[n]) e.options[n].selected = is === 'true'; });
        else if (e.value === e.defaultValue) e.value = value;
      }
      const active = kept.active && document.querySelector(kept.active);
      if (active && document.activeElement === document.body) {
        active.focus({preventScroll: true});
        try { active.setSelectionRange(...kept.selection); } catch { /* it has none */ }
      }
      for (const [at, x, y] of kept.scrolled) {
        const e = document.querySelector(at);
        if (e) e.scrollTo({left: x, top: y, behavior: 'instant'});
      }
    };
    if (document.readyState === 'loading') addEventListener('DOMContentLoaded', now);
    else now();
  }

  // ---- problems

  let box, shown, dismissed; // the element, the problem in it, and what the one not to show again says

  // says is what a problem says, wherever its lines have moved to.
  const says = p => JSON.stringify(p.kind === 'page' ? p.id : [p.title, p.places.map(at => [at.file, at.message]), p.places.length ? '' : p.text]);

  function show(problem) {
    if (!problem) dismissed = null;
    if ((problem && problem.id) === (shown && shown.id)) return;
    shown = problem;
    if (box) box.remove();
    box = null;
    if (problem && says(problem) !== dismissed && (problem.kind === 'page' || !around().length)) draw(problem);
  }

  // draw shows a problem: a broken build over the page, which stays usable, and all else in a
  // corner. It does not take the focus.
  function draw(problem) {
    const make = (tag, props, ...children) => {
      const e = Object.assign(document.createElement(tag), props);
      e.append(...children);
      return e;
    };
    const build = problem.kind === 'build';
    const status = make('p', {className: 'faint', role: 'status'});
    const open = (place, n) => make('button', {
      className: 'place', textContent: [place.file, place.line, place.column].filter(Boolean).join(':'), title: 'Open in the editor',
      onclick: async () => {
        status.textContent = '';
        try {
          const answer = await fetch(path('open', {token, problem: problem.id, place: n}), {method: 'POST'});
          if (!answer.ok) status.textContent = await answer.text();
        } catch {
          status.textContent = 'hotreload does not answer.';
        }
      },
    });
    const excerpt = place => make('pre', {tabIndex: 0}, ...place.lines.map((line, n) => {
      const number = place.first + n, here = number === place.line, last = place.first + place.lines.length - 1;
      return make('span', {className: here ? 'here' : ''}, (number + '').padStart((last + '').length) + '  ' + line);
    }));
    const close = make('button', {className: 'close', textContent: '×', title: 'Dismiss (Escape)', ariaLabel: 'Dismiss', onclick: dismiss});
    const card = make('section', {className: build ? 'card' : 'card toast', role: build ? 'dialog' : 'alert', ariaLabel: problem.title},
      close, make('h2', {textContent: problem.title}),
      ...problem.places.map((place, n) => make('div', {},
        make('p', {className: place.warning ? 'faint' : 'message', textContent: place.message}), open(place, n), place.lines.length ? excerpt(place) : '')),
      problem.more ? make('p', {className: 'faint', textContent: `and ${problem.more} more` }) : '',
      problem.text && !problem.places.length ? make('pre', {tabIndex: 0, textContent: problem.text}) : '', status);
    const style = new CSSStyleSheet(); // which no content security policy forbids
    style.replaceSync(`
      :host { all: initial !important; direction: ltr !important }
      .card { position: fixed; z-index: 2147483647; top: 5vh; left: 50%; transform: translateX(-50%); box-sizing: border-box;
        width: min(56rem, 100vw - 1rem); max-height: 85vh; overflow: auto; padding: 1rem 1.25rem; color-scheme: light dark;
        border: 1px solid #8885; border-top: 4px solid #c62828; border-radius: 8px; box-shadow: 0 8px 40px #0006;
        font: 15px/1.5 system-ui, sans-serif; background: #fbfaf8; color: #1c1d21; overflow-wrap: anywhere }
      .toast { top: auto; left: auto; right: .5rem; bottom: .5rem; transform: none; width: min(32rem, 100vw - 1rem); max-height: 60vh }
      h2 { margin: 0 2.5rem .75rem 0; font-size: 1.1em; color: #b3261e }
      p { margin: .75em 0 .25em } .faint, span { color: #5d5f68 }
      span { display: block; padding: 0 .3em }
      .message { font-weight: 600 }
      button { font: inherit; color: inherit; background: none; border: 0; cursor: pointer; border-radius: 4px }
      button:focus-visible, pre:focus-visible { outline: 2px solid #1a73e8; outline-offset: 2px }
      .place { padding: 0; text-align: left; text-decoration: underline; color: #0b57d0; font: 14px/1.5 ui-monospace, monospace }
      .close { position: absolute; top: .5rem; right: .5rem; width: 2.25rem; height: 2.25rem; font-size: 1.4em; line-height: 1 }
      pre { margin: .5em 0; padding: .6em; border-radius: 6px; background: #f0eeea; font: 13px/1.55 ui-monospace, monospace; display: grid; overflow: auto; tab-size: 4; white-space: pre }
      .here { color: #1c1d21; background: #c6282826 }
      @media (prefers-color-scheme: dark) {
        .card { background: #1d1e22; color: #e7e5e1 } h2 { color: #ff8a80 } pre { background: #2a2c32 }
        .faint, span { color: #a5a7b0 } .here { color: #fff; background: #ff8a8033 } .place { color: #8ab4f8 }
      }`);
    box = make('hotreload-problem', {});
    const root = box.attachShadow({mode: 'open'});
    root.adoptedStyleSheets = [style];
    root.append(card);
    document.documentElement.append(box);
  }

  function dismiss() {
    dismissed = says(shown);
    if (box) box.remove();
    box = null;
  }

  addEventListener('keydown', e => { if (e.key === 'Escape' && box) dismiss(); }, true);

  restore();
  join();
}

const once = Symbol.for('hotreload');
if (inWorker) {
  worker();
} else if (script && !window[once]) {
  window[once] = true;
  page();
}
})();
