// Comfort on top of pages that already work as links and forms: steppers, search key, dialogs, toasts, undo.

const toasts = document.getElementById("toasts");

// Steppers: − and + change the number field between them and let the form know.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-step]");
  if (!button) return;
  const input = button.closest("[data-stepper]").querySelector("input");
  const before = input.value;
  button.dataset.step === "1" ? input.stepUp() : input.stepDown();
  if (input.value === before) return;
  input.dispatchEvent(new Event("input", { bubbles: true }));
  input.dispatchEvent(new Event("change", { bubbles: true }));
});

const dimSteps = (root) => {
  for (const box of root.querySelectorAll("[data-stepper]")) {
    const input = box.querySelector("input");
    const value = Number(input.value);
    box.querySelector('[data-step="-1"]').disabled = input.min !== "" && value <= Number(input.min);
    box.querySelector('[data-step="1"]').disabled = input.max !== "" && value >= Number(input.max);
  }
};
document.addEventListener("input", () => dimSteps(document));
dimSteps(document);

// "/" goes to the search box, unless somebody is typing.
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const box = document.querySelector("[data-search]");
  if (!box) return;
  event.preventDefault();
  box.focus();
  box.select();
});

// Dialogs: data-dialog="id" opens one; without scripts the same element is a link to the page that does the deed.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  const dialog = opener && document.getElementById(opener.dataset.dialog);
  if (dialog) {
    event.preventDefault();
    dialog.showModal();
  } else if (event.target instanceof HTMLDialogElement) {
    event.target.close();
  }
});

// A form sent twice by a double click is sent once.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form.hasAttribute("hx-post")) return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "1";
});
window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));

// Toasts: go by themselves after a while, but never while someone reads or holds them.
const leave = (toast) => {
  let left = toast.querySelector("form, .undo") ? 12 : 7;
  const tick = setInterval(() => {
    if (toast.matches(":hover, :focus-within")) return;
    left -= 1;
    if (left > 0) return;
    clearInterval(tick);
    toast.remove();
  }, 1000);
};
document.addEventListener("click", (event) => event.target.closest("[data-dismiss]")?.closest("[data-toast]").remove());

const say = ({ text, state = "info", undo = "" }) => {
  const toast = document.createElement("div");
  toast.className = `toast ${state}`;
  toast.dataset.toast = "";
  const words = document.createElement("span");
  words.textContent = text;
  toast.append(words);
  if (undo && window.htmx) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "undo";
    button.textContent = toasts.dataset.undo;
    button.addEventListener("click", () => {
      window.htmx.ajax("POST", undo, { source: document.body, swap: "none" });
      toast.remove();
    });
    toast.append(button);
  }
  toasts.append(toast);
  leave(toast);
};
toasts?.querySelectorAll("[data-toast]").forEach((toast) => toast.classList.contains("crit") || leave(toast));

// The server says something with HX-Trigger: {"toast": {"text": …, "state": …, "undo": address}}.
document.addEventListener("toast", (event) => say(event.detail));
for (const failure of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(failure, () => say({ text: toasts.dataset.failed, state: "crit" }));
}

// What was unfolded stays unfolded when its part of the page is replaced.
const unfolded = new Set();
document.addEventListener("htmx:beforeSwap", (event) => {
  unfolded.clear();
  event.detail.target.querySelectorAll("details[data-keep][open]").forEach((part) => unfolded.add(part.id));
});
document.addEventListener("htmx:afterSwap", () => {
  unfolded.forEach((id) => document.getElementById(id)?.setAttribute("open", ""));
  dimSteps(document);
});
