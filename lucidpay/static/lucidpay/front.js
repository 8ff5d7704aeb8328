/* Renews the front page while it is seen. What has not changed stays, and so do focus, open
   tables and how far they were scrolled. Nothing is sent but a read. */
"use strict";

(() => {
    const EVERY_MS = 15000;
    const FIGURES_EVERY = 4; // looks: what adds up slowly is not added up each time
    const TIMEOUT_MS = 10000;
    const root = document.getElementById("lp-front");
    if (!root) {
        return;
    }
    const trouble = document.getElementById("lp-front-trouble");
    const pause = document.getElementById("lp-front-pause");
    const every = document.getElementById("lp-front-every");
    const shown = new Map();
    let timer = null;
    let isPaused = false;
    let isOver = false;
    let isAsking = false;
    let lastMs = Date.now();
    let looks = 0;

    function say(text, link) {
        if (trouble.textContent !== text) {
            trouble.textContent = text;
        }
        if (link) {
            const anchor = document.createElement("a");
            anchor.href = link;
            anchor.className = "lp-link";
            anchor.textContent = " Log in again.";
            trouble.append(anchor);
        }
        trouble.hidden = text === "";
    }

    function end(text, link) {
        isOver = true;
        window.clearTimeout(timer);
        pause.hidden = true;
        every.hidden = true;
        say(text, link);
    }

    function renew(text) {
        const fresh = new DOMParser().parseFromString(text, "text/html");
        if (!fresh.getElementById("lp-front-list")) {
            throw new Error("not the front page");
        }
        for (const part of fresh.querySelectorAll("[data-live]")) {
            const old = document.getElementById(part.id);
            const html = part.innerHTML;
            if (old && shown.get(part.id) !== html && old.innerHTML !== html) {
                replace(old, part);
            }
            shown.set(part.id, html);
        }
    }

    function replace(old, part) {
        const focused = old.contains(document.activeElement) ? document.activeElement.id : null;
        const places = new Map();
        for (const one of old.querySelectorAll(".lp-scroll[id]")) {
            places.set(one.id, [one.scrollLeft, one.scrollTop]);
        }
        for (const one of old.querySelectorAll("details[open][data-key]")) {
            const same = part.querySelector(`details[data-key="${one.dataset.key}"]`);
            if (same) {
                same.open = true;
            }
        }
        old.replaceChildren(...Array.from(part.childNodes, (node) => document.importNode(node, true)));
        for (const [id, [left, top]] of places) {
            document.getElementById(id)?.scrollTo(left, top);
        }
        if (focused !== null) {
            const same = focused && document.getElementById(focused);
            (same || document.getElementById("lp-front-needs")).focus({ preventScroll: true });
        }
    }

    async function look() {
        if (isPaused || isOver || isAsking || document.hidden) {
            return;
        }
        isAsking = true;
        try {
            const isWhole = (looks + 1) % FIGURES_EVERY === 0;
            const answer = await fetch(root.dataset.url + (isWhole ? "" : "?needs"), {
                cache: "no-store",
                redirect: "manual",
                signal: AbortSignal.timeout(TIMEOUT_MS),
            });
            if (answer.type === "opaqueredirect") {
                end("You are logged out, and this page is not renewed any more.", window.location.href);
            } else if (answer.status === 403) {
                end("Your role does not show this page any more.");
            } else if (!answer.ok) {
                throw new Error(String(answer.status));
            } else {
                renew(await answer.text());
                looks += 1;
                say("");
            }
        } catch {
            const at = document.getElementById("lp-front-at").textContent;
            say(`The server could not be reached. What stands here is of ${at} UTC; trying again.`);
        }
        isAsking = false;
        lastMs = Date.now();
        plan();
    }

    function plan() {
        window.clearTimeout(timer);
        if (!isPaused && !isOver && !document.hidden) {
            timer = window.setTimeout(look, Math.max(0, lastMs + EVERY_MS - Date.now()));
        }
    }

    pause.addEventListener("click", () => {
        isPaused = !isPaused;
        pause.setAttribute("aria-pressed", String(isPaused));
        every.hidden = isPaused;
        plan();
    });
    document.addEventListener("visibilitychange", plan);
    pause.hidden = false;
    every.hidden = false;
    plan();
})();
