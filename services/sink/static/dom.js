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

const CLOCK = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };

// Local time to read, UTC to compare with logs.
export function time(at) {
  const moment = new Date(at);
  const utc = `${at.slice(0, 19).replace("T", " ")} UTC`;
  return element("time", { datetime: at, title: utc }, moment.toLocaleTimeString([], CLOCK));
}

export function day(at) {
  const moment = new Date(at);
  const yesterday = new Date();
  if (moment.toDateString() === yesterday.toDateString()) return "Today";
  yesterday.setDate(yesterday.getDate() - 1);
  if (moment.toDateString() === yesterday.toDateString()) return "Yesterday";
  return moment.toLocaleDateString([], { weekday: "long", day: "numeric", month: "long" });
}

export function duration(from, to) {
  const seconds = Math.max(0, Math.round((new Date(to) - new Date(from)) / 1000));
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1) return `${seconds} s`;
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return `${Math.floor(minutes / 1440)} d ${Math.floor((minutes % 1440) / 60)} h`;
}
