// A message as Slack shows it: sender, text, blocks, attachments with their coloured bar.

import { element, link, list, text, time, webAddress } from "./dom.js";
import { mrkdwn, unescaped } from "./mrkdwn.js";

const COLOURS = ["danger", "warning", "good"];

function paragraph(source) {
  const shown = text(source).trimEnd();
  return shown ? element("p", { class: "text" }, mrkdwn(shown)) : null;
}

function field(one) {
  return element("div", { class: one?.short ? "short" : "long" },
    element("dt", {}, unescaped(text(one?.title))), element("dd", {}, mrkdwn(text(one?.value))));
}

function buttons(actions) {
  const shown = list(actions).filter((one) => webAddress(one?.url));
  return shown.length ? element("div", { class: "actions" }, shown.map((one) =>
    link(one.url, unescaped(text(one.text)), { class: `button ${text(one.style)}` }))) : null;
}

function attachment(one) {
  const named = COLOURS.includes(one.color) ? one.color : "other";
  const title = unescaped(text(one.title));
  const fields = list(one.fields).map(field);
  const made = element("div", { class: `attachment ${named}` },
    title ? link(one.title_link, title, { class: "title" }) : null,
    // A message of nothing but a fallback still says something.
    paragraph(one.text || (title ? "" : one.fallback)),
    fields.length ? element("dl", { class: "fields" }, fields) : null,
    buttons(one.actions),
    one.footer ? element("p", { class: "footer" }, unescaped(text(one.footer))) : null);
  if (/^#[0-9a-f]{6}$/i.test(text(one.color))) made.style.setProperty("--bar", one.color);
  return one.pretext ? [paragraph(one.pretext), made] : made;
}

// Block Kit, as far as alerts use it; of other blocks their name.
function block(one) {
  const texts = [one?.text, ...list(one?.fields), ...list(one?.elements)]
    .map((part) => text(part?.text?.text ?? part?.text)).filter(Boolean);
  if (one?.type === "divider") return element("hr");
  if (one?.type === "header") return element("p", { class: "title" }, texts);
  return texts.length ? texts.map(paragraph) : element("p", { class: "footer" }, `[${text(one?.type)}]`);
}

// What a lock screen or a screen reader says of a message.
export function fallback({ payload }) {
  const [first] = list(payload.attachments);
  return unescaped(text(payload.text || first?.fallback || first?.title));
}

export function message(delivery) {
  const { payload, received_at, seq } = delivery;
  const sender = text(payload.username) || "incoming-webhook";
  return element("article", { class: "item message", tabindex: "-1", "data-key": seq, "aria-label": fallback(delivery) },
    element("span", { class: "avatar", "aria-hidden": "true" }, [...sender][0].toUpperCase()),
    element("div", { class: "content" },
      element("p", { class: "from" }, element("strong", {}, sender), element("span", { class: "app" }, "APP"), time(received_at)),
      paragraph(payload.text),
      list(payload.blocks).flatMap(block),
      list(payload.attachments).flatMap(attachment)));
}
