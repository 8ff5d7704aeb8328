/* Keeps the payer's page as it stands at the server, and copies. It never reckons with amounts:
   it shows the texts it is given. Without it the page reloads itself. */
"use strict";

(() => {
  const at = (id) => document.getElementById(id);
  const payment = at("payment");
  const WAIT_MAX_MS = 60000, ANSWER_MAX_MS = 15000, COPIED_MS = 2000;
  const ANNOUNCED_S = [300, 60];  // of the time left, to those who cannot see the clock

  let expiresMs = Date.parse(payment.dataset.expiresAt);  // NaN when it never expires
  let offsetMs = Date.parse(payment.dataset.serverTime) - Date.now();
  let pollMs = 1000 * Number(payment.dataset.pollAfter);  // 0: nothing more will happen
  let failures = 0, etag = "", timer = 0, isAsking = false, leftS = Infinity;

  const write = (id, text) => {
    const element = at(id);
    // What did not change must not be read out again.
    if (element && element.textContent !== text) element.textContent = text;
  };
  const reveal = (id, isShown) => {
    const element = at(id);
    if (element) element.hidden = !isShown;
  };

  const show = (told) => {
    write("headline", told.headline);
    write("text", told.text);
    write("progress", told.progress);
    reveal("progress", told.progress !== "");
    write("amount", told.is_payable ? told.remaining : told.amount);
    write("amount-label", told.is_payable ? "Send exactly" : "Amount");
    document.title = `${told.headline} · Payment`;
    at("status").dataset.tone = told.tone;
    reveal("pay", told.is_payable);
    reveal("until", told.is_payable);
    reveal("wallet", told.payment_uri !== null);
    if (told.payment_uri !== null && at("wallet")) at("wallet").href = told.payment_uri;
    buttons(told.is_payable);
    expiresMs = Date.parse(told.expires_at);
    offsetMs = Date.parse(told.server_time) - Date.now();
    pollMs = 1000 * told.poll_after_seconds;
    tick();
  };

  const ask = async () => {
    clearTimeout(timer);
    if (isAsking || !pollMs || document.hidden) return;
    isAsking = true;
    let waitMs = 0;
    const abort = new AbortController();
    const patience = setTimeout(() => abort.abort(), ANSWER_MAX_MS);
    try {
      const answer = await fetch(payment.dataset.statusUrl, {
        cache: "no-store", credentials: "omit", signal: abort.signal,
        headers: etag ? {"If-None-Match": etag} : {},
      });
      if (answer.status === 200) {
        show(await answer.json());
        etag = answer.headers.get("ETag") || "";
      } else if (answer.status !== 304) {
        waitMs = 1000 * (Number(answer.headers.get("Retry-After")) || 0);
        throw new Error(`the server answered ${answer.status}`);
      }
      failures = 0;
    } catch {  // offline, slow, limited or restarting: asked again, ever more seldom
      failures += 1;
    } finally {
      clearTimeout(patience);
      isAsking = false;
    }
    reveal("offline", failures > 1);
    if (!pollMs) return;
    timer = setTimeout(ask, Math.max(waitMs, Math.min(pollMs * 2 ** failures, WAIT_MAX_MS)));
  };

  const tick = () => {
    if (Number.isNaN(expiresMs) || !at("until") || at("until").hidden) return;
    const wasS = leftS;
    leftS = Math.max(0, Math.ceil((expiresMs - Date.now() - offsetMs) / 1000));
    write("clock", clock(leftS));
    reveal("left", true);
    for (const mark of ANNOUNCED_S) {
      if (wasS > mark && leftS <= mark && leftS > mark - 5 && wasS !== Infinity) {
        write("said", `${mark / 60} minute${mark > 60 ? "s" : ""} left to pay`);
      }
    }
    if (leftS === 0) {
      // Before the server is asked: nobody should pay now.
      reveal("pay", false);
      reveal("until", false);
      buttons(false);
      ask();
    }
  };
  const clock = (seconds) => {
    const two = (number) => String(number).padStart(2, "0");
    const hours = Math.floor(seconds / 3600), minutes = Math.floor(seconds / 60) % 60;
    return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
  };

  const buttons = (areShown) => {
    for (const button of document.querySelectorAll(".copy")) button.hidden = !areShown;
  };
  const copy = async (button) => {
    const {copies, name} = button.dataset;
    const isDone = await copied(at(copies));
    write("said", "");
    write("said", isDone ? `The ${name} is copied` : `The ${name} is selected: copy it by hand`);
    if (!isDone) return;
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = `Copy ${name}`; }, COPIED_MS);
  };
  const copied = async (element) => {
    try {
      await navigator.clipboard.writeText(element.textContent);
      return true;
    } catch {  // not a secure page, or forbidden: by way of the selection
      getSelection().selectAllChildren(element);
      return document.execCommand("copy");
    }
  };

  for (const button of document.querySelectorAll(".copy")) {
    button.addEventListener("click", () => copy(button));
  }
  document.addEventListener("visibilitychange", ask);
  addEventListener("online", ask);
  addEventListener("pageshow", (event) => event.persisted && ask());
  setInterval(tick, 1000);
  buttons(at("pay") !== null && !at("pay").hidden);
  tick();
  if (pollMs) timer = setTimeout(ask, pollMs);
})();
