// Moving visits on the board by pointer and by keys. Without this file every bar is a link to its visit's page,
// where the same deed is a form. What is shown while moving is a guess from the bars; the server decides.

const STEPS_A_MOVE = 3; // a quarter of an hour
const STEP_SECONDS = 300;
const words = document.querySelector("[data-words]")?.dataset ?? {};
const dialog = document.getElementById("move-dialog");
let move = null; // what is being carried: {bar, board, lane, at, wide, landing, byKeys}
let justMoved = false;

const board = () => document.querySelector("[data-board][data-moves]");
const lanes = () => [...board().querySelectorAll("[data-lane]")];
const toast = (detail) => document.dispatchEvent(new CustomEvent("toast", { detail }));
const fill = (text, facts) => text.replace(/\{(\w+)\}/g, (_, key) => facts[key]);

const clockAt = (seconds) =>
  new Intl.DateTimeFormat(document.documentElement.lang, { hour: "numeric", minute: "2-digit", hourCycle: "h23", timeZone: board().dataset.zone }).format(new Date(seconds * 1000));
const axisStart = () => Date.parse(board().dataset.start) / 1000;
const startOf = (at) => axisStart() + at * STEP_SECONDS;
const hoursOf = (at, minutes) => `${clockAt(startOf(at))}–${clockAt(startOf(at) + minutes * 60)}`;

// Whether it fits, as far as this page can tell: there already, taken, outside hours, not learnt, gone by, or fits.
const verdict = ({ bar, from, lane, at, wide }) => {
  const pad = Number(board().dataset.pad) / 5;
  const who = lane.dataset.name;
  if (lane !== from && bar.dataset.cleaners.split(",").includes(lane.dataset.lane)) return { state: "taken", text: fill(words.already, { who }) };
  for (const box of lane.querySelectorAll(".bar-box, [data-busy]")) {
    const own = box.querySelector?.("[data-visit]")?.dataset.visit === bar.dataset.visit;
    const isHold = box.dataset.busy !== undefined;
    const begins = Number(box.dataset.at);
    const ends = begins + Number(box.dataset.wide) + (isHold ? 0 : pad);
    if (own || at >= ends || begins >= at + wide + pad) continue;
    return { state: "taken", text: fill(words.taken, { who, what: box.dataset.busy ?? box.querySelector("[data-visit]").dataset.customer }) };
  }
  if (startOf(at) * 1000 < Date.now() && startOf(at) !== Number(bar.dataset.begins)) return { state: "past", text: words.past };
  const works = [...lane.querySelectorAll(".working")].some((span) => Number(span.dataset.at) <= at && at + wide <= Number(span.dataset.at) + Number(span.dataset.wide));
  if (!works) return { state: "outside", text: fill(words.outside, { who }) };
  if (bar.dataset.skill && !lane.dataset.skills.split(" ").includes(bar.dataset.skill)) return { state: "unskilled", text: fill(words.unskilled, { who }) };
  return { state: "fits", text: words.fits };
};

const draw = () => {
  const found = verdict(move);
  const { landing, lane, at, wide, bar } = move;
  move.verdict = found;
  landing.className = `landing ${found.state}`;
  landing.style.setProperty("--a", at);
  landing.style.setProperty("--w", wide);
  weigh();
  if (landing.parentElement !== lane) {
    lanes().forEach((other) => other.classList.toggle("target", other === lane));
    lane.append(landing);
  }
  describe();
};

// What the landing says: the hours, the customer, and the driving as soon as the server has worked it out.
const describe = () => {
  const { landing, lane, at, bar, cost, verdict: found } = move;
  const weighed = cost?.words && found.state !== "taken" ? cost : null;
  const against = found.state === "fits" && weighed?.conflicts.length > 0;
  if (against) landing.className = `landing ${cost.is_refused ? "taken" : "outside"}`;
  const said = weighed ? [weighed.words, ...weighed.conflicts] : found.state === "fits" ? [] : [found.text];
  landing.textContent = [`${hoursOf(at, bar.dataset.minutes)} ${bar.dataset.customer}`, ...said].join(" · ");
  landing.title = said.join(" · ");
  if (move.byKeys) say(`${hoursOf(at, bar.dataset.minutes)}, ${lane.dataset.name}: ${weighed ? said.join(". ") : found.text}`);
};

