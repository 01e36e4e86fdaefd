// The page: what arrived until now, then one stream of what arrives.

import { day, duration, element } from "./dom.js";
import { channels as incidentChannels, line, listenToForms } from "./flow.js";
import { askForHeartbeat, followHeartbeat } from "./heartbeat.js";
import { incident, isOpen } from "./pagerduty.js";
import { fallback, message } from "./slack.js";
import { announced, isTopic, notification } from "./sns.js";
import { listenToKeys } from "./keys.js";
import { follow } from "./stream.js";

const byId = (id) => document.getElementById(id);
const NEWEST = 500;
// Notes, deploys and escalations are no deliveries: they are asked for while an incident is open.
const LOOK_AGAIN = 5000;

// The channels that are there before their first message; others, and topics, come with theirs.
const messages = new Map(["#alerts-critical", "#alerts-warning", "#alerts"].map((name) => [name, []]));
const read = readUntil();
// The incident of each channel that is one's own.
const ofIncident = new Map();
let channel = "#alerts-critical";
let incidents = [];
let asked = 0;

// The newest message that was seen in each channel, across visits.
function readUntil() {
  try {
    return JSON.parse(localStorage.getItem("read")) || {};
  } catch {
    return {};
  }
}

function markRead() {
  const last = messages.get(channel).at(-1);
  if (!last || document.hidden || document.body.dataset.view !== "messages") return;
  read[channel] = last.seq;
  try {
    localStorage.setItem("read", JSON.stringify(read));
  } catch {
    // Where storage is forbidden, a reload forgets what was read.
  }
}

// In the order of the lists: channels, then topics.
const names = () => [...messages.keys()].sort((one, other) => isTopic(one) - isTopic(other));

function drawChannels() {
  const drawn = names().map((name, place) => {
    const unread = messages.get(name).filter((one) => one.seq > (read[name] || 0)).length;
    const button = element("button", {
      type: "button", class: unread ? "unread" : null, "aria-current": name === channel ? "true" : null,
      "aria-keyshortcuts": place < 9 ? place + 1 : null,
    },
    element("span", { class: "sign", "aria-hidden": "true" }, isTopic(name) ? "◆" : name[0]),
    element("span", { class: "name" }, isTopic(name) ? name : name.slice(1)),
    unread ? element("span", { class: "badge" }, String(unread), element("span", { class: "unseen" }, " unread")) : null);
    button.addEventListener("click", () => show(name));
    return [name, element("li", {}, button)];
  });
  const items = (wanted) => drawn.filter(([name]) => isTopic(name) === wanted).map(([, item]) => item);
  byId("channels").replaceChildren(...items(false));
  byId("topics").replaceChildren(...items(true));
  byId("topics-name").hidden = !items(true).length;
}

const SHOWN = { sns: notification, slack: message, timeline: line };

function drawMessages() {
  const nodes = [];
  let last = null;
  for (const one of messages.get(channel)) {
    const date = day(one.received_at);
    if (date !== last) nodes.push(element("h3", { class: "day" }, element("span", {}, date)));
    last = date;
    nodes.push(SHOWN[one.via](one));
  }
  const count = messages.get(channel).length;
  byId("channel-name").textContent = channel;
  byId("composer").textContent = isTopic(channel)
    ? "Read-only: every subscriber of this topic gets these." : "Read-only: people would answer here in Slack.";
  byId("composer").hidden = ofIncident.has(channel);
  byId("note").hidden = !ofIncident.has(channel);
  byId("message-count").textContent = count ? `${count} message${count > 1 ? "s" : ""}` : "";
  redraw(byId("messages"), nodes);
  byId("no-messages").hidden = count > 0;
}

function drawIncidents() {
  const open = incidents.filter(isOpen).length;
  byId("open-badge").hidden = !open;
  byId("open-badge").textContent = open;
  byId("incident-count").textContent = incidents.length ? `${open} open, ${incidents.length - open} resolved` : "";
  document.title = `${open ? `(${open}) ` : ""}Slack and PagerDuty · Sink`;
  redraw(byId("incidents"), incidents.map(incident));
  byId("no-incidents").hidden = incidents.length > 0;
}

// New nodes in the place of old ones, with the focus where it was.
function redraw(feed, nodes) {
  const focused = feed.contains(document.activeElement)
    ? document.activeElement.closest("[data-key]")?.dataset.key : null;
  feed.replaceChildren(...nodes);
  if (focused) feed.querySelector(`[data-key="${focused}"]`)?.focus({ preventScroll: true });
}

function show(name) {
  channel = name;
  document.body.dataset.view = "messages";
  drawMessages();
  markRead();
  drawChannels();
  byId("messages-scroll").scrollTop = byId("messages-scroll").scrollHeight;
}

function step(by) {
  const all = names();
  show(all[(all.indexOf(channel) + by + all.length) % all.length]);
}

function keep(delivery) {
  if (delivery.via === "pagerduty") return;
  if (!messages.has(delivery.channel)) messages.set(delivery.channel, []);
  messages.get(delivery.channel).push(delivery);
}

async function loadIncidents() {
  const mine = (asked += 1);
  const answer = await fetch("/api/v1/incidents?newest=100");
  if (!answer.ok) return;
  const found = await answer.json();
  // An answer that a later one overtook is out of date.
  if (mine !== asked) return;
  ({ incidents } = found);
  // Each part stays newest first.
  incidents = [...incidents.filter(isOpen), ...incidents.filter((one) => !isOpen(one))];
  drawIncidents();
  drawIncidentChannels(await incidentChannels(incidents));
}

function drawIncidentChannels(found) {
  for (const { id, channel: name, lines } of found) {
    const before = messages.get(name)?.length;
    ofIncident.set(name, id);
    messages.set(name, lines);
    if (name === channel && before !== lines.length) show(name);
  }
  if (found.length) drawChannels();
}

function arrived(delivery) {
  keep(delivery);
  if (delivery.via === "pagerduty") {
    loadIncidents();
    if (delivery.dedup_key === "heartbeat") askForHeartbeat();
    byId("announcement").textContent = `PagerDuty, ${delivery.action}`;
    return;
  }
  const words = delivery.via === "sns" ? announced(delivery) : fallback(delivery);
  byId("announcement").textContent = `${delivery.channel}: ${words}`;
  if (delivery.channel === channel) {
    const scroll = byId("messages-scroll");
    const wasAtEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 80;
    drawMessages();
    if (wasAtEnd) scroll.scrollTop = scroll.scrollHeight;
    markRead();
  }
  drawChannels();
}

function showIncidents() {
  document.body.dataset.view = "incidents";
  byId("incidents").querySelector(".item")?.focus();
}

byId("help-button").addEventListener("click", () => byId("help").showModal());
byId("incidents-button").addEventListener("click", showIncidents);
document.addEventListener("visibilitychange", () => { markRead(); drawChannels(); });
listenToKeys({ step, place: (number) => { const name = names()[number - 1]; if (name) show(name); } });
// What is open grows older.
setInterval(() => document.querySelectorAll("[data-since]").forEach((age) => {
  age.textContent = duration(age.dataset.since, Date.now());
}), 1000);
listenToForms(() => ofIncident.get(channel));
document.addEventListener("incidents-changed", loadIncidents);
setInterval(() => { if (!document.hidden && incidents.some(isOpen)) loadIncidents(); }, LOOK_AGAIN);
followHeartbeat();

await follow({
  newest: NEWEST,
  begin: async (deliveries) => { deliveries.forEach(keep); show(channel); await loadIncidents(); },
  arrived,
  state: (state, words) => { byId("connection").dataset.state = state; byId("connection").textContent = words; },
});
