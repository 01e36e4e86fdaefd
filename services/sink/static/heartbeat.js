// How the watch stands: one line in the header, and a word to screen readers when it changes.

import { duration } from "./dom.js";

const SECONDS = 5;
const byId = (id) => document.getElementById(id);

let watch = null;

function words({ last_at: last, missing }) {
  const age = last ? duration(last, Date.now()) : null;
  if (missing) return `no heartbeat${age ? ` for ${age}` : ""}: nobody watches`;
  return age ? `heartbeat ${age} ago` : "no heartbeat yet";
}

function draw() {
  const line = byId("heartbeat");
  line.hidden = !watch;
  if (!watch) return;
  line.dataset.state = watch.missing ? "missing" : "heard";
  line.textContent = words(watch);
}

// The line itself counts seconds, which nobody wants read out.
function announce(before) {
  const was = before?.missing ?? false;
  if (was === watch.missing) return;
  byId("watch-announcement").textContent = watch.missing ? "No heartbeat: nobody watches" : "The heartbeat is back";
}

export async function askForHeartbeat() {
  const before = watch;
  try {
    const answer = await fetch("/api/v1/heartbeat");
    watch = answer.ok ? await answer.json() : null;
  } catch {
    // Not reachable, so not known; that the connection is lost is said beside.
    watch = null;
  }
  draw();
  if (watch) announce(before);
}

export function followHeartbeat() {
  askForHeartbeat();
  setInterval(draw, 1000);
  // A page that nobody sees asks nothing; what is paged reaches it all the same.
  setInterval(() => { if (!document.hidden) askForHeartbeat(); }, SECONDS * 1000);
  document.addEventListener("visibilitychange", askForHeartbeat);
}
