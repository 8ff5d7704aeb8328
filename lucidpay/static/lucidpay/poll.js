/* Keeps a part of a page as it stands at the server: asks while somebody looks at it, and stops at
   its end. The answer says when to ask again (data-lp-next, in seconds; 0: never; "reload": all of
   the page has changed) and what is read out to those who cannot see it (data-lp-say). */
"use strict";

(() => {
  const WAIT_MAX_MS = 60000, ANSWER_MAX_MS = 15000;

  const keep = (section) => {
    const part = section.querySelector("[data-lp-part]");
    const status = section.querySelector("[role=status]");
    let failures = 0, timer = 0, isAsking = false;

    const next = () => part.firstElementChild.dataset.lpNext;
    const wait = () => {
      clearTimeout(timer);
      const waitMs = 1000 * Number(next()) * 2 ** failures;
      if (waitMs) timer = setTimeout(ask, Math.min(waitMs, WAIT_MAX_MS));
    };
    const show = (text) => {
      if (part.innerHTML.trim() !== text.trim()) part.innerHTML = text;
      if (next() === "reload") {
        location.reload();
        return;
      }
      const said = part.firstElementChild.dataset.lpSay;
      // What did not change must not be read out again.
      if (status.textContent !== said) status.textContent = said;
    };
    const ask = async () => {
      clearTimeout(timer);
      if (isAsking || document.hidden || !Number(next())) return;
      isAsking = true;
      const abort = new AbortController();
      const patience = setTimeout(() => abort.abort(), ANSWER_MAX_MS);
      try {
        // A redirect leads to the login page: who is logged out gets no more answers.
        const answer = await fetch(section.dataset.lpPoll, {
          cache: "no-store", redirect: "error", signal: abort.signal,
        });
        if (!answer.ok) throw new Error(answer.status);
        show(await answer.text());
        failures = 0;
      } catch {
        failures = Math.min(failures + 1, 5);
      } finally {
        clearTimeout(patience);
        isAsking = false;
      }
      wait();
    };

    document.addEventListener("visibilitychange", ask);
    wait();
  };

  document.querySelectorAll("[data-lp-poll]").forEach(keep);
})();