// What this place costs: asked of the server when the hand rests for a moment, and only the last question counts.
const REST_MS = 120;
const PATIENCE_MS = 1500;
const weigh = () => {
  const { bar, from, fromAt, lane, at } = move;
  const place = `${lane.dataset.lane} ${at}`;
  if (move.place === place) return;
  const mine = Object.assign(move, { place, cost: null });
  clearTimeout(mine.resting);
  mine.control?.abort();
  if (lane === from && at === fromAt) return void (mine.weighing = null);
  mine.control = new AbortController();
  mine.weighing = new Promise((resolve) => {
    const ask = async () => {
      const facts = new URLSearchParams({ start: startText(mine), cleaners: peopleAfter(mine) });
      try {
        const answer = await fetch(`/office/visits/${bar.dataset.visit}/placing?${facts}`, { signal: mine.control.signal, headers: { Accept: "application/json" } });
        resolve(answer.ok ? await answer.json() : null);
      } catch {
        resolve(null);
      }
    };
    mine.resting = setTimeout(ask, REST_MS);
  });
  mine.weighing.then((cost) => {
    if (move !== mine || mine.place !== place || !cost) return;
    mine.cost = cost;
    describe();
  });
};
const startText = ({ bar, fromAt, at }) => new Date((at === fromAt ? Number(bar.dataset.begins) : startOf(at)) * 1000).toISOString();
const soon = (promise) => Promise.race([promise, new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, null))]);

const say = (text) => {
  const live = document.querySelector("[data-move-says]");
  if (live) live.textContent = text;
};

const lift = (bar, byKeys) => {
  const landing = document.createElement("div");
  const own = bar.closest("[data-lane]");
  const lane = own.dataset.lane ? own : lanes()[0];
  const wide = Math.round(Number(bar.dataset.minutes) / 5);
  const at = Math.round((Number(bar.dataset.begins) - axisStart()) / STEP_SECONDS);
  move = { bar, from: own, fromAt: at, lane, at, wide, landing, byKeys };
  bar.classList.add("lifted");
  document.body.classList.toggle("is-dragging", !byKeys);
  draw();
};

const letGo = () => {
  if (!move) return;
  clearTimeout(move.resting);
  move.control?.abort();
  move.bar.classList.remove("lifted");
  move.landing.remove();
  lanes().forEach((lane) => lane.classList.remove("target"));
  document.body.classList.remove("is-dragging");
  move = null;
};

const within = (at) => Math.max(0, Math.min(Number(board().dataset.steps) - STEPS_A_MOVE, at));

// Who comes after the move: the same people, with the one of the old row exchanged for the one of the new.
const peopleAfter = ({ bar, from, lane }) => {
  const people = new Set(bar.dataset.cleaners.split(",").filter(Boolean));
  if (from.dataset.lane) people.delete(from.dataset.lane);
  people.add(lane.dataset.lane);
  return [...people].join(",");
};

const drop = async () => {
  const { bar, from, fromAt, lane, at, verdict: found } = move;
  if (lane === from && at === fromAt) return letGo();
  if (found.state === "taken") {
    toast({ text: found.text, state: "crit" });
    return letGo();
  }
  const movesTime = at !== fromAt;
  let tell = true;
  const carried = move;
  const cost = carried.cost ?? (await soon(carried.weighing));
  if (move !== carried) return;
  if (movesTime || found.state !== "fits" || cost?.conflicts.length) {
    const answer = await ask(move, found, movesTime, cost);
    if (!answer) return letGo();
    tell = answer.tell;
  }
  await send(bar, { revision: bar.dataset.revision, start: startText(move), cleaners: peopleAfter(move), tell: tell && movesTime ? "1" : "" });
};

const ask = ({ bar, from, fromAt, lane, at }, found, movesTime, cost) =>
  new Promise((resolve) => {
    const before = from.dataset.name ?? words.somebody;
    dialog.querySelector("[data-move-what]").textContent = bar.dataset.customer;
    dialog.querySelector("[data-move-when]").textContent = `${hoursOf(fromAt, bar.dataset.minutes)}, ${before} → ${hoursOf(at, bar.dataset.minutes)}, ${lane.dataset.name}`;
    const against = cost ? cost.conflicts : found.state === "fits" ? [] : [found.text];
    dialog.querySelector("[data-move-warning]").hidden = !against.length;
    dialog.querySelector("[data-move-warning-text]").textContent = against.join(" ");
    dialog.querySelector("[data-move-cost]").textContent = cost ? fill(words.cost, { cost: cost.words }) : words.unknown;
    const tell = dialog.querySelector("#move-tell");
    tell.closest(".field").hidden = !movesTime;
    tell.checked = movesTime;
    dialog.returnValue = "no";
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes" ? { tell: tell.checked } : null), { once: true });
    dialog.showModal();
  });

