// The keyboard: the items of one feed, the feeds, the channels.

const byId = (id) => document.getElementById(id);
const current = () => document.activeElement?.closest(".item") ?? null;
const feed = () => byId(document.body.dataset.view);

function focus(item) {
  item?.focus({ preventScroll: true });
  item?.scrollIntoView({ block: "nearest" });
}

// With nothing selected: the newest, which is a channel's last and the incidents' first.
function move(by) {
  const items = [...feed().querySelectorAll(".item")];
  const place = items.indexOf(current());
  const newest = feed().id === "messages" ? items.length - 1 : 0;
  focus(items[place < 0 ? newest : Math.min(Math.max(place + by, 0), items.length - 1)]);
}

function view(name) {
  document.body.dataset.view = name;
  document.activeElement?.blur();
  move(0);
}

export function listenToKeys({ step, place }) {
  const open = (number) => current()?.querySelectorAll(".actions a")[number]?.click();
  const actions = {
    j: () => move(1), ArrowDown: () => move(1), k: () => move(-1), ArrowUp: () => move(-1),
    ArrowLeft: () => view("messages"), ArrowRight: () => view("incidents"),
    "[": () => step(-1), "]": () => step(1),
    "?": () => byId("help").showModal(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    // What is typed into a field is text.
    if (event.target.matches("input, select")) return;
    const onItem = document.activeElement === current();
    let action = actions[event.key];
    if (event.key === "Enter" && onItem) action = () => open(event.shiftKey ? 1 : 0);
    if (/^[1-9]$/.test(event.key)) action = () => place(Number(event.key));
    if (!action) return;
    event.preventDefault();
    action();
  });
  // A click, or Tab into an item, says which feed the keys are about.
  document.addEventListener("focusin", (event) => {
    const inside = event.target.closest("#messages, #incidents");
    if (inside) document.body.dataset.view = inside.id;
  });
}
