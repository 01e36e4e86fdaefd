// Elements whose content is always text: what a delivery holds never becomes markup.

export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) made.setAttribute(name, value);
  }
  // append() turns strings into text nodes.
  made.append(...children.flat(2).filter((child) => child !== null && child !== undefined));
  return made;
}

// A link only for the web's own schemes: javascript: and data: stay text.
export function webAddress(url) {
  try {
    const { protocol, href } = new URL(url);
    return protocol === "http:" || protocol === "https:" ? href : null;
  } catch {
    return null;
  }
}

export function link(url, children, attributes = {}) {
  const href = webAddress(url);
  if (!href) return element("span", attributes, children);
  const outward = { href, target: "_blank", rel: "noopener noreferrer", ...attributes };
  return element("a", outward, children);
}

// Whatever JSON holds, as text.
export function text(value) {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

export const list = (value) => (Array.isArray(value) ? value : []);

// UTC, as the notifications' own texts and the logs have it; in the reader's own time as a title.
export function time(at) {
  const local = new Date(at).toLocaleString([], { dateStyle: "medium", timeStyle: "long" });
  return element("time", { datetime: at, title: local }, `${at.slice(11, 19)} UTC`);
}

const DAY = { weekday: "long", day: "numeric", month: "long", timeZone: "UTC" };

// The day in UTC too, or times would not be in order.
export function day(at) {
  const [today, yesterday] = [0, 1].map((ago) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10));
  const date = at.slice(0, 10);
  if (date === today) return "Today";
  return date === yesterday ? "Yesterday" : new Date(at).toLocaleDateString([], DAY);
}

export function duration(from, to) {
  const seconds = Math.max(0, Math.round((new Date(to) - new Date(from)) / 1000));
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1) return `${seconds} s`;
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return `${Math.floor(minutes / 1440)} d ${Math.floor((minutes % 1440) / 60)} h`;
}
