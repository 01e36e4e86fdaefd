// An incident as PagerDuty shows it: state, severity, what happened when, details, links.

import { duration, element, link, list, text, time, webAddress } from "./dom.js";

const STATES = ["triggered", "acknowledged", "resolved"];
const DONE = { trigger: "Triggered", acknowledge: "Acknowledged", resolve: "Resolved" };
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

function events(one) {
  const shown = list(one.events).slice(-MOST_EVENTS);
  return element("ol", { class: "events" }, shown.map((event) =>
    element("li", { class: event.action },
      element("span", {}, event.action === "trigger" && event.seq !== one.id ? "Triggered again" : DONE[event.action]),
      time(event.received_at),
      event.summary && event.summary !== one.summary ? element("p", {}, text(event.summary)) : null)));
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
    links.length ? element("div", { class: "actions" }, links.map((each, place) =>
      link(each.href, text(each.text) || each.href, { class: place ? "button" : "button primary" }))) : null,
    events(one),
    element("dl", { class: "details" }, [["source", text(one.source)], ...details(one, links)].map(([name, value]) =>
      [element("dt", {}, name.replaceAll("_", " ")), element("dd", {}, value)])));
}
