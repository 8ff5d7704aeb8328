/* Keys of the review page, and ticking in its queue. The pages work without it. No key decides. */
"use strict";

const KEYS_OFF = "lucidpay.keys-off";
const LINKS = { j: "a[rel=next]", k: "a[rel=prev]" };
const FIELDS = { a: "approve_reason", r: "reject_reason" };

function isTyping(target) {
  // A dialog that was closed just now keeps the focus for a moment.
  if (target.closest("dialog:not([open])")) return false;
  return target.closest("input, textarea, select, dialog, [contenteditable]") !== null;
}

function press(event) {
  const target = event.target instanceof Element ? event.target : document.body;
  if (event.key === "Escape" && target.matches("textarea")) target.blur();
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || isTyping(target)) return;
  if (localStorage.getItem(KEYS_OFF)) return;
  const link = LINKS[event.key] && document.querySelector(LINKS[event.key]);
  const field = FIELDS[event.key] && document.getElementById(FIELDS[event.key]);
  if (link) link.click();
  if (field) {
    event.preventDefault(); // or the key would be typed into the field
    field.focus();
  }
  if (event.key === "?") document.getElementById("lp-keys").showModal();
}

function keys() {
  const dialog = document.getElementById("lp-keys");
  if (!dialog) return;
  const isOn = document.getElementById("lp-keys-on");
  isOn.checked = !localStorage.getItem(KEYS_OFF);
  isOn.addEventListener("change", () => {
    if (isOn.checked) localStorage.removeItem(KEYS_OFF);
    else localStorage.setItem(KEYS_OFF, "1");
  });
  const opener = document.querySelector("[data-opens=lp-keys]");
  opener.hidden = false;
  opener.addEventListener("click", () => dialog.showModal());
  document.addEventListener("keydown", press);
  const chosen = document.querySelector(".lp-decide:target textarea");
  if (chosen) chosen.focus();
}

function ticks() {
  const form = document.getElementById("lp-many");
  if (!form) return;
  const boxes = [...document.querySelectorAll("input.lp-tick")];
  const told = form.querySelector("[data-ticked]");
  const tell = () => {
    const count = boxes.filter((box) => box.checked).length;
    told.textContent = count ? `${count} ticked` : "";
  };
  const all = form.querySelector("[data-ticks=mine]");
  all.hidden = !boxes.some((box) => box.hasAttribute("data-mine"));
  all.addEventListener("click", () => {
    for (const box of boxes) box.checked = box.hasAttribute("data-mine");
    tell();
  });
  for (const box of boxes) box.addEventListener("change", tell);
  tell();
}

document.addEventListener("DOMContentLoaded", () => {
  keys();
  ticks();
});
