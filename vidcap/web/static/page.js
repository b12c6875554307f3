// Follows the narration and shows it. Everything from outside is set as text: nothing here builds markup.

import { draw } from "./graph.js";
import { connect } from "./follow.js";

const MOST_ROWS = 500;
const at = (id) => document.getElementById(id);
const page = {
  session: null, title: "vidcap", state: null, isReachable: false, newest: null, past: null,
  rows: new Map(), picture: null, isLoading: false, tally: null,
};

// ---- words and numbers

const CLOCK = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
const DATE = new Intl.DateTimeFormat([], { day: "numeric", month: "short" });
const WHOLE = new Intl.NumberFormat();

function clock(moment) {
  const isToday = moment.toDateString() === new Date().toDateString();
  return isToday ? CLOCK.format(moment) : `${DATE.format(moment)} ${CLOCK.format(moment)}`;
}

function span(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  if (whole < 86400) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
  return `${Math.floor(whole / 86400)} d ${Math.floor((whole % 86400) / 3600)} h`;
}

const percent = (part) => `${Math.round(part * 100)} %`;
const startOf = (cue) => new Date(cue.starts_at);
const endOf = (cue) => new Date(startOf(cue).getTime() + (cue.end_s - cue.start_s) * 1000);

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

// ---- how the source is

const STATES = {
  "connecting": "Connecting", "live": "Live", "stalled": "No pictures", "waiting": "Camera lost",
  "given up": "Given up", "stopped": "Stopped", "unreachable": "vidcap can't be reached",
};

function showState() {
  const name = page.isReachable ? page.state?.state ?? "connecting" : page.session ? "unreachable" : "connecting";
  at("state").dataset.state = at("stage").dataset.state = name;
  if (at("state-text").textContent !== STATES[name]) at("state-text").textContent = STATES[name];
  const [head, why, next] = veil(name);
  at("veil-head").textContent = head;
  at("veil-why").textContent = why;
  at("veil-next").textContent = next;
  at("veil").hidden = (name === "live" && page.picture !== null) || page.past !== null;
  document.title = `${name === "live" ? "" : `${STATES[name]}: `}${page.title}`;
}

/** Return what is written over the picture: the matter, its reason, what comes next. */
function veil(name) {
  if (name === "unreachable") return [STATES[name], "", "This page tries again by itself."];
  if (name === "live") return ["Waiting for the first picture", "", ""];
  if (page.state === null) return ["Connecting to the camera", "", ""];
  const { reason, attempt, retry_in_s: retry, since } = page.state;
  const head = name === "connecting" ? "Connecting to the camera" : `${STATES[name]} since ${clock(new Date(since))}`;
  const left = retry - (Date.now() - new Date(since)) / 1000;
  const nth = attempt > 1 ? ` (attempt ${attempt})` : "";
  const next = name === "waiting" ? (left >= 1 ? `Next try in ${span(left)}${nth}` : `Trying again${nth}`) : nth.trim();
  return [head, reason.charAt(0).toUpperCase() + reason.slice(1), next];
}

// ---- the picture

function loadPicture() {
  if (page.isLoading || page.past || !page.picture) return;
  const wanted = page.picture;
  page.isLoading = true;
  swapPicture(`picture.jpg?n=${page.session}-${wanted.number}`, `Latest picture of ${page.title}`, () => page.past === null)
    .finally(() => {
      page.isLoading = false;
      if (page.picture !== wanted) loadPicture();
    });
}

/** Put a picture in place once it is whole, so that there is never a gap; one that fails leaves the old one. */
async function swapPicture(source, alt, isStillWanted) {
  const next = new Image();
  next.id = "picture";
  next.alt = alt;
  next.src = source;
  try {
    await next.decode();
  } catch {
    return;
  }
  if (isStillWanted()) at("picture").replaceWith(next);
}

function showPast(key) {
  const cue = page.rows.get(key).cue;
  leavePast();
  page.past = key;
  page.rows.get(key).item.classList.add("shown");
  page.rows.get(key).button.setAttribute("aria-current", "true");
  at("stage").dataset.past = "";
  at("past").hidden = false;
  at("past-text").textContent = cue.has_picture ? `${clock(startOf(cue))}: ${cue.text}` : `${clock(startOf(cue))}: no picture is kept of this moment.`;
  if (cue.has_picture) swapPicture(`pictures/${cue.number}.jpg?n=${page.session}`, `Picture of ${clock(startOf(cue))}`, () => page.past === key);
  showState();
}

function leavePast() {
  const row = page.rows.get(page.past);
  row?.item.classList.remove("shown");
  row?.button.removeAttribute("aria-current");
  page.past = null;
  delete at("stage").dataset.past;
  at("past").hidden = true;
}

// ---- sentences

function showSentence(cue) {
  const isNew = page.newest?.key !== cue.key;
  page.newest = cue;
  if (!isNew) return;
  const place = at("sentence");
  place.textContent = cue.text;
  place.classList.remove("fresh");
  void place.offsetWidth; // lets the animation begin anew
  place.classList.add("fresh");
}

function showAbout() {
  const cue = page.newest;
  if (!cue) return;
  const since = `Since ${clock(startOf(cue))}`;
  const until = cue.is_final ? `${clock(startOf(cue))} – ${clock(endOf(cue))}` : `${since}, for ${span(cue.end_s - cue.start_s)}`;
  const words = [until];
  if (cue.confidence !== null) words.push(`${percent(cue.confidence)} sure`);
  at("about").textContent = words.join(" · ");
}

