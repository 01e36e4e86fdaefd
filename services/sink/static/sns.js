// An SNS delivery as its subscriber reads it: a CloudWatch alarm, any other message as its text, or
// what became of the subscription.

import { element, link, text, time, webAddress } from "./dom.js";

const COLOURS = { ALARM: "danger", OK: "good", INSUFFICIENT_DATA: "warning" };
const DONE = {
  subscribe: "Subscription confirmed: what is published to this topic arrives here.",
  unsubscribe: "Unsubscribed: nothing more arrives from this topic.",
};

// Slack's names begin with # or @, a topic's can't.
export const isTopic = (name) => !/^[#@]/.test(name);

const words = (state) => text(state).replaceAll("_", " ");

// What a screen reader says of a delivery.
export function announced({ action, payload }) {
  const { alarm } = payload;
  if (DONE[action]) return DONE[action];
  return alarm ? `${words(alarm.new_state)}: ${text(alarm.name)}` : text(payload.Subject || payload.Message);
}

function paragraph(value) {
  return text(value) ? element("p", { class: "text" }, text(value)) : null;
}

function states(alarm) {
  return element("p", { class: "states" },
    alarm.old_state ? [element("span", { class: "was" }, words(alarm.old_state)), " → "] : null,
    element("span", { class: "state" }, words(alarm.new_state)));
}

function fields(alarm, topic) {
  const given = [["Severity", alarm.severity], ["Team", alarm.team], ["Job", alarm.job], ["Topic", topic], ["Region", alarm.region],
    ["Changed", alarm.at ? time(alarm.at) : null]].filter(([, value]) => value);
  return element("dl", { class: "fields" }, given.map(([name, value]) =>
    element("div", { class: "short" }, element("dt", {}, name), element("dd", {}, value))));
}

function buttons(alarm) {
  const links = [["Runbook", alarm.runbook_url], ["Dashboard", alarm.dashboard_url]].filter(([, url]) => webAddress(url));
  return links.length ? element("div", { class: "actions" }, links.map(([name, url]) =>
    link(url, name, { class: name === "Runbook" ? "button primary" : "button" }))) : null;
}

function described(alarm, topic) {
  return element("div", { class: `attachment ${COLOURS[alarm.new_state] || "other"}` },
    element("p", { class: "title" }, text(alarm.name)),
    states(alarm),
    paragraph(alarm.summary),
    alarm.description === alarm.summary ? null : paragraph(alarm.description),
    alarm.reason ? element("p", { class: "text reason" }, text(alarm.reason)) : null,
    fields(alarm, topic),
    buttons(alarm));
}

function content({ action, channel, payload }) {
  if (DONE[action]) return paragraph(DONE[action]);
  if (payload.alarm) return described(payload.alarm, channel);
  return [payload.Subject ? element("p", { class: "title" }, text(payload.Subject)) : null, paragraph(payload.Message)];
}

export function notification(delivery) {
  const { payload, received_at, seq } = delivery;
  const signature = text(payload.signature);
  const mark = signature.startsWith("version") ? `signed, ${signature}` : signature;
  return element("article", { class: "item message", tabindex: "-1", "data-key": seq, "aria-label": announced(delivery) },
    element("span", { class: "avatar topic", "aria-hidden": "true" }, "◆"),
    element("div", { class: "content" },
      element("p", { class: "from" }, element("strong", {}, "Amazon SNS"), element("span", { class: "app" }, mark), time(received_at)),
      content(delivery)));
}
