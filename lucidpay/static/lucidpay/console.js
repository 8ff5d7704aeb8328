/* What the console adds to the theme's scripts, without evaluating any text. */
"use strict";

/* The theme names these as globals in its attributes; the strict build knows only what is data. */
document.addEventListener("alpine:init", () => {
  const outside = {
    localStorage: {
      getItem: (name) => localStorage.getItem(name),
      setItem: (name, value) => localStorage.setItem(name, value),
    },
    window: { location: { pathname: location.pathname, search: location.search } },
  };
  Alpine.data("theme", (scheme) => ({ ...theme(scheme), ...outside }));
  Alpine.data("searchForm", searchForm);
  Alpine.data("page", () => ({
    activeTab: getCurrentTab() || document.body.dataset.tab,
    sidebarMobileOpen: false,
    sidebarDesktopOpen: localStorage.getItem("sidebarDesktopOpen") !== "0",
  }));
});

/* Things that the theme lets only a mouse press: a button for the keyboard, with a name. */
const NAMES = {
  dock_to_right: "Show or hide the menu",
  close: "Close the menu",
  apps: "All pages",
  unfold_more: "Your account",
};
/* What the theme shows as an icon alone. */
const ICONS = {
  "#searchbar-submit": "Search",
  "#nav-sidebar a[href$='/admin/'], .login a[href$='/admin/']": "Front page",
  "[x-on\\:click='showActions = !showActions']": "Actions",
};

function pressable(root) {
  for (const one of root.querySelectorAll("[x-on\\:click]")) {
    if (one.matches("button, a[href], input, select, summary, [tabindex], [role]")) continue;
    if (one.matches("#changelist-filter-close, form, tr, td, th")) continue;
    one.setAttribute("role", "button");
    one.tabIndex = 0;
    const icon = one.matches(".material-symbols-outlined")
      ? one : one.querySelector(".material-symbols-outlined");
    const name = icon && NAMES[icon.textContent.trim()];
    if (name) one.setAttribute("aria-label", name);
    one.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      one.click();
    });
  }
  for (const icon of root.querySelectorAll(".material-symbols-outlined:not([role])")) {
    icon.setAttribute("aria-hidden", "true");
  }
  for (const [selector, name] of Object.entries(ICONS)) {
    for (const one of root.querySelectorAll(selector)) {
      if (!one.getAttribute("aria-label") && one.querySelector(".material-symbols-outlined")) {
        one.setAttribute("aria-label", name);
      }
    }
  }
  for (const one of root.querySelectorAll(".lp-scroll")) one.tabIndex = 0;
}

/* A second click while the first is on its way would be told that what it asks for is done already.
   The server does nothing twice either; after this time it is asked again. */
const ON_ITS_WAY_MS = 10000;

function once(event) {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  setTimeout(() => delete form.dataset.sent, ON_ITS_WAY_MS);
}

function find() {
  const dialog = document.getElementById("find");
  if (!dialog) return;
  const open = () => {
    dialog.showModal();
    dialog.querySelector("input").select();
  };
  for (const one of document.querySelectorAll("[data-opens=find]")) {
    one.addEventListener("click", open);
  }
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    if (!dialog.open) open();
  });
}

document.addEventListener("DOMContentLoaded", () => {
  pressable(document);
  find();
});
document.addEventListener("htmx:afterSettle", (event) => pressable(event.target));
window.addEventListener("submit", once);
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
