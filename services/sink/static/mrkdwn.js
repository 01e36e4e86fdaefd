// Slack's mrkdwn as nodes: https://docs.slack.dev/messaging/formatting-message-text

import { element, link, webAddress } from "./dom.js";

// In this order: what stands in code is no markup. Signs count at the edges of words alone, so that
// names such as http_requests_total stay whole.
const MARKUP = new RegExp(
  [
    "```(?<block>[^]+?)```",
    "`(?<code>[^`\\n]+)`",
    "<(?<target>[^<>|\\n]+)(?:\\|(?<label>[^<>\\n]*))?>",
    "(?<![\\w*])\\*(?<bold>(?=\\S)[^*\\n]*[^\\s*])\\*(?![\\w*])",
    "(?<![\\w_])_(?<italic>(?=\\S)[^_\\n]*[^\\s_])_(?![\\w_])",
    "(?<![\\w~])~(?<strike>(?=\\S)[^~\\n]*[^\\s~])~(?![\\w~])",
  ].join("|"),
  "g",
);

// The three characters that senders must escape.
export const unescaped = (source) =>
  source.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

// <!here>, <@U1>, <#C1|name>: whom it would ring, or a channel. Else a link, or no markup at all.
function reference(target, label) {
  const [sign, name] = [target[0], target.slice(1)];
  if (sign === "#") return element("span", { class: "mention" }, `#${unescaped(label || name)}`);
  if (sign === "@" || sign === "!") {
    return element("span", { class: "mention" }, `@${unescaped(label || name)}`);
  }
  const shown = webAddress(unescaped(target)) ? label || target : `<${label ? `${target}|${label}` : target}>`;
  return link(unescaped(target), unescaped(shown));
}

export function mrkdwn(source) {
  const nodes = [];
  let rest = 0;
  for (const match of source.matchAll(MARKUP)) {
    nodes.push(unescaped(source.slice(rest, match.index)), node(match.groups));
    rest = match.index + match[0].length;
  }
  return [...nodes, unescaped(source.slice(rest))];
}

function node({ block, code, target, label, bold, italic, strike }) {
  if (block) return element("pre", {}, unescaped(block.replace(/^\n|\n$/g, "")));
  if (code) return element("code", {}, unescaped(code));
  if (target) return reference(target, label);
  if (bold) return element("strong", {}, mrkdwn(bold));
  if (italic) return element("em", {}, mrkdwn(italic));
  return element("s", {}, mrkdwn(strike));
}
