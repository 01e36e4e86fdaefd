// An incident as PagerDuty shows it: state, severity, what happened when, details, links.

import { buttons, led } from "./flow.js";
import { duration, element, link, list, text, time, webAddress } from "./dom.js";

const STATES = ["triggered", "acknowledged", "resolved"];
const DONE = { trigger: "Triggered", acknowledge: "Acknowledged", resolve: "Resolved" };
const SAID = { trigger: "it is firing", resolve: "it is over" };
const MOST_EVENTS = 6;

export const isOpen = (incident) => incident.status !== "resolved";

// What the summary or a link says already is not said again.
function details(one, links) {
  const given = one.custom_details;
  const entries = given && typeof given === "object" ? Object.entries(given) : [["details", given]];
  const summary = text(one.summary);
  return entries.map(([name, value]) => [name, text(value).trim()]).filter(([, value]) =>
    value && value !== one.severity && !links.some((each) => each.href === value)
    && !(value.length > 12 && summary.includes(value)));
}

// Several clients with one key, as where Prometheus and CloudWatch both notice a fault: one
// incident, and who of them says what.
const isShared = (one) => list(one.clients).length > 1;

function label(one, event, dropped) {
  const again = event.action === "trigger" && event.seq !== one.id;
  const done = again ? "Triggered again" : `${DONE[event.action]}${event.by ? ` by ${text(event.by)}` : ""}`;
  return [dropped ? `Dropped: ${text(event.action)}` : done, isShared(one) ? ` · ${text(event.client) || "unnamed"}` : ""];
}

function events(one) {
  const all = [...list(one.events).map((event) => [event, false]), ...list(one.dropped).map((event) => [event, true])];
  return element("ol", { class: "events" }, all.slice(-MOST_EVENTS).map(([event, dropped]) =>
    element("li", { class: dropped ? "dropped" : event.action },
      element("span", {}, label(one, event, dropped)),
      time(event.received_at),
      event.summary && event.summary !== one.summary ? element("p", {}, text(event.summary)) : null)));
}

function clients(one) {
  return isShared(one) ? element("ul", { class: "clients" }, list(one.clients).map((each) =>
    element("li", {}, `${text(each.client) || "unnamed"} says ${SAID[each.action]}, `, time(each.received_at)))) : null;
}

export function incident(one) {
  const links = list(one.links).filter((each) => webAddress(each.href));
  const state = STATES.includes(one.status) ? one.status : "triggered";
  const end = one.resolved_at;
  return element("article", { class: `item incident ${state}`, tabindex: "-1", "data-key": one.id, "aria-label": `${state}: ${text(one.summary)}` },
    element("p", { class: "from" },
      element("span", { class: "state" }, state),
      element("span", { class: "severity" }, text(one.severity)),
      element("span", { class: "age" }, end ? "lasted " : "open for ",
        element("span", end ? {} : { "data-since": one.triggered_at }, duration(one.triggered_at, end || Date.now())))),
    element("h3", {}, text(one.summary)),
    led(one),
    links.length ? element("div", { class: "actions" }, links.map((each, place) =>
      link(each.href, text(each.text) || each.href, { class: place ? "button" : "button primary" }))) : null,
    buttons(one),
    clients(one),
    events(one),
    element("dl", { class: "details" }, [["source", text(one.source)], ...details(one, links)].map(([name, value]) =>
      [element("dt", {}, name.replaceAll("_", " ")), element("dd", {}, value)])));
}