function makeRow(cue) {
  const item = element("li"), button = element("button");
  button.type = "button";
  const row = { cue, item, button, time: element("time"), sure: element("span", "sure"), text: element("span", "text") };
  button.append(row.time, row.sure, row.text);
  button.addEventListener("click", () => (page.past === cue.key ? returnToLive() : showPast(cue.key)));
  item.append(button);
  return row;
}

function fillRow(row, cue) {
  row.cue = cue;
  row.time.dateTime = cue.starts_at;
  row.time.textContent = `${clock(startOf(cue))} – ${CLOCK.format(endOf(cue))}`;
  row.text.textContent = cue.text;
  row.sure.hidden = cue.confidence === null;
  row.sure.textContent = percent(cue.confidence ?? 0);
  row.sure.title = "How sure vidcap is";
  row.sure.style.setProperty("--sure", `${Math.round((cue.confidence ?? 0) * 100)}%`);
  row.item.hidden = !matches(cue);
}

function takeCue(message) {
  const cue = { ...message, key: `${page.session}/${message.number}` };
  let row = page.rows.get(cue.key);
  if (!row) {
    row = makeRow(cue);
    page.rows.set(cue.key, row);
    at("cues").prepend(row.item);
    forgetOldRows();
  }
  fillRow(row, cue);
  if (!page.newest || page.newest.session !== page.session || cue.number >= page.newest.number) {
    page.rows.get(page.newest?.key)?.item.classList.remove("now");
    row.item.classList.toggle("now", !cue.is_final);
    showSentence({ ...cue, session: page.session });
  }
  at("none").hidden = true;
}

function forgetOldRows() {
  while (page.rows.size > MOST_ROWS) {
    const [key, row] = page.rows.entries().next().value;
    if (page.past === key) returnToLive();
    row.item.remove();
    page.rows.delete(key);
  }
  while (at("cues").lastElementChild?.className === "mark") at("cues").lastElementChild.remove();
}

const matches = (cue) => cue.text.toLowerCase().includes(at("find").value.trim().toLowerCase());

// ---- figures

function showFigures() {
  const tally = page.tally;
  const delays = [...page.rows.values()].map((row) => row.cue.delay_s).filter((delay) => delay !== null);
  if (tally) {
    at("fps").textContent = tally.fps_in === null ? "–" : tally.fps_in.toFixed(1);
    at("dropped").textContent = WHOLE.format(tally.frames_dropped);
    at("said").textContent = WHOLE.format(tally.cues);
    at("reconnects").textContent = WHOLE.format(tally.reconnects);
    at("uptime").textContent = span(tally.uptime_s);
  }
  const [half, most] = [tally?.delay_p50_s ?? null, tally?.delay_p95_s ?? null];
  if (half !== null && most !== null) at("delay-text").textContent = `${half.toFixed(2)} s in the middle, 95 % within ${most.toFixed(2)} s`;
  draw(at("graph"), delays, most);
}

// ---- what the server says

const handlers = {
  reset(message) {
    const isRestart = page.session !== null && page.session !== message.session;
    if (isRestart && page.rows.size) at("cues").prepend(element("li", "mark", "vidcap was started again"));
    if (isRestart && page.past) returnToLive();
    page.session = message.session;
    page.title = message.title;
    at("title").textContent = message.title;
    page.state = message.state ?? null;
    page.tally = message.tally ?? null;
    message.cues.forEach(takeCue);
    if (message.picture) handlers.picture(message.picture);
    showFigures();
  },
  cue(message) {
    takeCue(message);
    showFigures();
  },
  state(message) {
    page.state = message;
  },
  tally(message) {
    page.tally = message;
    showFigures();
  },
  picture(message) {
    page.picture = message;
    loadPicture();
  },
};

function take(name, message) {
  handlers[name](message);
  showState();
  showAbout();
}

// ---- what the person says

function returnToLive() {
  leavePast();
  loadPicture();
  showState();
}

function remember(name, value) {
  try {
    localStorage.setItem(`vidcap-${name}`, value);
  } catch { /* storage is forbidden: the choice lasts until the page is left */ }
}

function remembered(name, choices) {
  try {
    const value = localStorage.getItem(`vidcap-${name}`);
    return choices.includes(value) ? value : choices[0];
  } catch {
    return choices[0];
  }
}

function cycle(id, choices, apply) {
  const show = (value) => (remember(id, value), apply(value));
  let value = remembered(id, choices);
  apply(value);
  at(id).addEventListener("click", () => show((value = choices[(choices.indexOf(value) + 1) % choices.length])));
}

cycle("theme", ["system", "light", "dark"], (value) => {
  document.documentElement.dataset.theme = value;
  at("theme").textContent = `Colours: ${value}`;
});
cycle("size", ["normal", "large", "huge"], (value) => {
  document.documentElement.dataset.size = value;
  at("size").textContent = `Text: ${value}`;
});
cycle("announce", ["on", "off"], (value) => {
  at("announce").setAttribute("aria-pressed", String(value === "on"));
  at("sentence").setAttribute("aria-live", value === "on" ? "polite" : "off");
});
at("full").addEventListener("click", async () => {
  if (document.fullscreenElement) return document.exitFullscreen();
  await document.documentElement.requestFullscreen();
  await navigator.wakeLock?.request("screen").catch(() => undefined);
});
at("back").addEventListener("click", () => {
  const row = page.rows.get(page.past);
  returnToLive();
  row?.button.focus({ preventScroll: true });
});
document.addEventListener("keydown", (event) => event.key === "Escape" && page.past && returnToLive());
at("find").addEventListener("input", () => {
  for (const row of page.rows.values()) row.item.hidden = !matches(row.cue);
});
new ResizeObserver(showFigures).observe(at("graph"));
setInterval(showState, 1000);

connect({ names: Object.keys(handlers), take, reachable: (is) => ((page.isReachable = is), showState()) });
