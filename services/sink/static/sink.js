// The page: one stream of deliveries, drawn as Slack and PagerDuty would. Everything that comes
// from a delivery becomes text, never markup.
"use strict";

const CHANNELS = ["#alerts-critical", "#alerts-warning", "#alerts"];
const messages = new Map(CHANNELS.map((name) => [name, []]));
const unread = new Map();
const byId = (id) => document.getElementById(id);
let channel = CHANNELS[0];
let incidents = [];
let side = "messages";
let selected = -1;

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

function safeLink(url) {
  try {
    return ["http:", "https:"].includes(new URL(url).protocol) ? url : null;
  } catch {
    return null;
  }
}

function link(url, text, attributes = {}) {
  const href = safeLink(url);
  return href
    ? element("a", { href, target: "_blank", rel: "noopener noreferrer", ...attributes }, text)
    : element("span", attributes, text);
}

function time(at) {
  const moment = new Date(at);
  return element("time", { datetime: at, title: `${at.slice(0, 19).replace("T", " ")} UTC` },
    moment.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" }));
}

// Slack's mrkdwn, as far as alerts use it: <url|text>, *bold*, `code`, and three entities.
function mrkdwn(source) {
  const plain = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
  const parts = [];
  let rest = 0;
  for (const match of source.matchAll(/<(https?:[^|>\s]+)(?:\|([^>]*))?>|\*([^*\n]+)\*|`([^`\n]+)`/g)) {
    parts.push(plain(source.slice(rest, match.index)));
    const [whole, url, label, bold, code] = match;
    if (url) parts.push(link(plain(url), plain(label || url)));
    else if (bold) parts.push(element("strong", {}, plain(bold)));
    else parts.push(element("code", {}, plain(code)));
    rest = match.index + whole.length;
  }
  parts.push(plain(source.slice(rest)));
  return parts;
}

const words = (value) => (typeof value === "string" ? value : value === null || value === undefined ? "" : JSON.stringify(value));

function attachment(one) {
  const named = ["danger", "warning", "good"].includes(one.color) ? one.color : "other";
  const fields = (one.fields || []).map((field) => element("div", {},
    element("dt", {}, words(field.title)), element("dd", {}, ...mrkdwn(words(field.value)))));
  const actions = (one.actions || []).filter((action) => action.url).map((action) =>
    link(action.url, words(action.text), { class: action.style === "primary" ? "primary" : "plain" }));
  return element("div", { class: `attachment ${named}` },
    one.pretext ? element("p", { class: "text" }, ...mrkdwn(words(one.pretext))) : null,
    one.title ? link(one.title_link, mrkdwn(words(one.title)).map((part) => part.textContent ?? part).join(""), { class: "title" }) : null,
    one.text ? element("p", { class: "text" }, ...mrkdwn(words(one.text).trimEnd())) : null,
    fields.length ? element("dl", { class: "fields" }, ...fields) : null,
    actions.length ? element("div", { class: "actions" }, ...actions) : null);
}

function message(delivery) {
  const payload = delivery.payload;
  const sender = words(payload.username) || "incoming-webhook";
  return element("li", { class: "message", tabindex: "-1", role: "article" },
    element("span", { class: "avatar", "aria-hidden": "true" }, sender.slice(0, 1).toUpperCase()),
    element("div", {},
      element("span", { class: "sender" }, sender), element("span", { class: "app" }, "APP"), time(delivery.received_at),
      payload.text ? element("p", { class: "text" }, ...mrkdwn(words(payload.text))) : null,
      ...(payload.attachments || []).map(attachment)));
}

function duration(from, to) {
  const seconds = Math.max(0, Math.round((new Date(to) - new Date(from)) / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

function incident(one) {
  const details = one.custom_details && typeof one.custom_details === "object" ? one.custom_details : {};
  // The links repeat these two, and the summary the first.
  const shown = Object.entries(details).filter(([name, value]) =>
    !["runbook", "dashboard", "firing", "resolved", "alertname"].includes(name) && words(value).trim());
  const end = one.resolved_at || new Date().toISOString();
  const links = (one.links || []).filter((each) => each && safeLink(each.href));
  return element("li", { class: `incident ${one.status}`, tabindex: "-1", role: "article" },
    element("div", { class: "head" },
      element("span", { class: "state" }, one.status), element("span", {}, words(one.severity)), time(one.triggered_at)),
    element("p", { class: "summary" }, words(one.summary)),
    element("dl", {},
      element("dt", {}, one.resolved_at ? "lasted" : "open for"), element("dd", { class: "lasted" }, duration(one.triggered_at, end)),
      ...(one.acknowledged_at ? [element("dt", {}, "acknowledged"), element("dd", {}, time(one.acknowledged_at))] : []),
      ...(one.resolved_at ? [element("dt", {}, "resolved"), element("dd", {}, time(one.resolved_at))] : []),
      ...shown.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, words(value))])),
    links.length ? element("div", { class: "actions" }, ...links.map((each, place) =>
      link(each.href, words(each.text) || each.href, { class: place ? "plain" : "primary" }))) : null);
}

function drawChannels() {
  byId("channels").replaceChildren(...[...messages.keys()].map((name) => {
    const count = unread.get(name) || 0;
    const button = element("button", { type: "button", "aria-current": String(name === channel) },
      element("span", { class: "name" }, name),
      count ? element("span", { class: "unread", "aria-label": `${count} unread` }, String(count)) : null);
    button.addEventListener("click", () => show(name));
    return element("li", {}, button);
  }));
}

function drawMessages() {
  const list = messages.get(channel) || [];
  byId("channel-name").textContent = channel;
  byId("messages").replaceChildren(...list.map(message));
  byId("no-messages").hidden = list.length > 0;
}

function drawIncidents() {
  const open = incidents.filter((one) => one.status !== "resolved").length;
  byId("open-count").textContent = open ? `${open} open` : "";
  byId("incidents").replaceChildren(...incidents.map(incident));
  byId("no-incidents").hidden = incidents.length > 0;
  document.title = `${open ? `(${open}) ` : ""}Slack and PagerDuty (sink)`;
  if (side === "incidents") select(selected);
}

function show(name) {
  channel = name;
  unread.delete(name);
  side = "messages";
  selected = -1;
  drawChannels();
  drawMessages();
  const scrolled = document.querySelector("main");
  scrolled.scrollTop = scrolled.scrollHeight;
}

function select(place) {
  const items = [...byId(side).children];
  items.forEach((item) => item.removeAttribute("aria-selected"));
  if (!items.length) return;
  selected = Math.min(Math.max(place, 0), items.length - 1);
  items[selected].setAttribute("aria-selected", "true");
  items[selected].focus({ preventScroll: true });
  items[selected].scrollIntoView({ block: "nearest" });
}

async function loadIncidents() {
  const answer = await fetch("/api/v1/incidents");
  if (answer.ok) {
    incidents = (await answer.json()).incidents;
    drawIncidents();
  }
}

function arrived(delivery) {
  if (delivery.via === "pagerduty") {
    loadIncidents();
    return;
  }
  if (!messages.has(delivery.channel)) messages.set(delivery.channel, []);
  messages.get(delivery.channel).push(delivery);
  if (delivery.channel !== channel) {
    unread.set(delivery.channel, (unread.get(delivery.channel) || 0) + 1);
    drawChannels();
    return;
  }
  const scrolled = document.querySelector("main");
  const atEnd = scrolled.scrollHeight - scrolled.scrollTop - scrolled.clientHeight < 80;
  byId("no-messages").hidden = true;
  byId("messages").append(message(delivery));
  if (atEnd) scrolled.scrollTop = scrolled.scrollHeight;
}

function connect(after) {
  const state = byId("connection");
  const stream = new EventSource(`/api/v1/stream?after=${after}`);
  stream.onopen = () => { state.textContent = "live"; state.className = "live"; };
  // The browser tries again by itself, and says which event it had last.
  stream.onerror = () => { state.textContent = "connection lost, trying again"; state.className = "lost"; };
  stream.onmessage = (event) => arrived(JSON.parse(event.data));
}

const KEYS = {
  j: () => select(selected + 1),
  ArrowDown: () => select(selected + 1),
  k: () => select(selected < 0 ? byId(side).children.length - 1 : selected - 1),
  ArrowUp: () => select(selected < 0 ? byId(side).children.length - 1 : selected - 1),
  "[": () => step(-1),
  "]": () => step(1),
  p: () => { side = side === "messages" ? "incidents" : "messages"; select(0); },
  Enter: () => byId(side).children[selected]?.querySelector(".actions a")?.click(),
  "?": () => byId("help").showModal(),
};

function step(by) {
  const names = [...messages.keys()];
  show(names[(names.indexOf(channel) + by + names.length) % names.length]);
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || byId("help").open) return;
  if (event.key === "Enter" && event.target.closest("a, button")) return;
  const names = [...messages.keys()];
  const action = /^[1-9]$/.test(event.key) && names[event.key - 1]
    ? () => show(names[event.key - 1]) : KEYS[event.key];
  if (action) {
    event.preventDefault();
    action();
  }
});
byId("help-button").addEventListener("click", () => byId("help").showModal());

// What is open grows older.
setInterval(() => {
  if (incidents.some((one) => one.status !== "resolved")) drawIncidents();
}, 10_000);

(async () => {
  const answer = await fetch("/api/v1/messages");
  const found = answer.ok ? (await answer.json()).messages : [];
  for (const one of found) {
    if (!messages.has(one.channel)) messages.set(one.channel, []);
    messages.get(one.channel).push(one);
  }
  show(channel);
  await loadIncidents();
  connect(found.length ? found[found.length - 1].seq : 0);
})();
