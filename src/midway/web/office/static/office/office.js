// Office comfort: links marked data-in-dialog open in a dialog instead of on their own page.

const dialog = document.createElement("dialog");
dialog.className = "roomy";
dialog.setAttribute("aria-labelledby", "dialog-title");
dialog.innerHTML = '<div class="body" id="dialog-body"></div>';
document.body.append(dialog);

const load = (address) => window.htmx.ajax("GET", address, { target: "#dialog-body", swap: "innerHTML" });

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-in-dialog]");
  const plain = !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0;
  if (link && plain && window.htmx) {
    event.preventDefault();
    load(link.getAttribute("href")).then(() => dialog.open || dialog.showModal());
  } else if (event.target.closest("[data-choose]") && dialog.open && plain) {
    event.preventDefault();
    load(event.target.closest("[data-choose]").getAttribute("href"));
  } else if (event.target.closest("[data-close-dialog]")) {
    dialog.close();
  }
});
