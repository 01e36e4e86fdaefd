// What a person does about an incident: acknowledge, declare, note, resolve; and its channel.

import { element, text, time } from "./dom.js";

const byId = (id) => document.getElementById(id);
const SIGNS = {
  page: "▲", acknowledged: "✓", resolved: "✔", escalated: "↥", declared: "⚑", note: "✎",
  mitigation: "⚒", deploy: "⇪", chaos: "☄",
};

// Who presses the buttons, across visits.
export function who() {
  const name = byId("who").value.trim();
  try {
    localStorage.setItem("who", name);
  } catch {
    // Where storage is forbidden, a reload forgets it.
  }
  return name || "on-call";
}

function remembered() {
  try {
    return localStorage.getItem("who") || "";
  } catch {
    return "";
  }
}

export async function act(id, what, body = {}) {
  const answer = await fetch(`/api/v1/incidents/${id}/${what}`, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ by: who(), ...body }),
  });
  byId("refusal").textContent = answer.ok ? "" : text((await answer.json()).detail);
  byId("refusal").hidden = answer.ok;
  document.dispatchEvent(new Event("incidents-changed"));
}

function button(words, style, action) {
  const made = element("button", { type: "button", class: `button ${style}` }, words);
  made.addEventListener("click", action);
  return made;
}

// An open incident's buttons.
export function buttons(one) {
  if (one.status === "resolved") return null;
  return element("div", { class: "actions" },
    one.status === "triggered" ? button("Acknowledge", "", () => act(one.id, "acknowledge")) : null,
    button(one.declared ? "Declare anew" : "Declare", "", () => declare(one)),
    button("Resolve", "", () => act(one.id, "resolve")));
}

// Who leads, how grave it is, and who had to be called.
export function led(one) {
  const { declared, escalated_to: level } = one;
  return [
    declared ? element("p", { class: "led" }, element("strong", {}, text(declared.severity)), ` · ${text(declared.commander)} leads in ${text(declared.channel)}`) : null,
    level && one.status === "triggered" ? element("p", { class: "led escalated" }, `Nobody acknowledged: ${text(level)} is called`) : null,
  ];
}

function declare(one) {
  const dialog = byId("declaration");
  dialog.dataset.incident = one.id;
  byId("commander").value = one.declared?.commander || who();
  byId("grade").value = one.declared?.severity || "P2";
  dialog.showModal();
}

// The channel's lines: what happened, in order.
export function line(one) {
  return element("article", { class: `item line ${text(one.kind)}`, tabindex: "-1", "data-key": one.seq, "aria-label": `${one.kind}: ${text(one.text)}` },
    element("span", { class: "avatar", "aria-hidden": "true" }, SIGNS[one.kind] || "·"),
    element("div", { class: "content" },
      element("p", { class: "from" }, element("strong", {}, text(one.by)), element("span", { class: "app" }, text(one.kind)), time(one.received_at)),
      element("p", { class: "text" }, text(one.text))));
}

// The newest declared incidents' timelines, as deliveries of their channels.
export async function channels(incidents, most = 5) {
  const declared = incidents.filter((one) => one.declared).slice(0, most);
  return Promise.all(declared.map(async ({ id, declared: { channel } }) => {
    const answer = await fetch(`/api/v1/incidents/${id}`);
    const timeline = answer.ok ? (await answer.json()).timeline : [];
    return { id, channel, lines: timeline.map((one, place) => ({ ...one, seq: place + 1, received_at: one.at, via: "timeline" })) };
  }));
}

export function listenToForms(incidentOfChannel) {
  byId("who").value = remembered();
  byId("declaration").addEventListener("submit", (event) => {
    if (event.submitter?.value !== "declare") return;
    act(byId("declaration").dataset.incident, "declare", { severity: byId("grade").value, commander: byId("commander").value.trim() || who() });
  });
  byId("note").addEventListener("submit", async (event) => {
    event.preventDefault();
    const words = byId("note-text").value.trim();
    if (!words) return;
    byId("note-text").value = "";
    await act(incidentOfChannel(), "notes", { text: words });
  });
}