const send = async (bar, facts) => {
  const headers = { "X-CSRFToken": JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"], Accept: "application/json" };
  try {
    const answer = await fetch(`/office/visits/${bar.dataset.visit}/placement`, { method: "POST", headers, body: new URLSearchParams(facts) });
    toast(await answer.json());
  } catch {
    toast({ text: words.failed, state: "crit" });
  }
  letGo();
  refresh();
};

// By pointer: mouse and pen drag; a finger scrolls and taps, and the visit's page has the form.
document.addEventListener("pointerdown", (event) => {
  const bar = event.target.closest?.(".bar[data-movable]");
  if (!bar || !board() || event.button !== 0 || event.pointerType === "touch" || move) return;
  if (matchMedia("(max-width: 47.99rem)").matches) return;
  const from = { x: event.clientX, y: event.clientY };
  const grip = bar.closest("[data-board]") ? event.clientX - bar.getBoundingClientRect().left : 20;
  const carry = (moved) => {
    if (!move && Math.hypot(moved.clientX - from.x, moved.clientY - from.y) < 5) return;
    if (!move) lift(bar, false);
    const lane = document.elementsFromPoint(moved.clientX, moved.clientY).map((e) => e.closest?.("[data-board] [data-lane]")).find(Boolean) ?? move.lane;
    const box = lane.getBoundingClientRect();
    const at = ((moved.clientX - grip - box.left) / box.width) * Number(board().dataset.steps);
    const snapped = Math.round(at / STEPS_A_MOVE) * STEPS_A_MOVE;
    // Near its own time it keeps it, so that moving to another row does not shift it by a quarter.
    Object.assign(move, { lane, at: Math.abs(at - move.fromAt) < STEPS_A_MOVE ? move.fromAt : within(snapped) });
    draw();
  };
  const end = (ended) => {
    removeEventListener("pointermove", carry);
    removeEventListener("pointerup", end);
    removeEventListener("pointercancel", end);
    if (!move) return;
    justMoved = true;
    setTimeout(() => (justMoved = false), 50);
    ended.type === "pointerup" ? drop() : letGo();
  };
  addEventListener("pointermove", carry);
  addEventListener("pointerup", end);
  addEventListener("pointercancel", end);
});
document.addEventListener("dragstart", (event) => event.target.closest?.(".bar") && event.preventDefault());
document.addEventListener("click", (event) => {
  if (justMoved && event.target.closest(".bar")) event.preventDefault();
}, true);

// By keys: arrows lift the bar and carry it, Enter puts it down, Escape puts it back.
const KEYS = { ArrowLeft: [-STEPS_A_MOVE, 0], ArrowRight: [STEPS_A_MOVE, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && move && !dialog.open) {
    event.preventDefault();
    return letGo();
  }
  const bar = event.target.closest?.(".bar[data-movable]");
  if (!bar || !board() || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Enter" && move) {
    event.preventDefault();
    return void drop();
  }
  const by = KEYS[event.key];
  if (!by) return;
  event.preventDefault();
  if (!move) lift(bar, true);
  const rows = lanes();
  const lane = rows[Math.max(0, Math.min(rows.length - 1, rows.indexOf(move.lane) + by[1]))];
  Object.assign(move, { lane, at: within(move.at + by[0]) });
  draw();
  move.landing.scrollIntoView({ block: "nearest" });
});
document.addEventListener("focusout", (event) => {
  if (move?.byKeys && event.target === move.bar && !dialog.open) setTimeout(() => move && !dialog.open && letGo());
});

// The board stays current by itself, but never under somebody's hand.
const refresh = () => window.htmx?.trigger("#board", "refresh");
setInterval(() => {
  if (!move && !dialog?.open && document.visibilityState === "visible") refresh();
}, 20000);
document.addEventListener("board-changed", refresh);
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && !move && refresh());
// The server says when something has changed; where that cannot be heard, the twenty seconds above are the fallback.
let hearing = null;
const hear = () => {
  const address = document.querySelector("[data-changes]")?.dataset.changes;
  hearing?.close();
  hearing = null;
  if (!address || !window.EventSource || document.visibilityState !== "visible") return;
  hearing = new EventSource(address);
  hearing.addEventListener("changed", () => !move && !dialog?.open && refresh());
};
document.addEventListener("visibilitychange", hear);
hear();

// The row under the pointer or with the focus is the route that stands out on the map.
const point = (event) => {
  const map = document.querySelector("[data-map]");
  if (!map) return;
  const code = event.target.closest?.("[data-board] .board-row")?.querySelector("[data-lane]")?.dataset.lane;
  map.classList.toggle("pointed", Boolean(code && map.querySelector(`[data-route="${code}"]`)));
  for (const part of map.querySelectorAll("[data-route]")) part.classList.toggle("here", part.dataset.route === code);
};
document.addEventListener("pointerover", point);
document.addEventListener("focusin", point);
document.querySelector("[data-print]")?.addEventListener("click", () => print());
