
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const facts = JSON.parse($("data").textContent);
  const film = $("film"), timeline = $("timeline"), bar = timeline.querySelector("canvas"), tip = $("tip");
  const moments = Array.from(document.querySelectorAll("#moments > .moment"), (li, index) => {
    const said = li.querySelector(".said"), labels = Array.from(li.querySelectorAll(".labels button"), (b) => b.dataset.name);
    return {
      li, index, said, start: +li.dataset.start, end: +li.dataset.end, shot: +li.dataset.shot, sure: +li.dataset.sure,
      text: said.classList.contains("none") ? "" : said.textContent, key: li.querySelector(".key"),
      image: li.querySelector("img"), hay: hay([said.textContent, ...labels].join(" ")), found: true,
    };
  });
  const cues = Array.from(document.querySelectorAll("#moments > script"), (s) => JSON.parse(s.textContent));
  const last = moments.length ? moments[moments.length - 1].end : 0;
  const wide = matchMedia("(min-width: 62rem)");  // else the list lies below the film, and following would leave it
  let lengthS = Math.max(facts.duration || 0, last), current = -1, playable = false, nowS = 0;

  /* ---- words ---- */
  function fold(text) { return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase(); }
  function hay(text) { return " " + (fold(text).match(/[\p{L}\p{N}]+/gu) || []).join(" ") + " "; }
  function stem(word) {
    for (const end of ["ing", "ed", "es", "s"]) {
      const rest = word.slice(0, -end.length);
      if (word.endsWith(end) && rest.length >= 3 && /[aeiouy]/.test(rest)) return rest.replace(/([bdgklmnprt])\1$/, "$1");
    }
    return word;
  }
  function wanted(query) {
    return (query.match(/-?"[^"]*"?|\S+/g) || []).map((part) => {
      const not = part.length > 1 && part.startsWith("-"), phrase = part.includes('"');
      const words = hay(part).trim();
      if (!words) return null;
      const latin = /[a-z0-9]/.test(words);
      return { not, needle: !latin ? words : phrase ? " " + words + " " : " " + words.split(" ").map(stem).join(" ") };
    }).filter(Boolean);
  }
  function clock(s) {
    const whole = Math.floor(s), h = Math.floor(whole / 3600), m = Math.floor(whole / 60) % 60, two = (n) => String(n).padStart(2, "0");
    return (h ? h + ":" + two(m) : m) + ":" + two(whole % 60);
  }

  /* ---- search ---- */
  const query = $("query"), sure = $("sure");
  function search() {
    const parts = wanted(query.value), least = +sure.value / 100;
    $("least").textContent = sure.value + "\u00a0%";
    let count = 0;
    for (const m of moments) {
      m.found = m.sure >= least && parts.every((p) => m.hay.includes(p.needle) !== p.not);
      if (m.li.hidden === m.found) m.li.hidden = !m.found;
      count += m.found;
    }
    const all = moments.length, some = parts.length || least > 0;
    $("found").textContent = (some ? `${count} of ${all}` : all) + (all === 1 ? " moment" : " moments");
    mark(parts.filter((p) => !p.not));
    draw();
  }
  function mark(parts) {
    if (!window.CSS || !CSS.highlights) return;
    const ranges = [];
    for (const m of parts.length ? moments.filter((one) => one.found).slice(0, 400) : []) {
      const walker = document.createTreeWalker(m.said, NodeFilter.SHOW_TEXT);
      for (let node; (node = walker.nextNode());) {
        for (const word of node.data.matchAll(/[\p{L}\p{N}]+/gu)) {
          const folded = " " + fold(word[0]) + " ";
          if (parts.some((p) => p.needle.trim().split(" ").some((w) => folded.includes(" " + w)))) {
            const range = new Range();
            range.setStart(node, word.index);
            range.setEnd(node, word.index + word[0].length);
            ranges.push(range);
          }
        }
      }
    }
    CSS.highlights.set("found", new Highlight(...ranges));
  }
  query.addEventListener("input", search);
  sure.addEventListener("input", search);
  $("moments").addEventListener("click", (event) => {
    const label = event.target.closest(".labels button"), key = event.target.closest(".key");
    if (label) {
      query.value = label.dataset.name.includes(" ") ? `"${label.dataset.name}"` : label.dataset.name;
      search();
      window.scrollTo({ top: $("browse").offsetTop - 8 });
    } else if (key && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      go(moments.find((m) => m.key === key).start);
    }
  });

  /* ---- the film ---- */
  function at(s) {
    let low = 0, high = moments.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (moments[middle].start <= s + 0.001) low = middle + 1; else high = middle;
    }
    return low - 1;
  }
  function go(s, write = true) {
    nowS = Math.max(0, Math.min(s, lengthS));
    if (playable) film.currentTime = nowS + 0.0005;
    if (write) history.replaceState(null, "", "#t=" + Math.round(nowS * 1000) / 1000);
    arrive(true);
  }
  function arrive(jumped) {
    cursor();
    const index = at(nowS);
    if (index === current && !jumped) return;
    if (current >= 0) { moments[current].li.classList.remove("current"); moments[current].key.removeAttribute("aria-current"); }
    current = index;
    const now = $("now"), moment = moments[index];
    if (!moment) { now.replaceChildren(); return; }
    moment.li.classList.add("current");
    moment.key.setAttribute("aria-current", "true");
    const time = document.createElement("time");
    time.textContent = clock(moment.start);
    now.replaceChildren(time, moment.text || "(nothing could be said)");
    if (!playable) { $("still").src = source(moment); $("still").alt = moment.text; $("said").textContent = moment.text; }
    if ($("follow").checked && moment.found && wide.matches) moment.li.scrollIntoView({ block: "nearest" });
    if ($("speak").checked && moment.text) { speechSynthesis.cancel(); speechSynthesis.speak(new SpeechSynthesisUtterance(moment.text)); }
  }
  function source(moment) { const image = moment.image; return image ? image.dataset.src || image.src : ""; }
  function trouble(text) {
    playable = false;
    if (film) film.hidden = true;
    $("poster").hidden = !moments.some((m) => m.image);
    $("trouble").textContent = text;
    $("trouble").hidden = false;
    for (const id of ["show", "follow"]) $(id).disabled = id === "show";
    arrive(true);
  }
  function subtitle() {
    const track = film.addTextTrack("captions", "What is seen", document.documentElement.lang);
    const safe = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
    for (const [start, end, text] of cues) track.addCue(new VTTCue(start / 1000, end / 1000, safe(text)));
    const show = () => { track.mode = $("show").checked ? "showing" : "hidden"; };
    $("show").addEventListener("change", show);
    show();
  }
  function open() {
    if (!film) return trouble(facts.missing);
    const cant = `This browser can't play ${facts.name}${facts.codec ? ` (${facts.codec})` : ""}, or it is no longer where this page expects it. The pictures and sentences are all here.`;
    film.addEventListener("error", () => trouble(cant));
    film.addEventListener("loadedmetadata", () => {
      if (!film.videoWidth) return trouble(cant);
      playable = true;
      if (isFinite(film.duration)) lengthS = Math.max(film.duration, last);
      if (nowS) film.currentTime = nowS + 0.0005;
      draw();
    });
    for (const name of ["timeupdate", "seeking"]) film.addEventListener(name, () => { nowS = film.currentTime; arrive(false); });
    const parts = document.querySelectorAll("script.film");
    if (parts.length) {
      const bytes = Array.from(parts, (part) => Uint8Array.from(atob(part.textContent), (c) => c.charCodeAt(0)));
      for (const part of parts) part.remove();
      film.src = URL.createObjectURL(new Blob(bytes, { type: facts.type }));
    } else if (film.error) trouble(cant);
    subtitle();
  }

  /* ---- timeline ---- */
  function draw() {
    const ratio = window.devicePixelRatio || 1, wide = timeline.clientWidth, high = timeline.clientHeight;
    bar.width = wide * ratio;
    bar.height = high * ratio;
    const pen = bar.getContext("2d");
    const colours = Object.fromEntries(["--hit", "--other", "--shot"].map((name) => [name, getComputedStyle(swatch(name)).color]));
    pen.scale(ratio, ratio);
    const x = (s) => (lengthS ? s / lengthS : 0) * wide, filtered = moments.some((m) => !m.found);
    for (const m of moments) {
      pen.fillStyle = colours[filtered && m.found ? "--hit" : m.shot % 2 ? "--other" : "--shot"];
      pen.globalAlpha = filtered && !m.found ? 0.3 : 1;
      const tall = (high - 6) * (0.3 + 0.7 * Math.min(1, Math.max(0, m.sure)));
      pen.fillRect(x(m.start), high - tall, Math.max(1, x(m.end) - x(m.start) - (wide / moments.length > 5 ? 1 : 0)), tall);
    }
    timeline.setAttribute("aria-valuemax", String(Math.round(lengthS)));
    cursor();
  }
  const swatches = {};
  function swatch(name) {
    if (!swatches[name]) {
      swatches[name] = document.createElement("i");
      swatches[name].style.color = `var(${name})`;
      swatches[name].hidden = true;
      timeline.append(swatches[name]);
    }
    return swatches[name];
  }
  function cursor() {
    $("cursor").style.left = (lengthS ? 100 * nowS / lengthS : 0) + "%";
    const moment = moments[at(nowS)];
    timeline.setAttribute("aria-valuenow", String(Math.round(nowS)));
    timeline.setAttribute("aria-valuetext", clock(nowS) + (moment ? `, shot ${moment.shot + 1}: ${moment.text || "nothing could be said"}` : ""));
  }
  const pointed = (event) => { const box = timeline.getBoundingClientRect(); return lengthS * Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)); };
  timeline.addEventListener("click", (event) => go(pointed(event)));
  timeline.addEventListener("pointermove", (event) => {
    const moment = moments[at(pointed(event))], box = timeline.getBoundingClientRect();
    tip.hidden = !moment;
    if (!moment) return;
    const image = tip.querySelector("img");
    image.hidden = !moment.image;
    if (moment.image && image.src !== source(moment)) image.src = source(moment);
    tip.querySelector("span").textContent = `${clock(moment.start)}  ${moment.text}`;
    tip.style.left = Math.min(box.width - tip.offsetWidth, Math.max(0, event.clientX - box.left - tip.offsetWidth / 2)) + "px";
  });
  timeline.addEventListener("pointerleave", () => { tip.hidden = true; });
  timeline.addEventListener("keydown", (event) => {
    const steps = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10, Home: -1e9, End: 1e9 };
    if (!(event.key in steps) || !moments.length) return;
    event.preventDefault();
    go(moments[Math.min(moments.length - 1, Math.max(0, at(nowS) + steps[event.key]))].start);
  });

  /* ---- attention ---- */
  const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  function looks(moment) {
    const code = moment.said.dataset.attention;
    if (!code) return null;
    if (!moment.looks) {
      const [size, ...words] = code.split(" "), [rows, columns] = size.split("x").map(Number);
      const maps = words.map((word) => Array.from(word, (c) => ALPHABET.indexOf(c) / 63));
      const mean = maps[0].map((_, cell) => maps.reduce((sum, map) => sum + map[cell], 0) / maps.length), most = Math.max(...mean, 1e-6);
      moment.looks = { rows, columns, maps, mean: mean.map((v) => v / most), shares: moment.said.dataset.shares.split(" ").map((s) => s.split("/")) };
      const texts = moment.said.textContent.split(" ");
      moment.spans = texts.map((text, n) => {
        const span = document.createElement("span");
        span.textContent = text;
        span.addEventListener("pointerenter", () => look(moment, n));
        return span;
      });
      moment.said.replaceChildren(...moment.spans.flatMap((span, n) => (n ? [" ", span] : [span])));
      mark(wanted(query.value).filter((p) => !p.not));
    }
    return moment.looks;
  }
  function look(moment, word, aloud) {
    const found = looks(moment);
    if (!found || !moment.image) return;
    if (!moment.heat) {
      moment.heat = document.createElement("canvas");
      moment.heat.width = found.columns;
      moment.heat.height = found.rows;
      moment.heat.setAttribute("aria-hidden", "true");
      moment.key.append(moment.heat);
      moment.note = moment.li.querySelector(".look");
    }
    moment.word = word;
    const map = word < 0 ? found.mean : found.maps[word], pen = moment.heat.getContext("2d"), picture = pen.createImageData(found.columns, found.rows);
    map.forEach((v, cell) => {
      const near = Math.sqrt(v), veil = 160 * Math.max(0, 1 - 1.35 * near), glow = 95 * Math.max(0, near - 0.55);
      picture.data.set(veil > 0 ? [6, 8, 24, veil] : [255, 176, 32, glow], 4 * cell);
    });
    pen.putImageData(picture, 0, 0);
    moment.heat.hidden = false;
    moment.spans.forEach((span, n) => span.classList.toggle("looking", n === word));
    const [places, frames, things] = word < 0 ? [] : found.shares[word];
    moment.note.setAttribute("aria-live", aloud ? "polite" : "off");
    moment.note.textContent = word < 0 ? "Where all words looked. Point at one." : `${aloud ? moment.spans[word].textContent.replace(/\.$/, "") + ": " : ""}${places}\u00a0% places, ${frames}\u00a0% frames, ${things}\u00a0% things`;
  }
  function unlook(moment) {
    if (!moment.heat) return;
    moment.heat.hidden = true;
    moment.note.textContent = "";
    moment.spans.forEach((span) => span.classList.remove("looking"));
  }
  for (const m of moments) {
    m.key.addEventListener("pointerenter", () => look(m, -1));
    m.said.addEventListener("pointerenter", () => looks(m));
    m.li.addEventListener("pointerleave", () => unlook(m));
    m.key.addEventListener("blur", () => unlook(m));
    m.key.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step || !looks(m)) return;
      event.preventDefault();
      const count = m.looks.maps.length;
      look(m, ((m.word === undefined || m.word < 0 ? (step > 0 ? -1 : count) : m.word) + step + count) % count, true);
    });
  }

  /* ---- lazy pictures, keys, links ---- */
  const near = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting) {
      const image = entry.target.querySelector("img");
      image.src = image.dataset.src;
      delete image.dataset.src;
      near.unobserve(entry.target);
    }
  }, { rootMargin: "800px" });
  for (const m of moments) if (m.image) near.observe(m.li);
  document.addEventListener("keydown", (event) => {
    if (!$("keys").checked || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, video, button, summary, [role=slider]")) return;
    const step = { n: 1, p: -1 }[event.key];
    if (event.key === "/") { event.preventDefault(); query.focus(); }
    else if (event.key === " " && playable && !event.target.closest("a")) { event.preventDefault(); if (film.paused) film.play(); else film.pause(); }
    else if (step) {
      for (let n = at(nowS) + step; n >= 0 && n < moments.length; n += step) if (moments[n].found) { go(moments[n].start); moments[n].key.focus({ preventScroll: true }); break; }
    }
  });
  $("announce").addEventListener("change", (event) => $("now").setAttribute("aria-live", event.target.checked ? "polite" : "off"));
  if (window.speechSynthesis) $("speaks").hidden = false;
  function follow() {
    const wish = new URLSearchParams(location.hash.slice(1));
    if (wish.has("q")) { query.value = wish.get("q"); search(); }
    if (wish.has("t") && isFinite(+wish.get("t"))) go(+wish.get("t"), false);
  }
  window.addEventListener("hashchange", follow);
  new ResizeObserver(draw).observe(timeline);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  open();
  search();
  follow();
  document.documentElement.dataset.ready = "1";
})();
