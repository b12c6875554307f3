// A stream of server-sent events that does not end: lost connections are made again and go on where they stopped.

const PATIENCE_MS = 45_000; // the server says something at least every 15 s
const LONGEST_PAUSE_MS = 15_000;

/** Call take(name, message) for each event and reachable(is) as the connection comes and goes. */
export function connect({ names, take, reachable }) {
  let source = null, lastId = "", pauseMs = 1000, heardAt = Date.now(), isWaiting = false;

  function open() {
    isWaiting = false;
    heardAt = Date.now();
    source = new EventSource(lastId ? `events?after=${encodeURIComponent(lastId)}` : "events");
    const hear = (event) => {
      heardAt = Date.now();
      pauseMs = 1000;
      lastId = event.lastEventId || lastId;
    };
    source.addEventListener("open", () => reachable(true));
    source.addEventListener("beat", hear);
    for (const name of names) {
      source.addEventListener(name, (event) => {
        hear(event);
        take(name, JSON.parse(event.data));
      });
    }
    source.addEventListener("error", lost);
  }

  function lost() {
    if (isWaiting) return;
    isWaiting = true;
    source.close(); // the browser would try again as well, but not after every kind of failure
    reachable(false);
    askForToken();
    setTimeout(open, pauseMs * (0.75 + Math.random() / 2));
    pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 1.6);
  }

  /** The server may have come back with another token: then the page has to ask for it. */
  async function askForToken() {
    const answer = await fetch("captions.json", { method: "HEAD" }).catch(() => null);
    if (answer?.status === 401) location.reload();
  }

  setInterval(() => {
    if (Date.now() - heardAt > PATIENCE_MS) lost();
  }, 5000);
  addEventListener("pagehide", () => source.close());
  addEventListener("pageshow", (event) => event.persisted && (isWaiting || open()));
  open();
}
